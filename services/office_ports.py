"""What the office's deed needs of records: whose a number is, and what two of staff do with it together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit import AuditEntry
from domain.msisdn import Msisdn


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a number is, active or stale. `number`: of the binding."""

    number: UUID
    person: UUID
    has_account: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """That a number is confirmed as a person's: asked by one of staff, approved by another. `new_pin`: she chooses one
    anew."""

    holder: Holder
    new_pin: bool
    why: str
    asked_by: str
    asked_at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deed that wants its second person."""

    number: Msisdn
    deed: Deed


class OfficeBook(Protocol):
    """The office's deeds, within one unit of work. Nothing here commits."""

    async def holder(self, number: Msisdn) -> Holder | None:
        """None for a number that nobody has (any more)."""
        ...

    async def references(self, person: UUID) -> frozenset[str]:
        """Of the applications that we know to be hers, however they came to be linked."""
        ...

    async def deed(self, holder: Holder, *, locked: bool = False) -> Deed | None:
        """The last one about that number. `locked`: nobody else approves it until the unit of work ends."""
        ...

    async def ask(self, deed: Deed, lapsed: datetime) -> bool:
        """Keep it in place of the last one: of one that is done, that was asked for before `lapsed`, or by the same
        one. False where somebody else's waits."""
        ...

    async def confirm(self, deed: Deed, reset_due: datetime | None) -> bool:
        """The number is hers as of when the deed was approved, `reset_due` takes the place of any reset that was asked
        for, and devices that were signed in by the number are signed out: whoever had it meanwhile read their codes.
        False where the number is not hers any more: then nothing is changed."""
        ...

    async def waiting(self, since: datetime) -> Sequence[Waiting]:
        """Those that were asked for since then and wait, the oldest first."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """In the audit log."""
        ...
