"""Registration 0.1.1: states, picks, forms, and what is handed in."""

from datetime import date, timedelta

import msgspec
import pytest

from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused
from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from services.backends.config import ApplicationPicks, RegistrationConfig, RegistrationService
from services.backends.govstack_registration import RegistrationApplications
from services.backends.wire import HttpWire
from services.document_ports import Document
from services.values import Delivery, DeliveryState, FieldKind, Form, FormUnsupportedReason, Submission
from tests.services.backends.backends_under_test import (
    DUE,
    VEMTAS,
    Sandbox,
    no_longer_than,
    registration,
    transport,
)
from tests.services.backends.bodies import BodyWire
from tests.services.backends.contract_rows import ANSWERS, PHONE
from tests.services.backends.test_transport import ScriptedWire, answer

FORM = "a3e7d6c4-58b1-4f0e-8d92-7c6b5a4e3d01"


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        ("received", "received"),
        ("in_review", "in_review"),
        ("sent_back", "action_required"),
        ("refused", "refused"),
        ("granted", "granted"),
        ("card_ready", "ready_for_pickup"),
        ("collected", "collected"),
    ],
)
async def test_every_phase_has_its_state(phase: str, state: str, sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    reference = await sandbox.reference(phase)
    found = await vemtas.get(reference, no_longer_than(30))
    assert found is not None
    assert (found.reference, found.service, found.state) == (reference, "social_aid", ApplicationState(state))
    waiting = state in ("received", "in_review", "action_required")
    assert found.due_on == (DUE if waiting else None)
    assert bool(found.needs) is (state == "action_required") and bool(found.reason) is (state == "refused")


async def test_a_card_ready_with_all_its_facts(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    found = await vemtas.get(await sandbox.reference("card_ready"), no_longer_than(30))
    assert found is not None and found.pickup is not None
    assert found.amount == Money(31240, "AZN") and found.until is not None
    assert found.contact == Msisdn("+994501234501")
    assert (found.birth_date, found.slip_key) == (date(1984, 3, 12), "482913")
    assert found.pickup.place.name == "Demo Bank Nərimanov" and found.pickup.place.hours == {"": "09:00-17:00"}
    assert found.pickup.available_from and found.pickup.available_until
    assert found.pickup.available_until - found.pickup.available_from == timedelta(days=90)
    assert [choice.id for choice in found.pickup_choices] == ["branch-01", "branch-02", "branch-03", "branch-04"]


async def test_a_word_that_the_standard_does_not_know_is_kept(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    reference = await sandbox.reference("received")
    await sandbox.put(reference, code="SUSPENDED", title="Suspended by court")
    found = await vemtas.get(reference, no_longer_than(30))
    assert found is not None
    assert (found.state, found.ministry_word) == (ApplicationState.UNKNOWN, "Suspended by court")


@pytest.mark.parametrize("reference", ["40000000", "nothing", "../services", "a/b", "", "%2e%2e"])
async def test_an_unknown_or_impossible_reference_is_not_found(
    reference: str, sandbox: Sandbox, wire: HttpWire
) -> None:
    assert await registration(sandbox.ministry("vemtas"), wire).get(reference, no_longer_than(30)) is None


async def test_lists_give_the_same_facts_as_single_reads(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    single = await vemtas.get(await sandbox.reference("card_ready"), no_longer_than(30))
    listed = await vemtas.of_applicant("+994501234501", "social_aid", no_longer_than(30))
    assert single in listed


async def test_the_form_in_the_citizens_language(sandbox: Sandbox, wire: HttpWire) -> None:
    form = await registration(sandbox.ministry("vemtas"), wire).form("social_aid", "az", no_longer_than(30))
    assert isinstance(form, Form) and (form.id, form.title) == (FORM, "Ünvanlı sosial yardım")
    by_name = {field.name: field for field in form.fields}
    assert [field.kind for field in form.fields] == [
        FieldKind.STRING, FieldKind.DATE, FieldKind.CHOICE, FieldKind.CHOICE, FieldKind.NUMBER, FieldKind.YES_NO,
        FieldKind.GROUP,
    ]  # fmt: skip
    assert by_name["maritalStatus"].choices[0] == ("single", "Subay")
    assert (by_name["monthlyIncome"].minimum, by_name["monthlyIncome"].maximum) == (0, 99999)
    members = by_name["householdMembers"]
    assert (members.required, members.maximum, len(members.fields)) == (False, 8, 4)
    assert members.fields[2].choices[1] == ("child", "Uşaq")


async def test_a_form_with_a_file_names_the_part_that_does_not_fit(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    form = await vemtas.form("rehabilitation_equipment", "az", no_longer_than(30))
    assert form == FormUnsupportedReason("/certificate")


async def test_handing_in_and_reading_it_again(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    submission = Submission("social_aid", FORM, "person-1", ANSWERS, PHONE, "key-1")
    made = await vemtas.submit(submission, no_longer_than(30))
    assert (made.state, made.contact, made.due_on) == (ApplicationState.RECEIVED, PHONE, DUE)
    assert await vemtas.get(made.reference, no_longer_than(30)) == made
    again = await vemtas.of_applicant("person-1", "social_aid", no_longer_than(30))
    assert made in again


async def test_a_refusal_carries_the_ministrys_words_for_the_citizen_only(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    broken = Submission("social_aid", FORM, "person-1", {**ANSWERS, "housing": "castle"}, PHONE, "key-1")
    with pytest.raises(MinistryRefused) as caught:
        await vemtas.submit(broken, no_longer_than(30))
    assert "housing" in caught.value.words and "housing" not in str(caught.value)


async def test_conflict_on_submit_is_an_open_question(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    await sandbox.fault("vemtas", "applications.submit", "status", 409)
    with pytest.raises(MinistryAmbiguous):
        await vemtas.submit(Submission("social_aid", FORM, "p", ANSWERS, PHONE, "k"), no_longer_than(30))


async def test_amending_only_what_was_sent_back(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    back = await sandbox.reference("sent_back")
    amended = await vemtas.amend(back, {"maritalStatus": "single"}, "k", no_longer_than(30))
    assert amended is not None and amended.state is ApplicationState.IN_REVIEW
    assert await vemtas.amend(back, {"maritalStatus": "single"}, "k", no_longer_than(30)) is None
    assert await vemtas.amend("40000000", {}, "k", no_longer_than(30)) is None
    assert await sandbox.counted("vemtas", "applications.amend", "asked") == 1


async def test_an_amendment_that_came_too_late(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    await sandbox.fault("vemtas", "applications.amend", "status", 409)
    back = await sandbox.reference("sent_back")
    assert await vemtas.amend(back, {"maritalStatus": "single"}, "k", no_longer_than(30)) is None


async def test_choosing_another_branch_where_the_ministry_allows_it(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    ready = await sandbox.reference("card_ready")
    moved = await vemtas.choose_pickup(ready, "branch-03", "k", no_longer_than(30))
    assert moved is not None and moved.pickup is not None and moved.pickup.place.id == "branch-03"
    assert await vemtas.choose_pickup(ready, "branch-99", "k", no_longer_than(30)) is None
    granted = await sandbox.reference("granted")
    assert await vemtas.choose_pickup(granted, "branch-03", "k", no_longer_than(30)) is None


async def test_what_a_service_needs(sandbox: Sandbox, wire: HttpWire) -> None:
    info = await registration(sandbox.ministry("vemtas"), wire).info("social_aid", no_longer_than(30))
    assert info is not None and (info.fee, info.days) == (Money(0, "AZN"), 15)
    assert info.documents == ({"az": "Şəxsiyyət vəsiqəsi", "en": "Identity card", "fr": "Carte d'identité"},)


async def test_a_service_of_another_ministry_is_our_own_mistake(sandbox: Sandbox, wire: HttpWire) -> None:
    with pytest.raises(MinistryContract):
        await registration(sandbox.ministry("vemtas"), wire).info("visa", no_longer_than(30))


def scripted(value: object, **picks: str) -> RegistrationApplications:
    service = RegistrationService("S1", picks=ApplicationPicks(**picks))
    config = RegistrationConfig(
        client="A/B/C/D", services={"aid": service}, currency="AZN", region="AZ", zone="Asia/Baku"
    )
    wire = ScriptedWire(answer(200, msgspec.json.encode(value)))
    return RegistrationApplications(transport("m", "http://m.test", wire), config, lambda service, start: None)


def file(data: object = None, **more: object) -> dict[str, object]:
    shown = {"fileId": 104417, "serviceId": "s1", "status": {"code": "APPROVED"}, "ended": False}
    return {**shown, "applicationData": {"formData": {"data": data}}, **more}


async def test_picks_are_data_and_ids_may_be_numbers() -> None:
    odd = {"sum": {"v": 245, "c": "EUR"}, "office": {"nr": 7, "title": "B7"}, "von": "2026-12-01T22:30:00Z"}
    backend = scripted(
        file(odd),
        amount="data.sum.v",
        currency="data.sum.c",
        pickup="data.{id: office.nr, name: office.title, availableFrom: von}",
    )
    found = await backend.get("104417", no_longer_than(30))
    assert found is not None and found.pickup is not None
    assert (found.reference, found.amount) == ("104417", Money(24500, "EUR"))
    assert found.pickup.place.id == "7"
    assert found.pickup.available_from == date(2026, 12, 2), "the day as it falls in the ministry's zone"


@pytest.mark.parametrize(
    "broken",
    [
        file({"amount": "a lot"}),
        file({"amount": 10.005}),
        file({"amount": True}),
        file({"amount": "9e999999"}),
        file({"termUntil": "soon"}),
        file({"pickup": "branch 7"}),
        file({"pickup": {"id": "7"}}),
        file({"pickupOptions": {"id": "7"}}),
        file({"refusalReason": 7.5, "needs": [["x"]]}),
        file(status=None),
        file(status={}),
        file(serviceId="elsewhere"),
        file(fileId=None),
        [],
        "APPROVED",
        {"code": 17, "message": "a 200 with an error in it"},
    ],
)
async def test_what_does_not_read_is_a_breach_of_contract_and_no_empty_screen(broken: object) -> None:
    with pytest.raises(MinistryContract):
        await scripted(broken).get("104417", no_longer_than(30))


LATELY = {"delivery": "data.delivery", "fee": "data.fee", "history": "data.history"}


async def test_a_delivery_a_fee_and_a_history_are_read_where_a_pack_says() -> None:
    told = {
        "delivery": {"state": "on_the_way", "tracking": "EC1", "carrier": "P", "day": "2026-11-25"},
        "fee": {"amount": "20.50", "reference": "R1", "paid": True},
        "history": [
            {"day": "2026-11-24", "state": "APPROVED/granted"},
            {"day": "2026-11-20", "state": "received", "word": {"en": "Received"}},
        ],
    }
    found = await scripted(file(told), **LATELY).get("104417", no_longer_than(30))
    assert found is not None and found.fee is not None
    assert found.delivery == Delivery(DeliveryState.ON_THE_WAY, "EC1", "P", date(2026, 11, 25))
    assert (found.fee.amount, found.fee.paid) == (Money(2050, "AZN"), True)
    assert [(step.on.day, step.state) for step in found.history] == [(20, "received"), (24, "granted")]
    unsaid = await scripted(file(told)).get("104417", no_longer_than(30))
    assert unsaid is not None and (unsaid.delivery, unsaid.fee, unsaid.history) == (None, None, ())


@pytest.mark.parametrize(
    "broken",
    [
        {"delivery": "by post"},
        {"delivery": {"state": "lost"}},
        {"delivery": {"state": "delivered", "day": "soon"}},
        {"fee": {"amount": "much"}},
        {"fee": {"amount": "1.00", "paid": "yes"}},
        {"history": [{"state": "received"}]},
        {"history": {"day": "2026-11-24"}},
    ],
)
async def test_a_delivery_a_fee_or_a_history_that_does_not_read(broken: object) -> None:
    with pytest.raises(MinistryContract):
        await scripted(file(broken), **LATELY).get("104417", no_longer_than(30))


async def test_ended_and_still_pending_is_closed() -> None:
    found = await scripted(file(status={"code": "PENDING"}, ended=True)).get("1", no_longer_than(30))
    assert found is not None and found.state is ApplicationState.CLOSED


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "contentEncoding": "base64"},
        {"type": "string", "format": "email"},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"$ref": "#/$defs/x"},
        {"type": ["string", "null"]},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "array", "items": {}}}}},
        {"type": "string", "enum": [str(number) for number in range(98)]},
        {"enum": [1, 2]},
        {"type": "string", "if": {}},
    ],
)
async def test_questions_that_a_keypad_cannot_ask(field: object) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}, "odd": field}}
    form = await scripted_form(schema)
    assert isinstance(form, FormUnsupportedReason) and form.path.startswith("/odd")


