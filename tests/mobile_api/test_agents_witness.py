"""Citizens without a telephone: a witness, a slip, a call-back by somebody else, and the hand-over. And practice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.records.agent_tables import HELD
from storage.tables import AUDIT_LOG
from tests.mobile_api.agent_office import DEVICE, PIN, RASHAD, Office
from tests.whole import Whole

NARGIZ = "+994551112233"
HER_ANSWERS = ("", "4", "1")
CALL_BACK = timedelta(minutes=31)


@pytest.fixture
def office(whole_api: Whole) -> Office:
    return Office(whole_api)


async def witnessed(office: Office, agent: str, purpose: str = "apply") -> str:
    """Somebody without a telephone, beside whom her neighbour stands: the session's id."""
    office.whole.clock.advance(timedelta(minutes=3))
    body = {"witness": "Rashid Aliyev, teacher", "purpose": purpose}
    reply = await office.ask("POST", "/agent/citizens", token=agent, body=body)
    assert (reply.status, reply.json["state"], reply.json["mode"]) == (202, "active", "witness"), reply.body
    return str(reply.json["id"])


async def filled(office: Office, agent: str, id: str) -> str:
    """The form of social aid, filled in her menus and handed in: what the last screen says."""
    return await answered(office, agent, id, await office.menu(agent, id, *HER_ANSWERS), len(HER_ANSWERS))


async def answered(office: Office, agent: str, id: str, text: str, turn: int) -> str:
    """Whatever is asked is answered, until nothing is asked."""
    for _ in range(40):
        turn += 1
        text = await office.menu(agent, id, _answer(text), first=turn)
        if "Kept, not sent" in text or "PRACTICE-" in text:
            return text
    raise AssertionError(text)


def _answer(text: str) -> str:
    if "another" in text or "Add" in text:
        return "2"
    if "\n1 " in text:
        return "1"
    if "name" in text.lower():
        return "Nargiz Demo"
    return "12 03 1984" if "year" in text or "birth" in text.lower() or "born" in text.lower() else "2"


async def test_nothing_about_money_leaves_before_a_second_agent_called_back(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    id = await witnessed(office, agent)
    said = await filled(office, agent, id)
    assert said.startswith("Kept, not sent yet: G-"), said
    assert (await office.ask("GET", "/agent/callbacks", token=agent)).json["items"] == []
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    slip = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).json
    assert (slip["references"], slip["held"]) == ([], [held["slip"]])
    yes = {"agreed": True}
    assert (await office.ask("POST", f"/agent/callbacks/{held['id']}", token=agent, body=yes)).status == 404
    office.whole.clock.advance(CALL_BACK)
    done = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body=yes)
    assert done.json["state"] == "handed_in", done.body
    assert (await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body=yes)).status == 404


async def test_the_list_of_call_backs_says_nothing_of_anybody_and_who_reads_one_is_on_record(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    await filled(office, agent, await witnessed(office, agent))
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    assert set(held) == {"id", "slip", "service", "name", "held_on"}
    assert (await office.ask("GET", f"/agent/callbacks/{held['id']}", token=agent)).status == 404
    shown = (await office.ask("GET", f"/agent/callbacks/{held['id']}", token=colleague)).json
    assert shown["witness"] == "Rashid Aliyev, teacher"
    assert "Nargiz Demo" in shown["answers"].values()
    assert "sources" in shown["consent"], "what she has to agree to is read out too"
    async with office.store.database.unit_of_work() as work:
        row = (await work.execute(select(HELD.c.person_id))).one()
        read = (await work.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.act == "assisted.call_back_read"))).one()
    assert read.subject == f"person:{row.person_id.hex}"


async def test_one_person_with_two_telephones_is_not_two_persons(office: Office) -> None:
    """Neither on the same device, nor within the same minutes; nor elsewhere, once they shared one."""
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    third = await office.agent("+994502220003", "V-016")
    await filled(office, agent, await witnessed(office, agent))
    path = f"/agent/callbacks/{(await office.ask('GET', '/agent/callbacks', token=colleague)).json['items'][0]['id']}"
    soon = await office.ask("POST", path, token=colleague, body={"agreed": True})
    assert (soon.status, soon.json["code"]) == (409, "call_back_later")
    office.whole.clock.advance(CALL_BACK)
    body = {"pin": PIN, "device": DEVICE}
    here = await office.ask("POST", "/agent/sign-in", token=await office.person(RASHAD), body=body)
    same = await office.ask("POST", path, token=here.json["access_token"], body={"agreed": True})
    assert (same.status, same.json["code"]) == (409, "one_device")
    counts = (await office.ask("GET", "/agent/counts", token=colleague)).json
    assert {"what": "call_back_on_same_device", "count": 1} in counts["flags"]
    shared = await office.ask("POST", path, token=colleague, body={"agreed": True})
    assert (shared.status, shared.json["code"]) == (409, "one_device")
    assert (await office.ask("POST", path, token=third, body={"agreed": True})).json["state"] == "handed_in"


