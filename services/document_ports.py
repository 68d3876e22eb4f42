"""Documents that are added to an application: kept sealed until their ministry has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

WAITS = timedelta(days=7)
"""For so long a document waits for a ministry that does not take it."""


class DocumentState(StrEnum):
    """`KEPT`: here, sealed, its ministry has not got it yet. In all others we have it no longer: its ministry has it
    (`HANDED_OVER`), said no (`REFUSED`), or did not take it in time (`LAPSED`)."""

    KEPT = "kept"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Document:
    """A file. `media`: its media type, as its first octets say."""

    media: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """What is known of one, without its octets."""

    id: UUID
    media: str
    size: int
    state: DocumentState
    added_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """One that its ministry has not got yet."""

    id: UUID
    service: str
    reference: str
    document: Document


@dataclass(frozen=True, slots=True)
class DueDocument:
    """One that is to be tried (again) now."""

    id: UUID
    service: str


class Documents(Protocol):
    """Documents of a person's applications, known by their links."""

    async def keep(self, person: UUID, link: UUID, document: Document) -> KeptDocument:
        """Keep it; the same file again is the one that is there, and one that was refused or lapsed waits anew."""
        ...

    async def of(self, person: UUID, link: UUID) -> Sequence[KeptDocument]:
        """Earliest first."""
        ...

    async def end(self, document: UUID, state: DocumentState) -> None:
        """Its ministry has it, or will not: the octets go."""
        ...

    async def due(self, limit: int) -> Sequence[DueDocument]:
        """Those that wait and whose time to be tried has come, earliest first."""
        ...

    async def waiting(self, document: UUID) -> WaitingDocument | None:
        """It, opened; None where it waits no longer, or does not open."""
        ...

    async def put_off(self, document: UUID) -> None:
        """It was tried, and waits longer each time."""
        ...

    async def lapse(self) -> int:
        """The octets of those that waited too long go, and she sees it; how many."""
        ...
