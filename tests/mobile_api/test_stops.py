"""In the app: of which stops of a bus or train she wants to be told."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from mobile_api.resources import stops
from services.promises import Promises
from sms.tables import MESSAGES
from tests.mobile_api.bench import Bench, Reply, assert_as_declared, open_bench
from tests.mobile_api.citizen import Citizen
from tests.whole import Whole

LEYLA, KAMRAN = "+994507770001", "+994507770002"


@pytest.fixture
def bench(whole_api: Whole) -> Bench:
    """Of a gateway that has a provider."""
    notices = whole_api.parts.desk.notices
    assert isinstance(notices, Promises)
    notices.channel_open = lambda: True
    return open_bench(whole_api, more=stops.OPS)


async def said(bench: Bench, method: str, path: str, declared: str = "", **more: Any) -> Reply:
    """One request, its answer held against the document."""
    if method != "GET":
        more["key"] = str(uuid4())
    reply = await bench.ask(method, path, **more)
    assert_as_declared(await bench.document(), method, declared or path, reply)
    return reply


async def coming(bench: Bench) -> list[dict[str, Any]]:
    """Places of mobile units with a day, by their ids."""
    listed = await said(bench, "GET", "/places", query="kind=mobile_unit&limit=50")
    return [item for item in listed.json["items"] if item["stops"]]


async def test_she_asks_sees_and_withdraws(bench: Bench) -> None:
    token, (first, second, *_) = await bench.person(), await coming(bench)
    wanted = {"place": first["place"]["id"]}
    made = await said(bench, "POST", "/me/stops", token=token, body=wanted)
    assert made.status == 201 and made.json["next"] == first["stops"][0] and made.json["unit"] == first["unit"]
    again = await said(bench, "POST", "/me/stops", token=token, body=wanted)
    assert again.json["id"] == made.json["id"], "to ask twice is to ask once"
    await said(bench, "POST", "/me/stops", token=token, body={"place": second["place"]["id"]})
    listed = await said(bench, "GET", "/me/stops", token=token)
    assert [item["place"] for item in listed.json["items"]] == [first["place"]["id"], second["place"]["id"]]
    one = f"/me/stops/{made.json['id']}"
    other = await bench.person(KAMRAN)
    assert (await said(bench, "DELETE", one, "/me/stops/{id}", token=other)).status == 404
    assert (await said(bench, "GET", "/me/stops", token=other)).json["items"] == []
    assert (await said(bench, "DELETE", one, "/me/stops/{id}", token=token)).status == 204
    assert (await said(bench, "DELETE", one, "/me/stops/{id}", token=token)).status == 404
    assert len((await said(bench, "GET", "/me/stops", token=token)).json["items"]) == 1


async def test_five_at_most_and_only_where_a_unit_calls(bench: Bench) -> None:
    token, known = await bench.person(), await coming(bench)
    for place in known[:5]:
        assert (await said(bench, "POST", "/me/stops", token=token, body={"place": place["place"]["id"]})).status == 201
    full = await said(bench, "POST", "/me/stops", token=token, body={"place": known[5]["place"]["id"]})
    assert (full.status, full.json["code"]) == (409, "stops_full")
    office = await said(bench, "POST", "/me/stops", token=token, body={"place": "asan-01"})
    assert (office.status, office.json["errors"][0]["pointer"]) == (422, "/place")


async def test_with_an_account_the_pin_comes_first(whole_api: Whole) -> None:
    her = await Citizen(whole_api, LEYLA).open_account()
    await her.sign_in()
    for method, path, body in (
        ("GET", "/me/stops", None), ("POST", "/me/stops", {"place": "x"}), ("DELETE", f"/me/stops/{'0' * 32}", None),
    ):  # fmt: skip
        refused = await her.ask(method, path, body)
        assert (refused.status, refused.json["code"]) == (403, "pin_needed")


async def test_the_worker_keeps_the_promise(bench: Bench) -> None:
    parts, token = bench.whole.parts, await bench.person()
    place = min(await coming(bench), key=lambda each: str(each["stops"][0]["begins"]))
    await said(bench, "POST", "/me/stops", token=token, body={"place": place["place"]["id"]})
    chore = next(chore for chore in parts.sms.chores if chore.name == "stops of buses and trains")
    begins = datetime.fromisoformat(place["stops"][0]["begins"])
    bench.whole.clock.advance(begins - timedelta(minutes=30) - bench.whole.clock.now())
    for _ in range(2):
        await chore.do()
    async with parts.database.unit_of_work() as work:
        [message] = (await work.execute(select(MESSAGES.c.text_id, MESSAGES.c.kind))).all()
    assert message.text_id.startswith("sms.unit_coming") and message.kind == "unit_coming"
