"""A ministry's Registration building block, asked over HTTP as the gateway asks it."""

import json

import aiohttp
import phonenumbers
import pytest

from sandbox.ministries.catalogue import EQUIPMENT_SERVICE, SOCIAL_AID_SERVICE, VISA_SERVICE
from sandbox.ministries.demo_data import DEMOS
from sandbox.ministries.references import damm_digit, luhn_digit
from tests.sandbox.ministry_calls import FORM, SUBMIT, VEMTAS, Json, application, details, get, submit


async def test_a_card_waits_at_a_branch(client: aiohttp.ClientSession) -> None:
    file = await get(client, f"{VEMTAS}/applications/41000019")
    assert file["status"] == {"code": "APPROVED", "title": "Card ready"}
    data = details(file)
    assert (data["phase"], data["amount"], data["currency"]) == ("card_ready", "312.40", "AZN")
    assert (data["phone"], data["birthDate"], data["slipKey"]) == ("+994501234501", "1984-03-12", "482913")
    assert data["pickup"]["name"] == "Demo Bank Nərimanov"
    assert data["pickup"]["availableFrom"] == "2026-11-24"
    assert (data["decidedAt"], data["termUntil"]) == ("2026-11-16", "2028-11-15")
    assert len(data["pickupOptions"]) == 4


@pytest.mark.parametrize(
    ("reference", "code", "phase"),
    [
        ("41000024", "APPROVED", "granted"),
        ("41000035", "PENDING", "in_review"),
        ("41000043", "PENDING", "received"),
        ("41000056", "SENDBACK", None),
        ("41000062", "REJECTED", None),
        ("41000070", "APPROVED", "collected"),
        ("41000100", "SUSPENDED", None),
    ],
)
async def test_each_state_has_its_application(
    client: aiohttp.ClientSession, reference: str, code: str, phase: str | None
) -> None:
    file = await get(client, f"{VEMTAS}/applications/{reference}")
    assert file["status"]["code"] == code
    assert details(file).get("phase") == phase


async def test_a_refusal_and_a_need_speak_three_languages(client: aiohttp.ClientSession) -> None:
    refused = details(await get(client, f"{VEMTAS}/applications/41000062"))
    assert set(refused["refusalReason"]) == {"az", "en", "fr"}
    sent_back = details(await get(client, f"{VEMTAS}/applications/41000056"))
    assert [set(need) for need in sent_back["needs"]] == [{"az", "en", "fr"}]


async def test_a_visa_is_granted_without_an_amount(client: aiohttp.ClientSession) -> None:
    file = await get(client, "/ministries/visa/applications/700000011")
    assert (file["status"]["code"], file["serviceId"], file["ended"]) == ("APPROVED", VISA_SERVICE.id, True)
    assert "amount" not in details(file)


def test_demo_numbers_and_references_are_well_formed() -> None:
    for demo in DEMOS:
        assert phonenumbers.is_valid_number(phonenumbers.parse(demo.phone))
        assert len(demo.file_id) == (9 if demo.ministry == "visa" else 8)
    assert damm_digit("572") == "4"
    assert luhn_digit("7992739871") == "3"


async def test_the_mediator_client_must_be_named(sandbox_url: str) -> None:
    async with aiohttp.ClientSession(sandbox_url) as nobody:
        assert (await get(nobody, f"{VEMTAS}/applications/41000019", 400))["code"] == "client_missing"
        assert (await get(nobody, f"{VEMTAS}/applications", 400))["code"] == "client_missing"
        async with nobody.post(SUBMIT, json=application()) as answer:
            assert answer.status == 400


async def test_unknown_things_are_not_found(client: aiohttp.ClientSession) -> None:
    assert (await get(client, f"{VEMTAS}/applications/41999999", 404))["code"] == "application_not_found"
    assert (await get(client, f"{VEMTAS}/services/nothing", 404))["code"] == "service_not_found"
    assert (await get(client, f"{VEMTAS}/eForms/nothing", 404))["code"] == "form_not_found"
    assert (await get(client, "/ministries/visa/applications/41000019", 404))["code"] == "application_not_found"


