"""A card that waits: where, until when, and having it wait elsewhere, on whichever channel."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.ministries.demo_data import DEMOS
from sandbox.ministries.places import BRANCHES
from services.folding import folded
from services.resuming import resume_intents
from tests.mobile_api.bench import Reply
from tests.mobile_api.citizen import BenchCitizen, at_the_bench
from tests.whole import Whole

AYGUN, READY = DEMOS[0].phone, DEMOS[0].file_id
GRANTED_TO, GRANTED = DEMOS[1].phone, DEMOS[1].file_id
KAMRAN, FIXED = DEMOS[7].phone, DEMOS[7].file_id
ONE, CHOICES, PLACE = "/pickups/{reference}", "/pickups/{reference}/choices", "/pickups/{reference}/place"


@pytest.fixture
async def her(whole_api: Whole) -> BenchCitizen:
    return await at_the_bench(whole_api, AYGUN)


async def choose(her: BenchCitizen, reference: str, place: str, **more: Any) -> Reply:
    return await her.ask("POST", f"/pickups/{reference}/place", declared=PLACE, body={"place": place}, **more)


def refused(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.json["code"]) == (status, code), reply.body


async def test_what_waits_for_her_is_listed_as_her_keypad_tells_it(her: BenchCitizen) -> None:
    assert await her.get("/pickups") == {"items": [], "next": None}
    told = (await her.dial("2", READY)).text
    (item,) = (await her.get("/pickups"))["items"]
    assert item["reference"] == READY
    assert (item["service"], item["service_name"]) == ("social_aid", "Targeted social aid")
    # The keypad has fewer letters.
    assert folded(item["place"]["name"]) in folded(told)
    assert item["begins"] == "2026-11-24"
    assert item["bring"] == ["Bring your ID card."]
    assert item["can_choose"] is True
    assert await her.get(f"/pickups/{READY}", ONE) == item
    # Her ministry away, the list and the one stand as last heard of.
    await her.ministry_away("vemtas")
    assert (await her.get("/pickups"))["items"] == [item]
    assert await her.get(f"/pickups/{READY}", ONE) == item
    await her.quiet()


async def test_moved_in_the_app_it_waits_there_on_the_keypad_too(her: BenchCitizen) -> None:
    await her.get(f"/pickups/{READY}", ONE)
    began = (await her.get("/changes"))["next"]
    choices = (await her.get(f"/pickups/{READY}/choices", CHOICES))["items"]
    assert {place["id"] for place in choices} <= {branch.id for branch in BRANCHES}
    there = choices[-1]
    moved = await choose(her, READY, there["id"], key="k")
    assert moved.status == 200
    assert (moved.json["reference"], moved.json["place"]["id"]) == (READY, there["id"])
    assert moved.json["place"]["name"] == there["name"]
    again = await choose(her, READY, there["id"], key="k")
    assert (again.json, again.headers["idempotency-replayed"]) == (moved.json, "true")
    assert folded(there["name"]) in folded((await her.dial("2", READY)).text)
    told = await her.get("/changes", query=f"since={began}")
    assert [item["place"]["id"] for item in told["pickups"]] == [there["id"]]
    assert (await her.get("/pickups"))["items"] == told["pickups"]


async def test_while_the_ministry_is_silent_the_same_key_tells_the_end(her: BenchCitizen) -> None:
    there = (await her.get(f"/pickups/{READY}/choices", CHOICES))["items"][-1]
    rule = {"ministry": "vemtas", "operation": "applications.amend", "kind": "cut_after_write"}
    her.bench.whole.sandbox.state.world.faults.add(rule)
    reply = await choose(her, READY, there["id"], key="k")
    her.bench.whole.sandbox.state.world.faults.drop(None, None)
    assert (reply.status, reply.json) == (202, {"told": False})
    await her.quiet()
    her.bench.whole.clock.advance(timedelta(seconds=70))
    assert await resume_intents(her.bench.whole.parts.desk) == 1
    done = await choose(her, READY, there["id"], key="k")
    assert (done.status, done.json["place"]["id"]) == (200, there["id"])
    assert (await her.get(f"/pickups/{READY}", ONE))["place"]["id"] == there["id"]


async def test_only_a_place_that_the_ministry_offers(her: BenchCitizen) -> None:
    for place in ("asan-01", "nowhere", "a b"):
        refused(await choose(her, READY, place), 409, "choice_not_allowed")
    refused(await choose(her, READY, ""), 422, "invalid_fields")
    him = await her.another(KAMRAN)
    assert (await him.get(f"/pickups/{FIXED}", ONE))["can_choose"] is False
    assert (await him.get(f"/pickups/{FIXED}/choices", CHOICES))["items"] == []
    refused(await choose(him, FIXED, BRANCHES[0].id), 409, "choice_not_allowed")


async def test_nothing_waits_before_it_is_ready(her: BenchCitizen) -> None:
    she = await her.another(GRANTED_TO)
    refused(await she.ask("GET", f"/pickups/{GRANTED}", declared=ONE), 404, "nothing_to_collect")
    assert await she.get("/pickups") == {"items": [], "next": None}


async def test_anothers_is_as_none_at_all(her: BenchCitizen) -> None:
    before = await her.get(f"/pickups/{READY}", ONE)
    him = await her.another(KAMRAN)
    for reference in (READY, "41999999", "x"):
        for path, declared in ((f"/pickups/{reference}", ONE), (f"/pickups/{reference}/choices", CHOICES)):
            refused(await him.ask("GET", path, declared=declared), 404, "not_found")
        refused(await choose(him, reference, BRANCHES[1].id), 409, "choice_not_allowed")
    assert await her.get(f"/pickups/{READY}", ONE) == before
    # Whoever tries references is stopped, before a ministry is asked.
    for number in range(12):
        last = await him.ask("GET", f"/pickups/{DEMOS[number % 7].file_id}", declared=ONE)
    refused(last, 429, "too_many_tries")


async def test_with_an_account_the_pin_comes_first(her: BenchCitizen) -> None:
    await her.get(f"/pickups/{READY}", ONE)
    await her.open_account()
    her.without_pin()
    refused(await her.ask("GET", "/pickups"), 403, "pin_needed")
    refused(await her.ask("GET", f"/pickups/{READY}", declared=ONE), 403, "pin_needed")
    refused(await her.ask("GET", f"/pickups/{READY}/choices", declared=CHOICES), 403, "pin_needed")
    refused(await choose(her, READY, BRANCHES[1].id), 403, "pin_needed")


async def test_no_agent_sees_or_moves_what_waits(her: BenchCitizen) -> None:
    document = her.document
    for path, methods in document["paths"].items():
        if path.startswith("/pickups"):
            assert not any(operation.get("x-assisted") for operation in methods.values()), path
