"""What stays on a volunteer's device, in a real Chromium: drafts, what came of them, locking, and who shares it."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Route

from tests.mobile_api.agent_office import PIN
from tests.until import until
from tests.web.at_work import (
    EN,
    fits,
    leaves_draft,
    signs_in,
    stored,
    taken_along,
    working,
)
from tests.web.conftest import Site, Visitor, visiting

pytestmark = pytest.mark.chromium


async def test_a_day_without_a_network_ends_with_her_draft_in_her_hands(browser: Browser, site: Site) -> None:
    number = "+994501330005"
    async with working(browser, site, "+994502330005", "V-105", fresh=True) as her:
        await her.page.evaluate("navigator.serviceWorker.ready")
        kept = "caches.open('guichet-volunteer-1').then((kept) => kept.keys()).then((all) => all.length > 20)"
        await until(lambda: her.page.evaluate(kept))
        await taken_along(her)
        await her.context.set_offline(True)
        await her.page.reload()
        await her.taps("Drafts on this device (0)")
        await leaves_draft(her, number)
        assert "Nargiz" not in await stored(her)
        await her.taps(EN["bring_drafts"])
        await her.reads(EN["no_network"])
        await her.context.set_offline(False)
        site.whole.clock.advance(timedelta(minutes=5))
        await her.taps(EN["again"])
        await her.reads(EN["result_needs_consent"])
        await her.taps(EN["type_her_code"])
        await her.keys(await site.office.code(number))
        await her.reads(EN["result_accepted"])
        await her.taps(EN["go_on_with_her"])
        await her.reads(EN["together"])
        await her.taps("Apply: Targeted social aid")
        await her.page.locator(".fields").wait_for()
        assert await her.page.locator(".fields input[type=text]").first.input_value() == "Nargiz Demo"
        her.faults.clear()


async def test_of_two_drafts_the_newer_stays_until_she_says_which_is_right(browser: Browser, site: Site) -> None:
    number = "+994501340001"
    async with working(browser, site, "+994502340001", "V-201") as her:
        await taken_along(her)
        await her.taps("Drafts on this device (0)")
        await leaves_draft(her, number)
        site.whole.clock.advance(timedelta(minutes=5))
        leyla = await site.office.person(number)
        newer = {"answers": {"fullName": "Leyla Herself"}}
        assert (await site.office.ask("PUT", "/drafts/social_aid", token=leyla, body=newer)).status == 200
        await her.taps(EN["bring_drafts"], EN["type_her_code"])
        await her.keys(await site.office.code(number))
        await her.reads(EN["result_conflict"])
        await fits(her)
        # She may ask first, and answer from the list later.
        await her.taps(EN["back"])
        await her.page.get_by_role("button", name=EN["result_conflict"]).tap()
        await her.taps(EN["this_one"])
        await her.reads(EN["result_accepted"])
        kept = (await site.office.ask("GET", "/drafts/social_aid", token=leyla)).json
        assert kept["answers"]["fullName"] == "Nargiz Demo"


async def test_what_is_refused_says_why_and_is_mended(browser: Browser, site: Site) -> None:
    """Another number is another person: whoever agreed to the first draft has not agreed to the second."""
    first, second = "+994501340002", "+994501340003"
    async with working(browser, site, "+994502340002", "V-202") as her:
        await taken_along(her)
        await her.taps("Drafts on this device (0)")
        await leaves_draft(her, "+99412")
        await her.taps(EN["bring_drafts"])
        await her.reads(f"{EN['result_refused']} {EN['why_number']}")
        await her.taps(EN["change_draft"])
        await mends_number(her, first)
        await her.taps(EN["bring_drafts"])
        await her.reads(EN["result_needs_consent"])
        await her.taps(EN["change_draft"])
        await mends_number(her, second)
        site.whole.clock.advance(timedelta(minutes=3))
        await her.taps(EN["bring_drafts"])
        await her.reads(EN["result_needs_consent"])
        await her.taps(EN["type_her_code"])
        await her.keys(await site.office.code(second))
        await her.reads(EN["result_accepted"])
        await her.taps(EN["back"])
        await her.reads(EN["no_drafts"])


async def mends_number(her: Visitor, number: str) -> None:
    await her.page.get_by_label(EN["her_number"]).fill(f"0{number.removeprefix('+994')}")
    await her.taps(EN["keep_here"])
    await her.reads(EN["result_new"])


async def test_locked_drafts_wait_for_her_pin_and_for_nobody_else(browser: Browser, site: Site) -> None:
    """Two volunteers share a tablet. Neither opens what the other left, nor sees how much it is."""
    async with working(browser, site, "+994502340003", "V-203") as her:
        await taken_along(her)
        await her.taps("Drafts on this device (0)")
        await leaves_draft(her, "+994501340004")
        await her.taps(EN["back"], EN["lock"])
        await her.reads(EN["locked_by"])
        await her.page.reload()
        await her.reads("Aygun V-203")
        await her.keys("000000" if PIN != "000000" else "111111")
        await her.reads("PIN")
        await her.page.locator(".bad:visible").wait_for()
        await a_colleague_shares_it(her)
        await her.keys(PIN)
        await her.taps("Drafts on this device (1)")
        await her.reads("0501340004")
        assert "Nargiz" not in await stored(her)


async def a_colleague_shares_it(her: Visitor) -> None:
    """And signs out for good: what is not his stays."""
    number = "+994502340004"
    await her.site.office.enrol(number, "V-204")
    await her.taps(EN["somebody_else"])
    await signs_in(her, number)
    await taken_along(her)
    await her.taps("Drafts on this device (0)")
    await her.reads(EN["no_drafts"])
    await her.taps(EN["back"], EN["sign_out"])
    await her.reads("Aygun V-203")


async def test_what_was_sealed_before_the_gateways_keys_changed_is_still_hers(browser: Browser, site: Site) -> None:
    look = """async () => {
        const { Vault } = await import('/volunteer/vault.js');
        const [before, now] = ['A'.repeat(43), 'B'.repeat(43)];
        const vault = await Vault.open();
        await vault.unlock(before);
        await vault.put('draft:1', 'Nargiz');
        await vault.unlock(now, [before]);
        const kept = await vault.get('draft:1');
        const again = await Vault.open();
        const found = [kept, await again.get('draft:1')];
        await again.unlock(before);
        return [...found, await again.get('draft:1')];
    }"""
    async with visiting(browser, site, "/volunteer/") as her:
        await her.reads("English")
        assert await her.page.evaluate(look) == ["Nargiz", "Nargiz", None]


async def test_without_a_network_a_locked_page_says_so(browser: Browser, site: Site) -> None:
    async with working(browser, site, "+994502340005", "V-205") as her:
        await her.taps(EN["lock"])
        await her.reads(EN["locked_by"])
        await her.context.set_offline(True)
        await her.keys(PIN)
        await her.reads(EN["no_network"])
        await her.context.set_offline(False)
        await her.keys(PIN)
        await her.reads(EN["help"])
        her.faults.clear()


async def test_a_trainees_drafts_go_nowhere(browser: Browser, site: Site) -> None:
    number = "+994501340006"
    async with working(browser, site, "+994502340006", "V-206", practice=True) as her:
        await taken_along(her)
        assert await her.page.locator("#drill").is_visible()
        await her.taps("Drafts on this device (0)")
        await leaves_draft(her, number)
        await her.taps(EN["bring_drafts"])
        await her.reads(EN["why_practice"])
        assert await site.office.inbox(number) == []


async def test_it_can_be_installed(browser: Browser, site: Site) -> None:
    async with visiting(browser, site, "/volunteer/", fresh=True) as her:
        await her.page.evaluate("navigator.serviceWorker.ready")
        devtools = await her.context.new_cdp_session(her.page)
        found = await devtools.send("Page.getInstallabilityErrors")
        # A private window, as tests have them, installs nothing.
        assert {each["errorId"] for each in found["installabilityErrors"]} <= {"in-incognito"}


async def test_right_to_left_and_by_the_keyboard_alone(browser: Browser, site: Site) -> None:
    """A language that runs the other way needs its words, and nothing else."""
    number = "+994502340007"
    await site.office.enrol(number, "V-207")

    async def country(route: Route) -> None:
        answer = await route.fetch()
        shown: dict[str, Any] = await answer.json()
        shown["languages"].append({"code": "ar", "name": "العربية", "direction": "rtl"})
        await route.fulfill(response=answer, json=shown)

    async def words(route: Route) -> None:
        answer = await route.fetch(url=route.request.url.replace("/ar.json", "/en.json"))
        said = await answer.json()
        await route.fulfill(
            json={name: f"مرحبا {word}" if isinstance(word, str) else word for name, word in said.items()}
        )

    async with visiting(browser, site, "/web/icon.svg", service_workers="block") as her:
        await her.page.route("**/api/v1/country", country)
        await her.page.route("**/words/ar.json", words)
        await her.page.goto(f"{site.url}/volunteer/")
        await her.taps("العربية")
        await her.keys(f"0{number.removeprefix('+994')}")
        await her.reads(EN["type_code"])
        await her.keys(await site.code(number))
        await her.reads(EN["own_pin"])
        await her.keys(PIN)
        await her.reads(EN["help"])
        await fits(her)
        drawing, text = [await her.page.locator(f".tile {part}").first.bounding_box() for part in ("svg", "")]
        assert drawing and text and drawing["x"] > text["x"] + text["width"] / 2
        for _ in range(2):  # past "Help somebody", to the drafts
            await her.page.keyboard.press("Tab")
        await her.page.keyboard.press("Enter")
        await her.reads(EN["drafts_sealed"])
        assert await her.page.evaluate("document.activeElement.id") == "title", "the new screen's name is heard"
        await fits(her)
        her.faults.clear()  # the worker, which a test has to leave out to invent a language