async def test_services_tell_papers_fee_and_days(client: aiohttp.ClientSession) -> None:
    listed = await get(client, f"{VEMTAS}/services")
    assert [service["id"] for service in listed] == [SOCIAL_AID_SERVICE.id, EQUIPMENT_SERVICE.id]
    assert len(await get(client, f"{VEMTAS}/services", name="social")) == 1
    service = await get(client, f"{VEMTAS}/services/{EQUIPMENT_SERVICE.id}")
    body = [(entry["code"], entry["value"]) for entry in service["serviceBody"]]
    assert ("required_document.fr", "Certificat médical") in body
    assert not any(code.startswith("fee") for code, _ in body)
    free = (await get(client, f"{VEMTAS}/services/{SOCIAL_AID_SERVICE.id}"))["serviceBody"]
    assert {"code": "fee", "value": "0.00"} in free
    assert ("processing_days", "15") in body


async def test_a_form_has_titles_in_three_languages(client: aiohttp.ClientSession) -> None:
    (item,) = await get(client, f"{VEMTAS}/services/{SOCIAL_AID_SERVICE.id}/eForms")
    form = await get(client, f"{VEMTAS}/eForms/{item['eFormId']}")
    fields = form["schema"]["properties"]
    assert fields["housing"]["x-labels"]["rented"] == {"az": "Kirayə", "en": "Rented", "fr": "Locataire"}
    assert fields["householdMembers"]["items"]["properties"]["name"]["x-title"]["fr"] == "Prénom"
    assert form["schema"]["x-title"]["az"] == "Ünvanlı sosial yardım"


async def test_an_application_is_filed_and_found_again(client: aiohttp.ClientSession) -> None:
    file = await submit(client, application())
    assert file["fileId"][0] == "4"
    assert damm_digit(file["fileId"]) == "0"
    assert file["status"]["code"] == "PENDING"
    assert len(details(file)["slipKey"]) == 6
    found = await get(client, f"{VEMTAS}/applications", applicantId="+994501234599", serviceId=SOCIAL_AID_SERVICE.id)
    assert [item["fileId"] for item in found] == [file["fileId"]]
    assert found[0]["additionalMeta"]["data"]["phase"] == "received"
    assert found[0]["serviceId"] == SOCIAL_AID_SERVICE.id


async def test_a_form_encoded_application_is_filed_too(client: aiohttp.ClientSession) -> None:
    fields = {f"formData[data][{name}]": str(value) for name, value in FORM.items() if name != "householdMembers"}
    fields |= {"applicantId": "+994501234599", "formData[data][hasDisability]": "false"}
    async with client.post(SUBMIT, data=fields) as answer:
        assert answer.status == 200, await answer.text()
        assert details(await answer.json())["fullName"] == "Leyla Sınaq"


