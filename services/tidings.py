"""What is told outside the conversation: the end of a confirmed write, an application, a pickup, a visit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID

from domain.money import Money
from domain.outcomes import Outcome
from domain.states import ApplicationState
from i18n.text import SlotValue, Word
from services.desk import Desk, service_word
from services.events import EventType
from services.gists import collected_at, gist_of, gist_of_write, subject_of_write
from services.outcomes import NotFound, PickupOpen, PickupReady, PinNeeded, StateOnly, TooManyTries, VisitShown
from services.ports import Intent, IntentState, Notice
from services.reading import NotRead, state_word
from services.stored import word
from services.tellings import CONTENTLESS, of_application, still_due, telling
from services.values import Application, Place
from services.wording import NOTHING, visit_number

Values = dict[str, SlotValue]

_VISIT_DONE = {"book": "sms.visit_booked", "move": "sms.visit_moved", "cancel": "sms.visit_cancelled"}
# An application in these states is told of as the alert of the same news does.
_NEWS = {
    ApplicationState.RECEIVED: EventType.RECEIVED,
    ApplicationState.IN_REVIEW: EventType.IN_REVIEW,
    ApplicationState.ACTION_REQUIRED: EventType.ACTION_REQUIRED,
    ApplicationState.GRANTED: EventType.GRANTED,
    ApplicationState.REFUSED: EventType.REFUSED,
    ApplicationState.READY_FOR_PICKUP: EventType.READY_FOR_PICKUP,
}


def end_of(desk: Desk, intent: Intent, state: IntentState, result: Mapping[str, object]) -> Notice:
    """The notice of an intent that ended `done` or `refused`, told once however often it is put.

    One that was given up may have been done: it is told as neither.
    """
    values: Values = {"service": service_word(intent.service)}
    subject, gist, place = subject_of_write(desk, intent, result), None, None
    if state is IntentState.DONE:
        text, more = _done(desk, intent, result)
        gist = gist_of_write(desk, intent, result)
        place = desk.places.get(word(result, "place_id")) if intent.kind in _VISIT_DONE else None
    else:
        text, more = _refused(intent, result)
    return Notice(text, values | more, intent.service, subject, once=intent.id, gist=gist, place=place)


def answer_of(
    found: Application | NotRead,
    service: str,
    reference: str,
    language: str,
    once: UUID,
    asked: datetime,
    today: date,
) -> Notice:
    """The notice of what a read came to: no more than that caller may see; of what needs a PIN, that it is there.

    `asked`: when she asked for it. What an event told before is told again, for she wants to know.
    """
    values: Values = {"reference": reference}
    gist = None
    match found:
        case Application():
            text, values = _application(found, language, today)
            news = _NEWS.get(found.state)
            gist = gist_of(news, of_application(found), since=asked) if news else None
        case StateOnly():
            text, values["state"] = "notice.state", found.state
        case NotFound():
            text = "notice.not_found"
        case PinNeeded():
            text = "sms.sensitive_application"
        case TooManyTries():
            text = "notice.too_many"
        case _:
            text = CONTENTLESS
    return Notice(text, values, service, reference, once=once, gist=gist)


def pickup_details(found: PickupReady | PickupOpen, service: str, reference: str) -> Notice:
    """Where and until when something waits, and when it is open there where that is known."""
    values = _values(found) | {"service": service_word(service), "reference": reference}
    if found.address == NOTHING:
        return Notice("sms.ready_no_address", values, service, reference)
    text = "sms.pickup" if found.hours != NOTHING else "sms.ready"
    until = "until" if isinstance(found, PickupReady) else "from"
    return Notice(f"{text}_{until}", values, service, reference)


def visit_details(found: VisitShown, service: str, visit: str) -> Notice:
    """One coming visit."""
    return Notice("sms.visit_booked", _values(found), service, visit)


def _application(found: Application, language: str, today: date) -> tuple[str, Values]:
    news = _NEWS.get(found.state)
    told = telling(news, still_due(of_application(found), today), language) if news else None
    if told is not None:
        return told.text_id, told.values
    return "notice.state", {"reference": found.reference, "state": state_word(found)}


def _values(found: Outcome) -> Values:
    """The fields that can fill a slot."""
    return {
        name: value
        for name, value in found.values().items()
        if isinstance(value, str | int | Money | date | time | Word) and not isinstance(value, bool)
    }


def _done(desk: Desk, intent: Intent, result: Mapping[str, object]) -> tuple[str, Values]:
    match intent.kind:
        case "book":
            return _VISIT_DONE["book"], _visit(desk, result) | {"number": visit_number(word(result, "visit"))}
        case "move" | "cancel":
            return _VISIT_DONE[intent.kind], _visit(desk, result)
        case "submit":
            reference, due = word(result, "reference"), date.fromisoformat(word(result, "due"))
            return "sms.received", {"reference": reference, "due": due}
        case "amend":
            return "notice.amend_done", {"reference": word(result, "reference")}
        case "choose_pickup":
            return _waits(intent, result)
    return CONTENTLESS, {}


def _waits(intent: Intent, result: Mapping[str, object]) -> tuple[str, Values]:
    """As the alert of the same news does, where it can be collected by now: with its days."""
    reference, place, address = word(intent.payload, "reference"), word(result, "place"), word(result, "address")
    if facts := collected_at(intent, result):
        there = Place("", place, "" if address == NOTHING else address)
        if told := telling(EventType.READY_FOR_PICKUP, replace(facts, place=there), ""):
            return told.text_id, told.values
    return "notice.choose_pickup_done", {"reference": reference, "place": place, "address": address}


def _refused(intent: Intent, result: Mapping[str, object]) -> tuple[str, Values]:
    """With the ministry's own words, where it had any."""
    if result.get("given_up"):
        return "notice.given_up", {}
    if result.get("open_there"):
        return "notice.submit_open_there", {}
    if (reason := str(result.get("reason") or NOTHING)) != NOTHING:
        return f"notice.{intent.kind}_refused_reason", {"reason": reason}
    return f"notice.{intent.kind}_refused", {}


def _visit(desk: Desk, result: Mapping[str, object]) -> Values:
    place = desk.places.get(word(result, "place_id"))
    starts = datetime.fromisoformat(word(result, "starts"))
    return {"place": place.name if place else NOTHING, "day": starts.date(), "time": starts.time()}
