"""One suite over every backend: whatever a ministry does, the same few answers come out, in time.

The ministries are simulated ones, reached over HTTP; each operation meets each of the sandbox's faults.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from domain.errors import (
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryRefused,
    MinistryUnavailable,
)
from domain.msisdn import Msisdn
from services.backends.govstack_registration import RegistrationApplications
from services.backends.spdci_config import Lookup
from services.backends.wire import HttpWire
from services.document_ports import Document
from services.values import Form, Slot, Submission, Visit
from tests.services.backends.backends_under_test import (
    DUE,
    TOTAL,
    VEMTAS,
    Sandbox,
    mediated,
    no_longer_than,
    registration,
    scheduler,
    social_registry,
)
from tests.services.backends.guides_under_test import guide_runs
from tests.services.backends.mapped_under_test import contract_runs

PHONE = Msisdn("+994501112233")
ANSWERS = {
    "fullName": "Demo Citizen",
    "birthDate": "1984-03-12",
    "maritalStatus": "single",
    "housing": "rented",
    "monthlyIncome": 100,
    "hasDisability": False,
    "householdMembers": [],
}
SINGLE = {"maritalStatus": "single"}
PICTURE = Document("image/png", b"\x89PNG")
Run = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Operation:
    """One operation of a port, ready to be called; `asks` is the sandbox's name of the request that matters."""

    ministry: str
    asks: str
    run: Run


async def first_slot(sandbox: Sandbox, wire: HttpWire) -> Slot:
    asan = scheduler(sandbox.ministry("asan"), wire)
    found = await asan.slots(
        "identity_card", "asan_1", date.today(), date.today() + timedelta(days=20), no_longer_than(5)
    )
    return found[-1]


async def operation(name: str, sandbox: Sandbox, wire: HttpWire) -> Operation:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    asan = scheduler(sandbox.ministry("asan"), wire)
    deadline = no_longer_than(60)
    ready, back = await sandbox.reference("card_ready"), await sandbox.reference("sent_back")
    registry = social_registry(sandbox.ministry("vemtas-registry"), wire)
    searched = social_registry(sandbox.ministry("vemtas-registry"), wire, Lookup.SEARCH)
    mediator = mediated("applications", sandbox.ministry("security-server"), wire)
    behind = RegistrationApplications(mediator, VEMTAS, lambda service, start: DUE)
    slot = await first_slot(sandbox, wire)
    today, later = date.today(), date.today() + timedelta(days=20)
    form_id = "a3e7d6c4-58b1-4f0e-8d92-7c6b5a4e3d01"
    submission = Submission("social_aid", form_id, "person-1", ANSWERS, PHONE, "key-1")
    visit_id = ""
    if name in ("move", "cancel", "of_participant"):
        other = (await asan.slots("identity_card", "asan_2", today, later, no_longer_than(5)))[-1]
        visit = await asan.book(other.id, "person-1", PHONE, "k", no_longer_than(5))
        assert isinstance(visit, Visit)
        visit_id = visit.id
    runs: dict[str, tuple[str, str, Run]] = {
        "get": ("vemtas", "applications.get", lambda: vemtas.get(ready, deadline)),
        "of_applicant": (
            "vemtas", "applications.list", lambda: vemtas.of_applicant("+994501234501", "social_aid", deadline),
        ),
        "form": ("vemtas", "eforms.get", lambda: vemtas.form("social_aid", "az", deadline)),
        "info": ("vemtas", "services.get", lambda: vemtas.info("social_aid", deadline)),
        **guide_runs(sandbox, wire, deadline),
        "submit": ("vemtas", "applications.submit", lambda: vemtas.submit(submission, deadline)),
        "amend": (
            "vemtas", "applications.amend", lambda: vemtas.amend(back, {"housing": "own", **SINGLE}, "k", deadline),
        ),
        "choose_pickup": (
            "vemtas", "applications.amend", lambda: vemtas.choose_pickup(ready, "branch-03", "k", deadline),
        ),
        "slots": ("asan", "event.list_details", lambda: asan.slots("identity_card", "asan_1", today, later, deadline)),
        "slot": ("asan", "event.list_details", lambda: asan.slot(slot.id, deadline)),
        "of_participant": ("asan", "appointment.list_details", lambda: asan.of_participant("person-1", deadline)),
        "book": ("asan", "appointment.new", lambda: asan.book(slot.id, "person-2", PHONE, "k", deadline)),
        "move": ("asan", "appointment.modifications", lambda: asan.move(visit_id, slot.id, "person-1", deadline)),
        "cancel": ("asan", "appointment.delete", lambda: asan.cancel(visit_id, "person-1", deadline)),
        "attach": ("vemtas", "applications.amend", lambda: vemtas.attach(back, PICTURE, "k", deadline)),
        "upload": ("vemtas", "documents.upload", lambda: vemtas.attach(back, PICTURE, "k", deadline)),
        "paid": ("vemtas-registry", "disburse.status", lambda: registry.of("social_aid", ready, deadline)),
        "enrolled": ("vemtas-registry", "registry.enrolled", lambda: registry.of("social_aid", ready, deadline)),
        "searched": ("vemtas-registry", "registry.search", lambda: searched.of("social_aid", ready, deadline)),
        # Whatever stands behind a mediator fails as it would without one.
        "get_behind": ("vemtas", "applications.get", lambda: behind.get(ready, deadline)),
        "submit_behind": ("vemtas", "applications.submit", lambda: behind.submit(submission, deadline)),
        **contract_runs(sandbox.ministry, wire, deadline),
    }  # fmt: skip
    return Operation(*runs[name])


