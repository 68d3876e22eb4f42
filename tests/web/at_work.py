"""A volunteer at her page: the steps that many stories begin with."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from playwright.async_api import Browser, ViewportSize

from domain.msisdn import Msisdn
from tests.mobile_api.agent_office import PIN
from tests.until import until
from tests.web.conftest import Site, Visitor, visiting
from tests.web.files import WEB

EN = {
    **json.loads((WEB / "shared/words/en.json").read_text()),
    **json.loads((WEB / "volunteer/words/en.json").read_text()),
}
HER_ANSWERS = {
    "fullName": "Nargiz Demo",
    "birthDate": "1984-03-12",
    "maritalStatus": "married",
    "housing": "rented",
    "monthlyIncome": 100,
    "hasDisability": False,
    "householdMembers": [{"name": "Elnur", "birthDate": "2015-05-01", "relation": "child", "monthlyIncome": 0}],
}
NARROW: ViewportSize = {"width": 320, "height": 568}


@asynccontextmanager
async def working(
    browser: Browser, site: Site, number: str, badge: str, *, practice: bool = False, **options: Any
) -> AsyncIterator[Visitor]:
    """A volunteer who is signed in on a narrow telephone."""
    await site.office.enrol(number, badge, practice)
    async with visiting(browser, site, "/volunteer/", viewport=NARROW, **options) as her:
        await signs_in(her, number)
        yield her


async def signs_in(her: Visitor, number: str) -> None:
    await her.taps("English")
    await her.keys(f"0{number.removeprefix('+994')}")
    await her.reads(EN["type_code"])
    await her.keys(await her.site.code(number))
    await her.reads(EN["own_pin"])
    await her.page.keyboard.type(PIN)
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


async def fills(her: Visitor, name: str = "Nargiz Demo") -> None:
    """Every field with something that fits it."""
    for entry in await her.page.locator(".fields input[type=text]").all():
        await entry.fill("3" if await entry.get_attribute("inputmode") else name)
    for entry in await her.page.locator(".fields input[type=date]").all():
        await entry.fill("1984-03-12")
    for entry in await her.page.locator(".fields select").all():
        await entry.select_option(index=1)


async def taken_along(her: Visitor) -> None:
    """Until the forms are on the device."""
    look = """() => new Promise((found) => {
        const opening = indexedDB.open('guichet-volunteer');
        opening.onsuccess = () => {
            const asked = opening.result.transaction('sealed').objectStore('sealed').getAllKeys();
            asked.onsuccess = () => {
                opening.result.close();
                found(asked.result.some((name) => name.endsWith('/bundle')));
            };
        };
    })"""
    await until(lambda: her.page.evaluate(look), pause=0.05)


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


async def reopens(her: Visitor) -> None:
    """The page once more, without what it held in memory."""
    await her.page.reload()
    await her.page.locator("main > *").first.wait_for()


async def leaves_draft(her: Visitor, number: str, name: str = "Nargiz Demo") -> None:
    """Made and kept on the device; the list of drafts is shown after it."""
    await her.taps(EN["new_draft"], "Targeted social aid")
    await her.reads(EN["her_number"])
    await her.page.get_by_label(EN["her_number"]).fill(f"0{number.removeprefix('+994')}")
    await fills(her, name)
    await her.taps(EN["keep_here"])
    await her.reads(EN["result_new"])


async def agreed_to_sources(site: Site, number: str) -> None:
    """What a citizen agrees to on her own telephone before a ministry reads about her."""
    config = site.whole.parts.desk.services.get("social_aid")
    assert config and config.consent
    async with site.office.store.open() as records:
        person = await records.people.by_number(Msisdn.parse(number))
        assert person
        await records.accounts.give_consent(person.id, config.consent, config.consent_text, "en", channel="ussd")


async def held_by_another(site: Site, number: str, badge: str) -> None:
    """What another agent of the organisation prepared before a witness."""
    agent, ask = await site.office.agent(number, badge), site.office.ask
    site.whole.clock.advance(timedelta(minutes=3))
    wish = {"purpose": "apply", "witness": "Rashid Aliyev"}
    beside = (await ask("POST", "/agent/citizens", token=agent, body=wish)).json
    token = (await ask("POST", f"/agent/citizens/{beside['id']}/token", token=agent)).json["access_token"]
    handed = {"service": "social_aid", "answers": HER_ANSWERS, "consent": True}
    reply = await ask("POST", "/applications", token=token, body=handed)
    assert (reply.status, reply.json["state"]) == (202, "held"), reply.body
