"""An application from the ministry's form, typed on a keypad until it has a number, and does the ministry have it."""

import re

from loadtests.journeys.visitor import Visitor
from loadtests.phone import Wrong


def apply(visitor: Visitor) -> None:
    """Consent page by page, every question, yes. Whoever applied asks later where it stands."""
    person, asked = visitor.fresh(), visitor.plan.journeys["apply"]
    call = visitor.call(person)
    visitor.home(call, person)
    call.press("4", "apply_service")
    call.press("1", "apply_consent")
    call.press("1", "apply_form")
    *answers, last = asked["form"]
    for answer in answers:
        call.press(answer, "apply_form")
    call.press(last, "apply_confirm")
    ended = call.press("1", "apply_submitted")
    found = re.search(rf"\b{asked['number']}\b", ended.text)
    if found is None:
        raise Wrong("apply_submitted: no number")
    person.reference, person.phase = found.group(), "received"
    if visitor.at_ministry().read(person)["phone"] != person.msisdn:
        raise Wrong("apply_submitted: the ministry has it for another number")
    visitor.think()
    call.hang_up()
    visitor.people.give(person)