async def test_what_was_decided_leaves_no_answers(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    await filled(office, agent, await witnessed(office, agent))
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    office.whole.clock.advance(CALL_BACK)
    await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body={"agreed": False})
    async with office.store.database.unit_of_work() as work:
        row = (await work.execute(select(HELD))).one()
    assert (row.state, row.answers) == ("refused", None)


async def test_an_agent_of_another_organisation_hears_of_nothing(office: Office) -> None:
    agent, stranger = await office.agent(), await office.agent(RASHAD, "P-001", code="post")
    said = await filled(office, agent, await witnessed(office, agent))
    assert said.startswith("Kept")
    assert (await office.ask("GET", "/agent/callbacks", token=stranger)).json["items"] == []


async def test_the_call_back_that_says_no(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    await filled(office, agent, await witnessed(office, agent))
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    no: dict[str, Any] = {"agreed": False}
    office.whole.clock.advance(CALL_BACK)
    reply = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body=no)
    assert reply.json["state"] == "refused"
    assert (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"] == []


async def test_she_takes_over_with_the_code_on_her_slip_and_the_agent_is_out(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    id = await witnessed(office, agent)
    await filled(office, agent, id)
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    first = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).json
    slip = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).json
    assert first["claim"] != slip["claim"]
    assert "This help is free: pay nobody." in slip["lines"]
    assert any(slip["claim"] in line for line in slip["lines"])
    office.whole.clock.advance(CALL_BACK)
    done = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body={"agreed": True})
    nargiz = await office.person(NARGIZ)
    wrong = await office.ask("POST", "/me/claims", token=nargiz, body={"code": first["claim"]})
    assert wrong.json["code"] == "claim_wrong"
    assert (await office.ask("POST", "/me/claims", token=nargiz, body={"code": slip["claim"]})).status == 204
    nargiz = await office.person(NARGIZ)
    [hers] = (await office.ask("GET", "/applications", token=nargiz)).json["items"]
    assert hers["reference"] == done.json["reference"]
    assert (await office.ask("POST", f"/agent/citizens/{id}/menu", token=agent, body={"turn": 1})).status == 410


async def test_claim_codes_are_not_guessed(office: Office) -> None:
    nargiz = await office.person(NARGIZ)
    codes = [
        (await office.ask("POST", "/me/claims", token=nargiz, body={"code": f"{n:010d}"})).json["code"]
        for n in range(6)
    ]
    assert codes == ["claim_wrong"] * 5 + ["too_many_tries"]


async def test_witnesses_are_few_a_day(office: Office) -> None:
    agent = await office.agent()
    for _ in range(5):
        await witnessed(office, agent, "follow")
    office.whole.clock.advance(timedelta(minutes=3))
    body = {"witness": "Rashid", "purpose": "follow"}
    reply = await office.ask("POST", "/agent/citizens", token=agent, body=body)
    assert reply.json["detail"] == "No more people without a phone today."
    nobody = await office.ask("POST", "/agent/citizens", token=agent, body={"purpose": "follow"})
    assert nobody.json["errors"][0]["pointer"] == "/witness"


async def test_practice_touches_no_ministry_and_nobody(office: Office) -> None:
    agent = await office.agent()
    ministries: list[str] = []
    asked = office.whole.parts.desk.ministries.applications
    office.whole.parts.desk.ministries.applications = lambda service: ministries.append(service) or asked(service)
    body = {"purpose": "apply", "practice": True}
    reply = (await office.ask("POST", "/agent/citizens", token=agent, body=body)).json
    id = reply["id"]
    tokens = await office.ask(
        "POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": reply["practice_code"]}
    )
    assert (tokens.status, tokens.json["access_token"]) == (200, "")
    said = await filled(office, agent, id)
    assert "PRACTICE-" in said
    slip = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).json
    assert slip["lines"][0] == "PRACTICE: nothing of this is real."
    assert (await office.ask("POST", f"/agent/citizens/{id}/end", token=agent)).status == 204
    assert (await office.ask("GET", f"/agent/citizens/{id}", token=agent)).status == 404
    assert ministries == []
    assert await office.inbox() == []
