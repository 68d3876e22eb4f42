"""The operations page in a real Chromium: in with a second factor, pictures to be read out, figures on request."""

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Route

from domain.deadline import Deadline
from gateway.ops_page.page import staff_of
from services.totp import KEY_OCTETS, code, step_of
from tests.until import until
from tests.web.conftest import Site, Visitor, visiting
from tests.web.files import WEB
from tests.web.ops_day import lived

pytestmark = pytest.mark.chromium

EN, FR = (json.loads((WEB / f"ops/words/{language}.json").read_text()) for language in ("en", "fr"))
PASSWORD = "correct horse battery"
DESK = {"width": 1280, "height": 900}
LOOKS = (("light", DESK), ("dark", DESK), ("dark", {"width": 1680, "height": 1000}),
         ("light", {"width": 320, "height": 640}), ("dark", {"width": 320, "height": 640}))  # fmt: skip
AS_WIDE_AS_THEIR_PLACE = (
    "[...document.querySelectorAll('.panel svg[role=img]')]"
    ".every((one) => Math.abs(one.clientWidth - one.closest('.picture').clientWidth) < 2)"
)
SHOTS = os.environ.get("GUICHET_TEST_SCREENSHOTS", "")
"""Where pictures of the page are left for somebody to look at; nowhere, if it is not set."""


@asynccontextmanager
async def staff(browser: Browser, site: Site, name: str) -> AsyncIterator[Visitor]:
    """Somebody of staff before the page, signed in, with every picture drawn."""
    running, key = site.whole, secrets.token_bytes(KEY_OCTETS)
    hashed = await running.parts.desk.pins.hash(PASSWORD, Deadline.after(30, running.clock))
    async with running.parts.database.unit_of_work() as work:
        assert await staff_of(running.parts.api.store, work).add(name, hashed, key)
    options: dict[str, Any] = {"viewport": DESK, "has_touch": False, "is_mobile": False, "locale": "en-GB"}
    async with visiting(browser, site, "/ops/", **options) as her:
        await her.page.get_by_label(EN["sign_name"]).fill(name)
        await her.page.get_by_label(EN["sign_password"]).fill("wrong" * 3)
        await her.page.get_by_label(EN["sign_code"]).fill("000000")
        await her.page.keyboard.press("Enter")
        await her.reads(EN["refused"])
        assert await her.page.get_by_label(EN["sign_password"]).input_value() == ""
        await shot(her, "sign-in")
        await her.page.get_by_label(EN["sign_password"]).fill(PASSWORD)
        await her.page.get_by_label(EN["sign_code"]).fill(code(key, step_of(running.clock.now())))
        await her.page.keyboard.press("Enter")
        await drawn(her, EN)
        yield her


async def drawn(her: Visitor, words: dict[str, str]) -> None:
    """Both looks have been answered: that at now, and that at lately."""
    for panel in ("rate", "satisfaction"):
        await her.page.get_by_label(words[panel], exact=True).locator("svg[role=img]").first.wait_for()


async def shot(her: Visitor, name: str) -> None:
    if SHOTS:
        await her.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
async def day(site: Site) -> None:
    await lived(site.whole)


async def test_pictures_first_and_figures_on_request(browser: Browser, site: Site, day: None) -> None:
    async with staff(browser, site, "nigar") as her:
        page = her.page
        assert await page.locator(".tally").count() == 5
        pictures = page.locator(".panel svg[role=img] > title")
        # Hops, latency, three ministries that were asked, screens, delivery, spend, dead letters, satisfaction.
        assert await pictures.count() == 10
        assert all(text.strip() for text in await pictures.all_text_contents()), "each says what it shows"
        assert "left alone by 1 of" in await page.locator(".ministry").first.inner_text()
        screens = page.get_by_label(EN["giving_up"], exact=True).first
        assert "rare" not in await screens.inner_text(), "three people are nobody's to see"
        first = screens.locator("tbody tr").first
        assert await first.is_hidden()
        await screens.get_by_text(EN["figures"]).click()
        assert await first.inner_text() == "status_ask\t730\t5200\t14 %"
        await screens.get_by_label(EN["language"]).select_option("fr")
        await screens.get_by_role("cell", name="130", exact=True).first.wait_for()
        await page.get_by_label(EN["span"]).select_option("day")
        await page.get_by_text(f"{EN['span_day']}: calls").wait_for()
        await shot(her, "figures")
        async with page.expect_response("**/ops/session**") as left:
            await page.get_by_role("button", name=EN["sign_out"]).click()
        assert (await left.value).status == 204
        await her.reads(EN["who_are_you"])
        assert "status_ask" not in await page.content()
        await page.reload()
        await her.reads(EN["who_are_you"])
        assert await page.evaluate("[document.cookie, sessionStorage.length]") == ["", 0]


