"""The handset page in a real Chromium: dialled, typed on, read aloud, and looked at on a small screen."""

import json

import pytest
from playwright.async_api import Page, expect

from sandbox.app import create_app
from sandbox.countries import COUNTRIES
from tests.ports import Port
from tests.serving import serving

pytestmark = pytest.mark.chromium


async def answer(page: Page, typed: str) -> None:
    await page.get_by_label("Your answer").fill(typed)
    await page.get_by_role("button", name="Send", exact=True).click()


async def test_a_citizen_dials_types_and_reads_the_end(page: Page, ended: list[dict[str, str]]) -> None:
    await page.get_by_role("button", name="Call", exact=True).click()
    screen = page.locator("#message")
    await expect(screen).to_contain_text("1 Azerbaycanca")
    await page.locator("[data-key='2']").click()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(screen).to_contain_text("2 Book a visit")
    await answer(page, "1")
    await expect(screen).to_contain_text("number on your slip")
    for digit in "41000018":
        await page.locator(f"[data-key='{digit}']").click()
    await expect(page.get_by_label("Your answer")).to_have_value("41000018")
    await page.locator("#call").click()
    await expect(screen).to_contain_text("312.40 AZN")
    await expect(page.locator("#units")).to_have_text("116 of 182 septets")
    await expect(page.locator("#entry")).to_be_hidden()
    assert ended[-1]["status"] == "Success"
    assert ended[-1]["hopsMetadata"] == "language|home|status_ask|granted"
    await page.get_by_role("button", name="OK", exact=True).click()
    await expect(page.get_by_label("Number to dial")).to_have_value("*123#")


async def test_the_keyboard_alone_is_enough(page: Page, ended: list[dict[str, str]]) -> None:
    await expect(page.get_by_label("Number to dial")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await page.keyboard.type("29")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("3 Where to collect")
    before = len(ended)
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Number to dial")).to_be_focused()
    await expect(page.locator("#log")).to_contain_text("hung up")
    assert [event["status"] for event in ended[before:]] == ["Incomplete"]
    await page.keyboard.press("Backspace")
    await page.keyboard.type("*1*41000018#")
    await expect(page.get_by_label("Number to dial")).to_have_value("*123*1*41000018#")


async def test_the_first_key_takes_the_place_of_the_number_that_is_there(page: Page) -> None:
    entry = page.get_by_label("Number to dial")
    await page.keyboard.type("*123#")
    await expect(entry).to_have_value("*123#")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await page.keyboard.press("Escape")
    for key in "*12":
        await page.locator(f"[data-key='{key}']").click()
    await expect(entry).to_have_value("*12")
    await page.get_by_role("button", name="Clear", exact=True).click()
    await page.locator("[data-key='1']").click()
    await expect(entry).to_have_value("*11")
    await page.reload()
    await expect(entry).to_have_value("*123#")
    await page.locator("body").evaluate("body => document.activeElement.blur()")
    await page.keyboard.type("*7")
    await expect(entry).to_have_value("*7")


async def test_the_number_that_is_there_can_be_corrected(page: Page) -> None:
    entry = page.get_by_label("Number to dial")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.type("*1")
    await expect(entry).to_have_value("*123*1#")
    await page.reload()
    await expect(entry).to_have_value("*123#")
    await page.get_by_role("button", name="Clear", exact=True).click()
    await page.locator("[data-key='*']").click()
    await expect(entry).to_have_value("*123*")


async def test_keys_reach_the_phone_from_its_buttons_and_enter_presses_the_button(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    key = page.locator("[data-key='2']")
    await key.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your answer")).to_have_value("2")
    await page.keyboard.press("5")
    await expect(page.get_by_label("Your answer")).to_have_value("25")
    await expect(page.get_by_label("Your answer")).to_be_focused()


async def test_letters_are_typed_by_pressing_a_key_again(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await page.get_by_role("button", name="Type letters").click()
    # At once: between two presses no time may go by, which on a busy machine it does.
    await page.locator("[data-key='2']").evaluate("key => { for (let times = 0; times < 3; times++) key.click(); }")
    await page.locator("[data-key='#']").click()
    await page.locator("[data-key='6']").click()
    await expect(page.get_by_label("Your answer")).to_have_value("cM")


async def test_the_flares_door_gives_the_same_screens_and_hides_the_secret(page: Page) -> None:
    await page.get_by_label("Door").select_option("flares")
    await page.locator("#call").click()
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "2")
    await expect(page.locator("#message")).to_contain_text("2 Book a visit")
    await expect(page.locator("#raw-request")).to_contain_text("GET /flares/•••/ussd?SessionID=")
    await expect(page.locator("#raw-request")).to_contain_text("input=2")
    await expect(page.locator("#raw-response")).to_contain_text("freeflow: FC", ignore_case=True)


@pytest.mark.parametrize("door", ["africastalking", "flares"])
async def test_the_callback_secret_never_reaches_the_page(page: Page, door: str) -> None:
    told: list[str] = []

    async def remember(response: object) -> None:
        told.append(await response.text())  # type: ignore[attr-defined]

    page.on("response", remember)
    await page.get_by_label("Door").select_option(door)
    await page.locator("#call").click()
    await expect(page.locator("#message")).to_contain_text("Langue")
    await page.keyboard.press("Escape")
    await expect(page.locator("#log")).to_contain_text("hung up")
    assert any('"hops"' in body for body in told)
    assert all("demo-secret" not in body for body in told)
    assert "demo-secret" not in await page.content()
    page.remove_listener("response", remember)


async def test_a_screen_that_the_network_cut_is_shown_loudly(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "2")
    await expect(page.locator("#message")).to_contain_text("Guichet")
    await answer(page, "5")
    await expect(page.get_by_role("alert")).to_contain_text("TOO LONG: 200 of 182")
    await expect(page.locator("#message")).to_have_text("a" * 182)


async def test_a_long_screen_says_that_there_is_more_and_scrolls(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "2")
    await expect(page.locator("#message")).to_contain_text("Guichet")
    await answer(page, "6")
    await expect(page.locator("#more")).to_have_text("▼")
    await page.get_by_role("button", name="Scroll down").click()
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await expect(page.locator("#more")).to_have_text("▲")


async def test_letters_outside_gsm7_are_named_and_arabic_runs_from_the_right(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "1")
    await expect(page.locator("#forced")).to_have_text("UCS-2 because of: ş ə")
    await expect(page.locator("#units")).to_have_text("35 of 80 units")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "3")
    await expect(page.locator("#message")).to_contain_text("مرحبا")
    right, left = await page.evaluate(
        """() => {
          const range = document.createRange(), message = document.querySelector('#message');
          range.selectNodeContents(message);
          const boxes = [...range.getClientRects()], whole = message.getBoundingClientRect();
          return [whole.right - Math.max(...boxes.map((box) => box.right)),
                  Math.min(...boxes.map((box) => box.left)) - whole.left];
        }"""
    )
    assert right < 2 < left


async def test_a_dropped_session_says_so_and_the_next_dial_is_a_new_one(page: Page) -> None:
    await page.get_by_label("On the way").select_option("drop")
    await page.locator("#call").click()
    await expect(page.locator("#message")).to_contain_text("Langue")
    await answer(page, "2")
    await expect(page.locator("#message")).to_have_text("Connection lost.")
    await page.get_by_role("button", name="OK", exact=True).click()
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("#message")).to_contain_text("Langue")