READS = [
    "guide_info", "guide_places", "feed_places",
    "get", "of_applicant", "form", "info", "slots", "slot", "of_participant",
    "paid", "enrolled", "searched", "get_behind",
    "mapped_get", "mapped_account", "mapped_list", "mapped_changed", "mapped_info", "mapped_tracked",
]  # fmt: skip
WRITES = ["submit", "amend", "choose_pickup", "book", "move", "cancel", "submit_behind", "attach", "upload",
          "mapped_submit", "mapped_amend", "mapped_form_encoded"]  # fmt: skip
FAULTS: list[tuple[str, object, type[MinistryError], type[MinistryError]]] = [
    # kind, value, what a read becomes, what a write becomes
    ("status", 500, MinistryUnavailable, MinistryAmbiguous),
    ("status", 503, MinistryUnavailable, MinistryAmbiguous),
    ("status", 429, MinistryBusy, MinistryBusy),
    ("status", 403, MinistryRefused, MinistryRefused),
    ("status", 422, MinistryRefused, MinistryRefused),
    ("status", 401, MinistryContract, MinistryContract),
    ("hang", None, MinistryUnavailable, MinistryAmbiguous),
    ("cut", None, MinistryUnavailable, MinistryAmbiguous),
    ("cut", 10, MinistryUnavailable, MinistryAmbiguous),
    ("cut_after_write", None, MinistryUnavailable, MinistryAmbiguous),
    ("drop_after_write", None, MinistryUnavailable, MinistryAmbiguous),
    ("delay", 5, MinistryUnavailable, MinistryAmbiguous),
    ("drip", 0.2, MinistryUnavailable, MinistryAmbiguous),
    ("html", 200, MinistryContract, MinistryAmbiguous),
    ("html", 404, MinistryContract, MinistryContract),
    ("html", 502, MinistryUnavailable, MinistryAmbiguous),
    ("wrong_type", "text/html", MinistryContract, MinistryAmbiguous),
    ("huge", None, MinistryContract, MinistryAmbiguous),
    ("deep", 40, MinistryContract, MinistryAmbiguous),
    ("deep", None, MinistryContract, MinistryAmbiguous),
    ("redirect", None, MinistryContract, MinistryContract),
    ("double", None, MinistryContract, MinistryAmbiguous),
    ("truncated_json", None, MinistryContract, MinistryAmbiguous),
]
# The Scheduler's writes answer with a bare text of which only the id matters: where it is lost, the lists tell.
TEXT_ANSWERS = {("book", "double"), ("book", "truncated_json"), ("move", "double"), ("move", "truncated_json"),
                ("cancel", "double"), ("cancel", "truncated_json")}  # fmt: skip


# Those that use up the whole deadline meet a few operations only: the path through the transport is the same.
SLOW = {"hang", "drop_after_write", "delay", "drip"}
MET_BY_SLOW = {"get", "slots", "submit", "choose_pickup", "book", "move"}
CASES = [
    pytest.param(name, *fault, id=f"{name}-{fault[0]}-{fault[1]}")
    for name in (*READS, *WRITES)
    for fault in FAULTS
    if fault[0] not in SLOW or name in MET_BY_SLOW
]


