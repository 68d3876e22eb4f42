"""The ministries that push: what they tell, how they sign it, what can go wrong, and what the others let one poll."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.__main__ import _milliseconds
from sandbox.app import create_app
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.push import DEMO_SECRET, Push
from sandbox.ministries.signing import key_of, signed
from tests.sandbox.gateway_stub import Recorder, Seen, recording
from tests.sandbox.ministry_calls import MONDAY, VEMTAS, Hands, application, get, submit
from tests.serving import serving

IN_REVIEW, GRANTED, VISA = "41000035", "41000024", "700000029"
SCHEDULER = "/ministries/asan"
WHO = {"requestor_id": "guichet", "request_token": "t"}


@dataclass
class Town:
    """The ministries and the gateway that they tell."""

    gateway: Recorder
    client: aiohttp.ClientSession
    push: Push
    hands: Hands

    async def post(self, path: str, status: int = 200, **asked: Any) -> Any:
        async with self.client.post(path, json=asked) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def move(self, reference: str, to: str, **facts: Any) -> None:
        await self.post("/sandbox/move", reference=reference, to=to, **facts)

    async def fault(self, kind: str, **more: Any) -> None:
        await self.post("/sandbox/events/faults", 201, kind=kind, times=1, **more)

    async def told(self) -> list[Seen]:
        """Everything that came, once nothing more is to be told."""
        async with asyncio.timeout(20):
            while self.push.postman.tasks:
                await asyncio.wait(set(self.push.postman.tasks))
        return self.gateway.of("events")

    async def schedule(self, method: str, path: str, **params: str) -> str:
        async with self.client.request(method, SCHEDULER + path, params={**WHO, **params}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def booked(self, **subscriber: str) -> str:
        """A visit's id."""
        details = {f"subscriber_details[{name}]": value for name, value in subscriber.items()}
        who = (await self.schedule("POST", "/subscriber/new", **details)).strip('"').split(":")[1]
        filters = {"event_filter[host_entity_id]": "asan-05", "event_filter[category]": "passport"}
        [events] = json.loads(await self.schedule("GET", "/event/list_details", **filters))
        seat = next(event["event_id"] for event in events if event["details"]["status"] == "open")
        wanted = {"appointment_details[event_ids]": seat, "appointment_details[participant_id]": who}
        return (await self.schedule("POST", "/appointment/new", **wanted)).split("appointment_id:")[1].rstrip(']"')


def content(seen: Seen) -> Any:
    return json.loads(seen.body)


def is_signed(seen: Seen, secret: str = DEMO_SECRET) -> bool:
    """Standard Webhooks once more, written down from its text and not with the sandbox's own lines."""
    message_id, at = seen.headers.get("webhook-id", ""), seen.headers.get("webhook-timestamp", "0")
    key = base64.b64decode(secret.split("_", 1)[1])
    mac = hmac.digest(key, f"{message_id}.{at}.".encode() + seen.body, hashlib.sha256)
    fresh = abs(time.time() - int(at)) < 300
    return fresh and seen.headers.get("webhook-signature") == "v1," + base64.b64encode(mac).decode()


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    hands = Hands()
    async with recording() as gateway:
        clock = SandboxClock(MONDAY, speed=86400, ticks=hands)
        app = create_app(clock, gateway.url, event_secret=DEMO_SECRET, pauses=(0.01, 0.02, 0.03))
        headers = {"Information-Mediator-Client": "AZ/GOV/1001/gateway"}
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            serving(app) as url,
            aiohttp.ClientSession(url, headers=headers, timeout=timeout) as client,
        ):
            yield Town(gateway, client, app.state.push, hands)


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    with pytest.raises(ValueError, match="base64"):
        key_of("whsec_not base64")


async def test_a_grant_is_told_with_everything_a_citizen_asks(town: Town) -> None:
    await town.move(IN_REVIEW, "granted", amount="245.00")
    [seen] = await town.told()
    assert seen.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert is_signed(seen)
    event = content(seen)
    assert seen.headers["webhook-id"] == event["id"]
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "vemtas", "application.granted")
    assert (event["subject"], event["sequence"]) == (IN_REVIEW, "2")
    assert event["time"].endswith("Z")
    data = event["data"]
    assert data["amount"] == {"value": "245.00", "currency": "AZN"}
    assert data["contact"] == {"msisdn": "+994501234503"}
    assert data["sequence"] == 2
    assert "place" not in data
    assert "reason" not in data


async def test_a_refusal_tells_why_and_a_card_where_and_until_when(town: Town) -> None:
    await town.move(IN_REVIEW, "refused")
    await town.move(GRANTED, "ready_for_pickup", pickup="branch-02", availableFrom="2026-12-01")
    await town.move("41000043", "action_required", needs=[{"en": "A certificate"}])
    told = {event["type"].split(".")[1]: event["data"] for event in map(content, await town.told())}
    refused, ready, sent_back = told["refused"], told["ready_for_pickup"], told["action_required"]
    assert "income" in refused["reason"]["en"]
    assert "amount" not in refused
    assert ready["place"] == {
        "name": "Demo Bank Yasamal", "address": "Sınaq pr. 48, Bakı", "hours": "09:00-18:00",
    }  # fmt: skip
    assert (ready["available_from"], ready["available_until"]) == ("2026-12-01", "2027-03-01")
    assert sent_back["needs"] == [{"en": "A certificate"}]


