"""Days of a recurring rule (RFC 5545) within a window, however many occurrences the rule has."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from dateutil.rrule import rrulestr

from services.backends.reading import Misread

# More than one occurrence a day for two years; a rule that gives more in one window is cut off there.
MOST = 1000
# How far from its beginning a rule is followed: every day for 130 years, counted in a tenth of a second.
_MOST_STEPS = 50_000
# A rule by the hour is no timetable; of the others only the parts by which dateutil is sure to find something soon:
# it would look for a 30 February until the year 9999.
_PARTS = {
    "DAILY": {"BYDAY", "BYMONTH"},
    "WEEKLY": {"BYDAY", "BYMONTH"},
    "MONTHLY": {"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"},
}
_ALWAYS = {"FREQ", "INTERVAL", "COUNT", "WKST"}
_VALUE = re.compile(r"[A-Z0-9+,-]{1,200}")


def occurrences(rule: Mapping[str, str], start: datetime) -> Iterator[datetime]:
    """The moments of a rule whose first is `start`; both without a zone. `UNTIL` is the caller's to apply.

    Raises `Misread` for what makes no rule, and for parts that are not read here.
    """
    parts = {name.upper(): value.upper() for name, value in rule.items() if value}
    freq = parts.get("FREQ", "")
    if freq not in _PARTS:
        raise Misread("FREQ is none of DAILY, WEEKLY, MONTHLY, YEARLY")
    odd = set(parts) - _ALWAYS - _PARTS[freq]
    if odd:
        raise Misread(f"a {freq} rule with {', '.join(sorted(odd))[:60]}")
    if not all(_VALUE.fullmatch(value) for value in parts.values()) or parts.get("INTERVAL", "1").strip("0") == "":
        raise Misread("a part of a rule is none")
    try:
        # dateutil's own texts hold what was read; the class says enough.
        found: Iterator[datetime] = iter(
            rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
        )
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError, IndexError):
        raise Misread("parts that make no rule") from None
    return found


def within(moments: Iterator[datetime], first: datetime, last: datetime) -> list[datetime]:
    """Those between two moments, both included: at most `MOST`, and none beyond so many steps of the rule."""
    found: list[datetime] = []
    try:
        for step, at in enumerate(moments):
            if at > last or step >= _MOST_STEPS or len(found) >= MOST:
                break
            if at >= first:
                found.append(at)
    except (ValueError, OverflowError):
        raise Misread("a rule that leaves the calendar") from None
    return found
