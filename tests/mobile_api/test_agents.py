"""Assisted mode over the API: nothing of a citizen without her yes, nothing after her no, and all of it on record."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from domain.deadline import Deadline
from mobile_api.operations import ANY_ID, Op, Security
from services.records.agent_tables import ASSISTED_SESSIONS
from storage.tables import AUDIT_LOG
from tests.mobile_api.agent_office import AYGUN, LEYLA, PIN, RASHAD, Office
from tests.whole import Whole

SUMQAYIT = "+994501234568"


@pytest.fixture
def office(whole_api: Whole) -> Office:
    return Office(whole_api)


def operations(office: Office) -> Iterator[Op]:
    return iter(office.whole.parts.api.operations)


async def test_a_citizen_is_helped_from_her_yes_to_her_receipt(office: Office) -> None:
    agent = await office.agent()
    id = await office.asked(agent)
    [(text_id, said)] = await office.inbox()
    assert text_id == "sms.assist_code"
    assert said.startswith("Aygun V-014 (Red Crescent) asks to help you: an application.")
    assert "Free" in said
    assert "We keep who helped" in said
    reply = await office.ask("POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": await office.code()})
    assert reply.json["expires_in"] == 1800
    beside = reply.json["access_token"]
    assert (await office.ask("GET", "/applications", token=beside)).status == 200
    assert (await office.menu(agent, id, "")).startswith("State services")
    assert (await office.ask("POST", f"/agent/citizens/{id}/end", token=agent)).status == 204
    assert (await office.ask("GET", "/applications", token=beside)).status == 401


async def test_the_receipt_says_who_that_it_is_free_and_how_to_complain(office: Office) -> None:
    office.whole.parts.desk.notices.channel_open = lambda: True  # type: ignore[attr-defined]
    agent = await office.agent()
    id, _ = await office.helped(agent)
    await office.ask("POST", f"/agent/citizens/{id}/end", token=agent)
    text_id, said = (await office.inbox())[-1]
    assert text_id == "sms.assist_receipt"
    assert said == (
        "Aygun V-014 (Red Crescent) helped you: an application. It is free: pay nobody. Who helped you, and how to "
        "stop it: *123#, 6, 7. To complain: *123#, 6, 8."
    )


async def test_no_agent_opens_sees_or_moves_anything_without_consent(office: Office) -> None:
    """Every operation there is, as declared: with the agent's own token, and those of what is over, or another's."""
    agent = await office.agent()
    asked = await office.asked(agent)
    ended, over = await office.helped(agent, SUMQAYIT)
    await office.ask("POST", f"/agent/citizens/{ended}/end", token=agent)
    other_agent = await office.agent(RASHAD, "V-015")
    _, others = await office.helped(other_agent, "+994501234569", "visit")
    for op in operations(office):
        path = _fill(op, asked)
        if op.security is Security.PERSON:
            await _refused(office, op, path, agent, 403)
            await _refused(office, op, path, over, 401)
            if not op.assisted:
                await _refused(office, op, path, others, 403)
        if op.security is Security.AGENT:
            await _refused(office, op, path, others, 403)
            await _refused(office, op, path, over, 401)


def _fill(op: Op, id: str) -> str:
    """The operation's path, with parts of the form that it wants."""
    path = op.path
    for part in re.findall(r"{([a-z_]+)}", op.path):
        form = op.where.get(part, ANY_ID)
        likely = (id, "41000035", "id_card", "id_card:4711", "account", "2026-11-24", "1234567")
        path = path.replace(f"{{{part}}}", next(each for each in likely if re.fullmatch(form, each)))
    return path


async def _refused(office: Office, op: Op, path: str, token: str, status: int) -> None:
    reply = await office.ask(op.method, path, token=token, body={} if op.body else None)
    assert reply.status == status, (op.id, reply.status, reply.body)


