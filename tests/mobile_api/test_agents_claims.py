"""The code on a slip: good once, for one person, who loses nothing by it; and what is left when nobody comes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.records.agent_tables import ASSISTED_SESSIONS
from services.records.tables import PEOPLE
from tests.mobile_api.agent_office import RASHAD, Office
from tests.mobile_api.bench import Reply
from tests.mobile_api.test_agents_witness import CALL_BACK, filled, witnessed
from tests.whole import Whole

NARGIZ, SOMEBODY, KNOWN = "+994551112233", "+994551112244", "+994551112255"
SERVICE = "social_aid"


@pytest.fixture
def office(whole_api: Whole) -> Office:
    return Office(whole_api)


async def slip(office: Office, agent: str, id: str) -> dict[str, Any]:
    printed: dict[str, Any] = (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).json
    return printed


async def claimed(office: Office, number: str, code: str) -> Reply:
    return await office.ask("POST", "/me/claims", token=await office.person(number), body={"code": code})


async def drafted(office: Office, token: str, name: str) -> None:
    body = {"answers": {"fullName": name}}
    reply = await office.ask("PUT", f"/drafts/{SERVICE}", token=token, body=body)
    assert reply.status == 200, reply.body


async def draft_of(office: Office, number: str) -> str:
    reply = await office.ask("GET", f"/drafts/{SERVICE}", token=await office.person(number))
    return str(reply.json["answers"]["fullName"])


async def helped_with_draft(office: Office, agent: str) -> str:
    """Somebody without a telephone, for whom the form was begun: the code on her slip."""
    id = await witnessed(office, agent)
    tokens = await office.ask("POST", f"/agent/citizens/{id}/token", token=agent)
    await drafted(office, tokens.json["access_token"], "Nargiz Demo")
    return str((await slip(office, agent, id))["claim"])


async def test_a_code_that_was_used_is_nobodys_any_more(office: Office) -> None:
    """Whoever finds the slip later, blank or known, neither becomes her nor has her erased."""
    code = await helped_with_draft(office, await office.agent())
    assert (await claimed(office, NARGIZ, code)).status == 204
    await drafted(office, await office.person(KNOWN), "Somebody Else")
    for number in (SOMEBODY, KNOWN, NARGIZ):
        again = await claimed(office, number, code)
        assert (again.status, again.json["code"]) == (422, "claim_wrong"), number
    assert await draft_of(office, NARGIZ) == "Nargiz Demo"
    assert await draft_of(office, KNOWN) == "Somebody Else"


async def test_of_two_at_the_same_moment_one_is_she(office: Office) -> None:
    code = await helped_with_draft(office, await office.agent())
    numbers = (NARGIZ, SOMEBODY)
    tokens = [await office.person(number) for number in numbers]
    replies = await asyncio.gather(
        *(office.ask("POST", "/me/claims", token=token, body={"code": code}) for token in tokens)
    )
    assert sorted(reply.status for reply in replies) == [204, 422]
    won = next(number for number, reply in zip(numbers, replies, strict=True) if reply.status == 204)
    assert await draft_of(office, won) == "Nargiz Demo"


async def test_a_slip_cannot_be_printed_anew_once_she_came(office: Office) -> None:
    agent = await office.agent()
    id = await witnessed(office, agent)
    assert (await claimed(office, NARGIZ, (await slip(office, agent, id))["claim"])).status == 204
    assert (await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)).status == 410
    async with office.store.open() as records:
        from uuid import UUID

        assert not await records.assisted().sessions.set_claim(UUID(id), "0123456789")


async def test_who_is_known_keeps_the_newer_draft(office: Office) -> None:
    agent = await office.agent()
    code = await helped_with_draft(office, agent)
    office.whole.clock.advance(timedelta(minutes=5))
    await drafted(office, await office.person(KNOWN), "She Herself")
    assert (await claimed(office, KNOWN, code)).status == 204
    assert await draft_of(office, KNOWN) == "She Herself"
    newer = await helped_with_draft(office, agent)
    assert (await claimed(office, KNOWN, newer)).status == 204
    assert await draft_of(office, KNOWN) == "Nargiz Demo"


async def test_who_is_known_waits_for_the_call_back_and_the_code_stays_good(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    id = await witnessed(office, agent)
    await filled(office, agent, id)
    code = (await slip(office, agent, id))["claim"]
    await drafted(office, await office.person(KNOWN), "She Herself")
    early = await claimed(office, KNOWN, code)
    assert (early.status, early.json["code"]) == (409, "claim_waits")
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    office.whole.clock.advance(CALL_BACK)
    done = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body={"agreed": True})
    assert (await claimed(office, KNOWN, code)).status == 204
    [hers] = (await office.ask("GET", "/applications", token=await office.person(KNOWN))).json["items"]
    assert hers["reference"] == done.json["reference"]


async def test_who_was_nobody_takes_the_call_back_along(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    id = await witnessed(office, agent)
    await filled(office, agent, id)
    assert (await claimed(office, NARGIZ, (await slip(office, agent, id))["claim"])).status == 204
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    office.whole.clock.advance(CALL_BACK)
    done = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body={"agreed": True})
    assert done.json["state"] == "handed_in", done.body
    [hers] = (await office.ask("GET", "/applications", token=await office.person(NARGIZ))).json["items"]
    assert hers["reference"] == done.json["reference"]


async def test_her_slip_is_good_also_when_her_agent_is_none_any_more(office: Office) -> None:
    code = await helped_with_draft(office, await office.agent())
    async with office.store.open() as records:
        await records.assisted().agents.suspend("V-014", "suspended")
    assert (await claimed(office, NARGIZ, code)).status == 204


async def test_nobody_comes_and_after_ninety_days_nobody_was_there(office: Office) -> None:
    agent = await office.agent()
    await helped_with_draft(office, agent)
    mine = await helped_with_draft(office, agent)
    assert (await claimed(office, NARGIZ, mine)).status == 204
    before = await people(office)
    office.whole.clock.advance(timedelta(days=89))
    await office.store.sweep()
    assert await people(office) == before
    office.whole.clock.advance(timedelta(days=2))
    await office.store.sweep()
    assert await people(office) == before - 1
    async with office.store.database.unit_of_work() as work:
        witnesses = (await work.execute(select(ASSISTED_SESSIONS.c.witness))).scalars().all()
    assert witnesses == [None], "she who came is there, and who witnessed it is forgotten"


async def people(office: Office) -> int:
    async with office.store.database.unit_of_work() as work:
        return int((await work.execute(select(func.count()).select_from(PEOPLE))).scalar_one())
