"""Opening hours out of HSDS schedules: weekly ones as rules, all others as the days of the coming weeks."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from services.backends.reading import Misread, day, text
from services.backends.recurrences import occurrences, within
from services.listed_places import Opening

Json = Mapping[str, object]
# What is told by date is told so far ahead; the book is read anew every few minutes.
WINDOW = timedelta(days=92)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVERY_DAY = frozenset(range(1, 8))
_MIDNIGHT, _LAST_MINUTE = time(), time(23, 59)


def openings(schedule: Json, zone: ZoneInfo, today: date) -> tuple[Opening, ...]:
    """Its hours; none for a schedule without times or of the past. Raises `Misread`.

    HSDS 3.0 knows neither a daily frequency nor a single date: those have no `freq`, and a single date is written as
    `valid_from` and `valid_to` of the same day.
    """
    opens, closes = _time(schedule, "opens_at", zone, today), _time(schedule, "closes_at", zone, today)
    if opens is None or closes is None:
        return ()
    first, last = _bounds(schedule, zone)
    if last is not None and last < today:
        return ()
    found: list[Opening] = []
    for days, begin, end in _held(schedule, first, last, today):
        found += _spans(days, opens, closes, begin, end)
    return tuple(found)


Held = tuple[frozenset[int], date | None, date | None]


def _held(schedule: Json, first: date | None, last: date | None, today: date) -> list[Held]:
    """On which days of the week, between which dates."""
    freq = text(schedule.get("freq"), "schedule freq").upper()
    byday = text(schedule.get("byday"), "schedule byday").upper().replace(" ", "")
    interval = _number(schedule, "interval") or 1
    counted = _number(schedule, "count")
    plain = interval == 1 and not counted and all(part in _DAYS for part in byday.split(",") if part)
    if freq in ("", "WEEKLY") and plain and not text(schedule.get("byweekno"), "schedule byweekno"):
        if byday:
            return [(frozenset(_DAYS.index(part) + 1 for part in byday.split(",") if part), first, last)]
        if not freq:
            return [(_EVERY_DAY, first, last)]
    start = day(schedule.get("dtstart"), "schedule dtstart", ZoneInfo("UTC")) or first
    if start is None:
        raise Misread("a schedule without a beginning")
    rule = {
        "FREQ": freq,
        "BYDAY": byday,
        "BYMONTHDAY": text(schedule.get("bymonthday"), "schedule bymonthday").replace(" ", ""),
        "BYWEEKNO": text(schedule.get("byweekno"), "schedule byweekno"),
        "WKST": text(schedule.get("wkst"), "schedule wkst"),
        "INTERVAL": str(interval),
        "COUNT": str(counted or ""),
    }
    begin, end = max(today, first or today), min(today + WINDOW, last or date.max)
    if end < begin:
        return []
    moments = within(
        occurrences(rule, datetime.combine(start, _MIDNIGHT)),
        datetime.combine(begin, _MIDNIGHT),
        datetime.combine(end, _MIDNIGHT),
    )
    return [(_EVERY_DAY, moment.date(), moment.date()) for moment in moments]


def _bounds(schedule: Json, zone: ZoneInfo) -> tuple[date | None, date | None]:
    first = day(schedule.get("valid_from"), "schedule valid_from", zone)
    ends = (
        day(schedule.get("valid_to"), "schedule valid_to", zone),
        day(schedule.get("until"), "schedule until", zone),
    )
    return first, min((end for end in ends if end is not None), default=None)


def _spans(days: frozenset[int], opens: time, closes: time, first: date | None, last: date | None) -> list[Opening]:
    """One opening, or two where it goes on after midnight."""
    if closes == _MIDNIGHT:
        closes = _LAST_MINUTE
    if opens < closes:
        return [Opening(days, opens, closes, first, last)]
    if opens == closes:
        return [Opening(days, _MIDNIGHT, _LAST_MINUTE, first, last)]
    following = frozenset(number % 7 + 1 for number in days)
    next_first = first + timedelta(days=1) if first else None
    next_last = last + timedelta(days=1) if last else None
    return [
        Opening(days, opens, _LAST_MINUTE, first, last),
        Opening(following, _MIDNIGHT, closes, next_first, next_last),
    ]


def _time(schedule: Json, name: str, zone: ZoneInfo, today: date) -> time | None:
    """`09:00`, `09:00:00`, `09:00Z`, `09:00-05:00`: in the country's own time. Absent: None."""
    written = text(schedule.get(name), f"schedule {name}")
    if not written:
        return None
    try:
        read = time.fromisoformat(written)
        offset = schedule.get("timezone")
        if read.tzinfo is None and isinstance(offset, int | float) and not isinstance(offset, bool):
            read = read.replace(tzinfo=timezone(timedelta(hours=offset)))
        if read.tzinfo is not None:
            read = datetime.combine(today, read).astimezone(zone).timetz()
    except (ValueError, OverflowError):
        raise Misread(f"schedule {name} is not a time") from None
    return read.replace(tzinfo=None, second=0, microsecond=0)


def _number(schedule: Json, name: str) -> int | None:
    """A count of at most four digits; HSDS says "number", so 2.0 is 2."""
    value = schedule.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Misread(f"schedule {name} is not a number")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise Misread(f"schedule {name} is not a number") from None
    if not 1 <= found <= 9999 or found != int(found):
        raise Misread(f"schedule {name} is not a number")
    return int(found)