async def test_what_is_asked_and_not_agreed_opens_nothing(office: Office) -> None:
    agent, other = await office.agent(), await office.agent(RASHAD, "V-015")
    asked = await office.asked(agent)
    mine, _ = await office.helped(agent, SUMQAYIT)
    for id, token, status in ((asked, agent, 410), (mine, other, 404), (asked, other, 404), (uuid4().hex, agent, 404)):
        for verb, body in (("menu", {"turn": 1}), ("token", None), ("slip", None)):
            reply = await office.ask("POST", f"/agent/citizens/{id}/{verb}", token=token, body=body)
            assert reply.status in (status, 410), (verb, reply.body)
    assert (await office.ask("GET", f"/agent/citizens/{mine}", token=other)).status == 404
    assert (await office.ask("POST", f"/agent/citizens/{mine}/end", token=other)).status == 404
    code = await office.code()
    assert (
        await office.ask("POST", f"/agent/citizens/{asked}/consent", token=other, body={"code": code})
    ).status == 410


async def test_five_wrong_codes_and_it_is_dead(office: Office) -> None:
    agent = await office.agent()
    id = await office.asked(agent)
    code = await office.code()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        reply = await office.ask("POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": wrong})
        assert reply.json["code"] == "code_wrong"
    assert (await office.ask("POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": code})).status == 410


async def test_ten_minutes_for_the_yes_and_thirty_for_the_help(office: Office) -> None:
    agent = await office.agent()
    id = await office.asked(agent)
    code = await office.code()
    office.whole.clock.advance(timedelta(minutes=11))
    assert (await office.ask("POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": code})).status == 410
    # A slow gateway makes a code live no longer: the database's clock is asked, too.
    id = await office.asked(agent)
    code = await office.code()
    async with office.whole.parts.database.unit_of_work() as work:
        over = ASSISTED_SESSIONS.c.code_until - timedelta(minutes=10)
        await work.execute(update(ASSISTED_SESSIONS).values(code_until=over))
    assert (await office.ask("POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": code})).status == 410
    id, beside = await office.helped(agent, SUMQAYIT)
    office.whole.clock.advance(timedelta(minutes=31))
    assert (await office.ask("GET", "/applications", token=beside)).status == 401
    assert (await office.ask("POST", f"/agent/citizens/{id}/menu", token=agent, body={"turn": 1})).status == 410
    assert (await office.ask("GET", f"/agent/citizens/{id}", token=agent)).json["state"] == "ended"


async def test_she_sees_who_helps_and_ends_it_herself(office: Office) -> None:
    agent = await office.agent()
    id, beside = await office.helped(agent)
    leyla = await office.person(LEYLA)
    [helper] = (await office.ask("GET", "/me/helpers", token=leyla)).json["items"]
    assert (helper["agent"], helper["organisation"], helper["state"]) == ("Aygun V-014", "Red Crescent", "active")
    assert (await office.ask("DELETE", f"/me/helpers/{id}", token=leyla)).status == 204
    assert (await office.ask("GET", "/applications", token=beside)).status == 401
    assert (await office.ask("DELETE", f"/me/helpers/{id}", token=leyla)).status == 404


async def test_she_agrees_on_her_own_telephone_and_nobody_types_a_code(office: Office) -> None:
    agent = await office.agent()
    id = await office.asked(agent)
    leyla = await office.person(LEYLA)
    rashad = await office.person(RASHAD)
    yes = {"agrees": True}
    assert (await office.ask("POST", f"/me/helpers/{id}/answer", token=rashad, body=yes)).status == 410
    assert (await office.ask("POST", f"/me/helpers/{id}/answer", token=leyla, body=yes)).status == 204
    reply = await office.ask("POST", f"/agent/citizens/{id}/token", token=agent)
    assert (await office.ask("GET", "/applications", token=reply.json["access_token"])).status == 200


async def test_a_number_that_changed_hands_meanwhile_shows_nothing(office: Office) -> None:
    agent = await office.agent()
    id, beside = await office.helped(agent)
    async with office.store.open() as records:
        from domain.msisdn import Msisdn

        person = await records.people.by_number(Msisdn.parse(LEYLA))
        assert person is not None
        await records.people.end_number(Msisdn.parse(LEYLA), person.id)
        await records.people.greet(Msisdn.parse(LEYLA), "en")
    assert (await office.ask("GET", "/applications", token=beside)).status == 401
    assert (await office.ask("POST", f"/agent/citizens/{id}/menu", token=agent, body={"turn": 1})).status == 410


