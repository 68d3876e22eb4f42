"""A visit to an office: what for, where, which day and hour, yes; and sometimes looked up again."""

import re

from loadtests.journeys.visitor import GivenUp, Visitor
from loadtests.people import Person
from loadtests.phone import Call, Screen, Wrong

_LOOKS_AGAIN = 0.25
_HOUR = re.compile(r"\d{2}:\d{2}")
_NUMBER = re.compile(r"\d+")
BOOKED = "visit"


def visit(visitor: Visitor) -> None:
    """Booked, with the day and the hour that were chosen; sometimes somebody was faster."""
    person = visitor.fresh()
    call = visitor.call(person)
    visitor.home(call, person)
    call.press("3", "visits")
    services = call.press("1", "visit_service")
    key, service = visitor.one_of(services)
    days = _somewhere(visitor, call, call.press(key, "visit_place", "visit_region"))
    key, day = visitor.one_of(days)
    times = call.press(key, "visit_time", "visit_no_times")
    if times.name == "visit_no_times":
        raise GivenUp
    key, hour = visitor.one_of(times)
    # Of the day only its number is held against the screen: how its name is written is the country's.
    number = _NUMBER.findall(day)[0]
    call.press(key, "visit_confirm", facts=(hour, number, service))
    booked = call.press("1", "visit_booked", "visit_taken")
    if booked.name == "visit_taken":
        raise GivenUp
    if hour not in booked.text or number not in booked.text:
        raise Wrong("visit_booked: another day or hour")
    visitor.think()
    call.hang_up()
    if visitor.random.random() < _LOOKS_AGAIN:
        _looked_up(visitor, person, hour)
    if not person.phase:
        person.phase, person.visit = BOOKED, hour
        visitor.people.give(person)


def _somewhere(visitor: Visitor, call: Call, asked: Screen) -> Screen:
    """Through region and place to the days; whoever finds none there gives up."""
    for _ in range(2):
        key, _name = visitor.one_of(asked)
        asked = call.press(key, "visit_place", "visit_day", "visit_no_days")
        if asked.name == "visit_no_days":
            raise GivenUp
        if asked.name == "visit_day":
            return asked
    raise Wrong("visit_place: no days after two choices")


def _looked_up(visitor: Visitor, person: Person, hour: str) -> None:
    """She dials again, and it stands among hers."""
    call = visitor.call(person)
    visitor.home(call, person)
    call.press("3", "visits")
    call.press("2", "visit_list", facts=(_HOUR.findall(hour)[0],))
    call.hang_up()
