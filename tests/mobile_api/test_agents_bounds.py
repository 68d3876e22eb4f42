"""What an agent's hands do not reach, and what is told to whom she helped, however it ended."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.deadline import Deadline
from domain.errors import StoreUnavailable
from domain.msisdn import Msisdn
from mobile_api.tables import IDEMPOTENCY
from sandbox.ministries.demo_data import DEMOS
from services.assisted_sessions import end_overdue
from services.ports import LinkedBy
from storage.redis_client import RedisClient
from storage.tables import AUDIT_LOG
from tests.mobile_api.agent_office import LEYLA, PIN, RASHAD, Office
from tests.mobile_api.test_agents_offline import brought, draft
from tests.mobile_api.test_agents_witness import witnessed
from tests.whole import Whole

READY, OTHER = DEMOS[0].file_id, DEMOS[4].file_id


@pytest.fixture
def office(whole_api: Whole) -> Office:
    whole_api.parts.desk.notices.channel_open = lambda: True  # type: ignore[attr-defined]
    return Office(whole_api)


async def linked(office: Office, reference: str, by: LinkedBy = LinkedBy.FACT) -> UUID:
    async with office.store.open() as records:
        person = await records.people.by_number(Msisdn.parse(LEYLA))
        assert person is not None
        await records.links.add(person.id, "social_aid", reference, by)
        return person.id


async def texts(office: Office) -> list[str]:
    return [id for id, _ in await office.inbox()]


async def test_complaints_and_pickups_never_go_through_an_agents_hands(office: Office) -> None:
    """Least of all the complaint about herself."""
    ops = office.whole.parts.api.operations
    kept = [op.id for op in ops if op.path.startswith(("/feedback", "/pickups", "/me", "/data")) and op.assisted]
    assert kept == []


async def test_a_slip_shows_what_is_proven_and_not_behind_her_pin(office: Office) -> None:
    agent = await office.agent()
    id, _ = await office.helped(agent)
    person = await linked(office, READY)
    await linked(office, OTHER, LinkedBy.CONTACT)
    slip = f"/agent/citizens/{id}/slip"
    assert (await office.ask("POST", slip, token=agent)).json["references"] == [READY]
    async with office.store.open() as records:
        pin = await office.whole.parts.desk.pins.hash(PIN, Deadline.after(5.0, office.whole.clock))
        await records.accounts.create(person, pin, "account.consent@1", "en")
    assert (await office.ask("POST", slip, token=agent)).json["references"] == []
    async with office.store.database.unit_of_work() as work:
        noted = (await work.execute(select(AUDIT_LOG.c.subject).where(AUDIT_LOG.c.act == "assisted.slip"))).scalars()
        assert set(noted) == {f"person:{person.hex}"}


async def test_an_agent_sees_the_state_and_not_where_the_money_waits(office: Office) -> None:
    _, beside = await office.helped(await office.agent(), purpose="follow")
    await linked(office, READY)
    shown = (await office.ask("GET", f"/applications/{READY}", token=beside)).json
    assert shown["state"] == "ready_for_pickup"
    assert (shown["pickup"], shown["next_steps"]) == (None, [])
    own = (await office.ask("GET", f"/applications/{READY}", token=await office.person(LEYLA))).json
    assert own["pickup"] is not None


async def test_what_she_did_not_agree_to_is_told_as_that_and_no_turn_is_left_out(office: Office) -> None:
    agent = await office.agent()
    id, beside = await office.helped(agent, purpose="visit")
    for path in (f"/applications/{READY}", "/forms/social_aid"):
        refused = await office.ask("GET", path, token=beside)
        assert (refused.status, refused.json["code"]) == (403, "not_agreed"), path
    # With an account it is behind her PIN whatever she agreed to.
    async with office.store.open() as records:
        person = await records.people.by_number(Msisdn.parse(LEYLA))
        assert person is not None
        pin = await office.whole.parts.desk.pins.hash(PIN, Deadline.after(5.0, office.whole.clock))
        await records.accounts.create(person.id, pin, "account.consent@1", "en")
    assert (await office.ask("GET", "/forms/social_aid", token=beside)).json["code"] == "pin_needed"

    menu, home = f"/agent/citizens/{id}/menu", await office.menu(agent, id, "")
    skipped = await office.ask("POST", menu, token=agent, body={"turn": 3, "input": "6"})
    assert (skipped.status, skipped.json["errors"][0]["pointer"]) == (422, "/turn")
    shown = await office.menu(agent, id, "6", first=2)  # the screen that was shown waits for its answer still
    assert shown != home
    assert await office.menu(agent, id, "1", first=2) == shown


async def test_no_turn_counts_as_left_out_that_was_kept_while_redis_was_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> object:
        raise StoreUnavailable("away")

    agent = await office.agent()
    id, _ = await office.helped(agent, purpose="visit")
    home = await office.menu(agent, id, "")
    with monkeypatch.context() as without:
        without.setattr(RedisClient, "_send", away)
        assert await office.menu(agent, id, "6", first=2) == home, "nobody knows where she was: it is shown again"
    # Redis knows the first turn alone, and PostgreSQL the second.
    assert await office.menu(agent, id, "6", first=3) != home


async def test_the_clock_ends_it_and_she_has_her_receipt_once(office: Office) -> None:
    await office.helped(await office.agent())
    desk = office.whole.parts.desk
    assert await end_overdue(desk) == 0
    office.whole.clock.advance(timedelta(minutes=31))
    assert await end_overdue(desk) == 1
    assert await end_overdue(desk) == 0
    assert await texts(office) == ["sms.assist_code", "sms.assist_receipt"]


async def test_the_agent_who_ends_what_is_over_ends_it_with_a_receipt(office: Office) -> None:
    agent = await office.agent()
    id, _ = await office.helped(agent)
    office.whole.clock.advance(timedelta(minutes=31))
    assert (await office.ask("POST", f"/agent/citizens/{id}/end", token=agent)).status == 204
    assert await end_overdue(office.whole.parts.desk) == 0
    assert await texts(office) == ["sms.assist_code", "sms.assist_receipt"]


async def test_a_suspended_agents_citizen_has_her_receipt_and_still_sees_who_it_was(office: Office) -> None:
    id, _ = await office.helped(await office.agent())
    async with office.store.open() as records:
        await records.assisted().agents.suspend("V-014", "suspended")
        found = await records.assisted().sessions.get(UUID(id))
        assert found is not None and found.stage == "ended"
    assert await end_overdue(office.whole.parts.desk) == 1
    assert await texts(office) == ["sms.assist_code", "sms.assist_receipt"]
    [helper] = (await office.ask("GET", "/me/helpers", token=await office.person(LEYLA))).json["items"]
    assert (helper["agent"], helper["state"]) == ("Aygun V-014", "ended")


async def test_what_an_agent_held_herself_hides_no_colleagues_work(office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(RASHAD, "V-015")
    mine, others = await witnessed(office, agent), await witnessed(office, colleague)
    async with office.store.open() as records:
        assisted = records.assisted()
        for id, many in ((mine, 100), (others, 1)):
            session = await assisted.sessions.get(UUID(id))
            assert session is not None
            for _ in range(many):
                await assisted.held.keep(uuid4(), session, "social_aid", "f", {})
    assert len((await office.ask("GET", "/agent/callbacks", token=agent)).json["items"]) == 1
    assert len((await office.ask("GET", "/agent/callbacks", token=colleague)).json["items"]) == 100


async def test_an_agent_who_signs_out_leaves_no_citizen_open(office: Office) -> None:
    agent = await office.agent()
    _, beside = await office.helped(agent)
    assert (await office.ask("GET", "/applications", token=beside)).status == 200
    assert (await office.ask("POST", "/agent/sign-out", token=agent)).status == 204
    assert (await office.ask("GET", "/applications", token=beside)).status == 401


async def test_what_an_agent_was_answered_about_her_is_under_her_own_key(office: Office) -> None:
    agent = await office.agent()
    id, _ = await office.helped(agent)
    await office.menu(agent, id, "", "5")
    await office.ask("POST", f"/agent/citizens/{id}/slip", token=agent)
    async with office.store.database.unit_of_work() as work:
        rows = (await work.execute(select(IDEMPOTENCY.c.operation, IDEMPOTENCY.c.person_id))).all()
    about_her = [row for row in rows if row.operation in ("citizen_consents", "citizen_menu", "print_slip")]
    assert len(about_her) == 4
    assert all(row.person_id for row in about_her)


async def test_one_ministry_that_is_away_hinders_no_other_draft(office: Office) -> None:
    agent = await office.agent()
    first, second = draft(office), draft(office, "draft-00000002", service="rehabilitation_equipment")
    third = draft(office, "draft-00000003")
    witness: dict[str, Any] = {"number": "", "witness": "Rashid"}
    applications = office.whole.parts.desk.ministries.applications
    away = {"social_aid"}

    def found(service: str) -> Any:
        if service in away:
            from domain.errors import MinistryUnavailable

            raise MinistryUnavailable("vemtas", "away")
        return applications(service)

    office.whole.parts.desk.ministries.applications = found  # type: ignore[method-assign]
    came = await brought(office, agent, {**first, **witness}, {**second, **witness}, third)
    assert [one["why"] for one in came] == ["ministry_away", "answers", ""]
    assert came[2]["result"] == "needs_consent"
    away.clear()
    [again] = await brought(office, agent, {**first, **witness})
    assert again["result"] == "accepted"
