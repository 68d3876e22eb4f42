"""Away from networks: what a device takes along opens there alone, and each draft comes back with its own consent."""

import json
from datetime import timedelta
from typing import Any

import pytest

from storage.bundles import BundleKey, SealedBundle, unseal
from storage.errors import SealBroken
from tests.mobile_api.agent_office import LEYLA, RASHAD, Office
from tests.whole import Whole


@pytest.fixture
def office(whole_api: Whole) -> Office:
    return Office(whole_api)


def draft(office: Office, id: str = "draft-00000001", **more: Any) -> dict[str, Any]:
    answers = {"fullName": "Leyla Demo"}
    made_at = office.whole.clock.now().isoformat()
    return {"client_id": id, "service": "social_aid", "answers": answers, "made_at": made_at, "number": LEYLA, **more}


async def brought(office: Office, agent: str, *drafts: dict[str, Any]) -> list[dict[str, Any]]:
    reply = await office.ask("POST", "/agent/sync", token=agent, body={"drafts": list(drafts)})
    assert reply.status == 200, reply.body
    items: list[dict[str, Any]] = reply.json["items"]
    return items


async def test_the_bundle_opens_on_its_own_device_and_shows_what_was_changed(office: Office) -> None:
    agent = await office.agent()
    key = BundleKey(*(await office.ask("GET", "/agent/bundle/key", token=agent)).json.values())
    came = (await office.ask("GET", "/agent/bundle", token=agent)).json
    bundle = SealedBundle(came["key_id"], came["bound"], came["sealed"], came["signature"])
    inside = json.loads(unseal(bundle, key))
    assert inside["forms"]["social_aid"]["fields"]
    assert inside["dial"] == "*123#"
    assert LEYLA not in json.dumps(inside)
    later = came["bound"].replace("2026", "2027")
    for wrong in (
        SealedBundle(bundle.key_id, later, bundle.sealed, bundle.signature),
        SealedBundle(bundle.key_id, bundle.bound, "A" + bundle.sealed[1:], bundle.signature),
    ):
        with pytest.raises(SealBroken):
            unseal(wrong, key)
    with pytest.raises(SealBroken):
        unseal(bundle, BundleKey(key.key_id, "A" * 43, key.public))


async def test_a_draft_waits_for_her_yes_and_is_hers_then(office: Office) -> None:
    agent = await office.agent()
    one = draft(office)
    [came] = await brought(office, agent, one)
    assert came["result"] == "needs_consent"
    assert await brought(office, agent, one) == [came]
    assert len(await office.inbox()) == 1
    path = f"/agent/citizens/{came['assisted']}/consent"
    assert (await office.ask("POST", path, token=agent, body={"code": await office.code()})).status == 200
    [came] = await brought(office, agent, one)
    assert came["result"] == "accepted", came
    leyla = await office.person(LEYLA)
    kept = (await office.ask("GET", "/drafts/social_aid", token=leyla)).json
    assert kept["answers"] == one["answers"]


async def test_hers_stays_where_it_is_newer_until_she_says_otherwise(office: Office) -> None:
    agent = await office.agent()
    one = draft(office)
    office.whole.clock.advance(timedelta(minutes=5))
    leyla = await office.person(LEYLA)
    newer = {"answers": {"fullName": "Leyla Herself"}}
    put = await office.ask("PUT", "/drafts/social_aid", token=leyla, body=newer)
    assert put.status == 200, put.body
    [came] = await brought(office, agent, one)
    path = f"/agent/citizens/{came['assisted']}/consent"
    await office.ask("POST", path, token=agent, body={"code": await office.code()})
    assert [each["result"] for each in await brought(office, agent, one)] == ["conflict"]
    assert [each["result"] for each in await brought(office, agent, {**one, "confirmed": True})] == ["accepted"]


async def test_one_that_cannot_be_kept_hinders_no_other(office: Office) -> None:
    agent = await office.agent()
    old = (office.whole.clock.now() - timedelta(days=8)).isoformat()
    items = await brought(
        office,
        agent,
        draft(office, "draft-00000001", number="12"),
        draft(office, "draft-00000002", made_at=old),
        draft(office, "draft-00000003", purpose="nothing"),
        draft(office, "draft-00000004", number="", witness="Rashid"),
        draft(office, "draft-00000005", number="+994501234571"),
    )
    assert [item["result"] for item in items] == ["refused", "refused", "refused", "accepted", "needs_consent"]
    other = await office.agent(RASHAD, "V-015")
    [theirs] = await brought(office, other, draft(office, "draft-00000004", number="", witness="Rashid"))
    assert theirs["assisted"] != items[3]["assisted"]
