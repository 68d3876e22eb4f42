"""A social registry: who is enrolled under a reference, and what became of each sum, in all the known shapes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryContract, MinistryError, MinistryRefused, MinistryUnavailable
from domain.money import Money
from domain.states import ApplicationState
from services.backends.spdci import SpdciRegistry
from services.backends.spdci_applications import SpdciApplications
from services.backends.spdci_config import AskBy, Lookup, SpdciConfig, SpdciService
from services.backends.wire import HttpWire
from services.values import Payment, PaymentState
from tests.services.backends.backends_under_test import REGISTRY, Sandbox, no_longer_than, social_registry, transport
from tests.services.backends.bodies import BodyWire
from tests.services.backends.test_any_answer import ANYTHING, LEAVES, of
from tests.services.backends.test_transport import ScriptedWire, answer

CLOCK = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
SUCC: dict[str, Any] = {"status": "succ"}
HERS: dict[str, Any] = {
    "identifier": [{"identifier_type": "APPLICATION_ID", "identifier_value": "41000070"}],
    "member": {"programme_identifier": {"enrolment_status": "Active"}},
    "disbursements": [{"reference_id": "p1"}, {"reference_id": "p2"}],
}
PAID = {"reference_id": "p1", "timestamp": "2026-11-11T22:30:00Z", "status": "succ", "amount": "180.00"}


def enveloped(message: object, header: object = SUCC) -> dict[str, Any]:
    return {"signature": "", "header": header, "message": message}


def found(*records: object, name: str = "search_response", **more: object) -> dict[str, Any]:
    return enveloped({name: [{"reference_id": "r", **SUCC, "data": {"reg_records": list(records)}, **more}]})


def paid(*sums: object) -> dict[str, Any]:
    return enveloped({"transaction_id": "t", "disbursements_status": list(sums)})


def registry(wire: ScriptedWire, config: SpdciConfig = REGISTRY) -> SpdciRegistry:
    numbers = iter(range(1, 1000))
    return SpdciRegistry(transport("aid", "http://aid.test", wire), config, CLOCK, lambda: UUID(int=next(numbers)))


def asked(wire: ScriptedWire, config: SpdciConfig = REGISTRY) -> Sequence[Payment] | None:
    return asyncio.run(registry(wire, config).of("social_aid", "41000070", Deadline.after(2, CLOCK)))


def with_(**changed: object) -> SpdciConfig:
    return msgspec.structs.replace(REGISTRY, **changed)


def test_the_envelope_is_the_standards() -> None:
    wire = BodyWire(found(HERS), paid(PAID))
    asked(wire, with_(receiver_id="vemtas", signature="sig"))
    assert [url for _, url in wire.sent] == [
        "http://aid.test/registry/sync/enrolled",
        "http://aid.test/disburse/sync/txn/status",
    ]
    looked, status = wire.bodies
    assert looked["signature"] == "sig"
    assert looked["header"] == {
        "version": "1.0.0", "message_id": str(UUID(int=1)), "message_ts": "2026-11-23T00:00:00+00:00",
        "action": "search", "sender_id": "guichet", "receiver_id": "vemtas", "total_count": 1,
        "is_msg_encrypted": False,
    }  # fmt: skip
    assert looked["message"]["enrolled_criteria"] == {
        "query_type": "expression",
        "response_entity": "Member",
        "query": {
            "person_identifier": {"eq": "41000070"},
            "programme_identifier.program.programme_identifier": {"eq": "TSA"},
        },
    }
    assert status["message"]["txnstatus_request"] | {"reference_id": ""} == {
        "reference_id": "", "txn_type": "disburse", "attribute_type": "reference_id_list",
        "attribute_value": ["p1", "p2"],
    }  # fmt: skip
    ids = [status["message"]["transaction_id"], looked["message"]["transaction_id"], status["header"]["message_id"]]
    assert len(set(ids)) == 3


def test_a_search_by_the_packs_kind_of_id() -> None:
    wire = BodyWire(found(HERS), paid(PAID))
    config = with_(
        lookup=Lookup.SEARCH, id_type="CASE", services={"social_aid": SpdciService(reg_type="ns:SOCIAL_REGISTRY")}
    )
    assert asked(wire, config)
    (request,) = wire.bodies[0]["message"]["search_request"]
    criteria = request["search_criteria"]
    assert (criteria["query"], criteria["reg_type"]) == ({"type": "CASE", "value": "41000070"}, "ns:SOCIAL_REGISTRY")


def test_each_sum_with_its_own_state_the_newest_first() -> None:
    sums = [
        PAID,
        {"reference_id": "p2", "timestamp": "2026-12-01T00:00:00+04:00", "status": "pdng", "amount": 180.5},
    ]
    first, second = asked(BodyWire(found(HERS), paid(*sums))) or ()
    assert (first.id, first.state, first.amount) == ("p2", PaymentState.PENDING, Money(18050, "AZN"))
    # A quarter past two at night in Baku is the next day.
    assert second == Payment("p1", PaymentState.PAID, Money(18000, "AZN"), date(2026, 11, 12))


@pytest.mark.parametrize(
    "wrapped",
    [
        {"disbursements_status": [PAID, None]},
        {"txnstatus_response": {"txn_type": "disburse", "txn_status": [PAID]}},
        {"txnstatus_response": {"txn_type": "disburse", "txn_status": {"disbursements_status": [PAID]}}},
        {"disbursements_status": PAID},
        # Somebody else's that a server tells along.
        {"disbursements_status": [PAID, {**PAID, "reference_id": "p9"}]},
    ],
)
def test_disbursements_in_every_known_wrapping(wrapped: dict[str, Any]) -> None:
    assert [one.id for one in asked(BodyWire(found(HERS), enveloped(wrapped))) or ()] == ["p1"]


@pytest.mark.parametrize("name", ["search_response", "enrolled_response"])
@pytest.mark.parametrize(
    "records",
    [
        [],
        # The registry ignored the question, and lists others.
        [{**HERS, "identifier": [{"identifier_value": "41000019"}]}, {"member": {"member_identifier": "M-1"}}],
    ],
)
def test_nobody_is_enrolled(name: str, records: list[Any]) -> None:
    wire = BodyWire(found(*records, name=name))
    assert asked(wire) is None
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        enveloped({"search_response": [{"status": "rjct", "status_reason_code": "rjct.search.not_found"}]}),
        enveloped({"enrolled_response": {"status": "succ", "enrolled_status": "not_enrolled"}}),
        enveloped({}, {"status": "rjct", "status_reason_code": "rjct.reference_id.not_found"}),
    ],
)
def test_not_found_in_the_standards_other_words(refusal: dict[str, Any]) -> None:
    assert asked(BodyWire(refusal)) is None
    assert asked(BodyWire(answer(404))) is None


def test_enrolled_without_a_record_is_asked_by_the_reference_itself() -> None:
    said = enveloped({"enrolled_response": [{**SUCC, "enrolled_status": "enrolled"}]})
    wire = BodyWire(said, paid({**PAID, "currency_code": "EUR"}))
    (payment,) = asked(wire, with_(ask_by=AskBy.TRANSACTION_ID)) or ()
    assert payment.amount == Money(18000, "EUR")
    assert wire.bodies[1]["message"]["txnstatus_request"]["attribute_value"] == "41000070"
    # With no ids to ask for, nothing is asked.
    assert asked(BodyWire(said)) == ()
    wire = BodyWire(paid(PAID))
    assert len(asked(wire, with_(lookup=Lookup.NONE, ask_by=AskBy.CORRELATION_ID)) or ()) == 1
    assert len(wire.sent) == 1


LATER = enveloped({}, {"status": "pdng"})


@pytest.mark.parametrize(
    ("script", "error", "says"),
    [
        ([LATER], MinistryUnavailable, "later"),
        ([answer(202, b'{"header":{},"message":{"ack_status":"ACK"}}')], MinistryUnavailable, "later"),
        ([enveloped({"search_response": [{"status": "rcvd"}]})], MinistryUnavailable, "later"),
        ([enveloped({}, {"status": "rjct", "status_reason_code": "rjct.sender_id.invalid"})], MinistryRefused,
         "sender_id.invalid"),
        ([enveloped({}, {"status": "rjct", "status_reason_code": "Aygün said <b>"})], MinistryRefused, "rjct"),
        ([answer(403)], MinistryRefused, "403"),
        ([answer(401)], MinistryContract, "know us"),
        ([enveloped({}, {})], MinistryContract, "status"),
        ([enveloped({})], MinistryContract, "response"),
        ([answer(200, b"[]")], MinistryContract, "answer"),
        ([found(HERS), paid({**PAID, "status": "sent"})], MinistryContract, "status"),
        ([found(HERS), paid({**PAID, "amount": None})], MinistryContract, "amount"),
        ([found(HERS), paid({**PAID, "amount": "1.234"})], MinistryContract, "amount"),
        ([found(HERS), paid({**PAID, "timestamp": "yesterday"})], MinistryContract, "timestamp"),
        ([found(HERS), enveloped({})], MinistryContract, "disbursements_status"),
    ],
)  # fmt: skip
def test_what_does_not_fit_has_one_meaning(script: list[object], error: type[MinistryError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        asked(BodyWire(*script))
    assert "Ayg" not in str(caught.value)


def test_the_packs_own_words_for_states() -> None:
    sums = {**PAID, "status": "Credited"}
    (payment,) = asked(BodyWire(found(HERS), paid(sums)), with_(states={"credited": "paid"})) or ()
    assert payment.state is PaymentState.PAID
    for wrong in ({"states": {"x": "lost"}}, {"zone": "Mars"}, {"ids": "[["}):
        with pytest.raises(InvalidValue):
            registry(BodyWire(answer()), with_(**wrong))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Active", ApplicationState.GRANTED),
        ("1", ApplicationState.GRANTED),
        (3, ApplicationState.CLOSED),
        ("Suspended", ApplicationState.UNKNOWN),
        ("waiting", ApplicationState.IN_REVIEW),
    ],
)
def test_how_an_application_stands_by_its_enrolment(word: object, state: ApplicationState) -> None:
    record = {**HERS, "member": {"programme_identifier": {"enrollment_status": word}}}
    wire, config = BodyWire(found(record)), with_(applications=True, enrolments={"Waiting": "in_review"})
    status = SpdciApplications(registry(wire, config), transport("aid", "http://aid.test", wire), config)
    application = asyncio.run(status.get("41000070", Deadline.after(2, CLOCK)))
    assert application is not None and (application.state, application.service) == (state, "social_aid")
    wire.script = [answer(404)]
    assert asyncio.run(status.get("41000070", Deadline.after(2, CLOCK))) is None


SUM = of(reference_id=LEAVES, timestamp=LEAVES, status=st.sampled_from(["succ", "pdng"]), amount=LEAVES)
MESSAGE = of(
    enrolled_response=st.lists(of(status=st.just("succ"), data=of(reg_records=st.lists(ANYTHING, max_size=2)))),
    disbursements_status=st.lists(SUM, max_size=3),
    txnstatus_response=of(txn_status=st.lists(SUM, max_size=2)),
    ack_status=LEAVES,
)
ENVELOPE = of(header=of(status=st.sampled_from(["succ", "rjct", "pdng"]), status_reason_code=LEAVES), message=MESSAGE)


@settings(max_examples=200, deadline=None)
@given(ENVELOPE | ANYTHING, ENVELOPE | ANYTHING, st.sampled_from(Lookup), st.sampled_from(AskBy))
def test_any_json_is_a_value_or_a_failure_of_the_tree(
    first: object, second: object, lookup: Lookup, ask_by: AskBy
) -> None:
    script = [answer(200, msgspec.json.encode(value)) for value in (first, second)]
    try:
        asked(ScriptedWire(*script), with_(lookup=lookup, ask_by=ask_by))
    except MinistryError as failure:
        assert len(failure.why) <= 120


async def test_the_simulated_registry(sandbox: Sandbox, wire: HttpWire) -> None:
    aid = social_registry(sandbox.ministry("vemtas-registry"), wire)
    collected, review = await sandbox.reference("collected"), await sandbox.reference("in_review")
    before = await aid.of("social_aid", collected, no_longer_than(30)) or ()
    assert {payment.state for payment in before} == {PaymentState.PENDING, PaymentState.PAID, PaymentState.FAILED}
    assert await aid.of("social_aid", review, no_longer_than(30)) is None
