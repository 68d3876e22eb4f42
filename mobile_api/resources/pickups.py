"""Pickups: what waits for her, where and until when; and having it wait at another place.

No agent does any of this for her: where money is collected is her own affair.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from domain.states import ApplicationState
from mobile_api.operations import Answer, Asked, Cache, Input, Op, Output, Security, unforeseen
from mobile_api.problems import Problem
from mobile_api.resources.applications_values import REFERENCE
from mobile_api.resources.appointments_values import InHand, PlaceId
from mobile_api.shown import PlaceShown
from services import known_applications, pickups
from services.desk import service_word
from services.known_applications import ApplicationKnown, KnownPage
from services.known_ports import KnownFacts, KnownPickup
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    ChoiceNotAllowed,
    NotFound,
    PickupMoved,
    PinNeeded,
    ReferenceMalformed,
    StateOnly,
    TooManyTries,
)
from services.reading import read_own
from services.values import Place
from services.wording import NOTHING

TAG = "pickups"
# Nobody has so many; a list that never ends serves nobody.
_MOST, _PAGES = 50, 4


class PickupShown(Output, frozen=True):
    """What waits for her. `begins`, `until`: the days between which it does, both included; null: none told.

    `bring`: what to bring. `can_choose`: another place can be chosen.
    """

    reference: str
    service: str
    service_name: str
    place: PlaceShown
    begins: date | None
    until: date | None
    bring: tuple[str, ...]
    can_choose: bool


class PickupList(Output, frozen=True):
    """All that waits for her, as last heard of."""

    items: tuple[PickupShown, ...]
    next: None = None


class PickupChoices(Output, frozen=True):
    """Where else it may wait; none where its ministry offers no other place."""

    items: tuple[PlaceShown, ...]
    next: None = None


class PickupWanted(Input, frozen=True):
    """Where it is to wait: the id of one of the choices."""

    place: PlaceId


class PickupMovedTo(Output, frozen=True):
    """Where it waits now."""

    reference: str
    place: PlaceShown


async def list_pickups(asked: Asked) -> Answer:
    """What waits for her."""
    return Answer(PickupList(tuple((await _waiting(asked, live=True)).values())))


async def changed(asked: Asked, ids: frozenset[str] | None) -> Mapping[str, Output]:
    """The same as last known, for `GET /changes`: no ministry is asked."""
    found = await _waiting(asked, live=False)
    return {reference: shown for reference, shown in found.items() if ids is None or reference in ids}


async def show_pickup(asked: Asked) -> Answer:
    """One of them, as its ministry tells it now."""
    found = await known_applications.shown(asked.desk, asked.caller, asked.path["reference"])
    match found:
        case ApplicationKnown(facts=facts):
            shown = _shown(asked, facts)
            if shown is None:
                raise Problem("nothing_to_collect")
            return Answer(shown)
        case PinNeeded():
            raise Problem("pin_needed")
        case TooManyTries():
            raise Problem("too_many_tries")
        case NotFound() | StateOnly() | ReferenceMalformed():
            raise Problem("not_found")
        case other:
            raise unforeseen(other)


async def list_choices(asked: Asked) -> Answer:
    """Where else it may wait."""
    found = await read_own(asked.desk, asked.caller, asked.path["reference"])
    if isinstance(found, PinNeeded):
        raise Problem("pin_needed")
    if found is None:
        raise Problem("not_found")
    known = map(asked.desk.known_place, found.pickup_choices)
    return Answer(PickupChoices(tuple(PlaceShown.of(place, asked.language) for place in known)))


async def choose_place(asked: Asked) -> Answer:
    """Have it wait there instead."""
    wanted: PickupWanted = asked.body
    reference = asked.path["reference"]
    match await pickups.choose(asked.desk, asked.caller, reference, wanted.place, asked.key):
        case PickupMoved(place=name, address=address, hours=hours):
            place = PlaceShown(wanted.place, name, _said(address), _said(hours))
            return Answer(PickupMovedTo(reference, place))
        case BeingProcessed():
            return Answer(InHand(told=False), 202, final=False)
        case AnswerPromised():
            return Answer(InHand(told=True), 202, final=False)
        case PinNeeded():
            raise Problem("pin_needed")
        case ChoiceNotAllowed():
            raise Problem("choice_not_allowed")
        case other:
            raise unforeseen(other)


async def _waiting(asked: Asked, *, live: bool) -> dict[str, PickupShown]:
    """By reference. `live`: ministries are asked anew behind her back."""
    desk, caller = asked.desk, asked.caller
    found: dict[str, PickupShown] = {}
    before: UUID | None = None
    for _ in range(_PAGES):
        if live:
            told = await known_applications.listed(desk, caller, _MOST, before)
        else:
            told = await _last_known(asked)
        if not isinstance(told, KnownPage):
            raise Problem("pin_needed")
        for known in told.items:
            if known.facts and (shown := _shown(asked, known.facts)):
                found[known.reference] = shown
        before = told.next
        if before is None:
            break
    return found


async def _last_known(asked: Asked) -> KnownPage | PinNeeded:
    desk, caller = asked.desk, asked.caller
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return KnownPage()
    rows = await desk.records.known.of(caller.person.id, _MOST)
    return KnownPage(tuple(row for row in rows if known_applications.is_shown(desk, caller, row)))


def _shown(asked: Asked, facts: KnownFacts) -> PickupShown | None:
    if facts.state is not ApplicationState.READY_FOR_PICKUP or facts.pickup is None:
        return None
    return PickupShown(
        facts.reference,
        facts.service,
        asked.say(service_word(facts.service)),
        PlaceShown.of(asked.desk.known_place(_place(facts.pickup)), asked.language),
        facts.pickup.available_from,
        facts.pickup.available_until,
        (asked.say("pickup.bring"),),
        facts.movable,
    )


def _place(pickup: KnownPickup) -> Place:
    return Place(pickup.id, pickup.name, pickup.address, pickup.hours)


def _said(words: str) -> str:
    return "" if words == NOTHING else words


_BRANCH = PlaceShown("branch-1", "Example bank, branch 1", "Example street 5, Baku", "Mon-Fri 09:00-17:00")
_EXAMPLE = PickupShown(
    "41000014",
    "social_aid",
    "Targeted social aid",
    _BRANCH,
    date(2026, 12, 1),
    date(2027, 1, 15),
    ("Bring your ID card.",),
    True,
)
_WHERE = {"reference": REFERENCE}
_PROBLEMS = ("pin_needed", "ministry_unavailable", "ministry_refused")

OPS: tuple[Op, ...] = (
    Op(
        id="list_pickups",
        method="GET",
        path="/pickups",
        summary="What waits for me, where and until when",
        tag=TAG,
        act=list_pickups,
        answers={200: PickupList},
        problems=("pin_needed",),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: PickupList((_EXAMPLE,))},
    ),
    Op(
        id="show_pickup",
        method="GET",
        path="/pickups/{reference}",
        where=_WHERE,
        summary="Where and until when one thing waits",
        tag=TAG,
        act=show_pickup,
        answers={200: PickupShown},
        problems=(*_PROBLEMS, "too_many_tries", "nothing_to_collect"),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: _EXAMPLE},
    ),
    Op(
        id="list_pickup_choices",
        method="GET",
        path="/pickups/{reference}/choices",
        where=_WHERE,
        summary="Where else it may wait",
        tag=TAG,
        act=list_choices,
        answers={200: PickupChoices},
        problems=_PROBLEMS,
        security=Security.PERSON,
        examples={200: PickupChoices((_BRANCH,))},
    ),
    Op(
        id="choose_pickup_place",
        method="POST",
        path="/pickups/{reference}/place",
        where=_WHERE,
        summary="Have it wait at another place",
        description="202: the ministry has not answered yet; the same request with the same key tells what came of it.",
        tag=TAG,
        act=choose_place,
        body=PickupWanted,
        answers={200: PickupMovedTo, 202: InHand},
        problems=(*_PROBLEMS, "choice_not_allowed"),
        security=Security.PERSON,
        write=True,
        examples={
            "body": PickupWanted("branch-1"),
            200: PickupMovedTo("41000014", _BRANCH),
            202: InHand(told=True),
        },
    ),
)
