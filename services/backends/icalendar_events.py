"""What an iCalendar text says will happen in a window: events with their rules, exceptions and changes (RFC 5545)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar.cal import Event
from icalendar.prop import vRecur

from domain.errors import InvalidValue
from domain.position import Position
from services.backends.reading import Misread
from services.backends.recurrences import occurrences, within

_LONGEST_TEXT = 500
_MOST_DATES = 1000
_LONGEST_EVENT = timedelta(days=31)
_FOLDED = re.compile(r"\r?\n[ \t]")
# Its rules could be a second apart, and the library would count them all; names of zones are looked up instead.
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$\n?", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_READ = frozenset(
    {
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "STATUS",
        "GEO",
        "LOCATION",
        "SUMMARY",
    }
    | {"UID", "SEQUENCE", "CATEGORIES"}
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One occurrence, in local time of the zone asked for, without a zone."""

    summary: str
    location: str
    begins: datetime
    ends: datetime
    categories: tuple[str, ...] = ()
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: `zone` of the answer and of floating times, the window's days (both included), an end's default.

    `go_on`: raises when there is no time left; a feed may be made of rules that take long and give nothing.
    """

    zone: ZoneInfo
    first: date
    last: date
    default: timedelta
    most_events: int
    go_on: Callable[[], object]


def happenings(text: str, reading: Reading) -> Iterator[Happening]:
    """All in the window, not cancelled ones. Raises `Misread` for what is no calendar, naming the property."""
    events = [_Event(event, reading) for event in _events(text, reading.most_events)]
    changed: dict[str, dict[datetime, _Event]] = {}
    masters: dict[str, _Event] = {}
    for event in events:
        known = changed.setdefault(event.uid, {})
        slot = event.instead_of
        if slot is None:
            masters[event.uid] = _newer(masters.get(event.uid), event)
        else:
            known[slot] = _newer(known.get(slot), event)
    for uid, master in masters.items():
        reading.go_on()
        if not master.cancelled:
            yield from master.within(frozenset(changed.get(uid, {})))
    for uid, others in changed.items():
        if uid in masters and masters[uid].cancelled:
            continue
        for other in others.values():
            if not other.cancelled:
                yield from other.within(frozenset())


def _events(text: str, most: int) -> list[Event]:
    unfolded = _ZONES.sub("", _FOLDED.sub("", text))
    if unfolded.upper().count("BEGIN:VEVENT") > most:
        raise Misread(f"more than {most} events")
    try:
        calendar: Any = Calendar.from_ical(unfolded)
        found = list(calendar.walk("VEVENT"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Misread("no iCalendar text") from None
    if calendar.name != "VCALENDAR":
        raise Misread("no VCALENDAR")
    return found


def _newer(known: "_Event | None", event: "_Event") -> "_Event":
    return event if known is None or event.sequence >= known.sequence else known


class _Event:
    """One VEVENT."""

    def __init__(self, event: Event, reading: Reading) -> None:
        for name, _ in event.errors:
            if name in _READ:
                raise Misread(f"{name} of an event")
        self._event: Any = event
        self._reading = reading
        self.uid = self._text("UID")
        self.sequence = self._whole("SEQUENCE")
        self.cancelled = self._text("STATUS").upper() == "CANCELLED"
        start = self._one("DTSTART")
        if start is None:
            raise Misread("an event without DTSTART")
        self._starts = self._local(start, "DTSTART")
        self._length = self._lasts(start)
        instead = self._one("RECURRENCE-ID")
        if instead is not None and "RANGE" in instead.params:
            raise Misread("RECURRENCE-ID with RANGE")
        self.instead_of = None if instead is None else self._local(instead, "RECURRENCE-ID")

    def within(self, changed: frozenset[datetime]) -> Iterator[Happening]:
        """Its occurrences in the window, but those that were changed one by one or taken out."""
        first = datetime.combine(self._reading.first, time()) - self._length
        last = datetime.combine(self._reading.last, time.max)
        moments = set(self._dates("RDATE"))
        rule = self._rule()
        if rule is None:
            moments.add(self._starts)
        else:
            parts, until = rule
            moments.update(within(occurrences(parts, self._starts), first, min(last, until or last)))
        gone = changed.union(self._dates("EXDATE"))
        for at in sorted(moment for moment in moments - gone if first <= moment <= last):
            yield Happening(
                self._text("SUMMARY"),
                self._text("LOCATION"),
                at,
                at + self._length,
                self._categories(),
                self._position(),
            )

    def _rule(self) -> tuple[Mapping[str, str], datetime | None] | None:
        """The parts of its RRULE without UNTIL, and that moment in local time: people live by the wall clock."""
        rule = self._one("RRULE")
        if rule is None:
            return None
        if not isinstance(rule, vRecur):
            raise Misread("RRULE of an event")
        written: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
        parts = dict(part.split("=", 1) for part in written.decode().split(";") if "=" in part)
        parts.pop("UNTIL", None)
        until = rule.get("UNTIL")
        if not until:
            return parts, None
        end = until[0] if isinstance(until, list) else until
        if isinstance(end, datetime):
            return parts, self._in_zone(end)
        if isinstance(end, date):
            return parts, datetime.combine(end, time.max)
        raise Misread("UNTIL of a rule")

    def _dates(self, name: str) -> list[datetime]:
        """The moments of EXDATE or RDATE, which may stand several times."""
        value = self._event.get(name)
        if value is None:
            return []
        found: list[datetime] = []
        for group in value if isinstance(value, list) else [value]:
            for item in getattr(group, "dts", ())[:_MOST_DATES]:
                moment = item.dt[0] if isinstance(item.dt, tuple) else item.dt
                midnight = not isinstance(moment, datetime)
                local = self._moment(moment, item.params or group.params, name)
                # A day without a time, beside events that have one: the event of that day.
                found.append(datetime.combine(local, self._starts.time()) if midnight else local)
        return found

    def _lasts(self, start: Any) -> timedelta:
        end, length = self._one("DTEND"), self._one("DURATION")
        if end is not None:
            lasts = self._local(end, "DTEND") - self._starts
        elif length is not None and isinstance(length.dt, timedelta):
            lasts = length.dt
        else:
            lasts = self._reading.default if isinstance(start.dt, datetime) else timedelta(days=1)
        if not timedelta() <= lasts <= _LONGEST_EVENT:
            raise Misread("an event that ends before it begins, or lasts longer than a month")
        return lasts or self._reading.default

    def _local(self, value: Any, name: str) -> datetime:
        return self._moment(getattr(value, "dt", None), value.params, name)

    def _moment(self, moment: object, params: Mapping[str, str], name: str) -> datetime:
        if isinstance(moment, datetime):
            if moment.tzinfo is None and params.get("TZID"):
                raise Misread(f"{name} in a zone that nobody knows")
            return self._in_zone(moment)
        if isinstance(moment, date):
            return datetime.combine(moment, time())
        raise Misread(f"{name} is no date")

    def _in_zone(self, moment: datetime) -> datetime:
        try:
            local = moment.astimezone(self._reading.zone) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            raise Misread("a date that leaves the calendar") from None
        return local.replace(tzinfo=None)

    def _one(self, name: str) -> Any:
        """The property; one that stands twice is against the standard."""
        value = self._event.get(name)
        if isinstance(value, list):
            raise Misread(f"{name} stands twice in an event")
        return value

    def _text(self, name: str) -> str:
        value = self._one(name)
        return "" if value is None else " ".join(str(value)[:_LONGEST_TEXT].split())

    def _whole(self, name: str) -> int:
        written = self._text(name)
        return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0

    def _categories(self) -> tuple[str, ...]:
        value = self._event.get("CATEGORIES")
        groups = value if isinstance(value, list) else [value]
        return tuple(str(name).upper() for group in groups if group is not None for name in getattr(group, "cats", ()))

    def _position(self) -> Position | None:
        geo = self._one("GEO")
        if geo is None:
            return None
        try:
            return Position(float(geo.latitude), float(geo.longitude))
        except (InvalidValue, ValueError, AttributeError, TypeError):
            raise Misread("GEO of an event") from None