async def test_what_moves_by_itself_is_told_in_its_order(town: Town) -> None:
    reference = (await submit(town.client, application()))["fileId"]
    await town.post("/sandbox/clock", advance_working_days=90)
    await get(town.client, f"{VEMTAS}/applications/{reference}")
    mine = [event for event in map(content, await town.told()) if event["subject"] == reference]
    assert [event["type"].split(".")[1] for event in mine] == [
        "received", "in_review", "granted", "ready_for_pickup", "collected",
    ]  # fmt: skip
    assert [event["data"]["sequence"] for event in mine] == [1, 2, 3, 4, 5]


async def test_nobody_has_to_ask_for_a_move_to_be_told(town: Town) -> None:
    await submit(town.client, application())
    town.hands.seconds += 2
    await town.gateway.until(lambda: len(town.gateway.of("events")) >= 2)
    assert [content(seen)["type"] for seen in town.gateway.of("events")][:2] == [
        "application.received",
        "application.in_review",
    ]


async def test_a_visit_is_told_when_it_is_booked_moved_and_cancelled_by_the_centre(town: Town) -> None:
    visit = await town.booked(name="pseudonym-7", phone="+994501234501")
    moved = await town.post(f"/sandbox/appointments/{visit}", to="moved")
    await town.post(f"/sandbox/appointments/{visit}", to="cancelled")
    first, second, third = map(content, await town.told())
    assert [event["type"] for event in (first, second, third)] == [
        "appointment.booked", "appointment.moved", "appointment.cancelled",
    ]  # fmt: skip
    assert {event["source"] for event in (first, second, third)} == {"asan"}
    assert first["data"]["by"] == "citizen"
    assert first["data"]["contact"] == {"msisdn": "+994501234501"}
    assert first["data"]["participant"] == "pseudonym-7"
    assert first["data"]["starts_at"].endswith("+04:00")
    assert second["data"]["previously_at"] == first["data"]["starts_at"]
    assert second["data"]["starts_at"] == moved["from"] + "+04:00"
    assert (second["data"]["by"], third["data"]["sequence"]) == ("centre", 3)
    await town.post(f"/sandbox/appointments/{visit}", 404, to="cancelled")


async def test_a_pseudonym_alone_gives_nobody_to_write_to(town: Town) -> None:
    await town.booked(name="pseudonym-8")
    [event] = map(content, await town.told())
    assert "contact" not in event["data"]


async def test_an_event_is_posted_until_it_is_taken_and_signed_anew(town: Town) -> None:
    ticking = iter(range(100))
    town.push.stamp = lambda: time.time() + next(ticking)
    town.gateway.statuses = [503, 429, 500]
    await town.move(IN_REVIEW, "granted")
    seen = await town.told()
    assert len(seen) == 4
    assert len({one.headers["webhook-id"] for one in seen}) == 1
    assert len({one.headers["webhook-timestamp"] for one in seen}) == 4
    assert all(map(is_signed, seen))
    town.gateway.statuses = [500] * 50
    await town.move(IN_REVIEW, "refused")
    assert len(await town.told()) == 8


async def test_thin_events_carry_no_data(town: Town) -> None:
    await town.fault("thin")
    await town.move(IN_REVIEW, "granted")
    [event] = map(content, await town.told())
    assert "data" not in event
    assert (event["subject"], event["sequence"]) == (IN_REVIEW, "2")


async def test_an_event_may_travel_in_headers(town: Town) -> None:
    await town.fault("binary", source="vemtas")
    await town.move(IN_REVIEW, "granted")
    [seen] = await town.told()
    assert seen.headers["ce-specversion"] == "1.0"
    assert (seen.headers["ce-type"], seen.headers["ce-subject"]) == ("application.granted", IN_REVIEW)
    assert seen.headers["content-type"] == "application/json"
    assert "amount" in content(seen)
    assert is_signed(seen)


@pytest.mark.parametrize("kind", ["unsigned", "wrong_secret", "stale"])
async def test_a_bad_signature_can_be_had(town: Town, kind: str) -> None:
    await town.fault(kind)
    await town.move(IN_REVIEW, "granted")
    await town.move(IN_REVIEW, "card_ready")
    seen = {content(one)["type"]: is_signed(one) for one in await town.told()}
    assert seen == {"application.granted": False, "application.ready_for_pickup": True}


