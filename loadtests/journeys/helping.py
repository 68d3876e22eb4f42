"""A volunteer on her own telephone: her PIN, a citizen's yes by SMS, the citizen's application, the end."""

import time

from loadtests.journeys.slips import SCREEN_OF
from loadtests.journeys.visitor import NothingToDo, Visitor
from loadtests.people import facts_of
from loadtests.phone import Call

PIN = "918273"
# Between two citizens of one volunteer, as the pack rules; a little more than that.
PAUSE = 130.0
# Where a card waits is for the citizen's own eyes: of such an application a volunteer reads less.
_SHOWN = ("received", "in_review", "granted")


def helps(visitor: Visitor) -> None:
    """The citizen's screens appear on the volunteer's telephone once the citizen's code is typed."""
    agent = visitor.people.agent(visitor.clock(), PAUSE)
    if agent is None:
        raise NothingToDo
    person = visitor.people.take_for_code(*_SHOWN)
    try:
        if person is None:
            raise NothingToDo
        visitor.ministry.glance(person)
        call = visitor.call(agent)
        _to_pin(visitor, call)
        call.press(PIN, "agent_purpose")
        call.press("2", "agent_number")
        begun = time.monotonic()
        call.press(person.msisdn.removeprefix("+"), "agent_code")
        call.press(visitor.code(person, begun), "home")
        call.press("1", "status_ask")
        call.press(person.reference, SCREEN_OF[person.phase], facts=facts_of(person, dict(visitor.plan.words)))
        call.hang_up()
        ending = visitor.call(agent)
        _to_pin(visitor, ending)
        ending.press(PIN, "agent_running")
        ending.press("2", "help_stopped")
        ending.hang_up()
    finally:
        if person is not None:
            visitor.people.give(person)
        visitor.people.rests(agent, visitor.clock())


def open_account(visitor: Visitor, number: str) -> None:
    """Before the day begins: a volunteer needs an account with a PIN."""
    call = visitor.call(number)
    visitor.home(call)
    call.press("6", "account_none")
    call.press("3", "account_consent")
    call.press("1", "create_pin")
    call.press(PIN, "create_again")
    call.press(PIN, "account_created")
    call.hang_up()


def _to_pin(visitor: Visitor, call: Call) -> None:
    visitor.home(call)
    call.press("6", "account_menu")
    call.press("7", "help_none")
    call.press("1", "pin")
