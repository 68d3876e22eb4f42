"""What the contract suite asks of the backends: one row an operation, over every standard."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from msgspec.structs import replace

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from sandbox.ministries.berkane_data import REQUESTS
from sandbox.ministries.security_server import ALL
from sandbox.ministries.vnpost import s10
from services.backends.mediator import MediatedWire
from services.backends.open311 import Open311Desk
from services.backends.spdci import SpdciRegistry
from services.backends.spdci_config import Lookup
from services.backends.way_config import XRoad
from services.backends.wire import Wire
from services.document_ports import Document
from services.ports import Applications, Appointments
from services.values import Report, Slot, Submission, Visit
from tests.services.backends.backends_under_test import (
    Sandbox,
    no_longer_than,
    registration,
    scheduler,
    social_registry,
    today,
)
from tests.services.backends.guides_under_test import HSDS, feed, hsds
from tests.services.backends.mapped_under_test import applications
from tests.services.backends.voices_under_test import COMPLAINT, desk

PHONE = Msisdn("+994501112233")
BERKANE, VIETNAM = Msisdn("+212661234501"), Msisdn("+84912345601")
ANSWERS = {
    "fullName": "Demo Citizen",
    "birthDate": "1984-03-12",
    "maritalStatus": "single",
    "housing": "rented",
    "monthlyIncome": 100,
    "hasDisability": False,
    "householdMembers": [],
}
SINGLE = {"housing": "own", "maritalStatus": "single"}
PICTURE = Document("image/png", b"\x89PNG")
AID = Submission(
    "social_aid", "a3e7d6c4-58b1-4f0e-8d92-7c6b5a4e3d01", "person-1", ANSWERS, PHONE, "key-1",
)  # fmt: skip
CERTIFICATE = Submission("residence_certificate", "", BERKANE.e164, {"nom": "Demo", "motif": "ecole"}, BERKANE, "key-1")
PARCEL = Submission("document_delivery", "", "person-1", {"diaChi": "12 Phố Huế"}, VIETNAM, "key-1")
READY, SENT_BACK = (REQUESTS.complete(body + "0") for body in ("511000", "512003"))
TRACKED = s10("10000001")[2:-2]
KNOWN_REPORT = Report("DOL", "Trois visites pour un certificat")
Run = Callable[[], Awaitable[object]]


@dataclass
class Reach:
    """How backends reach the simulated ministries: straight, or `behind` an X-Road security server. `deadline`: of the
    calls that begin from now on."""

    sandbox: Sandbox
    wire: Wire
    behind: bool = False
    deadline: Deadline = field(default_factory=lambda: no_longer_than(60))

    def to(self, ministry: str) -> tuple[str, Wire]:
        """Base address and wire."""
        if not self.behind:
            return self.sandbox.ministry(ministry), self.wire
        base = self.sandbox.ministry("security-server")
        return base, MediatedWire(self.wire, base, XRoad("SANDBOX/GOV/1001/guichet", f"{ALL}/{ministry}"), uuid4)

    @property
    def vemtas(self) -> Applications:
        return registration(*self.to("vemtas"))

    @property
    def asan(self) -> Appointments:
        return scheduler(*self.to("asan"))

    @property
    def voice(self) -> Open311Desk:
        return desk(*self.to("berkane-voice"))

    def register(self, lookup: Lookup = Lookup.ENROLLED) -> SpdciRegistry:
        return social_registry(*self.to("vemtas-registry"), lookup)

    def mapped(self, mapping: str) -> Applications:
        found: Applications = applications(mapping, *self.to(mapping.replace("_", "-")))
        return found

    async def free(self, place: str = "asan_1") -> Slot:
        first = today()
        last = first + timedelta(days=20)
        return (await self.asan.slots("identity_card", place, first, last, no_longer_than(30)))[-1]

    async def visit(self, participant: str = "person-1") -> Visit:
        """One that is booked already, at another place than `free`."""
        slot = await self.free("asan_2")
        made = await self.asan.book(slot.id, participant, PHONE, f"of {participant}", no_longer_than(30))
        assert isinstance(made, Visit)
        return made


@dataclass(frozen=True)
class Row:
    """One operation. `asks`: the ministry's name of the request that matters, which the faults strike; `made`: what is
    there before, then the call itself."""

    standard: str
    name: str
    ministry: str
    asks: str
    made: Callable[[Reach], Awaitable[Run]]
    writes: bool = False

    def __str__(self) -> str:
        return self.name


async def _get(reach: Reach) -> Run:
    reference = await reach.sandbox.reference("card_ready")
    return lambda: reach.vemtas.get(reference, reach.deadline)


async def _of_applicant(reach: Reach) -> Run:
    return lambda: reach.vemtas.of_applicant("+994501234501", "social_aid", reach.deadline)


async def _changed(reach: Reach) -> Run:
    since = reach.deadline.clock.now() - timedelta(days=60)
    return lambda: reach.vemtas.changed("social_aid", since, reach.deadline)


async def _form(reach: Reach) -> Run:
    return lambda: reach.vemtas.form("social_aid", "az", reach.deadline)


async def _info(reach: Reach) -> Run:
    return lambda: reach.vemtas.info("social_aid", reach.deadline)


async def _submit(reach: Reach) -> Run:
    return lambda: reach.vemtas.submit(AID, reach.deadline)


async def _amend(reach: Reach) -> Run:
    back = await reach.sandbox.reference("sent_back")
    return lambda: reach.vemtas.amend(back, SINGLE, "k", reach.deadline)


async def _choose_pickup(reach: Reach) -> Run:
    reference = await reach.sandbox.reference("card_ready")
    return lambda: reach.vemtas.choose_pickup(reference, "branch-03", "k", reach.deadline)


async def _attach(reach: Reach) -> Run:
    back = await reach.sandbox.reference("sent_back")
    return lambda: reach.vemtas.attach(back, PICTURE, "k", reach.deadline)


async def _slots(reach: Reach) -> Run:
    first = today()
    last = first + timedelta(days=20)
    return lambda: reach.asan.slots("identity_card", "asan_1", first, last, reach.deadline)


async def _slot(reach: Reach) -> Run:
    slot = await reach.free()
    return lambda: reach.asan.slot(slot.id, reach.deadline)


async def _visits(reach: Reach) -> Run:
    await reach.visit("person-3")
    return lambda: reach.asan.of_participant("person-3", reach.deadline)


async def _book(reach: Reach) -> Run:
    slot = await reach.free()
    return lambda: reach.asan.book(slot.id, "person-2", PHONE, "k", reach.deadline)


async def _move(reach: Reach) -> Run:
    visit, slot = await reach.visit("person-4"), await reach.free()
    return lambda: reach.asan.move(visit.id, slot.id, "person-4", reach.deadline)


async def _cancel(reach: Reach) -> Run:
    visit = await reach.visit()
    return lambda: reach.asan.cancel(visit.id, "person-1", reach.deadline)


async def _guide_info(reach: Reach) -> Run:
    guide = hsds(*reach.to("asan-guide"), replace(HSDS, languages=()))
    return lambda: guide.info("passport", reach.deadline)


async def _guide_places(reach: Reach) -> Run:
    guide = hsds(*reach.to("asan-guide"))
    return lambda: guide.places(reach.deadline)


async def _stops(reach: Reach) -> Run:
    units = feed(*reach.to("asan-units"))
    return lambda: units.places(reach.deadline)


async def _paid(reach: Reach) -> Run:
    reference = await reach.sandbox.reference("card_ready")
    return lambda: reach.register().of("social_aid", reference, reach.deadline)


async def _searched(reach: Reach) -> Run:
    reference = await reach.sandbox.reference("card_ready")
    return lambda: reach.register(Lookup.SEARCH).of("social_aid", reference, reach.deadline)


async def _annex_get(reach: Reach) -> Run:
    return lambda: reach.mapped("berkane").get(READY, reach.deadline)


async def _annex_list(reach: Reach) -> Run:
    return lambda: reach.mapped("berkane").of_applicant(BERKANE.e164, "passport", reach.deadline)


async def _visa_changed(reach: Reach) -> Run:
    since = reach.deadline.clock.now() - timedelta(days=60)
    return lambda: reach.mapped("asan_visa").changed("visa", since, reach.deadline)


async def _visa_info(reach: Reach) -> Run:
    return lambda: reach.mapped("asan_visa").info("visa", reach.deadline)


async def _tracked(reach: Reach) -> Run:
    return lambda: reach.mapped("vnpost").get(TRACKED, reach.deadline)


async def _annex_submit(reach: Reach) -> Run:
    return lambda: reach.mapped("berkane").submit(CERTIFICATE, reach.deadline)


async def _annex_amend(reach: Reach) -> Run:
    return lambda: reach.mapped("berkane").amend(SENT_BACK, {"nom": "x"}, "k", reach.deadline)


async def _parcel(reach: Reach) -> Run:
    return lambda: reach.mapped("vnpost").submit(PARCEL, reach.deadline)


async def _kinds(reach: Reach) -> Run:
    return lambda: reach.voice.kinds("fr", reach.deadline)


async def _questions(reach: Reach) -> Run:
    return lambda: reach.voice.questions("DOL", "fr", reach.deadline)


async def _standing(reach: Reach) -> Run:
    return lambda: reach.voice.standing(["2601", "2602"], reach.deadline)


async def _found_again(reach: Reach) -> Run:
    await reach.voice.send(COMPLAINT, no_longer_than(30))
    since = SystemClock().now()
    return lambda: reach.voice.find(COMPLAINT, since, reach.deadline)


async def _send(reach: Reach) -> Run:
    return lambda: reach.voice.send(COMPLAINT, reach.deadline)


REGISTRATION, SCHEDULER, GUIDE, FEED, AIDED, MAPPED, VOICE = (
    "govstack-registration-0.1.1", "govstack-scheduler-1.0", "openreferral-hsds-3.0", "icalendar", "spdci-1.0",
    "mapped-1", "open311-georeport-2",
)  # fmt: skip
READS = (
    Row(REGISTRATION, "get", "vemtas", "applications.get", _get),
    Row(REGISTRATION, "of_applicant", "vemtas", "applications.list", _of_applicant),
    Row(REGISTRATION, "changed", "vemtas", "applications.list", _changed),
    Row(REGISTRATION, "form", "vemtas", "eforms.get", _form),
    Row(REGISTRATION, "info", "vemtas", "services.get", _info),
    Row(SCHEDULER, "slots", "asan", "event.list_details", _slots),
    Row(SCHEDULER, "slot", "asan", "event.list_details", _slot),
    Row(SCHEDULER, "of_participant", "asan", "appointment.list_details", _visits),
    Row(GUIDE, "guide_info", "asan-guide", "services.get", _guide_info),
    Row(GUIDE, "guide_places", "asan-guide", "service_at_locations.list", _guide_places),
    Row(FEED, "stops", "asan-units", "feed.get", _stops),
    Row(AIDED, "paid", "vemtas-registry", "disburse.status", _paid),
    Row(AIDED, "enrolled", "vemtas-registry", "registry.enrolled", _paid),
    Row(AIDED, "searched", "vemtas-registry", "registry.search", _searched),
    Row(MAPPED, "mapped_get", "berkane", "demandes.lire", _annex_get),
    Row(MAPPED, "mapped_account", "berkane", "comptes.chercher", _annex_list),
    Row(MAPPED, "mapped_list", "berkane", "demandes.lister", _annex_list),
    Row(MAPPED, "mapped_changed", "asan-visa", "visas.changes", _visa_changed),
    Row(MAPPED, "mapped_info", "asan-visa", "tariffs.get", _visa_info),
    Row(MAPPED, "mapped_tracked", "vnpost", "tra-cuu", _tracked),
    Row(VOICE, "report_kinds", "berkane-voice", "services.list", _kinds),
    Row(VOICE, "report_questions", "berkane-voice", "services.get", _questions),
    Row(VOICE, "report_standing", "berkane-voice", "requests.list", _standing),
    Row(VOICE, "report_found", "berkane-voice", "requests.list", _found_again),
)
WRITES = (
    Row(REGISTRATION, "submit", "vemtas", "applications.submit", _submit, writes=True),
    Row(REGISTRATION, "amend", "vemtas", "applications.amend", _amend, writes=True),
    Row(REGISTRATION, "choose_pickup", "vemtas", "applications.amend", _choose_pickup, writes=True),
    Row(REGISTRATION, "attach", "vemtas", "applications.amend", _attach, writes=True),
    Row(REGISTRATION, "upload", "vemtas", "documents.upload", _attach, writes=True),
    Row(SCHEDULER, "book", "asan", "appointment.new", _book, writes=True),
    Row(SCHEDULER, "move", "asan", "appointment.modifications", _move, writes=True),
    Row(SCHEDULER, "cancel", "asan", "appointment.delete", _cancel, writes=True),
    Row(MAPPED, "mapped_submit", "berkane", "demandes.deposer", _annex_submit, writes=True),
    Row(MAPPED, "mapped_amend", "berkane", "demandes.completer", _annex_amend, writes=True),
    Row(MAPPED, "mapped_form_encoded", "vnpost", "van-don.tao", _parcel, writes=True),
    Row(VOICE, "report_send", "berkane-voice", "requests.create", _send, writes=True),
)
# One read and one write of each standard, for what need not meet all.
SOME = tuple({(row.standard, row.writes): row for row in reversed((*READS, *WRITES))}.values())
