"""The sandbox's ministries tell what moves, over HTTP and as they sign it; the pack's own rules make messages of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette

from domain.clock import SystemClock
from gateway.doors.events import EventsDoor, events_routes
from gateway.pack import Pack
from sandbox.app import create_app
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.push import DEMO_SECRET
from services.backends.registry import build
from services.backends.wire import HttpWire
from services.desk import Desk
from services.notices import handle_events
from services.polling import poll
from tests.read_once import load_pack
from tests.sandbox.ministry_calls import MONDAY, Hands
from tests.services.notice_office import Message, Office, close, office
from tests.serving import serving

IN_REVIEW, VISA = "41000035", "700000029"
SECRETS = (("vemtas", DEMO_SECRET), ("asan", DEMO_SECRET))


@dataclass(repr=False)
class Country:
    """The ministries, and the gateway's part that listens to them."""

    office: Office
    desk: Desk
    pack: Pack
    client: aiohttp.ClientSession
    push: Any
    hands: Hands

    async def post(self, path: str, **asked: Any) -> None:
        async with self.client.post(path, json=asked) as answer:
            assert answer.status in (200, 201), await answer.text()

    async def move(self, reference: str, to: str, **facts: Any) -> None:
        await self.post("/sandbox/move", reference=reference, to=to, **facts)

    async def told(self) -> list[Message]:
        """Every message, once all events have come and been handled."""
        async with asyncio.timeout(30):
            while self.push.postman.tasks:
                await asyncio.wait(set(self.push.postman.tasks))
        await handle_events(self.desk, self.pack.events, lambda source, word: None)
        return await self.office.messages()


@pytest.fixture
async def country(clean_url: str) -> AsyncIterator[Country]:
    opened, pack, hands = office(clean_url), load_pack("azerbaijan"), Hands()
    opened.clock.at = MONDAY
    door = EventsDoor(opened.store, pack.events, SECRETS, SystemClock())
    async with serving(Starlette(routes=events_routes(door))) as gateway:
        world = create_app(
            SandboxClock(MONDAY, speed=86400, ticks=hands), gateway, event_secret=DEMO_SECRET, pauses=(0.01,)
        )
        async with serving(world) as url, HttpWire() as wire, aiohttp.ClientSession(url) as client:
            ministries_at = {name: name[len("GUICHET_MINISTRY_") : -len("_URL")] for name in pack.variables()}
            addresses = {
                name: f"{url}/ministries/{ministry.lower().replace('_', '-')}"
                for name, ministry in ministries_at.items()
            }
            configs = tuple(pack.ministries_for(addresses).values())
            ministries = build(configs, wire, SystemClock(), pack.services.due)
            desk = replace(opened.town.desk(), ministries=ministries, services=pack.services)
            yield Country(opened, desk, pack, client, world.state.push, hands)
    await close(opened)


async def test_granted_then_ready_then_collected(country: Country) -> None:
    await country.move(IN_REVIEW, "granted", amount="245.00")
    (granted,) = await country.told()
    assert (granted.to, granted.kind, granted.source) == ("+994501234503", "granted", "vemtas")
    assert granted.values["amount"].amount == 245
    await country.move(IN_REVIEW, "ready_for_pickup", pickup="branch-02", availableFrom="2026-12-01")
    ready = (await country.told())[-1]
    assert (ready.kind, ready.values["place"]) == ("ready_for_pickup", "Demo Bank Yasamal")
    assert "not_collected" in await country.office.waiting()
    await country.move(IN_REVIEW, "collected")
    assert len(await country.told()) == 2 and "not_collected" not in await country.office.waiting()


@pytest.mark.parametrize("fault", ["thin", "binary", "doubled", "altered", "conflicting", "late"])
async def test_whatever_happens_on_the_way_one_grant_is_told_once(country: Country, fault: str) -> None:
    await country.post("/sandbox/events/faults", kind=fault, times=1, source="vemtas")
    await country.move(IN_REVIEW, "granted", amount="245.00")
    told = [message for message in await country.told() if message.subject == IN_REVIEW]
    assert [(message.kind, message.values["amount"].amount) for message in told] == [("granted", 245)]


async def test_an_event_that_was_overtaken_tells_nobody(country: Country) -> None:
    await country.post("/sandbox/events/faults", kind="out_of_order", times=1, source="vemtas")
    await country.move(IN_REVIEW, "granted", amount="245.00")
    await country.move(IN_REVIEW, "ready_for_pickup", pickup="branch-02", availableFrom="2026-12-01")
    assert [message.kind for message in await country.told()] == ["ready_for_pickup"]
    assert [outcome for _, outcome, _ in await country.office.events()] == ["told", "stale"]


@pytest.mark.parametrize("fault", ["unsigned", "wrong_secret", "stale"])
async def test_what_is_not_signed_now_tells_nobody(country: Country, fault: str) -> None:
    await country.post("/sandbox/events/faults", kind=fault, times=1, source="vemtas")
    await country.move(IN_REVIEW, "granted")
    assert await country.told() == [] and await country.office.events() == []


async def test_a_ministry_without_events_is_polled(country: Country) -> None:
    source = country.pack.events.sources["visa"]
    assert source.poll_seconds and await poll(country.desk, source) == 0
    country.hands.seconds += 1
    country.office.town.later(seconds=30)
    await country.move(VISA, "refused")
    assert await poll(country.desk, source) >= 1
    (message,) = await country.told()
    assert (message.kind, message.source, message.subject) == ("refused", "visa", VISA)
    assert await poll(country.desk, source) == 0
