"""Whatever JSON a ministry answers, a read gives a value or `MinistryContract`; nothing else comes out."""

import contextlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous, MinistryContract, MinistryRefused
from domain.working_days import add_working_days
from services.backends.govstack_registration import RegistrationApplications
from services.backends.govstack_scheduler import SchedulerAppointments
from services.backends.registration_files import STATES
from services.values import Submission
from tests.services.backends.backends_under_test import ASAN, VEMTAS, transport
from tests.services.backends.contract_rows import PHONE
from tests.services.backends.test_transport import ScriptedWire, answer

# The names that are looked at, and the values that are nearly right: far from noise, so that every reader is met.
NAMES = re.findall(
    r"\S+",
    "fileId serviceId status code title ended registered created applicationData formData data additionalMeta phase "
    "amount currency dueOn termUntil refusalReason needs pickup pickupOptions phone birthDate slipKey id name address "
    "hours availableFrom availableUntil az en schema type properties required enum oneOf const items x-title x-labels "
    "minimum maximum eFormId latest serviceBody value event_id details category host_entity_id from to deadline "
    "seats_left appointment_id participant_id event_details subscriber_id format",
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        re.findall(
            r"\S+",
            """4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01 APPROVED PENDING card_ready 312.40 9e999999 -1 2026-12-01
        2026-12-01T09:00:00 2026-12-01T09:00:00Z 9999-12-31T23:59:59-14:00 9999-12-31 0001-01-01
        0001-01-01T00:00:00+14:00 AZN azn +994501234501 id_card asan-01 open me 71 5 required_document.az fee
        processing_days string object array number boolean date""",
        )
    )
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=25,
)


def of(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """An object of the right shape, some of whose fields are anything or absent."""
    return st.fixed_dictionaries({}, optional={name: field | ANYTHING for name, field in fields.items()})


DATA = of(
    phase=st.sampled_from(["card_ready", "granted"]),
    amount=LEAVES,
    currency=LEAVES,
    termUntil=LEAVES,
    pickup=of(id=LEAVES, name=LEAVES, availableFrom=LEAVES),
    pickupOptions=st.lists(of(id=LEAVES, name=LEAVES), max_size=2),
    needs=st.lists(ANYTHING, max_size=2),
)
FILE = of(
    fileId=LEAVES,
    serviceId=st.just("4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01"),
    status=of(code=st.sampled_from(sorted(STATES)), title=LEAVES),
    ended=st.booleans(),
    registered=LEAVES,
    applicationData=of(formData=of(data=DATA)),
    additionalMeta=of(data=DATA),
)
FIELD = of(type=LEAVES, title=LEAVES, enum=st.lists(LEAVES, max_size=3), minimum=LEAVES, format=LEAVES)
FORM = of(eFormId=LEAVES, schema=of(properties=st.dictionaries(st.text(max_size=5), FIELD, max_size=3)))
SERVICE = of(serviceBody=st.lists(of(code=LEAVES, value=LEAVES), max_size=4))
EVENT_DETAILS = of(category=st.just("id_card"), host_entity_id=LEAVES, status=LEAVES, deadline=LEAVES)
ENTRY = of(
    event_id=LEAVES,
    appointment_id=LEAVES,
    subscriber_id=LEAVES,
    details=of(
        **{"from": LEAVES, "category": st.just("id_card"), "host_entity_id": LEAVES, "seats_left": LEAVES},
        name=st.just("me"),
        event_id=LEAVES,
        participant_id=st.just("71"),
        event_details=EVENT_DETAILS,
    ),
)
LISTED = st.lists(st.lists(ENTRY, max_size=3) | ENTRY, max_size=3)

EXAMPLES = 40

Backends = tuple[RegistrationApplications, SchedulerAppointments, Deadline]
FIRST, LAST = date(2026, 11, 22), date(2026, 12, 22)
READS: dict[str, tuple[st.SearchStrategy[object], Callable[[Backends], Awaitable[object]]]] = {
    "get": (FILE, lambda b: b[0].get("41000017", b[2])),
    "of_applicant": (st.lists(FILE, max_size=3), lambda b: b[0].of_applicant("x", "social_aid", b[2])),
    "form": (FORM | st.lists(FORM, max_size=2), lambda b: b[0].form("social_aid", "az", b[2])),
    "info": (SERVICE, lambda b: b[0].info("social_aid", b[2])),
    "slots": (LISTED, lambda b: b[1].slots("identity_card", "asan_1", FIRST, LAST, b[2])),
    "slot": (LISTED, lambda b: b[1].slot("5", b[2])),
    "of_participant": (LISTED, lambda b: b[1].of_participant("me", b[2])),
}


def due(service: str, start: date) -> date:
    return add_working_days(start, 15, frozenset())


def answering(value: object) -> Backends:
    wire = ScriptedWire(answer(200, msgspec.json.encode(value)))
    backend = RegistrationApplications(transport("m", "http://m.test", wire), VEMTAS, due)
    clock = HandClock(datetime(2026, 11, 22, tzinfo=UTC))
    asan = SchedulerAppointments(transport("m", "http://m.test", wire), ASAN)
    return backend, asan, Deadline.after(2, clock)


@pytest.mark.parametrize("name", READS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
async def test_any_json_is_a_value_or_a_breach_of_contract(name: str, data: st.DataObject) -> None:
    shape, read = READS[name]
    value = data.draw(shape | ANYTHING)
    with contextlib.suppress(MinistryContract):
        await read(answering(value))


@settings(max_examples=EXAMPLES, deadline=None)
@given(FILE | ANYTHING)
async def test_any_answer_to_a_submission_is_a_value_or_an_open_question(value: object) -> None:
    backend, _, deadline = answering(value)
    with contextlib.suppress(MinistryAmbiguous):
        await backend.submit(Submission("social_aid", "f", "p", {}, PHONE, "k"), deadline)


@settings(max_examples=EXAMPLES, deadline=None)
@given(ANYTHING, st.sampled_from([400, 403, 422]))
async def test_any_refusal_is_a_refusal(value: object, status: int) -> None:
    wire = ScriptedWire(answer(status, msgspec.json.encode(value)))
    backend = RegistrationApplications(transport("m", "http://m.test", wire), VEMTAS, due)
    with pytest.raises(MinistryRefused) as caught:
        await backend.submit(Submission("social_aid", "f", "p", {}, PHONE, "k"), answering(None)[2])
    assert len(caught.value.words) <= 200