async def scripted_form(schema: object) -> Form | FormUnsupportedReason | None:
    config = RegistrationConfig(client="A/B/C/D", services={"aid": RegistrationService("S1", form_id="f")})
    wire = ScriptedWire(answer(200, msgspec.json.encode({"schema": schema})))
    backend = RegistrationApplications(transport("m", "http://m.test", wire), config, lambda service, start: None)
    return await backend.form("aid", "az", no_longer_than(30))


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": {"aid": RegistrationService("1", picks=ApplicationPicks(amount="data.["))}},
        {"services": {}, "zone": "Mars/Base"},
        {"services": {}, "states": {"PENDING": "somewhere"}},
        {"services": {}, "list_data": "((("},
    ],
)
def test_a_wrong_pack_stops_the_start(wrong: dict[str, object]) -> None:
    config = msgspec.structs.replace(VEMTAS, **wrong)
    with pytest.raises(InvalidValue):
        RegistrationApplications(
            transport("m", "http://m.test", ScriptedWire(answer())), config, lambda service, start: None
        )


async def test_a_document_is_uploaded_and_named_beside_the_others(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    reference = await sandbox.reference("in_review")
    for key in ("one", "two", "one"):
        assert await vemtas.attach(reference, Document("image/png", b"\x89PNG"), key, no_longer_than(30))
    assert await named(sandbox, reference) == ["/documents/one.png", "/documents/two.png"]
    assert not await vemtas.attach("41999999", Document("image/png", b"x"), "three", no_longer_than(30))
    decided = await sandbox.reference("refused")
    assert not await vemtas.attach(decided, Document("application/pdf", b"%PDF"), "four", no_longer_than(30))


async def named(sandbox: Sandbox, reference: str) -> list[str]:
    headers = {"Information-Mediator-Client": VEMTAS.client}
    url = f"{sandbox.ministry('vemtas')}/applications/{reference}"
    async with sandbox.session.get(url, headers=headers) as answer:
        return list((await answer.json())["applicationData"]["documentUrls"])


@pytest.mark.parametrize(
    "uploaded", [{"url": "/d/2"}, {"documentUrl": "/d/2"}, [{"url": "/d/2"}], {"url": "/d/2", "code": 200}]
)
async def test_a_ministry_that_replaces_the_list_keeps_what_it_had(uploaded: object) -> None:
    file = {"fileId": "1", "applicationData": {"documentUrls": ["/d/1"]}}
    wire = BodyWire(file, uploaded, answer(204, b""))
    vemtas = RegistrationApplications(transport("m", "http://m.test", wire), VEMTAS, lambda service, start: DUE)
    assert await vemtas.attach("1", Document("image/png", b"x"), "k", no_longer_than(30))
    assert wire.bodies[-1] == {"documentUrls": ["/d/1", "/d/2"]}


@pytest.mark.parametrize(
    ("file", "uploaded"),
    [
        ({"applicationData": {"documentUrls": "/d/1"}}, {"url": "/d/2"}),
        ({"applicationData": {"documentUrls": [{}]}}, {"url": "/d/2"}),
        ({}, {}),
        ([], {"url": "/d/2"}),
        ({}, {"url": []}),
    ],
)
async def test_documents_that_do_not_read_change_nothing(file: object, uploaded: object) -> None:
    wire = BodyWire(file, uploaded, answer())
    vemtas = RegistrationApplications(transport("m", "http://m.test", wire), VEMTAS, lambda service, start: DUE)
    with pytest.raises(MinistryContract):
        await vemtas.attach("1", Document("image/png", b"x"), "k", no_longer_than(30))
    assert [method for method, _ in wire.sent] == ["GET", "POST"]
