"""What comes of looking for the next stop of a bus or train, and of the promise to be told of it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome


@dataclass(frozen=True, slots=True)
class StopsListed(Outcome):
    """Where a unit calls in the area that was asked for, the earliest first; an entry shows `place` and `day`."""

    stops: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class StopsNearby(Outcome):
    """None calls there; where one does, the nearest first."""

    stops: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoStops(Outcome):
    """No unit has a day planned anywhere."""


@dataclass(frozen=True, slots=True)
class StopPromised(Outcome):
    """She will be told before the unit comes, each time."""

    commits: ClassVar[bool] = True

    place: str
    unit: str


@dataclass(frozen=True, slots=True)
class StopsFull(Outcome):
    """She waits for as many already as one may."""

    most: int


@dataclass(frozen=True, slots=True)
class StopUntold(Outcome):
    """Nothing can be sent to her."""


@dataclass(frozen=True, slots=True)
class StopsAwaited(Outcome):
    """Of which she is to be told; an entry shows `place`."""

    promises: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoStopsAwaited(Outcome):
    """She is to be told of none (any more)."""


@dataclass(frozen=True, slots=True)
class StopAwaited(Outcome):
    """One of those, with the next day."""

    promise: str
    place: str
    unit: str
    day: date
    hours: str


@dataclass(frozen=True, slots=True)
class StopAwaitedUnplanned(Outcome):
    """One of those, of which no day is known yet."""

    promise: str
    place: str
    unit: str


@dataclass(frozen=True, slots=True)
class StopWithdrawn(Outcome):
    """She is told of it no more."""

    commits: ClassVar[bool] = True
