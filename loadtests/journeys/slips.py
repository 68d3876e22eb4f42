"""With the slip in her hand: where it stands, and where it waits to be collected."""

import re

from loadtests.journeys.visitor import NothingToDo, Visitor, money
from loadtests.people import Person
from loadtests.phone import Failed, Wrong, plain

_DIALS_IT_ALL = 0.15
_ENTRY = re.compile(r"^(\d+) (.+)$", re.MULTILINE)


def phases(visitor: Visitor) -> tuple[str, ...]:
    """Those that the plan knows a screen of."""
    return tuple(visitor.plan.journeys.get("status", {}).get("screens", ()))


def state_screen(visitor: Visitor, person: Person) -> tuple[str, tuple[str, ...]]:
    """The screen of her application, and the facts that must stand on it, in the language that reads it."""
    asked = visitor.plan.journeys["status"]
    facts = asked.get("facts", {}).get(person.phase, ("reference",))
    return asked["screens"][person.phase], tuple(_fact(visitor, person, fact) for fact in facts)


def _fact(visitor: Visitor, person: Person, fact: str) -> str:
    voice = visitor.plan.reads(person.caller)
    return {"money": money(person.amount, voice), "place": voice.place or person.place}.get(fact, person.reference)


def status(visitor: Visitor) -> None:
    """The number on the slip, and the answer: the state's screen, with her sum, her place or her number."""
    person = visitor.people.take(*phases(visitor))
    if person is None:
        raise NothingToDo
    try:
        call = visitor.call(person)
        screen, facts = state_screen(visitor, person)
        if person.heard and visitor.random.random() < _DIALS_IT_ALL:
            call.dial(screen, inputs=("1", person.reference), facts=facts)
        else:
            visitor.home(call, person)
            call.press("1", "status_ask")
            call.press(person.reference, screen, facts=facts)
        visitor.think()
        call.hang_up()
    finally:
        visitor.people.give(person)


def pickup(visitor: Visitor) -> None:
    """Where it waits; some choose another place where that may be, and must read its name."""
    asked = visitor.plan.journeys.get("pickup", {})
    person = visitor.people.take("card_ready") if asked else None
    if person is None:
        raise NothingToDo
    try:
        call = visitor.call(person)
        visitor.home(call, person)
        call.press("2", "pickup_ask")
        call.press(person.reference, asked["screen"], facts=(_fact(visitor, person, "place"),))
        if visitor.random.random() < asked.get("elsewhere", 0.0):
            listed = call.press("1", "pickup_list")
            key, place = _another(listed.text, person.place)
            call.press(key, "pickup_confirm", facts=(place,))
            try:
                call.press("1", "pickup_moved", facts=(place,))
            except Failed:
                # It may be done later: nobody can say where it waits now.
                person.phase = ""
                raise
            person.place = visitor.at_ministry().read(person)["place"]
            if plain(person.place) != plain(place):
                raise Wrong("pickup_moved: the ministry has another place")
        visitor.think()
        call.hang_up()
    finally:
        visitor.people.give(person)


def _another(listed: str, place: str) -> tuple[str, str]:
    entries = [(key, name) for key, name in _ENTRY.findall(listed) if key not in ("0", "98")]
    others = [(key, name) for key, name in entries if plain(name) != plain(place)]
    if not others:
        raise Wrong("pickup_list: no other place")
    return others[0]
