"""A small town for stories: a ministry and a calendar that obey, fail or fall silent on request."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous
from domain.ids import Ids
from domain.money import Money
from domain.msisdn import Msisdn
from domain.reference import ReferenceRule
from domain.states import ApplicationState
from services.background import Background
from services.caller import Caller
from services.desk import Desk
from services.document_ports import Document
from services.fingerprints import Fingerprints
from services.listed_places import ListedPlace, PlaceKind
from services.pack_values import LinkFact, ServiceConfig, ServicesConfig
from services.pin_vault import PinCost, PinVault
from services.place_index import PlaceIndex
from services.ports import BOOKS_FOR, Notice, Notices, Payments, Person, Records
from services.values import (
    Application,
    Change,
    ChangePage,
    FieldKind,
    Form,
    FormField,
    FormUnsupportedReason,
    Pickup,
    Place,
    ServiceInfo,
    Slot,
    SlotGone,
    Submission,
    Visit,
)

ZONE = ZoneInfo("Asia/Baku")
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LEYLA = Msisdn.parse("+994501234567")
KAMRAN = Msisdn.parse("+994557654321")
BANK = Place("bank-1", "Bank branch 1", "1 Nizami St", {"en": "9-17"})
POST = Place("post-2", "Post office 2", "2 Sahil St", {"en": "10-16"})
CENTRE = Place("centre-1", "Service Centre 1", "3 Bulbul Ave")
FORM = Form(
    "f1",
    "Social aid",
    (FormField("people", FieldKind.NUMBER, "How many?"), FormField("rent", FieldKind.YES_NO, "Rent?")),
)
AID = Application(
    reference="7001",
    service="social_aid",
    state=ApplicationState.GRANTED,
    submitted_on=date(2026, 11, 2),
    amount=Money(25050, "AZN"),
    until=date(2028, 11, 20),
    contact=LEYLA,
    birth_date=date(1980, 5, 17),
)
PERMIT = replace(AID, reference="8001", service="permit", slip_key="QK7P")
CARD = replace(
    AID,
    reference="7002",
    state=ApplicationState.READY_FOR_PICKUP,
    pickup=Pickup(BANK, date(2026, 12, 1)),
    pickup_choices=(BANK, POST),
)

SERVICES = ServicesConfig(
    services={
        "social_aid": ServiceConfig(
            "social_aid",
            applies=True,
            pickup=True,
            link_fact=LinkFact.BIRTH_DATE,
            consent="social_aid",
            consent_text="aid.consent@1",
            days=15,
        ),
        "permit": ServiceConfig("permit", sensitive=True, link_fact=LinkFact.SLIP_KEY),
        "passport": ServiceConfig("passport", visits=True),
    },
    references=(
        ReferenceRule("social_aid", 4, "7"),
        ReferenceRule("permit", 4, "8"),
        ReferenceRule("passport", 4, "9"),
    ),
    zone=ZONE,
    holidays=frozenset({date(2026, 12, 31)}),
)


async def failing(fails: list[tuple[Exception, bool]], delay: float) -> Exception | None:
    """A write as the next of `fails` says: raised at once, or given, to be raised after it was carried out."""
    await asyncio.sleep(delay)
    if not fails:
        return None
    error, carried_out = fails.pop(0)
    if not carried_out:
        raise error
    return error


@dataclass
class Ministry:
    """Holds applications. `fails` is raised by reads; a submission does what `answers` say, then as usual."""

    files: dict[str, Application] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fails: Exception | None = None
    write_fails: list[tuple[Exception, bool]] = field(default_factory=list)
    delay: float = 0.0
    form_given: Form | FormUnsupportedReason | None = FORM
    of: dict[str, list[str]] = field(default_factory=dict)
    gives_back_keys: bool = True
    details: ServiceInfo | None = None
    changes: list[Change] = field(default_factory=list)

    async def _read(self, what: str) -> None:
        self.asked.append(what)
        if self.fails is not None:
            raise self.fails

    async def _write(self, what: str) -> Exception | None:
        self.asked.append(what)
        return await failing(self.write_fails, self.delay)

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        await self._read("get")
        return self.files.get(reference)

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        await self._read("of_applicant")
        return [self.files[reference] for reference in self.of.get(applicant, [])]

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        await self._read("changed")
        return ChangePage(tuple(change for change in self.changes if change.at >= since))

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        await self._read("form")
        return self.form_given

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        error = await self._write("submit")
        reference = str(7100 + len(self.files))
        self.files[reference] = Application(
            reference,
            submission.service,
            ApplicationState.RECEIVED,
            submitted_on=date(2026, 11, 23),
            contact=submission.contact,
            answers=submission.answers,
            idempotency_key=submission.idempotency_key if self.gives_back_keys else "",
        )
        self.of.setdefault(submission.applicant, []).append(reference)
        if error is not None:
            raise error
        return self.files[reference]

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        error = await self._write("amend")
        found = self.files.get(reference)
        if found is None:
            return None
        self.files[reference] = replace(found, state=ApplicationState.IN_REVIEW, answers=answers)
        if error is not None:
            raise error
        return self.files[reference]

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        error = await self._write("choose_pickup")
        found = self.files.get(reference)
        if found is None or found.pickup is None:
            return None
        place = next(choice for choice in found.pickup_choices if choice.id == place_id)
        self.files[reference] = replace(found, pickup=replace(found.pickup, place=place))
        if error is not None:
            raise error
        return self.files[reference]

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        return False

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        await self._read("info")
        return self.details


@dataclass
class Calendar:
    """Gives times at the centre. `write_fails`: errors in turn, each with whether the request was carried out.
    `says_what_for`: its list names the application that a visit is for."""

    free: dict[str, Slot] = field(default_factory=dict)
    booked: dict[str, tuple[str, Visit]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    write_fails: list[tuple[Exception, bool]] = field(default_factory=list)
    delay: float = 0.0
    called: asyncio.Event = field(default_factory=asyncio.Event)
    about: list[str] = field(default_factory=list)
    says_what_for: bool = False

    def offer(self, id: str, starts: datetime) -> None:
        self.free[id] = Slot(id, "passport", CENTRE.id, starts, 1)

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        found = [slot for slot in self.free.values() if first <= slot.starts.date() <= last]
        return sorted(found, key=lambda slot: slot.starts)

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        return self.free.get(slot_id)

    async def book(
        self,
        slot_id: str,
        participant: str,
        contact: Msisdn,
        idempotency_key: str,
        deadline: Deadline,
        application: str = "",
    ) -> Visit | SlotGone:
        self.about.append(application)
        error = await self._write("book")
        slot = self.free.pop(slot_id, None)
        if slot is None:
            return SlotGone()
        visit = Visit(f"v{len(self.booked) + 1}", slot, application if self.says_what_for else "")
        self.booked[visit.id] = (participant, visit)
        if error is not None:
            raise error
        return visit

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        error = await self._write("move")
        if visit_id not in self.booked:
            return None
        slot = self.free.pop(slot_id, None)
        if slot is None:
            return SlotGone()
        held = self.booked[visit_id][1]
        self.free[held.slot.id] = held.slot
        visit = replace(held, slot=slot)
        self.booked[visit_id] = (participant, visit)
        if error is not None:
            raise error
        return visit

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        error = await self._write("cancel")
        held = self.booked.pop(visit_id, None)
        if held is not None:
            self.free[held[1].slot.id] = held[1].slot
        if error is not None:
            raise error
        return held is not None

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        self.calls.append("of_participant")
        return [visit for owner, visit in self.booked.values() if owner == participant]

    async def _write(self, what: str) -> Exception | None:
        self.calls.append(what)
        self.called.set()
        return await failing(self.write_fails, self.delay)


@dataclass
class Ministries:
    ministry: Ministry
    calendar: Calendar
    payers: dict[str, Payments] = field(default_factory=dict)
    lacks: set[str] = field(default_factory=set)

    def applications(self, service: str) -> Ministry:
        return self.ministry

    def appointments(self, service: str) -> Calendar:
        return self.calendar

    def does(self, service: str, operation: str) -> bool:
        if operation == BOOKS_FOR:
            return "appointments.book_alone" in self.lacks
        return operation not in self.lacks

    def guide(self, service: str) -> None:
        return None

    def guides(self) -> tuple[()]:
        return ()

    def payments(self, service: str) -> Payments | None:
        return self.payers.get(service)

    def reports(self) -> None:
        return None


class Places:
    index = PlaceIndex((ListedPlace(CENTRE, PlaceKind.CENTRE, ("passport",)),))

    def get(self, place_id: str) -> Place | None:
        return CENTRE if place_id == CENTRE.id else None

    def offering(self, service: str) -> Sequence[Place]:
        return (CENTRE,) if service == "passport" else ()

    def nearest_agent(self, region: str = "", district: str = "") -> Place | None:
        return POST

    def agents(self) -> Sequence[Place]:
        return (POST,)

    def all(self) -> Sequence[ListedPlace]:
        return self.index.places


@dataclass
class Told:
    """Notices: remembers what was promised."""

    notices: list[str] = field(default_factory=list)
    can: bool = False

    def can_send(self) -> bool:
        return self.can

    async def promise(self, records: Records, person: UUID, notice: Notice) -> bool:
        self.notices.append(notice.text_id)
        return self.can


@dataclass(repr=False)
class Town:
    """All of it, and desks and callers in it."""

    clock: HandClock
    store: Any
    ministry: Ministry = field(default_factory=Ministry)
    calendar: Calendar = field(default_factory=Calendar)
    told: Told = field(default_factory=Told)
    # Instead of `told`, where a story is about what is put into the outbox.
    notices: Notices | None = None
    background: Background = field(default_factory=Background)
    services: ServicesConfig = SERVICES
    # Operations that no ministry here can do.
    lacks: set[str] = field(default_factory=set)
    mac_keys: tuple[bytes, ...] = (b"f" * 32,)
    vault: PinVault = field(default_factory=lambda: PinVault({"k1": b"p" * 32}, PinCost(1, 8, 1)))

    def __post_init__(self) -> None:
        for application in (AID, CARD, PERMIT):
            self.ministry.files[application.reference] = application
        for hour in range(3):
            self.calendar.offer(f"s{hour}", datetime(2026, 11, 25, 9 + hour, 0, tzinfo=ZONE))
        database = getattr(self.store, "database", None)
        self.records: Records = self.store.over(database.unit_of_work() if database else None)

    def desk(self, seconds: float = 2.0, records: Records | None = None) -> Desk:
        return Desk(
            ministries=Ministries(self.ministry, self.calendar, lacks=self.lacks),
            records=records or self.records,
            open_records=self.store.open,
            clock=self.clock,
            ids=Ids(self.clock),
            deadline=Deadline.after(seconds, self.clock),
            places=Places(),
            services=self.services,
            pins=self.vault,
            fingerprints=Fingerprints(*self.mac_keys),
            notices=self.notices or self.told,
            background=self.background,
        )

    async def known(self, number: Msisdn = LEYLA, *, pin: str = "", verified: bool = False) -> Caller:
        """A caller who was greeted; with an account where a `pin` is given."""
        person = await self.records.people.greet(number, "en")
        if pin:
            kept = await self.vault.hash(pin, Deadline.after(5, self.clock))
            await self.records.accounts.create(person.id, kept, "account.consent@1", "en")
        await self.records.settle()
        return await self.caller(number, verified=verified)

    async def caller(self, number: Msisdn = LEYLA, *, verified: bool = False) -> Caller:
        """Whoever calls from the number now."""
        person: Person | None = await self.records.people.by_number(number)
        await self.records.settle()
        return Caller(number, person, "en", verified, "ussd", "session-1")

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


def silence(carried_out: bool) -> tuple[Exception, bool]:
    """The answer is lost, after the request was carried out or before."""
    return MinistryAmbiguous("ministry", "no answer"), carried_out
