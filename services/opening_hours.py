"""When a place is open: its hours of one day, what holds today, and when it opens next.

Pure: the local time and the public holidays are given.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from services.listed_places import ListedPlace

Span = tuple[time, time]
AHEAD_DAYS = 62
"""How far ahead the next day with hours is looked for."""


class Now(StrEnum):
    """How a place stands at a moment."""

    UNKNOWN = "unknown"
    """Nobody told hours that a machine reads."""
    OPEN = "open"
    LATER = "later"
    """Closed now, and open again today."""
    OVER = "over"
    """Was open today."""
    CLOSED = "closed"
    HOLIDAY = "holiday"
    """It would be open, were it no public holiday."""


@dataclass(frozen=True, slots=True)
class Today:
    """`hours` of today, the earliest first. `opens`: the next day on which it opens, and its hours then."""

    now: Now
    hours: tuple[Span, ...] = ()
    opens: date | None = None
    opens_hours: tuple[Span, ...] = ()


def hours_on(listed: ListedPlace, day: date, days_off: Container[date]) -> tuple[Span, ...]:
    """Its hours on that day, the earliest first, those that touch made one; none on a public holiday."""
    return () if day in days_off else _hours(listed, day)


def today(listed: ListedPlace, at: datetime, days_off: Container[date]) -> Today:
    """How the place stands at that local time."""
    if not listed.opening:
        return Today(Now.UNKNOWN)
    day, hours = at.date(), hours_on(listed, at.date(), days_off)
    now = _now(listed, at, hours, day in days_off)
    if now in (Now.OPEN, Now.LATER):
        return Today(now, hours)
    for ahead in range(1, AHEAD_DAYS + 1):
        coming = day + timedelta(days=ahead)
        if then := hours_on(listed, coming, days_off):
            return Today(now, hours, coming, then)
    return Today(now, hours)


def said_hours(hours: Sequence[Span]) -> str:
    """`09:00-13:00, 14:00-18:00`: digits, which every language reads."""
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours)


def _now(listed: ListedPlace, at: datetime, hours: tuple[Span, ...], holiday: bool) -> Now:
    if not hours:
        return Now.HOLIDAY if holiday and _hours(listed, at.date()) else Now.CLOSED
    if any(opens <= at.time() < closes for opens, closes in hours):
        return Now.OPEN
    return Now.LATER if at.time() < hours[-1][0] else Now.OVER


def _hours(listed: ListedPlace, day: date) -> tuple[Span, ...]:
    spans = sorted((opening.opens, opening.closes) for opening in listed.opening if opening.on(day))
    joined: list[Span] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return tuple(joined)
