"""The volunteer's page in a real Chromium: her day, a citizen beside her, call-backs and practice."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, FilePayload

from tests.mobile_api.agent_office import PIN
from tests.web.at_work import (
    EN,
    NARROW,
    agreed_to_sources,
    asks,
    fills,
    fits,
    held_by_another,
    sits_with,
    stored,
    taken_along,
    working,
)
from tests.web.conftest import Site, Visitor, visiting

pytestmark = pytest.mark.chromium


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
        await her.taps(EN["back"], EN["end"], EN["end_now"])
        await her.reads(EN["ended"])
        assert await her.page.locator("#back").is_hidden()
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
        await her.taps(EN["slip"])
        await her.reads("G-")
        printed = await her.page.locator(".slip").inner_text()
        await her.taps(EN["back"], EN["go_on"], EN["end"])
        await her.reads(EN["end_print"])
        assert await her.page.locator(".slip").inner_text() == printed, "its claim code is still good"
        await her.taps(EN["end_now"])
        await her.reads(EN["ended_slip"])


async def test_a_colleague_reads_out_what_was_held_and_hands_it_in(browser: Browser, site: Site) -> None:
    """Not at once, and in the words of the form."""
    await held_by_another(site, "+994502330023", "V-123")
    async with working(browser, site, "+994502330013", "V-113") as him:
        await taken_along(him)
        await him.taps(EN["callbacks"])
        await him.page.locator(".list button").last.tap()
        await him.reads("You can call back and decide from")
        assert await him.page.get_by_role("button", name=EN["she_wants"]).is_disabled()
        told = await him.page.locator("main").inner_text()
        hers = ("Full name", "Nargiz Demo", "12 March 1984", "Rented", "Elnur", "1 May 2015")
        for words in (*hers, "Rashid Aliyev", "21 sources"):
            assert words in told, words
        assert "fullName" not in told
        await fits(him)
        site.whole.clock.advance(timedelta(minutes=31))
        await him.taps(EN["back"])
        await him.page.locator(".list button").last.tap()
        await him.reads(EN["called_back"])
        await him.taps(EN["she_wants"])
        await him.reads(EN["handed_in"])
        assert await him.page.locator("#back").is_hidden()
        await him.taps(EN["go_on"])
        await him.reads(EN["help"])


async def test_what_is_handed_in_has_a_number_a_slip_and_a_photograph(browser: Browser, site: Site) -> None:
    number = "+994501330006"
    async with working(browser, site, "+994502330006", "V-106") as her:
        await sits_with(her, "an application", number)
        await her.taps("Apply: Targeted social aid")
        await her.page.locator(".fields").wait_for()
        await fills(her)
        await her.taps(EN["hand_in"])
        await her.reads("Consent is needed first.")
        await agreed_to_sources(site, number)
        await her.taps(EN["hand_in"])
        await her.reads(EN["handed_in"])
        reference = await her.page.locator(".says b").inner_text()
        await her.taps(EN["documents"])
        await her.reads(EN["no_documents"])
        await her.page.locator("#file").set_input_files(await photographed(her))
        await her.reads(EN["document_handed_over"])
        await her.page.locator("#file").set_input_files(
            {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no document"}
        )
        await her.reads(EN["file_unfit"])
        await fits(her)
        await her.taps(EN["back"], EN["slip"])
        await her.reads(reference)
        await her.taps(EN["back"], EN["back"], EN["her_applications"])
        await her.page.get_by_role("button", name=reference).tap()
        await her.taps(EN["documents"])
        await her.reads(EN["photograph"])


async def test_practice_cannot_be_taken_for_real_and_signing_out_leaves_nothing(browser: Browser, site: Site) -> None:
    async with working(browser, site, "+994502330004", "V-104") as her:
        band = her.page.locator("#drill")
        assert await band.is_hidden()
        await taken_along(her)
        await her.taps(EN["practise"], "an application", EN["go_on"])
        await her.keys(await her.page.locator(".number").inner_text())
        await her.reads(EN["together"])
        assert await band.inner_text() == EN["practice_band"]
        await practises_a_form(her)
        await her.taps(EN["menus"])
        await her.page.locator(".glass button").first.wait_for()
        assert await band.is_visible()
        await her.taps(EN["back"], EN["end"], EN["end_now"], EN["go_on"])
        await her.reads(EN["help"])
        assert await band.is_hidden()
        await signs_out(her)


async def photographed(her: Visitor) -> FilePayload:
    """A picture as a camera gives it: of the telephone's own screen."""
    return {"name": "slip.png", "mimeType": "image/png", "buffer": await her.page.screenshot()}


async def practises_a_form(her: Visitor) -> None:
    """Handed in, with a photograph and a slip; nothing of it leaves the page."""
    sent: list[str] = []
    her.page.on("request", lambda request: sent.append(f"{request.method} {request.url.partition('/api/v1')[2]}"))
    await her.taps("Apply: Targeted social aid", EN["hand_in"])
    await her.reads(EN["practice_missing"])
    assert await her.page.locator("input:focus").count(), "she is taken to the first that is missing"
    await fills(her)
    await her.taps(EN["hand_in"])
    await her.reads("PRACTICE-1")
    await her.taps(EN["documents"])
    await her.page.locator("#file").set_input_files(await photographed(her))
    await her.reads(EN["photograph"])
    assert sent == []
    await her.taps(EN["back"], EN["slip"])
    await her.reads(f"{EN['practice_number']} PRACTICE-1")
    await her.taps(EN["back"], EN["go_on"])
    assert {line for line in sent if "/slip" not in line} <= {"GET /services"}


async def signs_out(her: Visitor) -> None:
    """And nothing is left on the device."""
    async with her.page.expect_response("**/auth/sign-out") as left:
        await her.taps(EN["sign_out"])
    assert (await left.value).status == 204
    await her.reads(EN["own_number"])
    assert (await stored(her)).startswith(" {"), "nothing is sealed there any more"
    assert set(await her.page.evaluate("Object.keys(localStorage)")) == {"guichet.device", "guichet.language"}


async def test_who_is_no_volunteer_is_told_so(browser: Browser, site: Site) -> None:
    number = "+994501330007"
    async with visiting(browser, site, "/volunteer/", viewport=NARROW) as her:
        await her.taps("Français", "English")
        await her.keys(f"0{number.removeprefix('+994')}")
        await her.reads(EN["type_code"])
        await her.keys(await site.code(number))
        await her.reads(EN["own_pin"])
        await her.types(PIN)
        await her.taps(EN["go_on"])
        await her.page.locator(".bad:visible").wait_for()
