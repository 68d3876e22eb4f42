"""The whole gateway behind a real port, and a real Chromium on its pages."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, ViewportSize

from storage.redis_client import RedisClient
from tests.chromium import PATIENCE, chromium
from tests.databases import Databases
from tests.mobile_api.agent_office import Office
from tests.serving import serving
from tests.whole import Stage, Whole, served, whole

TELEPHONE: ViewportSize = {"width": 360, "height": 640}


@dataclass(repr=False)
class Site:
    """The gateway as a browser finds it, and the telephones that were used there, by how they were made."""

    url: str
    whole: Whole
    office: Office
    telephones: dict[str, Page] = field(default_factory=dict)

    async def close(self) -> None:
        for page in self.telephones.values():
            await page.context.close()

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
    redis = RedisClient(redis_url, timeout=30)
    await redis.execute("FLUSHALL")
    await redis.close()
    name = re.sub(r"\W", "_", request.module.__name__.rsplit(".", 1)[-1])
    url = await databases.migrated(name)
    async with whole(url, redis_url, *web_ministries) as running, serving(running.app, lifespan="off") as address:
        found = Site(address, running, Office(running))
        yield found
        await found.close()


@asynccontextmanager
async def visiting(
    browser: Browser,
    site: Site,
    path: str,
    *,
    viewport: ViewportSize = TELEPHONE,
    clock: bool = False,
    fresh: bool = False,
    **options: Any,
) -> AsyncIterator[Visitor]:
    """A telephone with that page; nothing remembered from before but the page's own files. `fresh`: not even those.

    Telephones are used again: a new one takes as long as many a story.
    """
    options = {"has_touch": True, "is_mobile": True, "reduced_motion": "reduce"} | options
    kind = json.dumps([clock, options], sort_keys=True)
    used = None if fresh else site.telephones.pop(kind, None)
    page = used or await _telephone(browser, clock, viewport=viewport, **options)
    await page.set_viewport_size(viewport)
    visitor = Visitor(page, site, page.context)
    try:
        with _watched(visitor):
            await page.goto(f"{site.url}{path}")
            yield visitor
    except BaseException:
        await page.context.close()
        raise
    if fresh:
        await page.context.close()
    else:
        await _forgets(page, site)
        site.telephones[kind] = page
    # A problem of the API is an answer like any; Chromium writes a line about each.
    assert [fault for fault in visitor.faults if "Failed to load resource: the server responded" not in fault] == []


async def _telephone(browser: Browser, clock: bool, **options: Any) -> Page:
    page = await (await browser.new_context(**options)).new_page()
    page.set_default_timeout(PATIENCE)
    if clock:
        await page.clock.install()
    return page


@contextmanager
def _watched(visitor: Visitor) -> Iterator[None]:
    """What its script does wrong is written down for as long as the block."""

    def broke(error: Error) -> None:
        visitor.faults.append(str(error))

    def wrote(line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            visitor.faults.append(line.text)

    visitor.page.on("pageerror", broke)
    visitor.page.on("console", wrote)
    yield
    visitor.page.remove_listener("pageerror", broke)
    visitor.page.remove_listener("console", wrote)


async def _forgets(page: Page, site: Site) -> None:
    """All that a page can keep, but for its files: those are the same for everybody."""
    await page.unroute_all()
    await page.context.set_offline(False)
    await page.goto(f"{site.url}/web/icon.svg")  # where no script runs
    await page.context.clear_cookies()
    await page.evaluate("localStorage.clear(); sessionStorage.clear()")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": "indexeddb"})
    await devtools.detach()
