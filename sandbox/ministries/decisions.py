"""Deciding by hand: an application or a visit is moved now, whatever the calendar says."""

from datetime import date
from decimal import Decimal, InvalidOperation

from sandbox.ministries.diary import CENTRE, Appointment
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.places import branch
from sandbox.ministries.wire import BadRequest, Json
from sandbox.ministries.world import World

# The canonical words for what a ministry calls otherwise.
_CANONICAL = {"ready_for_pickup": Phase.CARD_READY, "action_required": Phase.SENT_BACK}
_MOVED, _CANCELLED = "moved", "cancelled"


def move(world: World, reference: str, asked: Json, to: str | None) -> Dossier:
    """Take over the facts in `asked` (amount, reason, needs, pickup…), then enter the phase `to`.

    Without `to` only the facts change; with `code` (and `title`) the application says a word that no standard knows.
    Raises `BadRequest` and `Refused`.
    """
    registry = world.registry_of(reference)
    dossier = registry.get(reference)
    phase = None if to is None else _phase(to)
    if phase is Phase.REFUSED:
        dossier.amount = None
    if phase is Phase.GRANTED:
        dossier.reason = None
    _facts(dossier, asked)
    if phase is not None:
        dossier.said = None
        registry.enter(dossier, phase)
    if "code" in asked:
        dossier.say(str(asked["code"]), str(asked.get("title", asked["code"])), world.clock)
    return dossier


def change_visit(world: World, visit_id: str, to: str, event_id: str = "") -> Appointment | None:
    """The centre moves a visit (to `event_id`, else to its next open seat) or cancels it; None when it is gone."""
    if to == _MOVED:
        diary = world.diary_of(visit_id)
        return diary.move(visit_id, event_id or diary.next_open(visit_id).id, CENTRE)
    if to == _CANCELLED:
        world.diary_of(visit_id).cancel(visit_id, CENTRE)
        return None
    raise BadRequest(f"a visit is {_MOVED} or {_CANCELLED}")


def shown(ministry: str, dossier: Dossier) -> Json:
    """Of people only those who were invented here are shown with their number."""
    return {
        "ministry": ministry,
        "reference": dossier.file_id,
        "service": dossier.service.code,
        "phase": dossier.phase.value,
        "status": dossier.status,
        "demo": dossier.demo,
        "phone": dossier.phone if dossier.demo else None,
    }


def visit_shown(known: Appointment) -> Json:
    """A visit, without who comes."""
    return {
        "appointment_id": known.id,
        "event_id": known.slot.id,
        "host_entity_id": known.slot.centre.id,
        "from": known.slot.start.isoformat(),
        "category": known.slot.category,
    }


def _phase(to: str) -> Phase:
    phase = _CANONICAL.get(to)
    if phase is None and to in list(Phase):
        phase = Phase(to)
    if phase is None:
        raise BadRequest(f"phase is one of {[known.value for known in Phase]}")
    return phase


def _facts(dossier: Dossier, asked: Json) -> None:
    try:
        if "amount" in asked:
            dossier.amount = None if asked["amount"] is None else Decimal(str(asked["amount"]))
    except InvalidOperation as bad:
        raise BadRequest("amount is a decimal number as text") from bad
    if "reason" in asked:
        dossier.reason = _words(asked["reason"])
    if "needs" in asked:
        if not isinstance(asked["needs"], list):
            raise BadRequest("needs is a list of words")
        dossier.needs = tuple(_words(need) for need in asked["needs"])
    if "waitsLong" in asked:
        dossier.waits_long = bool(asked["waitsLong"])
    if "choosable" in asked:
        dossier.choosable = bool(asked["choosable"])
    if "pickup" in asked:
        chosen = branch(str(asked["pickup"]))
        if chosen is None:
            raise BadRequest("no such pickup point")
        dossier.branch = chosen
    if "availableFrom" in asked:
        dossier.available_from = _day(asked["availableFrom"])


def _words(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadRequest("words are an object of language and text")
    return {str(language): str(text) for language, text in value.items()}


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as bad:
        raise BadRequest("availableFrom is a date") from bad
