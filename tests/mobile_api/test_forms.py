"""Ministries' forms in the app: begun on one channel, finished on the other, handed in once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from sandbox.ministries.demo_data import DEMOS
from services.documents import MOST, hand_over_waiting
from services.form_answers import Fault, faults, given
from services.records.known_tables import DOCUMENTS as DOCUMENT_ROWS
from services.resuming import resume_intents
from services.values import FieldKind, Form, FormField
from tests.mobile_api.citizen import BenchCitizen, at_the_bench
from tests.whole import Whole

LEYLA = "+994507770123"
SABINE, SENT_BACK = "+994501234505", DEMOS[4].file_id
ANSWERS: dict[str, Any] = {
    "fullName": "Leyla Test",
    "birthDate": "1987-05-17",
    "maritalStatus": "single",
    "housing": "rented",
    "monthlyIncome": 100,
    "hasDisability": False,
}
FORM, DRAFT, AMEND = "/forms/{service}", "/drafts/{service}", "/applications/{reference}/amend"


@pytest.fixture
async def her(whole_api: Whole) -> BenchCitizen:
    return await at_the_bench(whole_api, LEYLA)


async def apply(her: BenchCitizen, answers: dict[str, Any], *, consent: bool = True, key: str | None = None) -> Any:
    body = {"service": "social_aid", "answers": answers, "consent": consent}
    return await her.ask("POST", "/applications", body=body, key=key)


async def test_the_form_with_its_words(her: BenchCitizen) -> None:
    form = await her.get("/forms/social_aid", FORM)
    fields = {field["name"]: field for field in form["fields"]}
    assert (form["title"], form["draft"]) == ("Targeted social aid", {})
    assert form["ministry"] == "Ministry of Labour and Social Protection (VEMTAS)"
    assert form["purpose"] == "To decide whether your family receives targeted state social aid."
    assert fields["housing"]["choices"][1] == {"value": "rented", "label": "Rented"}
    assert (fields["fullName"]["minimum"], fields["fullName"]["maximum"]) == (3, 30)
    members = {field["name"]: field["kind"] for field in fields["householdMembers"]["fields"]}
    assert members == {"name": "string", "birthDate": "date", "relation": "choice", "monthlyIncome": "number"}
    assert form["consent"]["version"] == "apply.consent_sources@1" and len(form["consent"]["words"]) > 40
    assert (await her.ask("GET", "/forms/visa", declared=FORM)).status == 404
    helped = await her.ask("GET", "/forms/rehabilitation_equipment", declared=FORM)
    assert (helped.status, helped.json["code"]) == (409, "form_unsupported")


async def test_begun_on_ussd_finished_in_the_app(her: BenchCitizen) -> None:
    screen = await her.dial("4", "1", "98", "98", "98", "1", "Leyla Test", "17051987")
    assert screen.name == "apply_form"
    # She puts the telephone down, and opens the app.
    form = await her.get("/forms/social_aid", FORM)
    assert form["consent"] is None
    assert form["draft"] == {"fullName": "Leyla Test", "birthDate": "1987-05-17"}
    assert (await her.get("/drafts/social_aid", DRAFT))["answers"] == form["draft"]
    handed = await apply(her, {**form["draft"], **ANSWERS}, consent=False, key="a-key-of-hers")
    assert handed.status == 201, handed.body
    reference = handed.json["reference"]
    assert handed.headers["location"] == f"/api/v1/applications/{reference}"
    # The draft is gone; the application stands in the list before anybody asked its ministry; USSD knows it.
    assert (await her.ask("GET", "/drafts/social_aid", declared=DRAFT)).status == 404
    (item,) = (await her.get("/applications"))["items"]
    assert (item["reference"], item["state"], item["due_on"]) == (reference, "received", handed.json["due_on"])
    assert reference in (await her.dial("6", "1")).text
    # The same key is the same application; another one meets what is under way.
    again = await apply(her, {**form["draft"], **ANSWERS}, consent=False, key="a-key-of-hers")
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (201, handed.json, "true")
    pending = await apply(her, ANSWERS)
    assert (pending.status, pending.json["code"]) == (409, "already_pending")
    assert reference in pending.json["detail"]
    assert pending.headers["location"] == f"/api/v1/applications/{reference}"


async def test_begun_in_the_app_finished_on_ussd(her: BenchCitizen) -> None:
    kept = await her.ask(
        "PUT", "/drafts/social_aid", declared=DRAFT, body={"answers": {"fullName": "Leyla Test", "housing": None}}
    )
    assert (kept.status, kept.json["answers"]) == (200, {"fullName": "Leyla Test"})
    screen = await her.dial("4", "1", "98", "98", "98", "1")
    assert screen.name == "apply_draft", screen
    wrong = await her.ask("PUT", "/drafts/social_aid", declared=DRAFT, body={"answers": {"housing": "a tent"}})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/answers/housing")
    assert (await her.ask("DELETE", "/drafts/social_aid", declared=DRAFT)).status == 204
    assert (await her.ask("GET", "/drafts/social_aid", declared=DRAFT)).status == 404


async def test_consent_and_answers_before_anything_is_handed_in(her: BenchCitizen) -> None:
    refused = await apply(her, ANSWERS, consent=False)
    assert (refused.status, refused.json["code"]) == (409, "consent_needed")
    wrong = await apply(her, {**ANSWERS, "monthlyIncome": "much", "birthDate": "17.05.1987", "fullName": None})
    assert (wrong.status, wrong.json["code"]) == (422, "invalid_fields")
    assert {error["pointer"] for error in wrong.json["errors"]} == {
        "/answers/fullName", "/answers/birthDate", "/answers/monthlyIncome"
    }  # fmt: skip
    assert b"much" not in wrong.body
    other = await her.ask("POST", "/applications", body={"service": "visa", "answers": {}})
    assert other.json["errors"][0]["pointer"] == "/service"


async def test_a_ministry_that_does_not_answer_in_time(her: BenchCitizen) -> None:
    """Carried out, and no answer came: it is kept, looked up, and handed in once."""
    await her.get("/forms/social_aid", FORM)
    await her.sandbox(
        "POST", "/sandbox/faults", ministry="vemtas", operation="applications.submit", kind="cut_after_write"
    )
    waiting = await apply(her, ANSWERS, key="one")
    assert waiting.status == 202, waiting.body
    assert waiting.json["state"] == "processing"
    there = waiting.headers["location"].removeprefix("/api/v1")
    assert (await her.get(there, "/submissions/{id}"))["state"] == "processing"
    whole = her.bench.whole
    whole.clock.advance(timedelta(minutes=2))
    assert await resume_intents(whole.parts.desk) == 1
    done = await her.get(there, "/submissions/{id}")
    assert (done["state"], done["reference"] is not None) == ("done", True)
    # The same key has an answer now.
    again = await apply(her, ANSWERS, key="one")
    assert (again.status, again.json["reference"]) == (201, done["reference"])
    somebody = await at_the_bench(whole, "+994507770124")
    assert (await somebody.ask("GET", there, declared="/submissions/{id}")).status == 404


async def test_refused_in_the_ministrys_own_words(her: BenchCitizen) -> None:
    await her.sandbox(
        "POST", "/sandbox/faults", ministry="vemtas", operation="applications.submit", kind="status", value=422
    )
    refused = await apply(her, ANSWERS)
    assert (refused.status, refused.json["code"]) == (422, "application_refused"), refused.body
    assert refused.json["detail"]


async def test_sent_back_and_answered(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    path = f"/applications/{SENT_BACK}/amend"
    returned = await her.get(path, AMEND)
    assert returned["answers"]["fullName"]
    mended = await her.ask("POST", path, declared=AMEND, body={"answers": {"monthlyIncome": 90}})
    assert (mended.status, mended.json) == (200, {"reference": SENT_BACK})
    (item,) = (await her.get("/applications"))["items"]
    assert item["state"] != "action_required"
    nothing = await her.ask("POST", path, declared=AMEND, body={"answers": {"monthlyIncome": 80}})
    assert (nothing.status, nothing.json["code"]) == (409, "nothing_to_amend")


QUESTIONS = Form(
    "f",
    "F",
    (
        FormField("name", FieldKind.STRING, "N", True, (), 2, 5),
        FormField("age", FieldKind.NUMBER, "A", False, (), 0, 150),
        FormField("yes", FieldKind.YES_NO, "Y", False),
        FormField("born", FieldKind.DATE, "B", False),
        FormField("a/b", FieldKind.CHOICE, "C", False, (("x", "X"),)),
        FormField("group", FieldKind.GROUP, "G", False, (), 1, 2, (FormField("who", FieldKind.STRING, "W", True, ()),)),
    ),
)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"name": "Ana"}, ()),
        ({}, (Fault("/name", "missing"),)),
        ({"name": None}, (Fault("/name", "missing"),)),
        ({"name": "A"}, (Fault("/name", "invalid"),)),
        ({"name": "  "}, (Fault("/name", "invalid"),)),
        ({"name": "A\u202eb"}, (Fault("/name", "invalid"),)),
        ({"name": 7}, (Fault("/name", "kind"),)),
        ({"name": "Ana", "other": 1}, (Fault("", "unknown"),)),
        ({"name": "Ana", "age": True}, (Fault("/age", "kind"),)),
        ({"name": "Ana", "age": 12.5}, (Fault("/age", "kind"),)),
        ({"name": "Ana", "age": 151}, (Fault("/age", "invalid"),)),
        ({"name": "Ana", "yes": "true"}, (Fault("/yes", "kind"),)),
        ({"name": "Ana", "born": "2026-02-30"}, (Fault("/born", "invalid"),)),
        ({"name": "Ana", "born": "20260201"}, (Fault("/born", "invalid"),)),
        ({"name": "Ana", "a/b": "y"}, (Fault("/a~1b", "invalid"),)),
        ({"name": "Ana", "group": []}, (Fault("/group", "invalid"),)),
        ({"name": "Ana", "group": [{"who": "B"}, {}]}, (Fault("/group/1/who", "missing"),)),
        ({"name": "Ana", "group": ["B"]}, (Fault("/group/0", "kind"),)),
    ],
)
def test_each_fault_with_where_it_is(answers: dict[str, Any], expected: tuple[Fault, ...]) -> None:
    assert faults(QUESTIONS, answers) == expected


def test_a_draft_may_be_half_filled() -> None:
    assert faults(QUESTIONS, {"group": [{}]}, whole=False) == ()
    assert given({"a": None, "g": [{"b": None, "c": 1}, 2]}) == {"g": [{"c": 1}, 2]}


JPEG = b"\xff\xd8\xff\xe0" + b"a photograph of a certificate" * 100
DOCUMENTS = "/applications/{reference}/documents"


async def upload(her: BenchCitizen, path: str, octets: bytes, kind: str = "image/jpeg") -> Any:
    return await her.ask("POST", path, declared=DOCUMENTS, body=octets, content_type=kind)


async def test_a_photograph_reaches_the_ministry(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    path = f"/applications/{SENT_BACK}/documents"
    added = await upload(her, path, JPEG)
    assert (added.status, added.json["state"], added.json["size"]) == (201, "handed_over", len(JPEG)), added.body
    dossier = whole_api.sandbox.state.world.registries["vemtas"].get(SENT_BACK)
    assert dossier.document_urls == [f"/documents/{added.json['id']}.jpg"]
    # The ministry has it, we no longer; the same file again is the one that is there.
    async with whole_api.parts.database.unit_of_work() as work:
        assert [row.sealed for row in (await work.execute(select(DOCUMENT_ROWS))).all()] == [b""]
    assert (await upload(her, path, JPEG)).json["id"] == added.json["id"]
    listed = await her.get(path, DOCUMENTS)
    assert [item["id"] for item in listed["items"]] == [added.json["id"]]
    somebody = await at_the_bench(whole_api, LEYLA)
    assert (await upload(somebody, path, JPEG)).status == 404
    assert (await somebody.ask("GET", path, declared=DOCUMENTS)).status == 404


async def test_a_document_waits_for_a_ministry_that_is_away(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    path = f"/applications/{SENT_BACK}/documents"
    await her.sandbox(
        "POST", "/sandbox/faults", ministry="vemtas", operation="documents.upload", kind="status", value=503
    )
    kept = await upload(her, path, b"%PDF-1.7 proof of income", "application/pdf")
    assert (kept.status, kept.json["state"], kept.json["media"]) == (201, "kept", "application/pdf")
    async with whole_api.parts.database.unit_of_work() as work:
        (row,) = (await work.execute(select(DOCUMENT_ROWS))).all()
        assert b"proof of income" not in row.sealed
    await her.sandbox("DELETE", "/sandbox/faults")
    whole_api.clock.advance(timedelta(minutes=2))
    assert await hand_over_waiting(whole_api.parts.desk) == 1
    (item,) = (await her.get(path, DOCUMENTS))["items"]
    assert item["state"] == "handed_over"


async def test_a_ministry_that_is_away_holds_up_no_others_documents(whole_api: Whole) -> None:
    """Nor does one that does not open, nor one that is refused: each is tried later, or ends."""
    her = await at_the_bench(whole_api, SABINE)
    path, desk = f"/applications/{SENT_BACK}/documents", whole_api.parts.desk
    fault = {"ministry": "vemtas", "operation": "documents.upload", "kind": "status"}
    await her.sandbox("POST", "/sandbox/faults", **fault, value=503)
    ids = [(await upload(her, path, JPEG + bytes([number]))).json["id"] for number in range(3)]
    async with whole_api.parts.database.unit_of_work() as work:
        broken = update(DOCUMENT_ROWS).where(DOCUMENT_ROWS.c.id == UUID(ids[0])).values(sealed=b"broken")
        await work.execute(broken)
    whole_api.clock.advance(timedelta(minutes=2))
    assert await hand_over_waiting(desk, limit=2) == 0
    # The two that were tried step back: the third comes first now, though there is room for two.
    await her.sandbox("DELETE", "/sandbox/faults")
    assert await hand_over_waiting(desk, limit=2) == 1
    assert await hand_over_waiting(desk, limit=2) == 0
    whole_api.clock.advance(timedelta(minutes=2))
    assert await hand_over_waiting(desk, limit=2) == 1
    states = {item["id"]: item["state"] for item in (await her.get(path, DOCUMENTS))["items"]}
    assert states == {ids[0]: "kept", ids[1]: "handed_over", ids[2]: "handed_over"}
    # A no is a no: it is told, and not tried again.
    await her.sandbox("POST", "/sandbox/faults", **fault, value=422)
    refused = await upload(her, path, JPEG + b"no")
    assert (refused.status, refused.json["state"]) == (201, "refused")
    await her.sandbox("DELETE", "/sandbox/faults")
    whole_api.clock.advance(timedelta(hours=1))
    assert await hand_over_waiting(desk) == 0


async def test_what_no_ministry_took_within_a_week_is_kept_no_longer(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    path, desk = f"/applications/{SENT_BACK}/documents", whole_api.parts.desk
    await her.sandbox(
        "POST", "/sandbox/faults", ministry="vemtas", operation="documents.upload", kind="status", value=503
    )
    kept = (await upload(her, path, JPEG)).json
    since = (await her.get("/changes"))["next"]
    whole_api.clock.advance(timedelta(days=7, minutes=1))
    assert await hand_over_waiting(desk) == 0
    (item,) = (await her.get(path, DOCUMENTS))["items"]
    assert (item["id"], item["state"]) == (kept["id"], "lapsed")
    async with whole_api.parts.database.unit_of_work() as work:
        assert [row.sealed for row in (await work.execute(select(DOCUMENT_ROWS))).all()] == [b""]
    assert [each["reference"] for each in (await her.get("/changes", query=f"since={since}"))["applications"]] == [
        SENT_BACK
    ]
    # The same file is tried anew.
    await her.sandbox("DELETE", "/sandbox/faults")
    assert (await upload(her, path, JPEG)).json["state"] == "handed_over"
    assert len((await her.get(path, DOCUMENTS))["items"]) == 1


async def test_what_is_no_document(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    path = f"/applications/{SENT_BACK}/documents"
    named = await upload(her, path, b"<html>not a photograph", "image/jpeg")
    assert (named.status, named.json["code"]) == (422, "document_unreadable")
    assert (await upload(her, path, JPEG, "text/html")).status == 415
    assert (await upload(her, path, JPEG + b"x" * (5 * 1024 * 1024))).status == 413
    for number in range(MOST):
        assert (await upload(her, path, JPEG + bytes([number]))).status == 201
    full = await upload(her, path, JPEG + b"one more")
    assert (full.status, full.json["code"]) == (409, "documents_full")
