"""When somebody is told of a mobile unit's stop: the working day before it, and when it changed after that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.working_days import working_day_before
from services.listed_places import ListedPlace, Stop
from services.pack_values import ServicesConfig
from services.stop_ports import StopPromise

# By the country's clock: outside any quiet hours.
MORNING = time(10, 0)
AHEAD_DAYS = 62
# Of a stop that she expects every change is noticed soon; of any other it is enough that it is noticed.
SOON, SOME_TIME = timedelta(minutes=5), timedelta(hours=1)


class News(StrEnum):
    """What there is to tell of a promised stop."""

    COMING = "coming"
    CHANGED = "changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Judged:
    """`news` of the stop (for `CANCELLED` of the one that she expected), None for nothing to tell; `told` and
    `reminded` as `StopPromise` keeps them from now on."""

    news: News | None
    told: Stop | None
    reminded: bool


def coming(listed: ListedPlace | None, now: datetime, services: ServicesConfig) -> tuple[Stop, ...]:
    """Its stops that have not begun at that local time, the earliest first; the hours of one day are one stop."""
    if listed is None:
        return ()
    days: dict[object, Stop] = {}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for stop in listed.stops(midnight, AHEAD_DAYS, services.holidays):
        first = days.get(stop.begins.date())
        days[stop.begins.date()] = Stop(first.begins, max(first.ends, stop.ends)) if first else stop
    return tuple(stop for stop in days.values() if stop.begins > now)


def told_from(stop: Stop, services: ServicesConfig) -> datetime:
    """The morning from which on she is told of it."""
    local = stop.begins.astimezone(services.zone)
    day = working_day_before(local.date(), services.holidays, services.weekend)
    return datetime.combine(day, MORNING, services.zone)


def judge(
    promise: StopPromise, stops: Sequence[Stop], now: datetime, services: ServicesConfig, *, sure: bool
) -> Judged:
    """What is to be told now, of the stops that have not begun. `sure`: that a stop is missing means that it is off."""
    expected = promise.told if promise.told is not None and promise.told.begins > now else None
    if expected is not None and expected not in stops:
        if not sure:
            return Judged(None, expected, promise.reminded)
        if not stops:
            return Judged(News.CANCELLED, None, False)
        return Judged(News.CHANGED, stops[0], told_from(stops[0], services) <= now)
    reminded = expected is not None and promise.reminded
    if not reminded and stops and told_from(stops[0], services) <= now:
        return Judged(News.COMING, stops[0], True)
    return Judged(None, expected, reminded)


def look_again(told: Stop | None, stops: Sequence[Stop], now: datetime, services: ServicesConfig) -> datetime:
    """When it is looked at next."""
    if told is not None:
        return now + SOON
    soonest = now + SOME_TIME
    return min(soonest, told_from(stops[0], services)) if stops else soonest
