"""What a message says of its subject, by which a promise and its ministry's event are known to tell the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from domain.errors import InvalidValue
from domain.reference import Reference
from domain.states import ApplicationState
from services.alerts import Gist
from services.desk import Desk
from services.event_order import digests_of, type_of_state
from services.events import EventType
from services.ports import Intent, Intents, IntentState
from services.stored import mapping, word
from services.tellings import Facts, told_facts
from services.values import Place

_OF_VISIT = {
    "book": EventType.APPOINTMENT_BOOKED,
    "move": EventType.APPOINTMENT_MOVED,
    "cancel": EventType.APPOINTMENT_CANCELLED,
}
# In these, what she answered says no more than that it was received.
_AMENDED = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW})
_TOLD_TWICE = frozenset(
    {
        *_OF_VISIT.values(),
        EventType.RECEIVED,
        EventType.IN_REVIEW,
        EventType.ACTION_REQUIRED,
        EventType.GRANTED,
        EventType.REFUSED,
        EventType.READY_FOR_PICKUP,
    }
)
"""What a ministry tells of its own accord, and a promise too: the end of what she confirmed, or what she asked for."""
# What may become again what it was: by which write of hers.
_TO_AND_FRO = {
    EventType.APPOINTMENT_MOVED: "move",
    EventType.IN_REVIEW: "amend",
    EventType.ACTION_REQUIRED: "amend",
    EventType.READY_FOR_PICKUP: "choose_pickup",
}


def gist_of(told: EventType, facts: Facts, *, since: datetime | None = None, bare: bool = False) -> Gist | None:
    """Of an event; None where no promise tells the same."""
    return Gist(told.value, digests_of(told_facts(told, facts)), since, bare) if told in _TOLD_TWICE else None


def gist_of_write(desk: Desk, intent: Intent, result: Mapping[str, object]) -> Gist | None:
    """Of a write that was done; None where no event tells the same."""
    told, facts = None, Facts(intent.service, subject_of_write(desk, intent, result))
    match intent.kind:
        case "book" | "move" | "cancel":
            told, place = _OF_VISIT[intent.kind], desk.places.get(word(result, "place_id"))
            facts = replace(facts, starts=datetime.fromisoformat(word(result, "starts")), place=place)
        case "submit":
            told = EventType.RECEIVED
        case "amend":
            state = ApplicationState(word(result, "state"))
            told = type_of_state(state) if state in _AMENDED else None
        case "choose_pickup":
            told = EventType.READY_FOR_PICKUP if (waits := collected_at(intent, result)) else None
            facts = waits or facts
    return gist_of(told, facts, since=intent.prepared_at) if told else None


def collected_at(intent: Intent, result: Mapping[str, object]) -> Facts | None:
    """Where and when it can be collected now that she chose the place, as its ministry words it; None where it cannot
    be yet."""
    if not result.get("waits"):
        return None
    waits = mapping(result, "waits")
    first, last = (date.fromisoformat(day) if (day := word(waits, name)) else None for name in ("from", "until"))
    return Facts(
        intent.service,
        word(intent.payload, "reference"),
        place=Place("", word(waits, "place"), word(waits, "address")),
        available_from=first,
        available_until=last,
    )


async def last_confirmed(
    desk: Desk, intents: Intents, person: UUID, told: EventType, service: str, subject: str, at: datetime | None
) -> datetime | None:
    """When she last confirmed, before `at`, what an event of this type and time (None: unknown) tells of; None where
    she did not. What was told of an earlier write may have become so again since."""
    kind = _TO_AND_FRO.get(told)
    if kind is None:
        return None
    hers = [
        write.prepared_at
        for write in await intents.kept(person, kind)
        if write.state is not IntentState.REFUSED
        and (at is None or write.prepared_at <= at)
        and (write.service, subject_of_write(desk, write, write.result or {})) == (service, subject)
    ]
    return max(hers, default=None)


def subject_of_write(desk: Desk, intent: Intent, result: Mapping[str, object]) -> str:
    """Which reference or visit it is about, written as events of it are kept; "" where there is none (yet)."""
    for known in (result, intent.payload):
        for name in ("reference", "visit"):
            if found := known.get(name):
                return _plain(desk, str(found)) if name == "reference" else str(found)
    return ""


def _plain(desk: Desk, reference: str) -> str:
    try:
        return Reference.parse(reference, desk.services.references).number
    except InvalidValue:
        return reference  # some services have no rule for theirs
