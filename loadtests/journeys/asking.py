"""What is open to all: what to bring and what it costs, and where the nearest place is."""

from loadtests.journeys.visitor import Visitor
from loadtests.phone import Call, Screen, has_more

_SHOWN = ("place_open_today", "place_closed_today", "place_hours_said")
# With the fee, without one, and where nobody tells of it.
_PAPERS = ("documents_shown", "documents_free", "documents_needs")
_PAGES = 6


def documents(visitor: Visitor) -> None:
    """Of one service: its name, and the papers in her language; then of another one."""
    person = visitor.fresh()
    call = visitor.call(person)
    visitor.home(call, person)
    listed = call.press("5", "documents_service")
    key, service = visitor.one_of(listed)
    _to_the_end(call, call.press(key, *_PAPERS, facts=(service,)))
    visitor.think()
    call.hang_up()


def places(visitor: Visitor) -> None:
    """By the first letters: the name that was chosen from the list stands on its page."""
    person = visitor.fresh()
    call = visitor.call(person)
    visitor.home(call, person)
    call.press("8", "places_home")
    call.press("2", "place_ask")
    letters = visitor.random.choice(visitor.plan.journeys["places"]["letters"])
    listed = call.press(letters, "place_list")
    key, name = visitor.one_of(listed)
    call.press(key, *_SHOWN, facts=(name,))
    visitor.think()
    call.hang_up()


def _to_the_end(call: Call, screen: Screen) -> None:
    """Page by page; a page has the name of its screen, and what is looked for stands on the first."""
    for _ in range(_PAGES):
        if not has_more(screen):
            return
        screen = call.turn(screen.name)
