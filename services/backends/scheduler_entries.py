"""Reads Scheduler 1.0's events, subscribers, appointments and new ids into canonical values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.errors import InvalidValue
from services.backends import reading
from services.backends.config import SchedulerConfig
from services.backends.reading import Misread, needed, record, records, text
from services.values import Slot

_OVER = frozenset({"cancelled", "canceled", "deleted", "rejected", "closed"})
_OPEN = frozenset({"open", ""})


@dataclass(frozen=True, slots=True)
class Event:
    """A slot, and whether it can be booked (by the event's own word; its deadline is asked apart)."""

    slot: Slot
    open: bool
    deadline: datetime | None

    def bookable(self, now: datetime) -> bool:
        """Open, with its deadline (or, without one, its start) still to come, and a seat where seats are told."""
        return self.open and now < (self.deadline or self.slot.starts) and self.slot.seats_left != 0


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who comes to which event; `event` only where the ministry told it along."""

    id: str
    event_id: str
    participant_id: str
    event: Event | None


class EntryReader:
    """Knows the pack's categories, places and zone; raises `InvalidValue` for a zone that is none."""

    def __init__(self, config: SchedulerConfig) -> None:
        try:
            self.zone = ZoneInfo(config.zone)
        except (OSError, ValueError, KeyError):
            raise InvalidValue(f"not a time zone: {config.zone!r}") from None
        self._services = {category: code for code, category in config.services.items()}
        self._places = {entity: place for place, entity in config.places.items()}

    def events(self, answer: object) -> list[Event]:
        """From `[[{event_id, details}]]`; those of services that the pack has not are left out."""
        found = [self._listed_event(_folded(item)) for item in records(answer, "events")]
        return [event for event in found if event is not None]

    def appointments(self, answer: object) -> list[Appointment]:
        """From `[[{appointment_id, details}]]`, without those that are over."""
        found = [self._appointment(_folded(item)) for item in records(answer, "appointments")]
        return [appointment for appointment in found if appointment is not None]

    def _listed_event(self, item: Mapping[str, object]) -> Event | None:
        details = record(item.get("details", item), "event details")
        return self._event(needed(item.get("event_id"), "event_id"), details)

    def _event(self, event_id: str, details: Mapping[str, object]) -> Event | None:
        service = self._services.get(text(details.get("category"), "event category"))
        if service is None:
            return None
        starts = reading.moment(details.get("from"), "event from", self.zone)
        if starts is None:
            raise Misread("event from is missing")
        entity = needed(details.get("host_entity_id"), "event host_entity_id")
        seats = reading.whole(details.get("seats_left"), "event seats_left")
        slot = Slot(event_id, service, self._places.get(entity, entity), starts, seats)
        is_open = text(details.get("status"), "event status").lower() in _OPEN
        return Event(slot, is_open, reading.moment(details.get("deadline"), "event deadline", self.zone))

    def _appointment(self, item: Mapping[str, object]) -> Appointment | None:
        details = record(item.get("details", item), "appointment details")
        status = text(details.get("status_id") or details.get("status"), "appointment status").lower()
        if status in _OVER:
            return None
        event_id = needed(details.get("event_id"), "appointment event_id")
        inner = details.get("event_details")
        event = self._event(event_id, inner) if isinstance(inner, dict) and inner else None
        participant = text(details.get("participant_id"), "participant_id")
        return Appointment(needed(item.get("appointment_id"), "appointment_id"), event_id, participant, event)


def subscriber_of(answer: object, participant: str) -> str:
    """The id of the subscriber with our pseudonym as its name; empty where there is none.

    Looked through here too: servers are known to ignore a filter and to list everybody.
    """
    for item in map(_folded, records(answer, "subscribers")):
        details = record(item.get("details", item), "subscriber details")
        if details.get("name") == participant:
            return needed(item.get("subscriber_id"), "subscriber_id")
    return ""


def _folded(item: Mapping[str, object]) -> dict[str, object]:
    """The same with names as published, `eventId` being `event_id`; objects within it too."""
    return {_published(name): _folded(value) if isinstance(value, dict) else value for name, value in item.items()}


@lru_cache(512)
def _published(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def new_id(answer: object, kind: str) -> str:
    """`kind`'s id from `appointment_id:1`, `[Event_id:5,appointment_id:1]` or an object; empty where none is."""
    if isinstance(answer, list) and len(answer) == 1:
        return new_id(answer[0], kind)
    if isinstance(answer, dict):
        folded = {key.lower().replace("_", ""): value for key, value in answer.items()}
        value = folded.get(f"{kind}id")
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not isinstance(answer, str):
        return ""
    found = re.search(rf"\b{kind}_?id\W{{0,3}}([\w.-]{{1,64}})", answer, re.IGNORECASE)
    return found[1] if found else ""