async def test_only_agents_with_the_right_pin_and_a_device_that_is_signed_in(office: Office) -> None:
    await office.enrol(AYGUN, "V-014")
    aygun, leyla = await office.person(AYGUN), await office.person(LEYLA)
    body = {"pin": PIN, "device": "a-tablet-of-somebody-1"}
    assert (await office.ask("POST", "/agent/sign-in", token=leyla, body=body)).json["code"] == "not_an_agent"
    wrong = await office.ask("POST", "/agent/sign-in", token=aygun, body={**body, "pin": "284914"})
    assert wrong.json["code"] == "pin_wrong"
    agent = (await office.ask("POST", "/agent/sign-in", token=aygun, body=body)).json["access_token"]
    assert (await office.ask("GET", "/agent/me", token=agent)).json["agent"]["badge"] == "V-014"
    assert (await office.ask("POST", "/auth/sign-out", token=aygun)).status == 204
    assert (await office.ask("GET", "/agent/me", token=agent)).status == 401


async def test_a_suspended_agent_and_her_sessions_stop_at_once(office: Office) -> None:
    agent = await office.agent()
    _, beside = await office.helped(agent)
    async with office.store.open() as records:
        await records.assisted().agents.suspend("V-014", "suspended")
    assert (await office.ask("GET", "/agent/me", token=agent)).status == 401
    assert (await office.ask("GET", "/applications", token=beside)).status == 401


async def test_one_agent_is_not_too_fast_and_flags_are_counted(office: Office) -> None:
    agent = await office.agent()
    await office.asked(agent)
    reply = await office.ask("POST", "/agent/citizens", token=agent, body={"number": SUMQAYIT, "purpose": "apply"})
    assert (reply.status, reply.json["code"]) == (429, "agent_limit")
    assert reply.json["detail"] == "Please wait two minutes before the next person."
    counts = (await office.ask("GET", "/agent/counts", token=agent)).json
    assert {"what": "limit", "count": 1} in counts["flags"]
    assert counts["sessions"] == [{"what": "phone.asked", "count": 1}]


async def test_nobody_helps_herself_or_a_number_abroad(office: Office) -> None:
    agent = await office.agent()
    for number in (AYGUN, "+442079460000", "12"):
        office.whole.clock.advance(timedelta(minutes=3))
        reply = await office.ask("POST", "/agent/citizens", token=agent, body={"number": number, "purpose": "apply"})
        assert (reply.status, reply.json["code"]) == (422, "invalid_fields"), number
    reply = await office.ask("POST", "/agent/citizens", token=agent, body={"number": LEYLA, "purpose": "everything"})
    assert reply.status == 422


async def test_every_act_is_in_the_audit_log_with_the_agents_id(office: Office) -> None:
    agent = await office.agent()
    id, beside = await office.helped(agent)
    await office.ask("GET", "/applications", token=beside)
    await office.menu(agent, id, "", "6", "1")
    async with office.store.database.unit_of_work() as work:
        rows = (await work.execute(select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq))).all()
    acts = [row.act for row in rows if row.actor.startswith("agent:")]
    wanted = ["agents.sign_in", "ask_citizen", "assisted.ask", "citizen_consents", "assisted.open", "citizen_menu"]
    assert [act for act in acts if act in wanted][:6] == [*wanted[:5], "citizen_menu"]
    assert "applications.mine" in acts
    assert any(row.subject.startswith("person:") and row.act == "listApplications" for row in rows) or any(
        row.subject and "pplications" in row.act for row in rows
    )
    told = " ".join(str(tuple(row)) for row in rows)
    assert LEYLA not in told
    assert LEYLA[4:] not in told


async def test_her_pin_her_consents_and_other_services_are_for_her_own_telephone(office: Office) -> None:
    agent = await office.agent()
    id, _ = await office.helped(agent, purpose="follow")
    own = "That is for the person's own phone: *123#."
    assert await office.menu(agent, id, "", "4", "1", "1", run=1) == own  # that her sources are read she says herself
    text = await office.menu(agent, id, "", "6", run=3)
    assert "PIN" not in text
    assert "Messages" not in text
    async with office.store.open() as records:
        from domain.msisdn import Msisdn

        person = await records.people.by_number(Msisdn.parse(LEYLA))
        assert person is not None
        pin = await office.whole.parts.desk.pins.hash(PIN, Deadline.after(5.0, office.whole.clock))
        await records.accounts.create(person.id, pin, "account.consent@1", "en")
    assert await office.menu(agent, id, "", "6", "1", run=4) == own
