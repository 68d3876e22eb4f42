"""What a message says of its subject, by which a promise and its ministry's event are known to tell the same. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.errors import InvalidValue
from domain.reference import Reference
from services.alerts import Gist
from services.desk import Desk
from services.event_order import digests_of
from services.events import EventType
from services.ports import Intent
from services.stored import word
from services.tellings import Facts, told_facts

_OF_WRITE = {
    "book": EventType.APPOINTMENT_BOOKED,
    "move": EventType.APPOINTMENT_MOVED,
    "cancel": EventType.APPOINTMENT_CANCELLED,
    "submit": EventType.RECEIVED,
}
"""What a ministry tells of its own accord once it did what she confirmed."""
_TOLD_TWICE = frozenset(_OF_WRITE.values())


def gist_of(told: EventType, facts: Facts) -> Gist | None:
    """Of an event; None where no promise tells the same."""
    return Gist(told.value, digests_of(told_facts(told, facts))) if told in _TOLD_TWICE else None


def gist_of_write(desk: Desk, intent: Intent, result: Mapping[str, object]) -> Gist | None:
    """Of a write that was done; None where no event tells the same."""
    told = _OF_WRITE.get(intent.kind)
    if told is None:
        return None
    facts = Facts(intent.service, subject_of_write(desk, intent, result))
    if told is not EventType.RECEIVED:
        place = desk.places.get(word(result, "place_id"))
        facts = replace(facts, starts=datetime.fromisoformat(word(result, "starts")), place=place)
    return Gist(told.value, digests_of(told_facts(told, facts)), since=intent.prepared_at)


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
