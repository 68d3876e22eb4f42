"""Pickups: where and when something waits, and choosing another place where the ministry allows it."""

from domain.errors import MinistryRefused
from domain.states import ApplicationState
from services.applications import details
from services.caller import Caller
from services.deliveries import Brought
from services.desk import Desk, service_word
from services.intents import Ended, Executor, carry_out, done, met, not_ended, refused
from services.outcomes import (
    ActionRequired,
    AnswerPromised,
    BeingProcessed,
    ChoiceNotAllowed,
    Closed,
    Collected,
    PickupMoved,
    PickupNotYet,
    PickupOpen,
    PickupPoints,
    PickupReady,
    PinNeeded,
    PointChosen,
    Refused,
    StateKnown,
    Unanswered,
)
from services.ports import Intent, IntentState
from services.reading import NotRead, may_be_sent, read_now, read_own, state_word
from services.stored import word
from services.values import Application, Pickup, Place, in_language
from services.visits import place_item
from services.wording import said

MOVES = "applications.choose_pickup"
Waiting = PickupReady | PickupOpen | PickupNotYet
Standing = ActionRequired | Refused | Collected | Closed | StateKnown | Brought


async def find(desk: Desk, caller: Caller, reference: str) -> Waiting | Standing | NotRead | Unanswered:
    """Where it waits, and between which days, as far as this caller may read it; where it waits for her, is brought
    to her, or nothing will be collected (any more), how it stands."""
    found = await read_now(desk, caller, reference)
    return _pickup(desk, caller, found) if isinstance(found, Application) else found


async def choices(desk: Desk, caller: Caller, reference: str) -> PickupPoints | ChoiceNotAllowed | PinNeeded:
    """Where else it may be collected."""
    found = await read_own(desk, caller, reference)
    if isinstance(found, PinNeeded):
        return found
    known = map(desk.known_place, found.pickup_choices if found else ())
    points = tuple(place_item(place, caller.language) for place in known)
    return PickupPoints(points) if points else ChoiceNotAllowed()


async def point(desk: Desk, caller: Caller, reference: str, point: str) -> PointChosen | ChoiceNotAllowed | PinNeeded:
    """One of those places in full, for the confirm screen."""
    found = await read_own(desk, caller, reference)
    if isinstance(found, PinNeeded):
        return found
    place = _choice(found, point)
    return PointChosen(*_place(desk, caller, place)) if place else ChoiceNotAllowed()


async def choose(
    desk: Desk, caller: Caller, reference: str, point: str, confirm: str
) -> PickupMoved | BeingProcessed | AnswerPromised | ChoiceNotAllowed | PinNeeded:
    """Have it wait there instead."""
    if caller.must_prove:
        return PinNeeded()
    ended = await met(desk, caller, CHOOSE_PICKUP, confirm)
    if ended is None:
        found = await read_own(desk, caller, reference)
        if isinstance(found, PinNeeded):
            return found
        place = _choice(found, point)
        if found is None or place is None:
            return ChoiceNotAllowed()
        name, address, hours = _place(desk, caller, place)
        payload = {"reference": found.reference, "point": place.id}
        shown = {"place": name, "address": address, "hours": hours}
        ended = await carry_out(desk, caller, CHOOSE_PICKUP, found.service, confirm, payload | shown, payload)
    return _chosen(ended)


def _pickup(desk: Desk, caller: Caller, application: Application) -> Waiting | Standing:
    pickup = application.pickup
    if pickup is None or application.state is not ApplicationState.READY_FOR_PICKUP:
        stands = details(desk, caller.language, application, by_herself=not caller.agent)
        if isinstance(stands, Standing) and not isinstance(stands, StateKnown):
            return stands
        if application.delivery is None:
            return PickupNotYet(state_word(application))
        # Handed over, and nobody says on which day.
        service, reference = service_word(application.service), application.reference
        return StateKnown(service, reference, state_word(application), stands.history, stands.billed)
    place, since = _place(desk, caller, pickup.place), pickup.available_from or desk.today()
    offered = may_be_sent(desk, caller), _may_move(desk, application)
    if pickup.available_until is None:
        return PickupOpen(*place, since, *offered)
    return PickupReady(*place, since, pickup.available_until, *offered)