async def test_every_control_has_a_name_and_the_screen_speaks(page: Page) -> None:
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_contain_text("Langue")
    await expect(page.locator("#message")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("region", name="Phone", exact=True)).to_match_aria_snapshot(
        """
        - region "Phone":
          - region "Screen": /Dil/
          - textbox "Your answer"
          - button "Send"
          - button "Scroll up"
          - button "Type letters"
          - button "Scroll down"
          - button "Cancel"
          - button "Call key"
          - button "Hang-up key"
          - group "Keypad":
            - button "1 .,?"
            - button "2 abc"
            - button "3 def"
            - button "4 ghi"
            - button "5 jkl"
            - button "6 mno"
            - button "7 pqrs"
            - button "8 tuv"
            - button "9 wxyz"
            - button "* star"
            - button "0 ␣"
            - button "# hash"
        """
    )
    for role in ("button", "textbox", "combobox", "meter"):
        for control in await page.get_by_role(role).all():  # type: ignore[arg-type]
            snapshot = await control.aria_snapshot()
            assert '"' in snapshot, f"no accessible name: {snapshot}"


async def test_the_focus_walks_in_the_order_that_is_seen(page: Page) -> None:
    walked = []
    for _ in range(4):
        await page.keyboard.press("Tab")
        walked.append(await page.evaluate("document.activeElement.id"))
    assert walked == ["left", "up", "letters-key", "down"]


async def test_nothing_runs_over_the_edge(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("#message")).to_contain_text("Langue")
    for width in (320, 375, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await expect(page.get_by_text("Demonstration: invented people and amounts")).to_be_visible()


async def test_the_page_loads_nothing_from_elsewhere(page: Page, handset_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answered = await page.goto(f"{handset_url}/handset")
    assert answered is not None
    assert "default-src 'none'" in answered.headers["content-security-policy"]
    await page.locator("#number option").first.wait_for(state="attached")
    assert asked
    assert all(url.startswith(handset_url) for url in asked), json.dumps(asked)


async def test_a_number_that_is_typed_calls(page: Page) -> None:
    await page.get_by_label("Number", exact=True).select_option("other")
    await page.get_by_label("Other number, with +").fill("+994501112233")
    await page.locator("#call").click()
    await expect(page.locator("#raw-request")).to_contain_text("phoneNumber=%2B994501112233")


async def test_choosing_a_country_goes_to_its_own_page(page: Page, port: Port) -> None:
    """Each country has a sandbox of its own: its numbers, networks and short code, and its gateway behind it."""
    ports = {"azerbaijan": port(), "morocco": port()}
    first, second = (
        serving(
            create_app(gateway_url="http://127.0.0.1:9", country=COUNTRIES[name], neighbours=ports),
            port=own, lifespan="off",
        )
        for name, own in ports.items()
    )  # fmt: skip
    async with first as here, second as there:
        await page.goto(f"{here}/handset")
        await expect(page.get_by_label("Country", exact=True)).to_have_value("azerbaijan")
        await page.get_by_label("Country", exact=True).select_option("morocco")
        await expect(page).to_have_url(f"{there}/handset")
        await expect(page.get_by_label("Country", exact=True)).to_have_value("morocco")
        await expect(page.locator("#network")).to_contain_text("Maroc Telecom")
        await expect(page.locator("#number")).to_contain_text("Salma Demo")
        await expect(page.locator("#slips")).to_contain_text("secret code 482913")
        await expect(page.get_by_label("Write a message to 3737")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_label("Country", exact=True)).to_have_value("azerbaijan")
        assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
        await page.goto("about:blank")


async def test_one_country_alone_has_no_menu(page: Page) -> None:
    await expect(page.locator("#network")).to_contain_text("Azercell")
    await expect(page.get_by_label("Country", exact=True)).to_be_hidden()