async def test_it_fits_a_desk_a_wall_and_a_telephone_by_day_and_by_night(
    browser: Browser, site: Site, day: None
) -> None:
    async with staff(browser, site, "murad") as her:
        page = her.page
        for scheme, size in LOOKS:
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            # Asked from outside: a wait within the page is a text to be evaluated, which its policy forbids.
            await until(lambda: page.evaluate(AS_WIDE_AS_THEIR_PLACE))
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            small = await page.evaluate(
                "[...document.querySelectorAll('button, select, summary')].map((one) => one.getBoundingClientRect())"
                ".filter(({width, height}) => width && Math.min(width, height) < 47.5).length"
            )
            assert small == 0, "everything a finger hits is 48 pixels high and wide"
            await shot(her, f"{scheme}-{size['width']}")
        await page.get_by_role("button", name="Français").click()
        await drawn(her, FR)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await shot(her, "fr-320")


async def test_where_too_few_wrote_in_each_language_what_all_came_to_is_drawn(
    browser: Browser, site: Site, day: None
) -> None:
    async def fewer(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        of_all = [one for one in told["deliveries"] if not (one["provider"] and one["language"])]
        await route.fulfill(response=answer, json=told | {"deliveries": of_all})

    async with staff(browser, site, "aysel") as her:
        await her.page.route("**/ops/figures**", fewer)
        screens = her.page.get_by_label(EN["giving_up"], exact=True).first
        await screens.get_by_label(EN["language"]).select_option("fr")
        drawn = her.page.get_by_role("img", name=EN["delivery_alone_says"])
        await drawn.get_by_text("africastalking", exact=True).wait_for()
        await shot(her, "few-languages")
        await her.page.unroute_all(behavior="wait")


GEOMETRY = (
    ("axisEnd(0)", 1),
    ("axisEnd(1)", 1),
    ("axisEnd(0.021)", 0.03),
    ("axisEnd(994)", 1000),
    ("axisEnd(1001)", 1200),
    ("tens(0.001, 10)", [0.001, 0.01, 0.1, 1, 10]),
    ("heightOf(5, {height: 100, end: 10})", 50),
    ("heightOf(99, {height: 100, end: 10})", 0),
    ("heightOf(0.1, {height: 100, from: 0.001, end: 10})", 50),
    ("heightOf(0, {height: 100, from: 0.001, end: 10})", 100),
    ("line([0, 5, 10], {width: 20, height: 10, end: 10})", "M0 10L10 5L20 0"),
    ("line([0, null, 10], {width: 20, height: 10, end: 10})", "M0 10h0M20 0h0"),
    ("line([null, null], {width: 20, height: 10, end: 10})", ""),
    ("line([7], {width: 20, height: 10, end: 10})", "M0 3h0"),
    ("area([5, 10, null], {width: 20, height: 10, end: 10})", "M0 10L0 5L10 0L10 10Z"),
    ("parts([1, 1, 2], 100)", [{"at": 0, "width": 25}, {"at": 25, "width": 25}, {"at": 50, "width": 50}]),
    ("parts([0, 3], 30)", [{"at": 0, "width": 0}, {"at": 0, "width": 30}]),
    ("parts([], 30)", []),
    ("parts([0, 0], 30)", [{"at": 0, "width": 0}] * 2),
    # One of ten thousand is seen all the same, and the bar is no longer for it.
    ("parts([9999, 1], 100).map(({width}) => width)", [98, 2]),
)


async def test_where_things_stand_in_a_picture(browser: Browser, site: Site) -> None:
    names = "{area, axisEnd, heightOf, line, parts, tens}"
    asked = ", ".join(expression for expression, _ in GEOMETRY)
    async with visiting(browser, site, "/web/icon.svg") as her:
        found = await her.page.evaluate(f"import('/ops/geometry.js').then(({names}) => [{asked}])")
    assert dict(zip([each for each, _ in GEOMETRY], found, strict=True)) == dict(GEOMETRY)
