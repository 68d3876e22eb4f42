"""A visit to an office: what for, where, which day and hour, yes."""

import re

from loadtests.journeys.visitor import GivenUp, Visitor
from loadtests.phone import Wrong

_TIMES = re.compile(r"^(\d+) (\d{2}:\d{2})$", re.MULTILINE)
_DAYS = re.compile(r"^(\d+) (.+)$", re.MULTILINE)
_SERVICES, _PLACES = 4, 6


def visit(visitor: Visitor) -> None:
    """Booked, with the day and the hour that were chosen; sometimes somebody was faster."""
    call = visitor.call(visitor.fresh())
    visitor.home(call)
    call.press("3", "visits")
    call.press("1", "visit_service")
    call.press(str(visitor.random.randint(1, _SERVICES)), "visit_place")
    days = call.press(str(visitor.random.randint(1, _PLACES)), "visit_day", "visit_no_days")
    if days.name == "visit_no_days":
        raise GivenUp
    key, day = _one(visitor, _DAYS, days.text)
    times = call.press(key, "visit_time", "visit_no_times")
    if times.name == "visit_no_times":
        raise GivenUp
    key, hour = _one(visitor, _TIMES, times.text)
    # Of the day only its number is held against the screen: how its name is written is the country's.
    number = re.findall(r"\d+", day)[0]
    call.press(key, "visit_confirm", facts=(hour, number))
    booked = call.press("1", "visit_booked", "visit_taken")
    if booked.name == "visit_taken":
        raise GivenUp
    if hour not in booked.text or number not in booked.text:
        raise Wrong("visit_booked: another day or hour")
    visitor.think()
    call.hang_up()


def _one(visitor: Visitor, entry: re.Pattern[str], listed: str) -> tuple[str, str]:
    found = [(key, text) for key, text in entry.findall(listed) if key not in ("0", "98")]
    if not found:
        raise Wrong("a list without entries")
    return visitor.random.choice(found)