async def test_doubled_altered_and_conflicting_events(town: Town) -> None:
    await town.fault("doubled")
    await town.move(IN_REVIEW, "granted", amount="10.00")
    first, second = await town.told()
    assert first.body == second.body
    town.gateway.seen.clear()
    await town.fault("altered")
    await town.move(IN_REVIEW, "granted", amount="11.00")
    first, second = await town.told()
    assert content(first)["id"] == content(second)["id"]
    assert [content(one)["data"]["amount"]["value"] for one in (first, second)] == ["11.00", "9999.00"]
    town.gateway.seen.clear()
    await town.fault("conflicting")
    await town.move(IN_REVIEW, "granted")
    first, second = await town.told()
    assert [content(one)["type"] for one in (first, second)] == ["application.granted", "application.refused"]
    assert content(first)["sequence"] == content(second)["sequence"]
    assert content(first)["id"] != content(second)["id"]


async def test_events_may_overtake_each_other_come_late_or_never(town: Town) -> None:
    await town.fault("out_of_order", type="application.granted")
    await town.move(IN_REVIEW, "granted")
    assert await town.told() == []
    await town.move(IN_REVIEW, "card_ready")
    assert [content(one)["sequence"] for one in await town.told()] == ["3", "2"]
    town.gateway.seen.clear()
    await town.fault("late", seconds=0.2)
    await town.move(IN_REVIEW, "refused")
    await town.move(IN_REVIEW, "granted")
    assert [content(one)["sequence"] for one in await town.told()] == ["5", "4"]
    town.gateway.seen.clear()
    await town.fault("never")
    await town.move(IN_REVIEW, "refused")
    assert await town.told() == []


async def test_a_word_of_the_ministrys_own_becomes_a_type_of_its_own(town: Town) -> None:
    await town.post(f"/sandbox/applications/{IN_REVIEW}/state", code="SUSPENDED", title="Suspended")
    [event] = map(content, await town.told())
    assert event["type"] == "application.suspended"


async def test_the_visa_does_not_push_but_tells_what_has_changed(town: Town) -> None:
    path = "/ministries/visa/applications"
    since = "2026-11-23T06:00:01.000Z"
    assert await get(town.client, path, changedSince=since) == []
    town.hands.seconds += 5
    await town.move(VISA, "granted")
    town.hands.seconds += 5
    await town.move("700000011", "refused")
    assert await town.told() == []
    found = await get(town.client, path, changedSince=since, sortOrder="asc")
    assert [item["fileId"] for item in found] == [VISA, "700000011"]
    meta = found[0]["additionalMeta"]
    assert (meta["changed"], meta["sequence"]) == ("2026-11-23T06:00:05.000Z", 2)
    assert (meta["data"]["phase"], meta["data"]["contactLanguage"]) == ("granted", "fr")
    again = await get(town.client, path, changedSince="2026-11-23T06:00:10+00:00")
    assert [item["fileId"] for item in again] == ["700000011"]
    await get(town.client, path, 400, changedSince="yesterday")
    await get(town.client, path, 400, changedSince="2026-11-23T06:00:10")


async def test_a_senseless_move_is_refused(town: Town) -> None:
    await town.post("/sandbox/move", 400, reference=IN_REVIEW, to="nowhere")
    await town.post("/sandbox/move", 404, reference="1", to="granted")
    await town.post("/sandbox/move", 400, reference=IN_REVIEW, to="granted", amount="much")
    await town.post("/sandbox/events/faults", 400, kind="sideways")
    assert await town.told() == []


async def test_what_is_told_after_a_restart_or_a_reset_is_never_older_than_what_was_told_before() -> None:
    starts = iter([1_000_000, 2_000_000, 3_000_000])
    async with recording() as gateway:
        for _ in range(2):
            app = create_app(
                SandboxClock(MONDAY), gateway.url, event_secret=DEMO_SECRET, first_sequence=lambda: next(starts)
            )
            async with serving(app) as url, aiohttp.ClientSession(url) as client:
                town = Town(gateway, client, app.state.push, Hands())
                await town.move(IN_REVIEW, "granted")
                await town.move(IN_REVIEW, "refused")
                await town.booked(name="pseudonym-9")
                await town.told()
        async with serving(app) as url, aiohttp.ClientSession(url) as client:
            town = Town(gateway, client, app.state.push, Hands())
            await town.post("/sandbox/reset")
            await town.move(IN_REVIEW, "granted")
            sequences = [int(content(seen)["sequence"]) for seen in await town.told()]
    assert sequences == [1_000_001, 1_000_002, 1_000_000, 2_000_001, 2_000_002, 2_000_000, 3_000_001]
    assert time.time() * 1000 - 60_000 < _milliseconds() <= time.time() * 1000


async def test_without_a_secret_nobody_is_told() -> None:
    async with recording() as gateway:
        app = create_app(SandboxClock(MONDAY), gateway.url)
        async with serving(app) as url, aiohttp.ClientSession(url) as client:
            moved = {"reference": IN_REVIEW, "to": "granted"}
            async with client.post("/sandbox/move", json=moved) as answer:
                assert answer.status == 200
        assert app.state.push.postman.tasks == set()
        assert gateway.seen == []
