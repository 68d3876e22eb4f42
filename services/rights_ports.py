"""What a person's rights need: the audit log, her consents and numbers, everything held about her, and its erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit import AuditEntry
from domain.msisdn import Msisdn


class AuditLog(Protocol):
    """Who did what to whom, in pseudonyms."""

    async def record(self, entry: AuditEntry) -> None:
        """Kept with what it tells, in the same unit of work. Commits nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """An entry of the ledger. `words`: message id and version. `agent`: who sat beside her."""

    id: UUID
    purpose: str
    words: str
    language: str
    given_at: datetime
    withdrawn_at: datetime | None
    channel: str
    proof: str
    agent: UUID | None


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number that stands for a person. `sure`: it was heard from lately, and nothing speaks against it."""

    id: UUID
    number: Msisdn
    sure: bool
    preferred: bool
    added_at: datetime


class Numbers(Protocol):
    """A person's numbers. Nothing here commits."""

    async def of(self, person: UUID, *, locked: bool = False) -> Sequence[HeldNumber]:
        """Where she is reached first, then the one last heard from. Ended ones are left out. `locked`: until this unit
        of work ends, nobody else counts hers so."""
        ...

    async def add(self, person: UUID, number: Msisdn) -> UUID | None:
        """Bind it to her, who proved that it is in her hand; whoever had it without an account has it no longer.

        None where it stands for somebody else's account. She goes on being reached where she was.
        """
        ...

    async def remove(self, person: UUID, number: UUID) -> bool:
        """End it, with the devices that were signed in by it. False where she has no such number."""
        ...

    async def prefer(self, person: UUID, number: UUID) -> bool:
        """Reach her there from now on. False where she has no such number."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is, by all that rows are found with. `references`: of applications that are linked to her."""

    person: UUID
    numbers: tuple[Msisdn, ...]
    references: tuple[str, ...]


Rows = Sequence[Mapping[str, object]]


class PersonalData(Protocol):
    """Everything held about a person, in every room."""

    async def export(self, person: UUID) -> Mapping[str, Rows]:
        """Every row about her by table, opened, without what only finds or secures it."""
        ...

    async def erase(self, person: UUID) -> bool:
        """Rows deleted or emptied everywhere, her key destroyed, her id kept among the erased. False where nobody
        has that id (any more). Commits nothing."""
        ...
