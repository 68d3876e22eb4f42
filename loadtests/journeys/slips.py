"""With the slip in her hand: where it stands, and where the card waits."""

import re

from loadtests.journeys.visitor import NothingToDo, Visitor
from loadtests.people import facts_of
from loadtests.phone import Wrong, plain

PHASES = ("received", "in_review", "granted", "card_ready")
SCREEN_OF = {
    "received": "status_received",
    "in_review": "status_in_review",
    "granted": "status_granted",
    "card_ready": "status_ready",
}
_DIALS_IT_ALL = 0.15
_GOES_ELSEWHERE = 0.3
_ENTRY = re.compile(r"^(\d+) (.+)$", re.MULTILINE)


def status(visitor: Visitor) -> None:
    """The number on the slip, and the answer: the state's screen, with her sum, her place or her number."""
    person = visitor.people.take(*PHASES)
    if person is None:
        raise NothingToDo
    try:
        call = visitor.call(person.msisdn)
        facts = facts_of(person, dict(visitor.plan.words))
        if visitor.random.random() < _DIALS_IT_ALL:
            call.dial(SCREEN_OF[person.phase], inputs=("1", person.reference), facts=facts)
        else:
            visitor.home(call)
            call.press("1", "status_ask")
            call.press(person.reference, SCREEN_OF[person.phase], facts=facts)
        visitor.think()
        call.hang_up()
    finally:
        visitor.people.give(person)


def pickup(visitor: Visitor) -> None:
    """Where the card waits; some choose another place, and must read its name."""
    person = visitor.people.take("card_ready")
    if person is None:
        raise NothingToDo
    try:
        call = visitor.call(person.msisdn)
        visitor.home(call)
        call.press("2", "pickup_ask")
        call.press(person.reference, "pickup_ready", facts=(person.place,))
        if visitor.random.random() < _GOES_ELSEWHERE:
            listed = call.press("1", "pickup_list")
            key, place = _another(listed.text, person.place)
            call.press(key, "pickup_confirm", facts=(place,))
            call.press("1", "pickup_moved", facts=(place,))
            person.place = visitor.ministry.read(person.reference)["pickup"]["name"]
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
