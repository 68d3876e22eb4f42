"""SMS on the handset page in a real Chromium: they arrive, are read on the phone and beside it, and are answered."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

pytestmark = pytest.mark.chromium

AZ = "Müraciətiniz 41000035 üzrə yardım təyin edildi: ayda 245.00 AZN."
EN = "Your application 41000035: social aid granted, 245.00 AZN a month."
FR = "Votre dossier 41000035 : aide accordée, 245.00 AZN par mois, à l’agence de Nərimanov dès mardi 24 novembre."
AR = "تم قبول طلبك رقم 41000035: 245.00 مانات في الشهر."


class Aggregator:
    """The gateway's side: what it sends through the simulated aggregator."""

    def __init__(self, client: aiohttp.ClientSession, page: Page) -> None:
        self._client, self._page = client, page

    async def send(self, to: str, text: str, sender: str = "VEMTAS", *, looked_for: bool = True) -> None:
        """`looked_for`: the page looks at once, as when one comes back to it, and not within its second."""
        form = {"username": "demo", "to": to, "message": text, "from": sender}
        async with self._client.post("/version1/messaging", data=form, headers={"apiKey": "key"}) as answer:
            assert answer.status == 201
        if looked_for:
            await self._page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
async def aggregator(handset_url: str, page: Page) -> AsyncIterator[Aggregator]:
    async with aiohttp.ClientSession(handset_url) as client:
        yield Aggregator(client, page)


async def hold(page: Page, number: str) -> None:
    """Take the phone with this number, and wait until its inbox was looked into."""
    async with page.expect_response(lambda told: "/inbox" in told.url and number[1:] in told.url):
        await page.get_by_label("Number", exact=True).select_option("other")
        await page.get_by_label("Other number, with +").fill(number)
        await page.get_by_label("Other number, with +").press("Tab")


