"""Who has booked which visit: subscribers and appointments in memory, each change in one step."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.registry import Refused
from sandbox.ministries.slots import Agenda, Slot

Json = dict[str, Any]
CITIZEN, CENTRE = "citizen", "centre"


@dataclass(slots=True)
class Appointment:
    """A seat taken."""

    id: str
    slot: Slot
    participant_id: str
    entity_id: str
    sequence: int

    def details(self) -> Json:
        """GovStack's `appointment_details`, with the event in full."""
        return {
            "exclusive": False,
            "event_id": self.slot.id,
            "event_details": self.slot.details(open_=True),
            "participant_type": "subscriber",
            "participant_id": self.participant_id,
            "status_id": "confirmed",
            "status": "confirmed",
            "participant_entity_id": self.entity_id,
        }


@dataclass(frozen=True, slots=True)
class VisitChanged:
    """`what` is booked, moved or cancelled; `before` is the slot that a moved visit left."""

    what: str
    visit: Appointment
    subscriber: Json
    by: str
    before: Slot | None = None


class Diary:
    """One Scheduler's memory. No method awaits, so that two requests never meet inside one."""

    def __init__(
        self, agenda: Agenda, clock: SandboxClock, told: Callable[[VisitChanged], None] | None = None, first: int = 1
    ) -> None:
        self.agenda = agenda
        self._clock = clock
        self._told = told
        self._first = first
        self.subscribers: dict[str, Json] = {}
        self.appointments: dict[str, Appointment] = {}
        self._taken: Counter[str] = Counter()
        self._last_id = agenda.first_id

    def subscribe(self, details: Json) -> str:
        """The id of a subscriber; the same name and phone number give the same one again."""
        who = details.get("name"), details.get("phone")
        if not any(who):
            raise Refused(400, "subscriber_unnamed", "subscriber_details[name] or [phone] is required")
        for subscriber_id, known in self.subscribers.items():
            if (known.get("name"), known.get("phone")) == who:
                return subscriber_id
        subscriber_id = self._fresh_id()
        self.subscribers[subscriber_id] = details
        return subscriber_id

    def now(self) -> datetime:
        """Where it is, without a zone."""
        return self._clock.local(self.agenda.zone)

    def is_open(self, wanted: Slot) -> bool:
        """Whether a seat is free and the deadline has not passed."""
        return not wanted.full_from_the_start and self._taken[wanted.id] < wanted.limit and self.now() < wanted.deadline

    def book(self, event_id: str, participant_id: str, entity_id: str) -> Appointment:
        """Take a seat; raises `Refused` 404, or 409 with the reason: booked by her, past, or full."""
        if participant_id not in self.subscribers:
            raise Refused(404, "subscriber_not_found", "no such subscriber")
        wanted = self._bookable(event_id)
        self._no_double(wanted, participant_id)
        self._seat(wanted)
        appointment = Appointment(self._fresh_id(), wanted, participant_id, entity_id or wanted.centre.id, self._first)
        self.appointments[appointment.id] = appointment
        self._tell("booked", appointment, CITIZEN)
        return appointment

    def move(self, appointment_id: str, event_id: str, by: str = CITIZEN) -> Appointment:
        """Change to another slot in one step: her old seat is kept when the new one cannot be had."""
        appointment = self.find(appointment_id)
        if event_id == appointment.slot.id:
            return appointment
        wanted = self._bookable(event_id)
        self._no_double(wanted, appointment.participant_id)
        self._seat(wanted)
        before = appointment.slot
        self._taken[before.id] -= 1
        appointment.slot = wanted
        appointment.entity_id = wanted.centre.id
        self._tell("moved", appointment, by, before)
        return appointment

    def next_open(self, appointment_id: str) -> Slot:
        """The next seat at the same centre for the same service; raises `Refused` 409 when there is none."""
        known = self.find(appointment_id)
        for wanted in self.agenda.slots(known.slot.centre, known.slot.category, self.now().date()):
            if wanted.start > known.slot.start and self.is_open(wanted):
                return wanted
        raise Refused(409, "event_full", "no later seat is open at this centre")

    def cancel(self, appointment_id: str, by: str = CITIZEN) -> None:
        appointment = self.find(appointment_id)
        self._taken[appointment.slot.id] -= 1
        del self.appointments[appointment_id]
        self._tell("cancelled", appointment, by)

    def find(self, appointment_id: str) -> Appointment:
        if appointment_id not in self.appointments:
            raise Refused(404, "appointment_not_found", "no such appointment")
        return self.appointments[appointment_id]

    def _bookable(self, event_id: str) -> Slot:
        wanted, now = self.agenda.slot(event_id), self.now()
        if wanted is None or not now.date() <= wanted.start.date() <= self.agenda.last_day(now.date()):
            raise Refused(404, "event_not_found", "no such event")
        if now >= wanted.deadline:
            raise Refused(409, "event_closed", "the deadline of this event has passed")
        return wanted

    def _no_double(self, wanted: Slot, participant_id: str) -> None:
        for known in self.appointments.values():
            if known.participant_id == participant_id and known.slot.id == wanted.id:
                raise Refused(409, "already_booked", "this subscriber already has an appointment for this event")

    def _seat(self, wanted: Slot) -> None:
        if not self.is_open(wanted):
            raise Refused(409, "event_full", "no seat is left for this event")
        self._taken[wanted.id] += 1

    def _tell(self, what: str, visit: Appointment, by: str, before: Slot | None = None) -> None:
        visit.sequence += what != "booked"
        if self._told is not None:
            subscriber = self.subscribers.get(visit.participant_id, {})
            self._told(VisitChanged(what, visit, subscriber, by, before))

    def _fresh_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)
