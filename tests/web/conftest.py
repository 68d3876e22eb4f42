"""The whole gateway behind a real port, and a real Chromium on its pages."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page
from starlette.types import ASGIApp

from storage.redis_client import RedisClient
from tests.chromium import chromium
from tests.databases import Databases
from tests.mobile_api.agent_office import Office
from tests.whole import Stage, Whole, served, whole

TELEPHONE = {"width": 360, "height": 640}
PATIENCE = 10_000  # milliseconds: the machine may be busy


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """An application on a free port, in this loop; gives its URL."""
    config = uvicorn.Config(app, lifespan="off", log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]  # pytest keeps its own
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve([listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await running


@dataclass(repr=False)
class Site:
    """The gateway as a browser finds it."""

    url: str
    whole: Whole
    office: Office

    async def code(self, number: str) -> str:
        """The sign-in code that was sent last to a number."""
        await self.whole.parts.desk.background.drain(PATIENCE / 1000)
        told = [text for id, text in await self.office.inbox(number) if id == "sms.code"][-1]
        found = re.search(r"\b[0-9]{6}\b", told)
        assert found, told
        return found.group()


@dataclass(repr=False)
class Visitor:
    """Somebody before a page. What the page's own script did wrong fails the test when she is gone."""

    page: Page
    site: Site
    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    async def taps(self, *names: str) -> None:
        """Buttons by what they say, one after another; each large enough for a finger."""
        for name in names:
            button = self.page.get_by_role("button", name=name, exact=True)
            await button.tap()

    async def types(self, digits: str) -> None:
        """On the page's own digits."""
        for digit in digits:
            await self.page.locator(".pad").get_by_role("button", name=digit, exact=True).tap()

    async def keys(self, digits: str) -> None:
        """The same on a keyboard, which is quicker."""
        await self.page.locator(".pad").wait_for()
        await self.page.keyboard.type(digits)
        await self.page.keyboard.press("Enter")

    async def reads(self, words: str) -> None:
        """Waits until that stands somewhere on the page."""
        await self.page.get_by_text(words).first.wait_for()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def web_ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="module")
async def site(
    databases: Databases, redis_url: str, web_ministries: tuple[Stage, str], request: pytest.FixtureRequest
) -> AsyncIterator[Site]:
    """A gateway for all stories of a module: each has people of its own."""
    redis = RedisClient(redis_url)
    await redis.execute("FLUSHALL")
    await redis.close()
    name = re.sub(r"\W", "_", request.module.__name__.rsplit(".", 1)[-1])
    url = await databases.migrated(name)
    async with whole(url, redis_url, *web_ministries) as running, serving(running.app) as address:
        yield Site(address, running, Office(running))


@asynccontextmanager
async def visiting(browser: Browser, site: Site, path: str, **options: Any) -> AsyncIterator[Visitor]:
    """A telephone with that page; nothing remembered from before."""
    options = {"viewport": TELEPHONE, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"} | options
    clock = options.pop("clock", False)
    context = await browser.new_context(**options)
    page = await context.new_page()
    visitor = Visitor(page, site, context)
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    page.on("console", lambda line: visitor.faults.append(line.text) if line.type in ("error", "warning") else None)
    if clock:
        await page.clock.install()
    await page.goto(f"{site.url}{path}")
    try:
        yield visitor
    finally:
        await context.close()
    # A problem of the API is an answer like any; Chromium writes a line about each.
    assert [fault for fault in visitor.faults if "Failed to load resource: the server responded" not in fault] == []
