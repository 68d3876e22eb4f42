"""A volunteer on her own telephone: her PIN, a citizen's yes by SMS, the citizen's application, the end."""

import time

from loadtests.journeys.slips import state_screen
from loadtests.journeys.visitor import GivenUp, NothingToDo, Visitor
from loadtests.people import Person
from loadtests.phone import Call

PIN = "918273"
# Between two citizens of one volunteer, as the pack rules; a little more than that.
PAUSE = 130.0


def helps(visitor: Visitor) -> None:
    """The citizen's screens appear on the volunteer's telephone once the citizen's code is typed."""
    agent, asked = visitor.people.agent(visitor.clock(), PAUSE), visitor.plan.journeys["agent"]
    if agent is None:
        raise NothingToDo
    # Both read the same telephone.
    person = visitor.people.take_for_code(*asked.get("phases", ()), voice=agent.caller.voice)
    try:
        if person is None:
            raise NothingToDo
        visitor.sandbox.glance(person)
        call = visitor.call(agent)
        _to_pin(visitor, call, agent)
        if call.press(PIN, "agent_purpose", "agent_running").name == "agent_running":
            # Her line broke last time before she could say that it is over.
            _end(call)
            raise GivenUp
        call.press(asked["purpose"], "agent_number")
        begun = time.monotonic()
        call.press(person.msisdn.removeprefix("+"), "agent_code")
        call.press(visitor.code(person, begun), "home")
        _helped(visitor, call, person)
        call.hang_up()
        ending = visitor.call(agent)
        _to_pin(visitor, ending, agent)
        ending.press(PIN, "agent_running")
        _end(ending)
    finally:
        if person is not None:
            visitor.people.give(person)
        visitor.people.rests(agent, visitor.clock())


def _helped(visitor: Visitor, call: Call, person: Person) -> None:
    """What she came with: her slip, or the question what to bring."""
    if not person.reference:
        call.press("3", "visits")
        call.press("2", "visit_list", facts=(person.visit,))
        return
    screen, facts = state_screen(visitor, person)
    call.press("1", "status_ask")
    call.press(person.reference, screen, facts=facts)


def _end(call: Call) -> None:
    call.press("2", "help_stopped")
    call.hang_up()


def open_account(visitor: Visitor, agent: Person) -> None:
    """Before the day begins: a volunteer needs an account with a PIN."""
    call = visitor.call(agent)
    visitor.home(call, agent)
    call.press("6", "account_none")
    call.press("3", "account_consent")
    call.press("1", "create_pin")
    call.press(PIN, "create_again")
    call.press(PIN, "account_created")
    call.hang_up()


def _to_pin(visitor: Visitor, call: Call, agent: Person) -> None:
    visitor.home(call, agent)
    call.press("6", "account_menu")
    call.press("7", "help_none")
    call.press("1", "pin")