async def test_what_looks_like_json_is_json(client: aiohttp.ClientSession) -> None:
    """`curl -d` calls everything a form."""
    sent = json.dumps(application())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with client.post(SUBMIT, data=sent, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize(
    "sent",
    [
        {"formData": {"data": FORM}},
        application(birthDate="17.05.1985"),
        application(housing="castle"),
        application(monthlyIncome=-1),
        application(householdMembers=[{"name": "Ayla"}]),
        application(fullName=""),
        [],
        {"applicantId": "x", "formData": "text"},
    ],
)
async def test_a_wrong_application_is_refused(client: aiohttp.ClientSession, sent: object) -> None:
    assert set(await submit(client, sent, 400)) == {"traceId", "code", "message", "localizedMessage"}


async def test_the_same_key_files_once(client: aiohttp.ClientSession) -> None:
    key = {"Idempotency-Key": '"0197-confirm"'}
    first = await submit(client, application(), **key)
    assert await submit(client, application(), **key) == first
    assert details(first)["idempotencyKey"] == "0197-confirm"
    assert (await submit(client, application(fullName="Other"), 422, **key))["code"] == "key_reused"
    assert len(await get(client, f"{VEMTAS}/applications", applicantId="+994501234599")) == 1


async def test_lists_are_cut_into_pages(client: aiohttp.ClientSession) -> None:
    newest = await get(client, f"{VEMTAS}/applications", applicantId="+994501234501")
    assert [item["fileId"] for item in newest] == ["41000097", "41000019"]
    second = await get(client, f"{VEMTAS}/applications", applicantId="+994501234501", firstResult="1", maxResult="1")
    assert [item["fileId"] for item in second] == ["41000019"]
    oldest = await get(client, f"{VEMTAS}/applications", applicantId="+994501234501", sortOrder="asc")
    assert oldest[0]["fileId"] == "41000019"
    assert await get(client, f"{VEMTAS}/applications", applicantId="+994501234598") == []
    assert (await get(client, f"{VEMTAS}/applications", 400, firstResult="x"))["code"] == "invalid_request"


async def change(client: aiohttp.ClientSession, reference: str, data: object, status: int = 200) -> Json:
    async with client.put(f"{VEMTAS}/applications/{reference}", json={"formData": {"data": data}}) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_another_pickup_point_is_chosen(client: aiohttp.ClientSession) -> None:
    data = details(await change(client, "41000019", {"pickupChoice": "branch-04"}))
    assert data["pickup"]["name"] == "Demo Bank Gəncə"
    assert data["pickup"]["availableFrom"] == "2026-11-26"
    assert details(await change(client, "41000019", {"pickupChoice": "branch-04"})) == data
    assert (await change(client, "41000019", {"pickupChoice": "moon"}, 400))["code"] == "pickup_unknown"
    assert (await change(client, "41000081", {"pickupChoice": "branch-01"}, 409))["code"] == "pickup_fixed"
    assert "pickupOptions" not in details(await get(client, f"{VEMTAS}/applications/41000081"))


async def test_a_sent_back_application_is_amended_once(client: aiohttp.ClientSession) -> None:
    spouse = {"name": "Orxan", "birthDate": "1990-01-01", "relation": "spouse", "monthlyIncome": 100}
    file = await change(client, "41000056", {"householdMembers": [spouse]})
    assert file["status"] == {"code": "PENDING", "title": "In review"}
    assert (await change(client, "41000056", {}, 409))["code"] == "not_sent_back"


async def test_papers_are_taken_at_the_counter(client: aiohttp.ClientSession) -> None:
    with aiohttp.MultipartWriter("form-data") as body:
        part = body.append(b"%PDF-1.7")
        part.set_content_disposition("form-data", name="file", filename="income.pdf")
    async with client.post(f"{VEMTAS}/documents", data=body) as answer:
        assert answer.status == 200, await answer.text()
        assert "income.pdf (8 octets)" in (await answer.json())["message"]
    async with client.post(f"{VEMTAS}/documents", json={}) as answer:
        assert answer.status == 400


async def test_an_operator_works_through_tasks(client: aiohttp.ClientSession) -> None:
    waiting = {task["fileId"] for task in await get(client, f"{VEMTAS}/tasks")}
    assert "41000043" in waiting
    one = await get(client, f"{VEMTAS}/tasks/task-41000043")
    assert one["status"]["code"] == "PENDING"
    async with client.post(f"{VEMTAS}/tasks/task-41000043/complete", json={"decision": "reject"}) as answer:
        assert (await answer.json())["status"]["code"] == "REJECTED"
    assert (await get(client, f"{VEMTAS}/tasks/task-41000043", 404))["code"] == "task_not_found"
    statistics = await get(client, f"{VEMTAS}/data/statistics/1.0")
    assert statistics["total"] == 10
    assert statistics["byStatus"]["REJECTED"] == 2
