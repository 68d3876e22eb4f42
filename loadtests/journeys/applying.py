"""An application from the ministry's form, typed on a keypad until it has a number, and does the ministry have it."""

import re

from loadtests.journeys.visitor import Visitor
from loadtests.ministry import Person
from loadtests.phone import Wrong

_MORE = re.compile(r"(^|\s)98 ", re.MULTILINE)
_NUMBER = re.compile(r"\b4\d{7}\b")
_PAGES = 12


def apply(visitor: Visitor) -> None:
    """Consent page by page, every question, yes. Whoever applied asks later where it stands."""
    person = Person(visitor.fresh())
    call = visitor.call(person.msisdn)
    visitor.home(call)
    call.press("4", "apply_service")
    screen = call.press("1", "apply_consent")
    for _ in range(_PAGES):
        if not _MORE.search(screen.text):
            break
        screen = call.press("98", "apply_consent")
    call.press("1", "apply_form")
    *answers, last = visitor.plan.words["form"]
    for answer in answers:
        call.press(answer, "apply_form")
    call.press(last, "apply_confirm")
    ended = call.press("1", "apply_submitted")
    found = _NUMBER.search(ended.text)
    if found is None:
        raise Wrong("apply_submitted: no number")
    person.reference, person.phase = found.group(), "received"
    if visitor.ministry.read(person.reference)["phone"] != person.msisdn:
        raise Wrong("apply_submitted: the ministry has it for another number")
    visitor.think()
    call.hang_up()
    visitor.people.give(person)
