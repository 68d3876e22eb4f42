"""Which applications are whose, and what bounds guessing at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class LinkedBy(StrEnum):
    """How an application came to be linked. `CONTACT` only remembers: the ministry is asked again at each read."""

    FACT = "fact"
    HANDED_IN = "handed_in"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Link:
    """An application that a person linked, handed in, or that the ministry registered for the number."""

    id: UUID
    service: str
    reference: str
    by: LinkedBy


class Links(Protocol):
    """Which applications a person linked."""

    async def of(self, person: UUID) -> Sequence[Link]: ...

    async def proven(self, person: UUID, service: str, reference: str) -> bool:
        """Linked by a fact, or handed in by her."""
        ...

    async def add(self, person: UUID, service: str, reference: str, by: LinkedBy) -> None:
        """Link; one that was only remembered becomes proven, never the other way round."""
        ...

    async def holders(self, service: str, reference: str) -> Sequence[UUID]:
        """Whose it is: those who proved it or handed it in, earliest first."""
        ...


class Guesses(Protocol):
    """Counters that bound guessing; raised *and committed* before the comparison."""

    async def allow(self, kind: str, subject: str, limit: int, per_day: date) -> int | None:
        """Tries left after this one, or None when none was left. `subject` is stored as a blind index."""
        ...

    async def give_back(self, kind: str, subject: str, per_day: date) -> None:
        """The try was right: it does not count."""
        ...
