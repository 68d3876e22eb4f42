"""What handling events and timers needs of the records: what ministries told us, how far each reference has come,
and what is to be looked at again at a due time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.events import KeptEvent, Taken


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the door kept it, claimed for one attempt. `body`: the structured form, JSON.

    `claim`: only who holds it may write what came of the attempt. `attempts` counts this one. `received_at`: or when
    it was last taken up again by hand; patience is counted from there.
    """

    id: UUID
    source: str
    event_id: str
    type: str
    body: bytes
    attempts: int
    received_at: datetime
    claim: UUID


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reference has come, as last told. `facts`: a digest of each that is known of what was told."""

    told_type: str
    facts: Mapping[str, str] = field(default_factory=dict)
    sequence: int | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to look at again. `facts` is plain data, sealed at rest. `attempts` counts this one."""

    id: UUID
    person: UUID
    kind: str
    service: str
    facts: Mapping[str, object]
    created_at: datetime
    attempts: int = 0
    claim: UUID | None = field(default=None, repr=False)


class Events(Protocol):
    """Ministries' events. Nothing here commits: the caller's unit of work does."""

    async def keep(self, event: KeptEvent) -> Taken:
        """One insert: new, the same once more, or another body under an id that is taken."""
        ...

    async def claim(self, limit: int, lease_seconds: float) -> Sequence[StoredEvent]:
        """Those that are due, taken for one attempt each; whoever dies with one loses it after the lease."""
        ...

    async def handled(self, event: StoredEvent, outcome: str, told: int) -> bool:
        """Its end. False where somebody else has it by now: then nothing of this attempt may be kept."""
        ...

    async def park(self, event: StoredEvent, why: str, due_at: datetime) -> bool:
        """To be tried again then."""
        ...

    async def bury(self, event: StoredEvent, why: str) -> bool:
        """A dead letter: kept, told to nobody, replayed by an operator."""
        ...

    async def progress(self, source: str, subject: str, *, lock: bool = False) -> Progress | None:
        """How far the reference has come. `lock`: until the unit of work ends nobody else may say otherwise."""
        ...

    async def came_to(self, source: str, subject: str, progress: Progress) -> None:
        """It has come so far now."""
        ...


class Timers(Protocol):
    """Durable timers: one of a kind for a person and subject of a service: two ministries may count alike."""

    async def set(
        self, person: UUID, kind: str, service: str, subject: str, facts: Mapping[str, object], due_at: datetime
    ) -> None:
        """Set it, or move it; commits nothing."""
        ...

    async def drop(self, kind: str, service: str, subject: str, person: UUID | None = None) -> None:
        """Nothing is to be said any more, to her or (without a person) to anybody."""
        ...

    async def claim(self, limit: int, lease_seconds: float, kinds: Sequence[str] = ()) -> Sequence[Timer]:
        """Those that are due, taken for one attempt each. `kinds`: where some are given, of these alone, and of others
        that have been due for so long that nobody seems to know them."""
        ...

    async def done(self, timer: Timer) -> bool:
        """It fired, whatever came of it. False where somebody else has it, or it was set anew meanwhile."""
        ...

    async def again(self, timer: Timer, due_at: datetime) -> bool:
        """To be looked at again then."""
        ...


class Signer(Protocol):
    """Signs what goes to a ministry, as it signs what comes from it."""

    def __call__(self, source: str, message_id: str, at: datetime, body: bytes) -> Mapping[str, str] | None:
        """The headers to send; None where there is no secret for the source."""
        ...


Count = Callable[[str, str], None]
"""Told of each event by its source and a word for what came of it: for metrics."""
