"""What the promise to tell of a coming stop needs of the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.listed_places import Stop


@dataclass(frozen=True, slots=True)
class StopPromise:
    """She is to be told when that unit calls at that place. `name`: the place as it was last called.

    `told`: the stop that she expects, None while she was told of none. `reminded`: she was told of it when it was near,
    or was told of a change so late that this was it.
    """

    id: UUID
    person: UUID
    place: str
    unit: str
    name: str
    told: Stop | None = None
    reminded: bool = False


class StopPromises(Protocol):
    """Promises of persons. Nothing here commits."""

    async def of(self, person: UUID) -> Sequence[StopPromise]:
        """Hers, in the order of promising."""
        ...

    async def make(self, promise: StopPromise, most: int) -> StopPromise | None:
        """Keep it, to be looked at now. One of hers for the same unit and place stands for it; None where she has
        `most` others."""
        ...

    async def withdraw(self, person: UUID, promise: UUID) -> bool:
        """She is told no more. False where it is none of hers (any more)."""
        ...

    async def due(self, limit: int) -> Sequence[StopPromise]:
        """Those to be looked at now, which nobody else looks at or changes until the unit of work ends."""
        ...

    async def looked(self, promise: StopPromise, look_at: datetime, *, told: bool = False) -> None:
        """How it stands, and when it is looked at again. `told`: she was told something, which renews it."""
        ...
