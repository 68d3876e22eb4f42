"""The volunteer's page in a real Chromium: her day, a citizen beside her, and a day without a network."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from tests.mobile_api.agent_office import PIN
from tests.web.conftest import Site, Visitor, visiting
from tests.web.files import WEB

pytestmark = pytest.mark.chromium

EN = {
    **json.loads((WEB / "shared/words/en.json").read_text()),
    **json.loads((WEB / "volunteer/words/en.json").read_text()),
}
NARROW = {"width": 320, "height": 568}


@asynccontextmanager
async def working(browser: Browser, site: Site, number: str, badge: str, clock: bool = False) -> AsyncIterator[Visitor]:
    """A volunteer who is signed in on a narrow telephone."""
    await site.office.enrol(number, badge)
    async with visiting(browser, site, "/volunteer/", viewport=NARROW, clock=clock) as her:
        await signs_in(her, number)
        yield her


async def signs_in(her: Visitor, number: str) -> None:
    await her.taps("English")
    await her.keys(f"0{number.removeprefix('+994')}")
    await her.reads(EN["type_code"])
    await her.keys(await her.site.code(number))
    await her.reads(EN["own_pin"])
    await her.types(PIN)
    assert PIN not in await her.page.locator("body").inner_text()
    await her.taps(EN["go_on"])
    await her.reads(EN["help"])


async def asks(her: Visitor, purpose: str, number: str) -> None:
    """Up to the code that the citizen is sent."""
    her.site.whole.clock.advance(timedelta(minutes=3))
    await her.taps(EN["help"], purpose, EN["go_on"])
    await her.keys(f"0{number.removeprefix('+994')}")
    await her.reads("Type the consent code")


async def sits_with(her: Visitor, purpose: str, number: str) -> None:
    await asks(her, purpose, number)
    await her.keys(await her.site.office.code(number))
    await her.reads(EN["together"])


async def fits(her: Visitor) -> None:
    assert await her.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_citizen_agrees_is_helped_in_her_menus_and_gets_a_slip(browser: Browser, site: Site) -> None:
    async with working(browser, site, "+994502330001", "V-101") as her:
        await fits(her)
        await sits_with(her, "an application", "+994501330001")
        await fits(her)
        await her.page.reload()
        await her.taps(EN["her_applications"])
        await her.reads(EN["no_applications"])
        await her.taps(EN["back"], EN["menus"])
        await her.page.locator(".glass button").first.tap()
        await her.page.locator(".glass:not([aria-busy])").wait_for()
        await fits(her)
        await her.taps(EN["back"], EN["slip"])
        await her.reads("V-101")
        await her.page.emulate_media(media="print")
        assert await her.page.locator("header").is_hidden()
        assert await her.page.locator(".slip").is_visible()
        await her.page.emulate_media(media="screen")
        await her.taps(EN["back"], EN["end"])
        await her.reads(EN["ended"])
        await her.taps(EN["go_on"])
        await her.reads(EN["helped"])
        assert "1330001" not in await her.page.content()


async def test_she_says_yes_on_her_own_telephone_and_a_visit_is_booked(browser: Browser, site: Site) -> None:
    number = "+994501330002"
    async with working(browser, site, "+994502330002", "V-102", clock=True) as her:
        await asks(her, "a visit to an office", number)
        leyla = await site.office.person(number)
        [asked] = (await site.office.ask("GET", "/me/helpers", token=leyla)).json["items"]
        yes = {"agrees": True}
        assert (await site.office.ask("POST", f"/me/helpers/{asked['id']}/answer", token=leyla, body=yes)).status == 204
        await her.page.clock.run_for(3_000)
        await her.reads(EN["together"])
        await her.taps(EN["home_visit"], "Identity card")
        await her.page.get_by_role("button", name="ASAN 2 (demo) Bakı").tap()
        await her.page.get_by_role("button", name="Wednesday, 25 November").tap()
        await her.page.locator(".times button").first.tap()
        await her.taps(EN["book"])
        await her.reads(EN["booked"])
        [visit] = (await site.office.ask("GET", "/appointments", token=leyla)).json["items"]
        assert visit["place"]["id"] == "asan-02"
        assert (await site.office.ask("DELETE", f"/me/helpers/{asked['id']}", token=leyla)).status == 204
        await her.taps(EN["finish"], EN["menus"])
        await her.reads(EN["help_over"])


async def test_a_form_says_what_is_wrong_where_and_money_waits_for_a_call(browser: Browser, site: Site) -> None:
    async with working(browser, site, "+994502330003", "V-103") as her:
        site.whole.clock.advance(timedelta(minutes=3))
        await her.taps(EN["help"], "an application", EN["go_on"], EN["no_telephone"])
        await her.page.get_by_label(EN["witness"]).fill("Rashid Aliyev, teacher")
        await her.taps(EN["go_on"])
        await her.reads(EN["together"])
        await her.taps("Apply: Targeted social aid")
        await her.page.locator(".fields").wait_for()
        await fits(her)
        await her.taps(EN["hand_in"])
        await her.reads("Consent is needed first.")
        await her.page.get_by_label(EN["she_agrees"]).check()
        await her.taps(EN["hand_in"])
        await her.page.locator(".fault:visible").first.wait_for()
        await fills(her)
        await her.taps(EN["hand_in"])
        await her.reads("Kept until a colleague has called back.")


async def fills(her: Visitor) -> None:
    """Every field with something that fits it."""
    for entry in await her.page.locator(".fields input[type=text]").all():
        await entry.fill("3" if await entry.get_attribute("inputmode") else "Nargiz Demo")
    for entry in await her.page.locator(".fields input[type=date]").all():
        await entry.fill("1984-03-12")
    for entry in await her.page.locator(".fields select").all():
        await entry.select_option(index=1)


async def test_practice_cannot_be_taken_for_real_and_signing_out_leaves_nothing(browser: Browser, site: Site) -> None:
    async with working(browser, site, "+994502330004", "V-104") as her:
        band = her.page.locator("#drill")
        assert await band.is_hidden()
        await her.taps(EN["practise"], "an application", EN["go_on"])
        await her.keys(await her.page.locator(".number").inner_text())
        await her.reads(EN["together"])
        assert await band.inner_text() == EN["practice_band"]
        assert await her.page.get_by_role("button", name=EN["her_applications"]).count() == 0
        await her.taps(EN["menus"])
        await her.page.locator(".glass button").first.wait_for()
        assert await band.is_visible()
        await her.taps(EN["back"], EN["end"], EN["go_on"])
        await her.reads(EN["help"])
        assert await band.is_hidden()
        await signs_out(her)


async def signs_out(her: Visitor) -> None:
    """And nothing is left on the device."""
    async with her.page.expect_response("**/auth/sign-out") as left:
        await her.taps(EN["sign_out"])
    assert (await left.value).status == 204
    await her.reads(EN["own_number"])
    assert (await stored(her)).startswith(" {"), "nothing is sealed there any more"
    assert set(await her.page.evaluate("Object.keys(localStorage)")) == {"guichet.device", "guichet.language"}


async def test_a_day_without_a_network_ends_with_her_draft_in_her_hands(browser: Browser, site: Site) -> None:
    number = "+994501330005"
    async with working(browser, site, "+994502330005", "V-105") as her:
        await her.page.evaluate("navigator.serviceWorker.ready")
        await her.page.wait_for_function(
            "caches.open('guichet-volunteer-1').then((kept) => kept.keys()).then((all) => all.length > 20)"
        )
        await taken_along(her)
        await her.context.set_offline(True)
        await her.page.reload()
        await her.taps("Drafts on this device (0)", EN["new_draft"], "Targeted social aid")
        await her.reads(EN["her_number"])
        await her.page.get_by_label(EN["her_number"]).fill(f"0{number.removeprefix('+994')}")
        await fills(her)
        await her.taps(EN["keep_here"])
        await her.reads(EN["result_new"])
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


async def taken_along(her: Visitor) -> None:
    """Until the forms are on the device."""
    look = """() => new Promise((found) => {
        const opening = indexedDB.open('guichet-volunteer');
        opening.onsuccess = () => {
            const asked = opening.result.transaction('sealed').objectStore('sealed').getAllKeys();
            asked.onsuccess = () => { opening.result.close(); found(asked.result.includes('bundle')); };
        };
    })"""
    while not await her.page.evaluate(look):
        await her.page.wait_for_timeout(50)


async def stored(her: Visitor) -> str:
    """All that lies on the device, as text."""
    look = """() => new Promise((found) => {
        const opening = indexedDB.open('guichet-volunteer');
        opening.onsuccess = () => {
            const asked = opening.result.transaction('sealed').objectStore('sealed').getAll();
            asked.onsuccess = () => found(asked.result.map(({ sealed }) =>
                new TextDecoder().decode(sealed)).join(' ') + ' ' + JSON.stringify(localStorage));
        };
    })"""
    return str(await her.page.evaluate(look))


async def test_who_is_no_volunteer_is_told_so(browser: Browser, site: Site) -> None:
    number = "+994501330007"
    async with visiting(browser, site, "/volunteer/", viewport=NARROW) as her:
        await her.taps("Français", "English")
        await her.keys(f"0{number.removeprefix('+994')}")
        await her.reads(EN["type_code"])
        await her.keys(await site.code(number))
        await her.reads(EN["own_pin"])
        await her.keys(PIN)
        await her.page.locator(".bad:visible").wait_for()
