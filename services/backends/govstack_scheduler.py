"""A ministry that speaks GovStack's Scheduler building block 1.0, as the port `Appointments`.

A visit is an appointment of a subscriber (our pseudonymous participant) at an event (the slot). The standard knows
no capacity and no error bodies: after a refusal the lists are read again, and tell "mine already" from "gone".
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    MinistryAmbiguous,
    MinistryContract,
    MinistryError,
    MinistryRefused,
    MinistryUnavailable,
)
from domain.msisdn import Msisdn
from services.backends import queries
from services.backends.answers import Answer
from services.backends.config import SchedulerConfig
from services.backends.reading import Misread
from services.backends.scheduler_entries import Appointment, EntryReader, Event, new_id, subscriber_of
from services.backends.transport import Call, Transport
from services.values import Slot, SlotGone, Visit

_NOT_THERE = frozenset({404, 410})
_EVENT_DETAILS = ("category", "host_entity_id", "from", "to", "deadline", "subscriber_limit", "status")


class SchedulerAppointments:
    """Reads are retried by the transport; each write is sent once, after a look whether it is done already."""

    def __init__(self, transport: Transport, config: SchedulerConfig) -> None:
        self._transport = transport
        self._config = config
        self._entries = EntryReader(config)
        self._headers = {config.client_header: config.client} if config.client else {}
        self._signed = {"requestor_id": config.requestor_id, "request_token": config.request_token}

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        wanted = {
            "category": self._category(service),
            "host_entity_id": self._config.places.get(place_id, place_id),
            "from": f"{first.isoformat()}T00:00:00",
            "to": f"{last.isoformat()}T23:59:59",
        }
        now = deadline.clock.now()
        open_slots = [
            event.slot
            for event in await self._events(wanted, deadline)
            # Looked through again: a filter may be ignored there.
            if event.bookable(now)
            and (event.slot.service, event.slot.place_id) == (service, place_id)
            and first <= event.slot.starts.date() <= last
        ]
        return sorted(open_slots, key=lambda slot: (slot.starts, slot.id))

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        event = await self._event(slot_id, deadline)
        return event.slot if event and event.bookable(deadline.clock.now()) else None

    async def book(
        self,
        slot_id: str,
        participant: str,
        contact: Msisdn,
        idempotency_key: str,
        deadline: Deadline,
        application: str = "",
    ) -> Visit | SlotGone:
        subscriber = await self._subscriber(participant, deadline)
        if subscriber:
            for visit in await self._visits(subscriber, deadline):
                if visit.slot.id == slot_id:
                    return visit
        event = await self._event(slot_id, deadline)
        if event is None or not event.bookable(deadline.clock.now()):
            return SlotGone()
        subscriber = subscriber or await self._subscribe(participant, contact, deadline)
        details = {
            "exclusive": "false",
            "event_ids": [slot_id],
            "participant_type": self._config.participant_type,
            "participant_id": subscriber,
            "participant_entity_id": self._config.places.get(event.slot.place_id, event.slot.place_id),
        }
        answer = await self._write(
            "appointment.new", "POST", ("appointment", "new"), {}, {"appointment_details": details}, deadline,
            {"Idempotency-Key": f'"{idempotency_key}"'},
        )  # fmt: skip
        if answer.ok and (made := new_id(answer.json, "appointment")):
            return Visit(made, event.slot)
        return await self._told_apart(answer, slot_id, subscriber, deadline)

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        subscriber = await self._subscriber(participant, deadline)
        mine = await self._visit(visit_id, subscriber, deadline)
        if mine is None or mine.slot.id == slot_id:
            return mine
        event = await self._event(slot_id, deadline)
        if event is None or not event.bookable(deadline.clock.now()):
            return SlotGone()
        details = {
            "exclusive": "false",
            "event_id": slot_id,
            "participant_type": self._config.participant_type,
            "participant_id": subscriber,
            "status_id": "confirmed",
        }
        answer = await self._write(
            "appointment.move", "PUT", ("appointment", "modifications"), {"appointment_id": visit_id},
            {"details": details}, deadline,
        )  # fmt: skip
        if answer.ok:
            return Visit(visit_id, event.slot)
        if answer.status in _NOT_THERE:
            with self._after_a_write():
                still_mine = await self._visit(visit_id, subscriber, deadline)
            if still_mine is None:
                return None
        return await self._told_apart(answer, slot_id, subscriber, deadline)

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        subscriber = await self._subscriber(participant, deadline)
        if await self._visit(visit_id, subscriber, deadline) is None:
            return False
        answer = await self._write(
            "appointment.cancel", "DELETE", ("appointment",), {"appointment_id": visit_id}, {}, deadline
        )
        if answer.status in _NOT_THERE:
            return False
        if not answer.ok:
            raise self._refused(answer)
        return True

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        subscriber = await self._subscriber(participant, deadline)
        visits = await self._visits(subscriber, deadline) if subscriber else []
        now = deadline.clock.now()
        return sorted((visit for visit in visits if visit.slot.starts >= now), key=lambda visit: visit.slot.starts)

    async def _told_apart(self, answer: Answer, slot_id: str, subscriber: str, deadline: Deadline) -> Visit | SlotGone:
        """After a refusal, or a "done" without an id: is it mine already, is the seat gone, or is it a failure?"""
        with self._after_a_write():
            for visit in await self._visits(subscriber, deadline):
                if visit.slot.id == slot_id:
                    return visit
            if answer.ok:
                raise MinistryAmbiguous(self._transport.ministry, "said done, and lists no such appointment")
            event = await self._event(slot_id, deadline)
        if answer.status == 409 or event is None or not event.bookable(deadline.clock.now()):
            return SlotGone()
        raise self._refused(answer)

    @contextmanager
    def _after_a_write(self) -> Iterator[None]:
        """A look that fails leaves open what the write did: it must not pass for a call that did nothing."""
        try:
            yield
        except (MinistryError, DeadlineExceeded) as failure:
            why = f"written, and then {type(failure).__name__}"
            raise MinistryAmbiguous(self._transport.ministry, why) from None

    async def _subscriber(self, participant: str, deadline: Deadline) -> str:
        """The participant's subscriber id, empty where the ministry does not know her yet."""
        nested = {"subscriber_filter": {"name": participant}}
        answer = await self._read("subscriber.list", "subscriber", nested, deadline)
        try:
            return "" if answer is None else subscriber_of(answer, participant)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def _subscribe(self, participant: str, contact: Msisdn, deadline: Deadline) -> str:
        """Makes the subscriber. Nothing is booked by that: a lost answer is but "not done", she is found again."""
        details = {
            "name": participant,
            "category": "citizen",
            "phone": contact.e164 if self._config.share_contact else "",
            "alert_url": self._config.alert_url,
            "alert_preference": "url" if self._config.alert_url else "",
        }
        try:
            answer = await self._write(
                "subscriber.new", "POST", ("subscriber", "new"), {}, {"subscriber_details": details}, deadline
            )
        except MinistryAmbiguous as lost:
            raise MinistryUnavailable(lost.ministry, lost.why) from None
        if not answer.ok and answer.status != 409:
            raise self._refused(answer)
        made = new_id(answer.json, "subscriber") if answer.ok else ""
        made = made or await self._subscriber(participant, deadline)
        if not made:
            raise MinistryContract(self._transport.ministry, "gives no subscriber id")
        return made

    async def _visit(self, visit_id: str, subscriber: str, deadline: Deadline) -> Visit | None:
        visits = await self._visits(subscriber, deadline) if subscriber else []
        return next((visit for visit in visits if visit.id == visit_id), None)

    async def _visits(self, subscriber: str, deadline: Deadline) -> list[Visit]:
        nested = {"appointment_filter": {"participant_id": subscriber}}
        answer = await self._read("appointment.list", "appointment", nested, deadline)
        try:
            listed = [] if answer is None else self._entries.appointments(answer)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None
        mine = [appointment for appointment in listed if appointment.participant_id == subscriber]
        return await self._with_slots(mine, deadline)

    async def _with_slots(self, mine: Sequence[Appointment], deadline: Deadline) -> list[Visit]:
        """Events that the ministry did not tell along are asked for in one call."""
        slots = {appointment.event_id: appointment.event.slot for appointment in mine if appointment.event}
        missing = sorted({appointment.event_id for appointment in mine} - slots.keys())
        if missing:
            asked = await self._events({"event_id": missing}, deadline)
            slots.update((event.slot.id, event.slot) for event in asked)
        return [Visit(entry.id, slots[entry.event_id]) for entry in mine if entry.event_id in slots]

    async def _event(self, event_id: str, deadline: Deadline) -> Event | None:
        found = await self._events({"event_id": [event_id]}, deadline)
        return next((event for event in found if event.slot.id == event_id), None)

    async def _events(self, wanted: Mapping[str, object], deadline: Deadline) -> list[Event]:
        nested = {"event_filter": wanted, "event_details_required": dict.fromkeys(_EVENT_DETAILS, "true")}
        answer = await self._read("event.list", "event", nested, deadline)
        try:
            return [] if answer is None else self._entries.events(answer)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def _read(self, operation: str, kind: str, nested: Mapping[str, object], deadline: Deadline) -> object:
        """The list of that kind, or None: 404 is this standard's word for an empty one."""
        query = queries.encode(self._signed, nested, self._config.style, self._config.field_case)
        path = (kind, self._config.list_path)
        answer = await self._transport.request(Call(operation, "GET", path, query, self._headers), deadline)
        if answer.status in _NOT_THERE:
            return None
        if not answer.ok:
            raise self._refused(answer)
        if answer.json is None:
            raise self._transport.misread("an empty answer")
        return answer.json

    async def _write(
        self,
        operation: str,
        method: str,
        path: tuple[str, ...],
        plain: Mapping[str, str],
        nested: Mapping[str, object],
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        query = queries.encode({**self._signed, **plain}, nested, self._config.style, self._config.field_case)
        call = Call(operation, method, path, query, {**self._headers, **(headers or {})}, text_allowed=True)
        return await self._transport.request(call, deadline)

    def _refused(self, answer: Answer) -> MinistryError:
        """The standard has no error bodies: only the status is known."""
        kind = MinistryContract if answer.status in (401, 407) else MinistryRefused
        return kind(self._transport.ministry, str(answer.status))

    def _category(self, service: str) -> str:
        try:
            return self._config.services[service]
        except KeyError:
            raise MinistryContract(self._transport.ministry, "service is not one of this ministry's") from None
