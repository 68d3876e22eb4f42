"""What she is about to hand in: drafts, and confirmed writes to ministries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Drafts(Protocol):
    """Half-filled forms, kept 7 days."""

    async def get(self, person: UUID, service: str) -> Mapping[str, object] | None: ...

    async def keep(self, person: UUID, service: str, answers: Mapping[str, object], until: datetime) -> None: ...

    async def drop(self, person: UUID, service: str) -> None: ...


class IntentState(StrEnum):
    """A write to a ministry: `prepared, sent, done, refused, unknown`."""

    PREPARED = "prepared"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Intent:
    """A confirmed write. `payload` is what was confirmed; `result` what came of it (both sealed at rest).

    `prepared_at` is when it was confirmed, `sent_at` when the ministry was last asked to do it.
    """

    id: UUID
    person: UUID
    kind: str
    service: str
    state: IntentState
    payload: Mapping[str, object]
    prepared_at: datetime
    sent_at: datetime | None = None
    result: Mapping[str, object] | None = None
    attempts: int = 0
    # A hop left with the promise that its end will be told.
    owed: bool = False


class Intents(Protocol):
    """Writes to ministries, in PostgreSQL before the call. A method that writes also commits, if it says no other."""

    async def by_token(self, person: UUID, kind: str, token: str) -> Intent | None:
        """What this confirmation of hers already became."""
        ...

    async def prepare(
        self,
        person: UUID,
        kind: str,
        service: str,
        digest: bytes,
        token: str,
        payload: Mapping[str, object],
        older: Sequence[bytes] = (),
    ) -> Intent:
        """The intent of this confirmation: a new one, or the one with the same token, or the live one with the
        same digest. Live are those under way, and those done a short while ago (a second door, a second press).
        `older`: the digests of the same under keys that are listed still.
        """
        ...

    async def claim(self, intent: UUID, lease_seconds: float) -> Intent | None:
        """Take it (`prepared` to `sent`, or over from a dead lease) for one attempt; None if another has it."""
        ...

    async def sent_again(self, intent: UUID) -> bool:
        """The ministry is asked a second time now. False where it has ended meanwhile: then it may not be."""
        ...

    async def owe(self, intent: UUID) -> bool:
        """Its end is to be told to her. False where it has ended already: then it can be told at once."""
        ...

    async def finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        """Its end, or `unknown` (to be looked at again later). False where it had ended already. Commits nothing."""
        ...

    async def get(self, intent: UUID) -> Intent | None: ...

    async def live(self, person: UUID, kind: str) -> Sequence[Intent]:
        """Hers of that kind which another confirmation would meet (`prepare`), in the order of their confirmation."""
        ...

    async def retire(self, intent: UUID) -> None:
        """What it did has been undone (a visit cancelled): the same may be confirmed anew. Commits nothing."""
        ...

    async def kept(self, person: UUID, kind: str) -> Sequence[Intent]:
        """All of hers of that kind that are known still, ended or not, in the order in which they were confirmed."""
        ...

    async def under_way(self, person: UUID, kind: str) -> Sequence[Intent]:
        """Hers of that kind that have not ended, in the order in which they were confirmed."""
        ...

    async def overtake(self, intent: UUID, result: Mapping[str, object]) -> None:
        """Something that she confirmed later undid it: it ends `refused`, never to be asked again. Commits nothing."""
        ...

    async def open_intents(self, limit: int, kinds: Sequence[str] = ()) -> Sequence[Intent]:
        """Those left `prepared`, `sent` with a dead lease, or `unknown`, and due: the worker's work. `kinds`: of these
        alone, where some are given."""
        ...
