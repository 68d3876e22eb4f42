"""The kiosk of Morocco's annex: Arabic from right to left and French, with the pack's own words."""

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ViewportSize

from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.mobile_api.agent_office import Office
from tests.serving import serving
from tests.web.conftest import Site, Visitor, visiting
from tests.web.files import WEB
from tests.whole import Stage, whole

pytestmark = pytest.mark.chromium

AR = json.loads((WEB / "shared/words/ar.json").read_text())
OLD_TELEPHONE: ViewportSize = {"width": 320, "height": 568}


@pytest.fixture(scope="module")
async def annex(databases: Databases, redis_url: str, web_ministries: tuple[Stage, str]) -> AsyncIterator[Site]:
    """A gateway of that country."""
    redis = RedisClient(redis_url, timeout=30)
    await redis.execute("FLUSHALL")
    await redis.close()
    url = await databases.migrated("kiosk_morocco")
    async with (
        whole(url, redis_url, *web_ministries, country="morocco") as running,
        serving(running.app, lifespan="off") as address,
    ):
        found = Site(address, running, Office(running))
        yield found
        await found.close()


@pytest.fixture
async def her(browser: Browser, annex: Site) -> AsyncIterator[Visitor]:
    async with visiting(browser, annex, "/kiosk/", viewport=OLD_TELEPHONE) as visitor:
        await visitor.page.get_by_role("button", name="العربية").wait_for()
        yield visitor


async def direction(visitor: Visitor) -> list[object]:
    """Language, direction, and whether the page is as wide as its screen."""
    root = "document.documentElement"
    found: list[object] = await visitor.page.evaluate(f"[{root}.lang, {root}.dir, {root}.scrollWidth <= innerWidth]")
    return found


async def test_arabic_runs_from_the_right_and_offers_no_visits_where_there_are_none(her: Visitor) -> None:
    assert await her.page.get_by_role("button").all_inner_texts() == ["العربية", "Français"]
    assert await direction(her) == ["ar", "rtl", True]
    await her.taps("العربية")
    await her.reads(AR["home"])
    tiles = await her.page.locator(".home .tile").all_inner_texts()
    assert tiles == [AR["home_status"], AR["home_places"], AR["home_needs"]]
    assert await direction(her) == ["ar", "rtl", True]


async def test_a_certificate_and_where_the_annex_is(her: Visitor) -> None:
    await her.taps("العربية", AR["home_status"])
    await her.types("51100007")
    await her.taps(AR["go_on"])
    await her.reads("جاهز للسحب")
    # What is dialled keeps its order inside a line that runs from the right.
    assert "\u2066*123#\u2069" in (await her.page.locator("main").text_content() or "")
    await her.taps(AR["back"], AR["back"], AR["home_places"], "جواز السفر")
    await her.reads("ملحقة 5 بركان (تجريبي)")
    assert await direction(her) == ["ar", "rtl", True]


async def test_a_sensitive_permit_is_not_told_to_a_screen_in_a_hall(her: Visitor) -> None:
    await her.taps("العربية", AR["home_status"])
    await her.types("53100207")
    await her.taps(AR["go_on"])
    await her.reads(AR["number_unknown"])


async def test_french_runs_from_the_left(her: Visitor) -> None:
    await her.taps("Français")
    await her.reads("Que souhaitez-vous faire ?")
    assert await direction(her) == ["fr", "ltr", True]
