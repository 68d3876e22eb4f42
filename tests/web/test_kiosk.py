"""The kiosk, touched by a finger in a real Chromium, on the whole gateway."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Route

from tests.web.conftest import Site, Visitor, visiting
from tests.web.files import WEB

pytestmark = pytest.mark.chromium

EN = json.loads((WEB / "shared/words/en.json").read_text())
FINGER = 48  # pixels


@pytest.fixture
async def her(browser: Browser, site: Site) -> AsyncIterator[Visitor]:
    """Somebody before the kiosk, on the width of an old telephone; its clock is the test's."""
    async with visiting(browser, site, "/kiosk/", clock=True, viewport={"width": 320, "height": 568}) as visitor:
        await visitor.page.get_by_role("button", name="English").wait_for()
        yield visitor


async def fits(visitor: Visitor) -> None:
    """No sideways scrolling, and nothing too small for a finger."""
    assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in await visitor.page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box and min(box["width"], box["height"]) >= FINGER, await button.inner_text()


async def starts(visitor: Visitor, *names: str) -> None:
    """From the languages on."""
    await visitor.taps("English", *names)


async def test_the_packs_languages_are_the_first_screen(her: Visitor) -> None:
    assert await her.page.get_by_role("button").all_inner_texts() == ["Azərbaycan", "English", "Français"]
    assert not await her.page.locator("input").count()
    await fits(her)
    await her.taps("Azərbaycan")
    await her.reads("Nə etmək istəyirsiniz?")
    assert await her.page.evaluate("document.documentElement.lang") == "az"
    await fits(her)


async def test_a_reference_tells_where_the_application_stands(her: Visitor) -> None:
    await starts(her, EN["home_status"])
    await fits(her)
    await her.types("41000035")
    await her.taps(EN["go_on"])
    await her.reads("being examined")
    assert "*123#" in await her.page.locator("main").inner_text()
    await her.taps(EN["back"])
    await her.types("41000018")
    await her.taps(EN["go_on"])
    await her.reads("This is not a number as it stands on a slip.")
    await her.taps(EN["type_again"])
    await her.types("49999995")
    await her.taps(EN["go_on"])
    await her.reads(EN["number_unknown"])


async def test_offices_of_a_service_and_all_of_them_by_and_by(her: Visitor) -> None:
    await starts(her, EN["home_places"], "Passport")
    await her.reads("ASAN 1 (demo) Bakı")
    await her.taps(EN["back"], EN["all_places"])
    await her.reads("ASAN 1 (demo) Bakı")
    entries = her.page.locator(".entry")
    assert await entries.count() == 20
    await her.taps(EN["more"])
    assert await entries.count() > 20
    await fits(her)


async def test_what_to_bring(her: Visitor) -> None:
    await starts(her, EN["home_needs"], "Targeted social aid")
    await her.reads("Identity card")
    await her.reads("Free of charge")
    await her.reads("15 working days")


async def booked_until_the_code(her: Visitor, number: str) -> None:
    await starts(her, EN["home_visit"], "Identity card")
    await her.page.get_by_role("button", name="ASAN 1 (demo) Bakı").tap()
    await her.page.get_by_role("button", name="Tuesday, 24 November").tap()
    await her.page.locator(".times button").first.tap()
    await her.keys(f"0{number.removeprefix('+994')}")
    await her.reads(EN["type_code"])


async def test_a_visit_is_booked_with_the_code_from_the_sms(her: Visitor, site: Site) -> None:
    number = "+994501230011"
    await booked_until_the_code(her, number)
    code = await site.code(number)
    await her.types("000000" if code != "000000" else "111111")
    await her.taps(EN["go_on"])
    await her.reads("This is not the code.")
    await fits(her)
    await her.types(code)
    await her.taps(EN["go_on"])
    await her.reads("Tuesday, 24 November")
    async with her.page.expect_response("**/api/v1/appointments") as answered:
        await her.taps(EN["book"])
    answer = await answered.value
    assert answer.status == 201
    await her.reads(EN["booked"])
    await her.reads((await answer.json())["number"])
    token = await answer.request.header_value("authorization")
    assert token and await still_signed_in(site, token)
    async with her.page.expect_response("**/auth/sign-out") as left:
        await her.page.locator("main").get_by_role("button", name=EN["finish"]).tap()
    assert (await left.value).status == 204
    assert not await still_signed_in(site, token)
    await her.reads("Français")


async def still_signed_in(site: Site, bearer: str) -> bool:
    reply = await site.office.ask("GET", "/appointments", token=bearer.removeprefix("Bearer "))
    return reply.status == 200


async def test_after_a_minute_nobody_was_here(her: Visitor, site: Site) -> None:
    number = "+994501231011"
    await booked_until_the_code(her, number)
    await her.keys(await site.code(number))
    await her.reads(EN["confirm_visit"])
    await her.page.clock.run_for(46_000)
    await her.reads(EN["still_there"])
    await fits(her)
    await her.taps(EN["stay"])
    await her.page.clock.run_for(44_000)
    assert not await her.page.locator("#still").is_visible()
    async with her.page.expect_response("**/auth/sign-out") as left:
        await her.page.clock.run_for(16_500)
    assert (await left.value).status == 204
    await her.reads("Français")
    text = await her.page.locator("body").inner_text()
    assert "1231011" not in text
    assert await her.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert await her.page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


async def test_the_one_who_goes_says_so_and_the_next_sees_nothing(her: Visitor) -> None:
    await starts(her, EN["home_status"])
    await her.types("4100")
    await her.page.clock.run_for(50_000)
    await her.taps(EN["leave"])
    await her.reads("Français")
    await starts(her, EN["home_status"])
    assert (await her.page.locator(".typed").inner_text()).strip() == ""


async def test_a_lost_network_is_told_and_tried_again(her: Visitor) -> None:
    await starts(her)
    await her.context.set_offline(True)
    await her.taps(EN["home_needs"])
    await her.reads(EN["no_network"])
    await her.context.set_offline(False)
    await her.taps(EN["again"])
    await her.reads("Targeted social aid")
    her.faults.clear()


async def test_right_to_left_needs_nothing_but_words(browser: Browser, site: Site) -> None:
    words = {name: "مرحبا" if isinstance(said, str) else said for name, said in EN.items()}

    async def country(route: Route) -> None:
        answer = await route.fetch()
        shown: dict[str, Any] = await answer.json()
        shown["languages"].append({"code": "ar", "name": "العربية", "direction": "rtl"})
        await route.fulfill(response=answer, json=shown)

    async def arabic(route: Route) -> None:
        await route.fulfill(json=words)

    async with visiting(browser, site, "/web/icon.svg", color_scheme="dark") as her:
        await her.page.route("**/api/v1/country", country)
        await her.page.route("**/web/words/ar.json", arabic)
        await her.page.goto(f"{site.url}/kiosk/")
        await her.taps("العربية")
        await her.page.locator(".tile").first.wait_for()
        for width in (320, 360, 1080):
            await her.page.set_viewport_size({"width": width, "height": width * 16 // 9})
            await fits(her)
        back, finish = [await her.page.locator(f"#{id}").bounding_box() for id in ("back", "finish")]
        assert back and finish and back["x"] > finish["x"]
        await her.page.locator(".tile").first.tap()
        await her.types("41")
        one, three = [await her.page.locator(".pad button").nth(at).bounding_box() for at in (0, 2)]
        assert one and three and one["x"] < three["x"], "digits stand as on every telephone"
        await fits(her)
