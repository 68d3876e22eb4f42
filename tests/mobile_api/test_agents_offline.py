"""Away from networks: what a device takes along opens there alone, and each draft comes back with its own consent."""

import json
from datetime import timedelta
from typing import Any

import pytest

from storage.bundles import BundleKey, SealedBundle, unseal
from storage.errors import SealBroken
from tests.mobile_api.agent_office import DEVICE, LEYLA, PIN, RASHAD, Office
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


async def key_of(office: Office, agent: str) -> BundleKey:
    shown = (await office.ask("GET", "/agent/bundle/key", token=agent)).json
    return BundleKey(shown["key_id"], shown["key"], shown["public_key"])


async def test_the_bundle_opens_on_its_own_device_and_shows_what_was_changed(office: Office) -> None:
    agent = await office.agent()
    key = await key_of(office, agent)
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


async def test_two_agents_of_one_device_have_a_key_each(office: Office) -> None:
    """What one of them left sealed on a tablet is nothing to the other."""
    hers, same = await office.agent(), await office.agent()
    await office.enrol(RASHAD, "V-015")
    person = await office.person(RASHAD)
    body = {"pin": PIN, "device": DEVICE}
    his = (await office.ask("POST", "/agent/sign-in", token=person, body=body)).json["access_token"]
    assert await key_of(office, hers) == await key_of(office, same)
    assert (await key_of(office, hers)).key != (await key_of(office, his)).key


async def test_a_yes_is_of_the_number_that_was_asked(office: Office) -> None:
    """A number mended on the device is another person: the first one's yes opens nothing for her."""
    agent = await office.agent()
    [came] = await brought(office, agent, draft(office))
    path = f"/agent/citizens/{came['assisted']}/consent"
    await office.ask("POST", path, token=agent, body={"code": await office.code()})
    [came] = await brought(office, agent, draft(office, number="+994501234572"))
    assert (came["result"], came["why"]) == ("refused", "another_number")


async def test_a_trainee_brings_nothing_to_anybody(office: Office) -> None:
    agent = await office.agent(practice=True)
    [came] = await brought(office, agent, draft(office))
    assert (came["result"], came["why"]) == ("refused", "practice")
    assert await office.inbox() == []


async def test_the_key_from_before_a_rotation_is_given_too(office: Office) -> None:
    """Or a draft made the day before would never be opened again."""
    agent = await office.agent()
    before = await key_of(office, agent)
    keys = office.whole.parts.desk.assistance.bundle_keys
    kept = dict(keys)
    assert isinstance(keys, dict)
    try:
        keys.clear()
        keys.update({"newer": b"n" * 32, **kept})
        shown = (await office.ask("GET", "/agent/bundle/key", token=agent)).json
    finally:
        keys.clear()
        keys.update(kept)
    assert shown["key_id"] == "newer" and shown["key"] != before.key
    assert shown["older"] == [before.key]