def _may_move(desk: Desk, application: Application) -> bool:
    """What its ministry cannot do, or not for this one, is not offered."""
    return bool(application.pickup_choices) and desk.ministries.does(application.service, MOVES)


def _choice(application: Application | None, point: str) -> Place | None:
    choices = application.pickup_choices if application else ()
    return next((place for place in choices if place.id == point), None)


def _place(desk: Desk, caller: Caller, told: Place) -> tuple[str, str, str]:
    place, language = desk.known_place(told), caller.language
    return place.called(language), said(place.located(language)), said(in_language(place.hours, language))


async def _choose(desk: Desk, intent: Intent) -> Ended:
    ministry = await desk.registry(intent.service)
    reference, point = word(intent.payload, "reference"), word(intent.payload, "point")
    try:
        application = await ministry.choose_pickup(reference, point, intent.id.hex, desk.deadline)
    except MinistryRefused:
        return refused()
    if application is None:
        return refused()
    await desk.records.known.saw(intent.person, (application,), desk.today())
    return _waits_there(intent, application)


async def _look_up_choice(desk: Desk, intent: Intent) -> Ended | None:
    ministry = await desk.registry(intent.service)
    application = await ministry.get(word(intent.payload, "reference"), desk.deadline)
    if application is None:
        return refused()
    if _there(intent, application) is None:
        return None
    await desk.records.known.saw(intent.person, (application,), desk.today())
    return _waits_there(intent, application)


async def _keep_choice(desk: Desk, intent: Intent, ended: Ended) -> None:
    """It left the place that she chose before: she may choose that one anew.

    Also where an answer was lost: the worker would look for it there, not find it, and send it there again.
    """
    intents = desk.records.intents
    for earlier in await intents.live(intent.person, intent.kind):
        if not _follows(intent, earlier):
            continue
        if earlier.state is IntentState.DONE:
            await intents.retire(earlier.id)
        else:
            await intents.overtake(earlier.id, {"undone": True})


async def _being_changed(desk: Desk, intent: Intent) -> bool:
    """She has chosen another place since, and the end of that is not known yet."""
    later = await desk.records.intents.under_way(intent.person, intent.kind)
    return any(_follows(one, intent) for one in later)


def _follows(later: Intent, earlier: Intent) -> bool:
    if later.id == earlier.id or later.service != earlier.service or later.prepared_at < earlier.prepared_at:
        return False
    return word(later.payload, "reference") == word(earlier.payload, "reference")


def _there(intent: Intent, application: Application) -> Pickup | None:
    """The pickup at the place that she chose."""
    pickup = application.pickup
    return pickup if pickup is not None and pickup.place.id == word(intent.payload, "point") else None


def _waits_there(intent: Intent, application: Application) -> Ended:
    """`waits`: as its ministry words it, where it can be collected there by now."""
    shown = {name: word(intent.payload, name) for name in ("place", "address", "hours")}
    pickup = _there(intent, application)
    if pickup is None or application.state is not ApplicationState.READY_FOR_PICKUP:
        return done(**shown, waits={})
    first, last = (day.isoformat() if day else "" for day in (pickup.available_from, pickup.available_until))
    waits = {"place": pickup.place.name, "address": pickup.place.address, "from": first, "until": last}
    return done(**shown, waits=waits)


def _chosen(ended: Ended) -> PickupMoved | BeingProcessed | AnswerPromised | ChoiceNotAllowed:
    match ended.state:
        case IntentState.DONE:
            return PickupMoved(*(word(ended.result, name) for name in ("place", "address", "hours")))
        case IntentState.REFUSED:
            return ChoiceNotAllowed()
    return not_ended(ended)


CHOOSE_PICKUP = Executor("choose_pickup", _choose, _look_up_choice, _keep_choice, _being_changed)
