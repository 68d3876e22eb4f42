"""What the pack says of a place besides its name: who is there, where it is on the map, when it is open or called at.

Pure: days and times are the country's, and are given.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.position import Position
from services.values import Place


class PlaceKind(StrEnum):
    """Who is met there: an office's own clerks, somebody who helps with forms, or a bus that calls."""

    CENTRE = "centre"
    AGENT = "agent"
    MOBILE_UNIT = "mobile_unit"


@dataclass(frozen=True, slots=True)
class Opening:
    """Open on these days of the week (1 is Monday) from `opens` to `closes`, but not on public holidays.

    `first` and `last`: the days between which that holds, both included; None where it has no end.
    """

    days: frozenset[int]
    opens: time
    closes: time
    first: date | None = None
    last: date | None = None

    def on(self, day: date) -> bool:
        """Whether it holds on that day, were it no holiday."""
        begun = self.first is None or self.first <= day
        return begun and (self.last is None or day <= self.last) and day.isoweekday() in self.days


@dataclass(frozen=True, slots=True)
class Calls:
    """When a mobile unit stops: on `first`, and every so many weeks after it; 0: that once.

    `on_holidays`: also on a public holiday, because whoever plans it names each day.
    """

    first: date
    every_weeks: int
    opens: time
    closes: time
    on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """One coming stop."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A place of the pack, or of a ministry's guide. `services`: what is given, or helped with, there.

    `opening` is empty where hours are told to people alone. `unit`: which mobile unit calls; `unit_kind` (bus, train)
    and `unit_name` where a guide told of it. `region` and `district` as people there call them.
    """

    place: Place
    kind: PlaceKind
    services: tuple[str, ...] = ()
    at: Position | None = None
    opening: tuple[Opening, ...] = ()
    unit: str = ""
    calls: tuple[Calls, ...] = ()
    region: str = ""
    district: str = ""
    phone: str = ""
    unit_kind: str = ""
    unit_name: str = ""

    def is_open(self, now: datetime, days_off: Container[date]) -> bool | None:
        """At that local time; None where the pack does not tell. A mobile unit: whether it stands there."""
        if self.unit:
            return any(stop.begins <= now < stop.ends for stop in self.stops(now, 1, days_off))
        if not self.opening:
            return None
        if now.date() in days_off:
            return False
        return any(hours.on(now.date()) and hours.opens <= now.time() < hours.closes for hours in self.opening)

    def stops(self, now: datetime, days: int, days_off: Container[date]) -> tuple[Stop, ...]:
        """Those not over at that local time, within so many days, earliest first; none on a public holiday."""
        last = now.date() + timedelta(days=days)
        found = (
            Stop(datetime.combine(day, calls.opens, now.tzinfo), datetime.combine(day, calls.closes, now.tzinfo))
            for calls in self.calls
            for day in _days(calls, now.date(), last)
            if calls.on_holidays or day not in days_off
        )
        return tuple(sorted((stop for stop in found if stop.ends > now), key=lambda stop: stop.begins))


@dataclass(frozen=True, slots=True)
class MobileUnit:
    """A bus or a train that calls at places. `kind`: bus, train."""

    id: str
    kind: str
    name: str
    services: tuple[str, ...]
    places: tuple[ListedPlace, ...]


def _days(calls: Calls, first: date, last: date) -> Iterator[date]:
    """The days of the rule between two days, both included."""
    step = calls.every_weeks * 7
    day = calls.first
    if step and day < first:
        day += timedelta(days=-(-(first - day).days // step) * step)
    while day <= last:
        if day >= first:
            yield day
        if not step:
            return
        day += timedelta(days=step)
