"""The whole of it over real sockets: the ministry decides, her phone rings, she answers, and operators look on.

Ministries and aggregator are the sandbox, in its own server; between it and the gateway there is HTTP alone.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.types import ASGIApp

import gateway.operations
from domain.clock import SystemClock
from domain.msisdn import Msisdn
from gateway.app import create_app
from gateway.assembly import Assembly
from gateway.cli import main
from gateway.pack import variables_of
from gateway.settings import DEMO_EVENT_SECRET, Settings
from sandbox.app import create_app as create_sandbox
from sms.records.opt_outs import SqlOptOuts
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.sealing import Sealer
from tests.read_once import assembled, load_pack
from tests.until import until
from tests.whole import settings_for

NUMBER, REFERENCE = "+994501234503", "41000035"
# Gateway, worker, chores and sandbox in one process, which on a busy machine is a slow one.
LONG = {"pause": 0.1, "seconds": 300.0}


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, lifespan="on", log_level="error", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]  # pytest keeps its own
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started, running)
    yield
    server.should_exit = True
    await running


@dataclass
class Town:
    """A gateway with its worker, and the world around it."""

    http: aiohttp.ClientSession
    gateway: str
    sandbox: str
    environment: dict[str, str] = field(repr=False)
    parts: Assembly = field(repr=False)

    async def decides(self, reference: str, to: str) -> None:
        async with self.http.post(f"{self.sandbox}/sandbox/move", json={"reference": reference, "to": to}) as answer:
            assert answer.status in (200, 201), await answer.text()

    async def texts(self, words: str) -> None:
        asked = {"msisdn": NUMBER, "text": words}
        async with self.http.post(f"{self.sandbox}/handset/api/sms", json=asked) as answer:
            assert answer.status in (200, 201), await answer.text()

    async def inbox(self) -> list[dict[str, Any]]:
        """What arrived, oldest first."""
        async with self.http.get(f"{self.sandbox}/handset/api/inbox", params={"msisdn": NUMBER}) as answer:
            messages = (await answer.json())["messages"]
        return [message for message in reversed(messages) if message["way"] == "in"]

    async def arrives(self, count: int) -> str:
        """The words of the last of so many messages."""

        async def there() -> list[dict[str, Any]] | None:
            found = await self.inbox()
            return found if len(found) >= count else None

        found = await until(there, **LONG)
        assert len(found) == count, [message["text"] for message in found]
        text: str = found[-1]["text"]
        return text

    async def metrics(self) -> str:
        async with self.http.get(f"{self.gateway}/metrics") as answer:
            return await answer.text()


@pytest.fixture
async def town(clean_url: str, redis_url: str, redis: RedisClient) -> AsyncIterator[Town]:
    # Each must know the other's address before it begins.
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    gateway, sandbox = (f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in listeners)
    _, environment = settings_for(clean_url, redis_url, sandbox)
    environment |= {
        "GUICHET_EVENT_SECRETS": f"vemtas={DEMO_EVENT_SECRET},asan={DEMO_EVENT_SECRET}",
        "GUICHET_AFRICASTALKING_USERNAME": "guichet",
        "GUICHET_AFRICASTALKING_API_KEY": "demo",
        "GUICHET_AFRICASTALKING_BASE_URL": sandbox,
        "GUICHET_QUIET_HOURS": "no",
    }
    settings, warnings = Settings.read(environment, tuple(environment))
    assert not warnings
    world = create_sandbox(gateway_url=gateway, event_secret=DEMO_EVENT_SECRET)
    async with AsyncExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
        await stack.enter_async_context(serving(world, listeners[1]))
        parts = assembled(settings, environment, clock=SystemClock(), with_worker=True)
        application = create_app(settings, parts)
        await stack.enter_async_context(serving(application, listeners[0]))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Town(http, gateway, sandbox, environment, parts)


async def test_the_ministry_decides_and_her_phone_rings(town: Town) -> None:
    await town.decides(REFERENCE, "granted")
    assert REFERENCE in (granted := await town.arrives(1)) and "245,00 manat" in granted

    await town.decides(REFERENCE, "ready_for_pickup")
    assert "Demo Bank" in await town.arrives(2)

    await town.texts(f"STATUT {REFERENCE}")
    answer = await town.arrives(3)
    assert REFERENCE in answer and "245" not in answer, "an SMS proves nothing about its sender: the state word alone"

    await town.texts("STATSU 41000035")
    assert "STATUS 41000035" in await town.arrives(4)
    await town.texts("1")
    assert REFERENCE in await town.arrives(5)

    async def all_delivered() -> bool:
        return 'guichet_sms_ended_total{provider="africastalking",state="delivered"} 5.0' in await town.metrics()

    await until(all_delivered, **LONG)


async def test_by_its_own_metrics_an_event_reaches_the_provider_in_seconds(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """In under one where the machine has nothing else to do; here it may have."""
    for number, state in enumerate(("granted", "ready_for_pickup"), 1):
        await town.decides(REFERENCE, state)
        await town.arrives(number)

    async def counted() -> dict[float, float] | None:
        buckets = re.findall(
            r'guichet_event_to_provider_seconds_bucket\{le="([^"]+)"[^}]*} (\S+)', await town.metrics()
        )
        found = {float(bound): float(count) for bound, count in buckets}
        return found if found and found[float("inf")] == 2 else None

    found = await until(counted, **LONG)
    with capsys.disabled():
        print(f"\nfrom an event to the provider: {found[1.0]:.0f} of 2 within a second")
    assert found[300.0] == 2


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("answers", {"kind": "406", "times": 1}),
        ("reports", {"kind": "rejected", "times": 1}),
        ("opt-outs", {"msisdn": NUMBER, "sender": "7575"}),
    ],
)
async def test_whom_her_provider_keeps_from_us_has_stopped_our_messages(
    town: Town, path: str, said: dict[str, object]
) -> None:
    """It answers so, reports so, or says so by itself."""
    async with town.http.post(f"{town.sandbox}/sandbox/sms/{path}", json=said) as answer:
        assert answer.status == 201, await answer.text()
    await town.decides(REFERENCE, "granted")
    parts = town.parts

    async def stopped() -> bool:
        async with parts.database.unit_of_work() as work:
            opt_outs = SqlOptOuts(Sealer(KeyRing.parse(parts.settings.encryption_keys)), parts.clock, parts.desk.ids)
            return await opt_outs.is_stopped(work, Msisdn.parse(NUMBER), "7575")

    await until(stopped, **LONG)


async def test_operators_find_and_explain(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await town.decides(REFERENCE, "granted")
    await town.arrives(1)
    _, unknown = Settings.read(town.environment, variables_of("azerbaijan"))
    for name, value in town.environment.items():
        # What other countries' packs need would be warned of at each command.
        if not any(name in warning for warning in unknown):
            monkeypatch.setenv(name, value)
    # Some thirty commands, each of which would read it anew.
    monkeypatch.setattr(gateway.operations, "load_pack", load_pack)

    async def guichet(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["messages", *words])
        said = capsys.readouterr()
        assert NUMBER not in said.out + said.err
        return status, said.out + said.err

    async def explained() -> str | None:
        status, said = await guichet("why", REFERENCE)
        assert status == 0
        return said if "delivered" in said else None

    said = await until(explained, **LONG)
    assert "application.granted from vemtas: handled" in said and "africastalking said delivered" in said
    assert "+994" in said and "245" not in said, "numbers masked, texts never"
    assert (await guichet("find", REFERENCE))[0] == 0
    assert (await guichet("find", "--number", NUMBER))[0] == 0
    assert (await guichet("why", "41 00-00 35"))[0] == 0, "however it is spelt"
    assert (await guichet("find", "4100-0035"))[0] == 0
    assert (await guichet("why", "41000019"))[0] == 1
    found = re.search(r"[0-9a-f-]{36}$", (await guichet("find", REFERENCE))[1].strip())
    assert found
    status, said = await guichet("why", found.group())
    assert status == 0 and "africastalking said delivered" in said and "0 messages" not in said
    status, said = await guichet("why", "00000000-0000-7000-8000-000000000007")
    assert status == 1 and "0 messages" in said and "nothing came for it" in said
    assert (await guichet("books"))[0] == 0

    id = re.search(r"[0-9a-f-]{36}$", (await guichet("find", REFERENCE))[1].strip())
    assert id
    assert (await guichet("resend", id.group(), "--reason", "she lost it"))[0] == 0
    await town.arrives(2)
    assert (await guichet("books"))[0] == 0
    explanation = (await guichet("why", REFERENCE))[1]
    assert "1 event, 2 messages" in explanation and "1 part by africastalking" in explanation
    assert f"sent again (she lost it), after {id.group()}" in explanation
    assert (await guichet("pauses"))[1] == (await guichet("dead"))[1] == "none\n"
    assert (await guichet("pause", "--reason", "everything?"))[0] == 2
    assert (await guichet("pause", "--text", "sms.grantet*", "--reason", "a slip"))[0] == 2

    # A slip of the finger stops nothing, and says so.
    status, said = await guichet("pause", "--source", "ventas", "--reason", "x")
    assert status == 2 and "vemtas" in said
    status, said = await guichet("cancel", "--text", "sms.grantet", "--reason", "x")
    assert status == 2 and "sms.granted" in said
    assert "ventas" not in (await guichet("pauses"))[1]

    assert (await guichet("pause", "--text", "sms.ready*", "--reason", "wrong amounts"))[0] == 0
    assert re.search(r"sms\.ready\* since \S+ \S+ UTC: wrong amounts", (await guichet("pauses"))[1])
    await town.decides(REFERENCE, "ready_for_pickup")

    async def held() -> bool:
        return "held" in (await guichet("why", REFERENCE))[1]

    await until(held, **LONG)
    assert len(await town.inbox()) == 2
    status, said = await guichet("cancel", "--text", "sms.ready*", "--reason", "wrong amounts")
    assert status == 0 and "1 suppressed" in said
    assert (await guichet("go-on", "--text", "sms.ready*"))[0] == 0
    assert (await guichet("go-on", "--text", "sms.ready*"))[0] == 1
    assert (await guichet("resend", "not-an-id", "--reason", "x"))[0] == 2
    assert (await guichet("dead"))[0] == 0
    assert (await guichet("dead", "--replay", "all"))[0] == 0