@pytest.mark.parametrize(("name", "kind", "value", "reading", "writing"), CASES)
async def test_every_fault_has_one_meaning_in_every_operation(
    name: str,
    kind: str,
    value: object,
    reading: type[MinistryError],
    writing: type[MinistryError],
    sandbox: Sandbox,
    wire: HttpWire,
) -> None:
    operation_ = await operation(name, sandbox, wire)
    await sandbox.fault(operation_.ministry, operation_.asks, kind, value)
    asked_before = await sandbox.counted(operation_.ministry, operation_.asks, "asked")
    began = time.monotonic()
    if (name, kind) in TEXT_ANSWERS:
        assert await operation_.run()
        return
    with pytest.raises(MinistryError) as caught:
        await operation_.run()
    assert time.monotonic() - began < TOTAL + 0.5
    assert type(caught.value) is (reading if name in READS else writing)
    asked = await sandbox.counted(operation_.ministry, operation_.asks, "asked") - asked_before
    assert asked == 1 or (name in READS and asked == 2), "a write is sent once, a read at most twice"


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(("kind", "value"), [("status", 503), ("cut", None)])
async def test_a_read_survives_one_fast_failure(
    name: str, kind: str, value: object, sandbox: Sandbox, wire: HttpWire
) -> None:
    operation_ = await operation(name, sandbox, wire)
    await sandbox.fault(operation_.ministry, operation_.asks, kind, value, times=1)
    assert await operation_.run()


@pytest.mark.parametrize("name", [*READS, *WRITES])
async def test_a_slow_answer_within_the_time_is_an_answer(name: str, sandbox: Sandbox, wire: HttpWire) -> None:
    operation_ = await operation(name, sandbox, wire)
    await sandbox.fault(operation_.ministry, operation_.asks, "delay", 0.1)
    assert await operation_.run()


@pytest.mark.parametrize("name", READS)
async def test_an_empty_answer_is_against_the_standard(name: str, sandbox: Sandbox, wire: HttpWire) -> None:
    operation_ = await operation(name, sandbox, wire)
    await sandbox.fault(operation_.ministry, operation_.asks, "empty")
    with pytest.raises(MinistryContract):
        await operation_.run()


@pytest.mark.parametrize("name", [
    "submit", "amend", "choose_pickup", "submit_behind", "mapped_submit", "mapped_amend", "mapped_form_encoded",
])  # fmt: skip
async def test_done_without_an_answer_is_an_open_question(name: str, sandbox: Sandbox, wire: HttpWire) -> None:
    operation_ = await operation(name, sandbox, wire)
    await sandbox.fault(operation_.ministry, operation_.asks, "empty")
    with pytest.raises(MinistryAmbiguous):
        await operation_.run()
    assert await sandbox.counted(operation_.ministry, operation_.asks) == 1


@pytest.mark.parametrize(
    ("kind", "before", "writing"),
    [
        ("Server.ServerProxy.AccessDenied", True, MinistryUnavailable),
        ("Client.BadRequest", True, MinistryUnavailable),
        ("Server.ServerProxy.ServiceFailed.HttpError", True, MinistryAmbiguous),
        ("Server.ClientProxy.IOError", False, MinistryAmbiguous),
    ],
)
async def test_a_mediator_that_fails_is_told_from_the_ministry(
    kind: str, before: bool, writing: type[MinistryError], sandbox: Sandbox, wire: HttpWire
) -> None:
    await sandbox.fault("security-server", "forward", "x_road_error", kind, before_write=before)
    with pytest.raises(MinistryUnavailable):
        await (await operation("get_behind", sandbox, wire)).run()
    with pytest.raises(MinistryError) as caught:
        await (await operation("submit_behind", sandbox, wire)).run()
    assert type(caught.value) is writing
    assert await sandbox.counted("vemtas", "applications.submit") == (0 if before else 1)


async def test_a_lost_submission_is_found_again_by_its_applicant(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    deadline = no_longer_than(10)
    assert await vemtas.of_applicant("person-1", "social_aid", deadline) == ()
    lost = await operation("submit", sandbox, wire)
    await sandbox.fault("vemtas", "applications.submit", "cut_after_write")
    with pytest.raises(MinistryAmbiguous):
        await lost.run()
    found = await vemtas.of_applicant("person-1", "social_aid", deadline)
    assert len(found) == 1 and found[0].contact == PHONE
    assert isinstance(await vemtas.form("social_aid", "az", deadline), Form)


async def test_a_ministry_that_is_not_there_is_unavailable(wire: HttpWire) -> None:
    vemtas, asan = registration("http://127.0.0.1:9/x", wire), scheduler("http://127.0.0.1:9/y", wire)
    deadline = no_longer_than(10)
    submission = Submission("social_aid", "f", "p", {}, PHONE, "k")
    for attempt in (
        vemtas.get("1", deadline),
        vemtas.submit(submission, deadline),
        asan.slot("1", deadline),
        asan.book("1", "p", PHONE, "k", deadline),
    ):
        with pytest.raises(MinistryUnavailable):
            await attempt