async def test_an_sms_arrives_by_itself_and_is_read_aloud(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110001")
    await expect(page.locator("#inbox")).to_have_text("No messages yet")
    await expect(page.locator("#read")).to_be_hidden()
    await aggregator.send("+994501110001", EN, looked_for=False)
    message = page.locator("#inbox .sms")
    await expect(message).to_have_count(1)
    await expect(message).to_contain_text("VEMTAS")
    await expect(message).to_contain_text(EN)
    await expect(message).to_contain_text("1 part · GSM-7 · 66 septets")
    await expect(message.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(page.locator("#news")).to_have_attribute("role", "status")
    await expect(page.locator("#news")).to_have_text(f"New SMS from VEMTAS: {EN}")
    await expect(page.locator("#envelope")).to_have_text("✉1")
    await expect(page.locator("#unread")).to_have_text("1 new")


async def test_the_phone_itself_shows_and_answers_it_by_keyboard(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110002")
    await aggregator.send("+994501110002", AZ)
    await aggregator.send("+994501110002", EN)
    read = page.get_by_role("button", name="✉ 2 new messages")
    await read.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_have_text(f"✉ VEMTAS\n{AZ}", use_inner_text=True)
    await expect(page.locator("#envelope")).to_have_text("✉1")
    await expect(page.get_by_role("button", name="Reply", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your SMS")).to_be_focused()
    await page.keyboard.type("STATUS 41000035")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_have_text("Message sent.")
    written = page.locator("#inbox .sms.out")
    await expect(written).to_contain_text("To 7575")
    await expect(written).to_contain_text("STATUS 41000035")
    await expect(written.locator(".tag")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="✉ 1 new message")).to_be_visible()
    await expect(page.get_by_label("Number to dial")).to_have_value("*123#")
    await page.get_by_role("button", name="Mark all as read").click()
    await expect(page.locator("#read")).to_be_hidden()
    await expect(page.locator("#unread")).to_be_empty()


async def test_a_message_that_comes_during_a_call_waits_until_it_is_over(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110003")
    await page.locator("#call").click()
    await expect(page.locator("#message")).to_contain_text("Langue")
    await aggregator.send("+994501110003", EN)
    await expect(page.locator("#envelope")).to_have_text("✉1")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await expect(page.locator("#read")).to_be_hidden()
    await page.get_by_role("button", name="Hang-up key").click()
    await expect(page.get_by_role("button", name="✉ 1 new message")).to_be_visible()


async def test_a_message_is_written_and_answered_beside_the_phone(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110004")
    field = page.get_by_label("Write a message to 7575")
    await field.press("Enter")
    await expect(page.locator("#sms-said")).to_have_text("Nothing written.")
    await field.fill("KÖMƏK")
    await page.get_by_role("button", name="Send SMS").click()
    await expect(page.locator("#sms-said")).to_have_text("Sent to 7575: 1 part · UCS-2 · 5 units")
    await expect(field).to_have_value("")
    await expect(page.locator("#inbox .sms.out")).to_contain_text("KÖMƏK")
    await aggregator.send("+994501110004", EN, sender="7575")
    await page.get_by_role("button", name="Reply to 7575").click()
    await expect(field).to_be_focused()
    await expect(page.locator("#unread")).to_be_empty()


async def test_arabic_runs_from_the_right_and_parts_are_counted(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110005")
    await aggregator.send("+994501110005", FR)
    await aggregator.send("+994501110005", AR)
    newest = page.locator("#inbox .sms").first
    await expect(newest).to_contain_text(AR)
    await expect(newest).to_contain_text("1 part · UCS-2")
    await expect(page.locator("#inbox .sms").nth(1)).to_contain_text("2 parts · UCS-2")
    right, left = await newest.locator(".sms-text").evaluate(
        """(text) => {
          const range = document.createRange();
          range.selectNodeContents(text);
          const boxes = [...range.getClientRects()], whole = text.getBoundingClientRect();
          return [whole.right - Math.max(...boxes.map((box) => box.right)),
                  Math.min(...boxes.map((box) => box.left)) - whole.left];
        }"""
    )
    assert right < 2 <= left
    await page.get_by_role("button", name="✉ 2 new messages").click()
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="✉ 1 new message").click()
    await expect(page.locator("#message")).to_contain_text(AR)


async def test_every_number_has_an_inbox_of_its_own(page: Page, aggregator: Aggregator) -> None:
    await aggregator.send("+994501110006", EN)
    await hold(page, "+994501110006")
    await expect(page.locator("#inbox .sms")).to_have_count(1)
    await expect(page.locator("#unread")).to_be_empty()  # it lay there before the phone was taken
    await hold(page, "+994501110007")
    await expect(page.locator("#inbox")).to_have_text("No messages yet")
    await aggregator.send("+994501110006", AZ)
    await hold(page, "+994501110006")
    await expect(page.locator("#unread")).to_have_text("1 new")


async def test_a_visitor_decides_for_the_ministry(page: Page) -> None:
    await page.get_by_label("Number", exact=True).select_option("+994501234503")
    file = page.get_by_label("Application or visit")
    await expect(file).to_have_value("41000035")
    await expect(page.locator("[data-reference='41000035']")).to_have_text("in review")
    await page.get_by_role("group", name="Decide now").get_by_role("button", name="Granted").click()
    await expect(page.locator("#decision-said")).to_have_text("Decided: Granted. The ministry tells the gateway.")
    await expect(file.locator("option")).to_have_text("41000035 · Targeted social aid · Granted")
    await expect(page.locator("[data-reference='41000035']")).to_have_text("granted")
    await expect(file).to_be_focused()
    buttons = page.get_by_role("group", name="Decide now").get_by_role("button")
    await expect(buttons.filter(has_text="Granted")).to_be_disabled()  # where it was, and pressed already
    await page.get_by_label("Number", exact=True).select_option("+994551234521")
    await expect(page.get_by_text("Nothing of this number is decided here.")).to_be_visible()
    await expect(file).to_be_hidden()


async def test_a_double_click_decides_once(page: Page) -> None:
    decided: list[str] = []
    page.on("request", lambda sent: decided.append(sent.url) if sent.url.endswith("/api/decide") else None)
    await page.get_by_label("Number", exact=True).select_option("+994501234506")
    await expect(page.get_by_label("Application or visit")).to_have_value("41000062")
    buttons = page.get_by_role("group", name="Decide now").get_by_role("button")
    names = await buttons.all_inner_texts()
    await buttons.filter(has_text="Something is missing").dblclick()
    await expect(page.locator("#decision-said")).to_contain_text("Decided: Something is missing")
    assert await buttons.all_inner_texts() == names
    await expect(buttons.filter(has_text="Granted")).to_be_enabled()
    assert len(decided) == 1


async def test_the_inbox_has_names_for_who_cannot_see_it(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110008")
    await aggregator.send("+994501110008", EN)
    await expect(page.locator("#inbox .sms")).to_have_count(1)
    await expect(page.get_by_role("region", name="SMS inbox")).to_match_aria_snapshot(
        """
        - region "SMS inbox 1 new":
          - heading "SMS inbox 1 new" [level=2]
          - status: /New SMS from VEMTAS/
          - list "SMS inbox 1 new":
            - listitem:
              - paragraph: /VEMTAS/
              - paragraph: /Your application/
              - paragraph:
                - button "Reply to VEMTAS"
          - paragraph:
            - button "Mark all as read"
          - textbox "Write a message to 7575"
          - button "Send SMS"
        """
    )


async def test_long_messages_stay_on_a_small_screen(page: Page, aggregator: Aggregator) -> None:
    await hold(page, "+994501110010")
    await page.set_viewport_size({"width": 320, "height": 640})
    await aggregator.send("+994501110010", "W" * 300 + " " + AR)
    await expect(page.locator("#inbox .sms")).to_have_count(1)
    await page.locator("#read").click()
    for width in (320, 375, 1440):
        await page.set_viewport_size({"width": width, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_page_that_nobody_sees_asks_for_nothing(browser: Browser, handset_url: str) -> None:
    page = await browser.new_page()
    await page.clock.install()
    await page.goto(f"{handset_url}/handset")
    await hold(page, "+994501110009")
    await page.evaluate(
        """() => {
          window.seen = 'visible';
          Object.defineProperty(document, 'visibilityState', { get: () => window.seen });
          window.asked = 0;
          const fetched = window.fetch;
          window.fetch = (...all) => { window.asked += 1; return fetched(...all); };
        }"""
    )
    await page.clock.run_for(6500)
    asked = await page.evaluate("window.seen = 'hidden', window.asked")
    assert asked >= 2, "seen, it looks for messages and for files"
    await page.clock.run_for(60_000)
    assert await page.evaluate("window.asked") == asked
    await page.close()
