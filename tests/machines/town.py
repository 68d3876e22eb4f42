"""What gateways and workers stand in: ministries, an aggregator, a load balancer, and citizens' telephones."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from gateway.settings import Settings
from sandbox.app import create_app as create_sandbox
from sandbox.countries import COUNTRIES
from sandbox.ministries.clock import SandboxClock
from tests.machines.front import Front
from tests.machines.processes import Machines
from tests.machines.shared_clock import SharedClock
from tests.nursery import Nursery
from tests.read_once import assembled, load_pack
from tests.serving import serving
from tests.whole import NOW, Stage, Whole, settings_for

SECRET = "a-secret-of-these-machines"
EVENT_SECRET = "whsec_" + base64.b64encode(b"a secret of these machines alone").decode()
_COUNTER = {"Information-Mediator-Client": "MACHINES/GOV/0001/counter"}


@dataclass(repr=False)
class Town:
    """`front`: where telephones and apps call. `behind`: what the test itself may look at and do without any gateway;
    its `app` is the front, its clock everybody's."""

    machines: Machines
    front: Front
    callbacks: Front
    clock: SharedClock
    stage: Stage
    behind: Whole
    # Of the ministries and the aggregator, and where these call back.
    url: str
    callback_url: str
    country: str
    # What ministries sign their events with; where it is empty they tell nobody.
    event_secret: str = ""
    first_day: datetime = NOW

    async def stand(self, gateways: int = 2, workers: int = 0) -> None:
        """So many, ready."""
        self.front.behind = [await self.machines.gateway() for _ in range(gateways)]
        self.callbacks.behind = list(self.front.behind)
        for _ in range(workers):
            await self.machines.worker()

    def begin_anew(self) -> None:
        """The clock and the ministries as on the first day."""
        self.clock.back()
        self.stage.app = self.behind.sandbox = _sandbox(self)

    @property
    def world(self) -> Any:
        return self.behind.sandbox.state.world

    async def asks(self, method: str, path: str, **body: object) -> Any:
        """Of the ministries and the aggregator, over HTTP: what they do then they do by themselves."""
        asked = self.front.http.request(method, self.url + path, json=body, headers=_COUNTER)
        async with asked as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def texts(self, number: str, text: str) -> None:
        """She writes an SMS."""
        await self.asks("POST", "/sandbox/sms/inbound", msisdn=number, text=text)

    def arrived(self, number: str) -> list[str]:
        """The texts on that telephone, the first first."""
        found = self.behind.sandbox.state.exchange.mailbox.of(number)
        return [sms.text for sms in reversed(found) if sms.way == "in"]


@asynccontextmanager
async def founded(
    database: str,
    redis: str,
    ministries: tuple[Stage, str],
    processes: Nursery,
    folder: Path,
    *,
    country: str = "azerbaijan",
    runs: bool = False,
    sends: bool = False,
    at: datetime | None = None,
    **changed: str,
) -> AsyncIterator[Town]:
    """Without a gateway yet. `runs`: its clock does, from a Monday morning; else it stands still. `sends`: SMS go out,
    and ministries tell of what they decide. `at`: begins then, and the ministries with it."""
    stage, url = ministries
    clock = SharedClock.create(folder / "clock", at or NOW, runs=runs)
    _, environment = settings_for(database, redis, url)
    pack = load_pack(country)
    asked_for = {*pack.variables(), "GUICHET_DATABASE_URL", "GUICHET_REDIS_URL", "GUICHET_ENCRYPTION_KEYS"}
    environment = {name: value for name, value in environment.items() if name in asked_for} | {
        "GUICHET_CALLBACK_SECRETS": SECRET,
        "GUICHET_COUNTRY": country,
        "GUICHET_LOG_LEVEL": "warning",
        "GUICHET_STARTS_PER_HOUR": "10000",
        "GUICHET_STOP_DELAY": "0",
        # Nobody seems late, however busy the machine that all of them share.
        "GUICHET_HOP_DEADLINE": "9",
        "GUICHET_MINISTRY_DEADLINE": "8",
        "GUICHET_REDIS_DEADLINE": "8",
        **(_sending(url) if sends else {}),
        **{f"GUICHET_{name.upper()}": value for name, value in changed.items()},
    }
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        front, callbacks = Front(http), Front(http)
        callback_url = await stack.enter_async_context(serving(callbacks, lifespan="off"))
        settings, _ = Settings.read(environment, tuple(environment))
        parts = assembled(settings, environment, clock=clock)
        stack.push_async_callback(parts.stop)
        machines = Machines(processes, environment, clock.path, folder, http)
        stack.push_async_callback(machines.close)
        behind = Whole(front, parts, clock, None)  # type: ignore[arg-type]
        secret = EVENT_SECRET if settings.event_secrets else ""
        town = Town(machines, front, callbacks, clock, stage, behind, url, callback_url, pack.name, secret, at or NOW)
        town.begin_anew()
        yield town


def _sending(url: str) -> dict[str, str]:
    return {
        "GUICHET_AFRICASTALKING_USERNAME": "guichet",
        "GUICHET_AFRICASTALKING_API_KEY": "machines",
        "GUICHET_AFRICASTALKING_BASE_URL": url,
        "GUICHET_EVENT_SECRETS": f"vemtas={EVENT_SECRET},asan={EVENT_SECRET}",
        "GUICHET_QUIET_HOURS": "no",
    }


def _sandbox(town: Town) -> Any:
    made = create_sandbox(
        SandboxClock(town.first_day, frozen=True),
        town.callback_url,
        SECRET,
        event_secret=town.event_secret,
        country=COUNTRIES[town.country],
    )
    # What it signs is signed by the time that gateways know.
    made.state.push.stamp = lambda: town.clock.now().timestamp()
    made.state.push.now = town.clock.now
    return made
