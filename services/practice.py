"""Practice: a desk for training, whose ministries and memory are invented here. Nothing in it reaches anybody."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from domain.clock import Clock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from services.desk import Desk
from services.document_ports import Document
from services.pack_values import ServicesConfig
from services.ports import BOOKS_FOR, Intent, IntentState, Link, LinkedBy, Records
from services.values import (
    Application,
    ChangePage,
    FieldKind,
    Form,
    FormField,
    ServiceInfo,
    Slot,
    SlotGone,
    Submission,
    Visit,
)

MARK = "PRACTICE"
"""What every invented reference and title begins with."""

_HOURS = (time(10), time(11), time(14))
_MOST_PEOPLE = 1000


class _Nothing:
    """Does nothing, whatever it is asked: no timer fires and no message leaves in practice."""

    def __getattr__(self, name: str) -> Any:
        async def nothing(*given: object, **named: object) -> None:
            return None

        return nothing


@dataclass
class Practice:
    """Made once. Holds what trainees did until the process ends: nothing of it is anybody's."""

    clock: Clock
    services: ServicesConfig
    visits: dict[str, list[Visit]] = field(default_factory=dict)
    links: dict[UUID, list[Link]] = field(default_factory=dict)
    intents: dict[UUID, Intent] = field(default_factory=dict)
    tokens: dict[tuple[UUID, str, str], UUID] = field(default_factory=dict)

    def desk(self, desk: Desk) -> Desk:
        """The desk with nothing real behind it."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[Records]:
            async with desk.open_records() as records:
                yield self._records(records)

        return replace(desk, ministries=self, records=self._records(desk.records), open_records=opened)

    def _records(self, records: Records) -> Records:
        self._forget_old()
        nothing = cast(Any, _Nothing())
        return replace(
            records,
            intents=cast(Any, PracticeIntents(self)),
            links=PracticeLinks(self),
            timers=nothing,
            outbox=nothing,
            changes=nothing,
        )

    def _forget_old(self) -> None:
        if len(self.intents) > _MOST_PEOPLE:
            for kept in (self.visits, self.links, self.intents, self.tokens):
                kept.clear()

    # --- the ministries (fulfils `ports.Ministries`) ----------------------------------------------------

    def applications(self, service: str) -> "PracticeApplications":
        return PracticeApplications(self, service)

    def appointments(self, service: str) -> "PracticeCalendar":
        return PracticeCalendar(self)

    def does(self, service: str, operation: str) -> bool:
        return operation != BOOKS_FOR

    def guide(self, service: str) -> None:
        return None

    def guides(self) -> tuple[()]:
        return ()

    def payments(self, service: str) -> None:
        return None

    def reports(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class PracticeApplications:
    """Fulfils `ports.Applications`: whatever is asked about is in review, whatever is handed in is taken."""

    practice: Practice
    service: str

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        return self._application(reference) if reference.startswith(MARK) else None

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        return ()

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        return ChangePage()

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | None:
        fields = (
            FormField("family_members", FieldKind.NUMBER, f"{MARK}: 1-20?", minimum=1, maximum=20),
            FormField("rents", FieldKind.YES_NO, f"{MARK}: 1/2?"),
        )
        return Form("practice", MARK, fields)

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        return self._application(f"{MARK}-{submission.idempotency_key[-6:].upper()}")

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        return self._application(reference)

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        return None

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        return True

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        return ServiceInfo(service, ({"": MARK},))

    def _application(self, reference: str) -> Application:
        today = self.practice.clock.now().date()
        return Application(reference, self.service, ApplicationState.IN_REVIEW, MARK, today, today + timedelta(21))


@dataclass(frozen=True, slots=True)
class PracticeCalendar:
    """Fulfils `ports.Appointments`: three times on every working day of the next two weeks."""

    practice: Practice

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        today = self.practice.clock.now().astimezone(self.practice.services.zone).date()
        days = (today + timedelta(number) for number in range(1, 15))
        open_days = [day for day in days if day.weekday() not in self.practice.services.weekend]
        return [self._slot(service, place_id, day, at) for day in open_days if first <= day <= last for at in _HOURS]

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        service, place_id, day, at = slot_id.split("|")
        return self._slot(service, place_id, date.fromisoformat(day), time.fromisoformat(at))

    async def book(
        self,
        slot_id: str,
        participant: str,
        contact: Msisdn,
        idempotency_key: str,
        deadline: Deadline,
        application: str = "",
    ) -> Visit | SlotGone:
        slot = await self.slot(slot_id, deadline)
        if slot is None:
            return SlotGone()
        visit = Visit(f"{MARK}{idempotency_key[-6:].upper()}", slot)
        self.practice.visits.setdefault(participant, []).append(visit)
        return visit

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        if not await self.cancel(visit_id, participant, deadline):
            return None
        return await self.book(slot_id, participant, Msisdn(""), visit_id, deadline)

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        before = self.practice.visits.get(participant, [])
        self.practice.visits[participant] = [visit for visit in before if visit.id != visit_id]
        return len(before) > len(self.practice.visits[participant])

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        return self.practice.visits.get(participant, [])

    def _slot(self, service: str, place_id: str, day: date, at: time) -> Slot:
        starts = datetime.combine(day, at, self.practice.services.zone)
        return Slot(f"{service}|{place_id}|{day.isoformat()}|{at:%H:%M}", service, place_id, starts)


@dataclass(frozen=True, slots=True)
class PracticeLinks:
    """Fulfils `ports.Links`."""

    practice: Practice

    async def of(self, person: UUID) -> Sequence[Link]:
        return list(reversed(self.practice.links.get(person, [])))

    async def proven(self, person: UUID, service: str, reference: str) -> bool:
        return any(link.reference == reference for link in self.practice.links.get(person, []))

    async def add(self, person: UUID, service: str, reference: str, by: LinkedBy) -> None:
        if not await self.proven(person, service, reference):
            self.practice.links.setdefault(person, []).append(Link(UUID(int=len(reference)), service, reference, by))

    async def holders(self, service: str, reference: str) -> Sequence[UUID]:
        return ()


@dataclass(frozen=True, slots=True)
class PracticeIntents:
    """Fulfils as much of `ports.Intents` as a use case needs; the worker never sees these."""

    practice: Practice

    async def by_token(self, person: UUID, kind: str, token: str) -> Intent | None:
        id = self.practice.tokens.get((person, kind, token))
        return self.practice.intents.get(id) if id else None

    async def prepare(
        self,
        person: UUID,
        kind: str,
        service: str,
        digest: bytes,
        token: str,
        payload: Mapping[str, object],
        older: Sequence[bytes] = (),
    ) -> Intent:
        met = await self.by_token(person, kind, token)
        if met is not None:
            return met
        id = UUID(bytes=digest[:8] + token.encode().ljust(8, b"0")[:8])
        intent = Intent(id, person, kind, service, IntentState.PREPARED, payload, self.practice.clock.now())
        self.practice.intents[id] = intent
        self.practice.tokens[person, kind, token] = id
        return intent

    async def claim(self, intent: UUID, lease_seconds: float) -> Intent | None:
        kept = self.practice.intents.get(intent)
        if kept is None or kept.state is not IntentState.PREPARED:
            return None
        self.practice.intents[intent] = replace(kept, state=IntentState.SENT, attempts=1)
        return self.practice.intents[intent]

    async def finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        kept = self.practice.intents.get(intent)
        if kept is not None:
            self.practice.intents[intent] = replace(kept, state=state, result=result)
        return kept is not None

    async def get(self, intent: UUID) -> Intent | None:
        return self.practice.intents.get(intent)

    async def owe(self, intent: UUID) -> bool:
        return False

    async def live(self, person: UUID, kind: str) -> Sequence[Intent]:
        return ()

    async def retire(self, intent: UUID) -> None: ...

    async def kept(self, person: UUID, kind: str) -> Sequence[Intent]:
        return ()

    async def under_way(self, person: UUID, kind: str) -> Sequence[Intent]:
        return ()

    async def overtake(self, intent: UUID, result: Mapping[str, object]) -> None: ...
