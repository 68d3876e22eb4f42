"""Ways round what bounds an agent: training that was none, a slip in her own hands, limits that forgot."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.msisdn import Msisdn
from services import assisted_by_phone, assisted_sessions
from services.caller import SMS, Caller
from services.records.agent_tables import ASKED, ASSISTED_SESSIONS
from tests.mobile_api.agent_office import AYGUN, LEYLA, PIN, RASHAD, Office
from tests.mobile_api.citizen import Citizen
from tests.mobile_api.test_agents_claims import claimed, drafted, slip
from tests.mobile_api.test_agents_offline import brought, draft
from tests.mobile_api.test_agents_witness import CALL_BACK, filled, witnessed
from tests.whole import Whole

KNOWN = "+994551112255"


@pytest.fixture
def office(whole_api: Whole) -> Office:
    return Office(whole_api)


async def test_who_is_in_training_asks_nobody_with_drafts_from_the_bus(office: Office) -> None:
    trainee = await office.agent(practice=True)
    with_number, with_witness = draft(office), draft(office, "draft-00000002", number="", witness="Rashid Aliyev")
    came = await brought(office, trainee, with_number, with_witness)
    assert {(each["result"], each["why"]) for each in came} == {("refused", "practice")}
    assert await office.inbox() == []
    async with office.store.database.unit_of_work() as work:
        assert (await work.execute(select(func.count()).select_from(ASSISTED_SESSIONS))).scalar_one() == 0


async def test_a_draft_that_is_brought_twice_at_once_asks_once(office: Office) -> None:
    agent = await office.agent()
    one = draft(office, number="", witness="Rashid Aliyev")
    came = await asyncio.gather(*(brought(office, agent, one) for _ in range(4)))
    assert len({each["assisted"] for [each] in came}) == 1
    async with office.store.database.unit_of_work() as work:
        assert (await work.execute(select(func.count()).select_from(ASSISTED_SESSIONS))).scalar_one() == 1


async def test_who_is_in_training_neither_reads_nor_decides_what_waits(office: Office) -> None:
    agent, trainee = await office.agent(), await office.agent(RASHAD, "V-015", practice=True)
    colleague = await office.agent("+994502220003", "V-016")
    await filled(office, agent, await witnessed(office, agent))
    assert (await office.ask("GET", "/agent/callbacks", token=trainee)).json["items"] == []
    [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
    office.whole.clock.advance(CALL_BACK)
    path = f"/agent/callbacks/{held['id']}"
    assert (await office.ask("GET", path, token=trainee)).status == 404
    assert (await office.ask("POST", path, token=trainee, body={"agreed": True})).status == 404
    assert (await office.ask("GET", path, token=colleague)).status == 200


async def test_an_agent_takes_over_nobody_with_a_slip_that_she_printed(office: Office) -> None:
    agent = await office.agent()
    await office.enrol(RASHAD, "V-015")
    id = await witnessed(office, agent)
    code = (await slip(office, agent, id))["claim"]
    for number in (AYGUN, RASHAD):
        token = await office.person(number)
        await office.ask("POST", "/auth/pin", token=token, body={"pin": PIN})
        refused = await office.ask("POST", "/me/claims", token=token, body={"code": code})
        assert (refused.status, refused.json["code"]) == (422, "claim_wrong"), number
    counts = (await office.ask("GET", "/agent/counts", token=agent)).json
    assert {"what": "claimed_by_agent", "count": 2} in counts["flags"]
    # The citizen herself is not robbed of it.
    assert (await claimed(office, KNOWN, code)).status == 204


async def test_who_withdraws_her_consent_ends_the_help(office: Office) -> None:
    agent = await office.agent()
    id, beside = await office.helped(agent)
    hers = await office.person(LEYLA)
    assert (await office.ask("DELETE", f"/me/consents/assisted:{id}", token=hers)).status == 204
    assert (await office.ask("GET", "/applications", token=beside)).status == 401
    assert (await office.ask("POST", f"/agent/citizens/{id}/token", token=agent)).status == 410


async def test_who_takes_over_frees_no_agent_of_her_limits(office: Office) -> None:
    """One who has a SIM card of her own could claim, and so forget, each session before the next."""
    agent = await office.agent()
    await drafted(office, await office.person(KNOWN), "Somebody Else")
    for _ in range(5):
        id = await witnessed(office, agent)
        assert (await claimed(office, KNOWN, (await slip(office, agent, id))["claim"])).status == 204
    office.whole.clock.advance(timedelta(minutes=3))
    body = {"witness": "Rashid Aliyev", "purpose": "apply"}
    sixth = await office.ask("POST", "/agent/citizens", token=agent, body=body)
    assert (sixth.status, sixth.json["code"]) == (429, "agent_limit")


async def test_two_towns_within_minutes_are_flagged_and_nobody_is_refused(office: Office) -> None:
    agent = await office.agent()
    for near in ("40.41,49.87", "40.42,49.90", "40.68,46.36"):
        office.whole.clock.advance(timedelta(minutes=3))
        body = {"witness": "Rashid Aliyev", "purpose": "apply", "near": near}
        assert (await office.ask("POST", "/agent/citizens", token=agent, body=body)).status == 202
    counts = (await office.ask("GET", "/agent/counts", token=agent)).json
    assert {"what": "too_far_too_soon", "count": 1} in counts["flags"]
    wrong = {**body, "near": "91.0,49.9"}
    assert (await office.ask("POST", "/agent/citizens", token=agent, body=wrong)).status == 422
    async with office.store.database.unit_of_work() as work:
        kept = (await work.execute(select(ASKED.c.place))).scalars()
        assert all(b"40." not in bytes(place) for place in kept)


async def test_a_place_of_ours_says_where_she_is_too(office: Office) -> None:
    agent = await office.agent()
    places = [one for one in office.whole.parts.desk.places.all() if one.at]
    first = places[0]
    far = max(places, key=lambda one: first.at.metres_to(one.at) if first.at and one.at else 0)
    for place in (first, far):
        office.whole.clock.advance(timedelta(minutes=3))
        body = {"witness": "Rashid Aliyev", "purpose": "apply", "at_place": place.place.id}
        assert (await office.ask("POST", "/agent/citizens", token=agent, body=body)).status == 202
    counts = (await office.ask("GET", "/agent/counts", token=agent)).json
    assert {"what": "too_far_too_soon", "count": 1} in counts["flags"]


async def test_who_has_no_telephone_comes_back_with_slip_and_witness_the_same_day(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    id = await witnessed(office, agent)
    beside = (await office.ask("POST", f"/agent/citizens/{id}/token", token=agent)).json["access_token"]
    await drafted(office, beside, "Nargiz Demo")
    code = (await slip(office, agent, id))["claim"]
    office.whole.clock.advance(timedelta(hours=2))
    back = {"witness": "rashid aliyev, Teacher", "purpose": "apply", "slip": code}
    for wrong, by in (
        ({**back, "slip": "0123456789"}, agent),
        ({**back, "witness": "Somebody Else"}, agent),
        (back, colleague),
    ):
        refused = await office.ask("POST", "/agent/citizens", token=by, body=wrong)
        assert (refused.status, refused.json["code"]) == (422, "claim_wrong")
    again = (await office.ask("POST", "/agent/citizens", token=agent, body=back)).json["id"]
    beside = (await office.ask("POST", f"/agent/citizens/{again}/token", token=agent)).json["access_token"]
    assert (await office.ask("GET", "/drafts/social_aid", token=beside)).json["answers"]["fullName"] == "Nargiz Demo"
    # Of her two slips the last is good; it was one of the five of the day like any other.
    last = (await slip(office, agent, again))["claim"]
    assert (await claimed(office, KNOWN, code)).json["code"] == "claim_wrong"
    assert (await claimed(office, KNOWN, last)).status == 204
    office.whole.clock.advance(timedelta(minutes=3))
    assert (await office.ask("POST", "/agent/citizens", token=agent, body={**back, "slip": last})).status == 422


async def test_the_next_day_nobody_comes_back(office: Office) -> None:
    agent = await office.agent()
    code = (await slip(office, agent, await witnessed(office, agent)))["claim"]
    office.whole.clock.advance(timedelta(hours=13))
    agent = await office.agent()
    body = {"witness": "Rashid Aliyev, teacher", "purpose": "apply", "slip": code}
    assert (await office.ask("POST", "/agent/citizens", token=agent, body=body)).json["code"] == "claim_wrong"


async def test_always_the_same_two_are_told_of(office: Office) -> None:
    for n in range(3):
        agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
        await filled(office, agent, await witnessed(office, agent))
        [held] = (await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]
        office.whole.clock.advance(CALL_BACK)
        yes = {"agreed": True}
        done = await office.ask("POST", f"/agent/callbacks/{held['id']}", token=colleague, body=yes)
        assert done.json["state"] == "handed_in", (n, done.body)
    counts = (await office.ask("GET", "/agent/counts", token=colleague)).json
    assert {"what": "call_backs_by_same_two", "count": 1} in counts["flags"]


async def test_a_device_that_gives_itself_another_name_is_the_same(office: Office) -> None:
    """Or the limits of a device, and the call-back on another one, would be words."""
    await office.enrol(AYGUN, "V-014")
    token, keys = await office.person(AYGUN), set()
    for device in ("a-tablet-of-somebody-1", "a-tablet-of-somebody-2"):
        signed_in = await office.ask("POST", "/agent/sign-in", token=token, body={"pin": PIN, "device": device})
        agent = signed_in.json["access_token"]
        keys.add((await office.ask("GET", "/agent/bundle/key", token=agent)).json["key"])
    assert len(keys) == 1


async def test_a_text_with_an_agents_number_above_it_ends_nothing(office: Office) -> None:
    agent = await office.agent()
    id, _ = await office.helped(agent)
    async with office.store.open() as records:
        person = await records.people.by_number(Msisdn.parse(AYGUN))
        desk = replace(office.whole.parts.desk, records=records)
        texted = Caller(Msisdn.parse(AYGUN), person, "en", False, SMS, "sms:1")
        await assisted_sessions.finish(desk, texted)
        await assisted_by_phone.open(desk, texted)
    assert (await office.ask("GET", f"/agent/citizens/{id}", token=agent)).json["state"] == "active"


async def test_two_numbers_removed_at_once_leave_one_that_is_not_new(whole_api: Whole) -> None:
    """Whoever has PIN and device adds a number: for a day the older ones stay, also if both go at the same moment."""
    leyla = await Citizen(whole_api, LEYLA).sign_in()
    await leyla.open_account()
    async with whole_api.parts.desk.open_records() as records:
        person = await records.people.by_number(Msisdn.parse(LEYLA))
        assert person is not None
        second = await records.numbers.add(person.id, Msisdn.parse("+994557654321"))
    whole_api.clock.advance(timedelta(hours=25))
    async with whole_api.parts.desk.open_records() as records:
        third = await records.numbers.add(person.id, Msisdn.parse("+994557654322"))
    await leyla.sign_in()
    assert await leyla.prove() == 204
    held = [each["id"] for each in (await leyla.ask("GET", "/me/numbers")).json["items"]]
    older = [id for id in held if third is None or id != third.hex]
    assert len(older) == 2 and second is not None
    replies = await asyncio.gather(*(leyla.ask("DELETE", f"/me/numbers/{id}") for id in older))
    assert sorted(reply.status for reply in replies) in ([204, 401], [204, 409])
    async with whole_api.parts.desk.open_records() as records:
        left = await records.numbers.of(person.id)
    assert len(left) == 2 and any(each.id.hex in older for each in left)
