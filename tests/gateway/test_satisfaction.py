"""From a visit that is over to a figure, over the real doors: she is asked by SMS, answers two digits, is counted."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from gateway.feedback import SURVEY_TIMERS
from services.timers import fire_timers
from tests.gateway.texting import Exchange
from tests.phone import AfricasTalkingPhone, request
from tests.whole import SECRET, Whole

DOOR = f"/africastalking/{SECRET}/sms"
WOMEN = [f"+9945055200{number}" for number in range(10, 16)]


async def _books(whole: Whole, number: str) -> None:
    """On USSD: English, a visit for an identity card at the first place, day and time."""
    phone = AfricasTalkingPhone(whole.app, number, "40001")
    await phone.dial("*123#")
    for typed in ("2", "3", "1", "1", "1", "1", "1"):
        await phone.answer(typed)
    assert (await phone.answer("1")).name == "visit_booked"


async def _texts(whole: Whole, exchange: Exchange, number: str, text: str, id: str) -> str:
    """A text through the aggregator's door; the one that comes back."""
    before = Counter(message.text for message in await exchange.messages(number))
    written = f"{whole.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    form = {"from": number, "to": "7575", "text": text, "date": written, "id": id, "linkId": "", "networkCode": "40001"}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await request(whole.app, "POST", DOOR, body=urlencode(form).encode(), headers=kind)).status == 200
    await exchange.handle()
    (reply,) = Counter(message.text for message in await exchange.messages(number)) - before
    await exchange.hand_over()
    # Until the next one comes, or the two would be one instant apart.
    whole.clock.advance(timedelta(seconds=5))
    return reply


async def _indicators(whole: Whole, query: str = "") -> Any:
    got = await request(whole.app, "GET", "/api/v1/indicators", query=query)
    assert got.status == 200
    return json.loads(got.body)


async def test_after_a_visit_she_is_asked_answers_four_and_five_and_is_counted(gateway_whole: Whole) -> None:
    exchange = Exchange(gateway_whole)
    for number in WOMEN:
        await _books(gateway_whole, number)
    gateway_whole.clock.advance(timedelta(days=4))
    await fire_timers(gateway_whole.parts.desk, SURVEY_TIMERS)
    await exchange.hand_over()
    first, *others = WOMEN
    (asked,) = [message for message in await exchange.messages(first) if "were you received" in message.text]
    assert asked.text.startswith("Your visit, Identity card. How were you received? 1 badly ... 5 very well.")
    assert len(asked.parts) == 1

    assert await _texts(gateway_whole, exchange, first, "maybe", "a") == "Please reply with one digit from 1 to 5."
    assert "How long did you wait?" in await _texts(gateway_whole, exchange, first, "4", "b")
    assert (await _texts(gateway_whole, exchange, first, "5", "c")).startswith("Thank you.")

    # Another one without her name, and one who wants to be asked no more.
    nameless, no_more = others[:2]
    assert "How were you received?" in await _texts(gateway_whole, exchange, nameless, "0", "d")
    await _texts(gateway_whole, exchange, nameless, "4", "e")
    await _texts(gateway_whole, exchange, nameless, "5", "f")
    assert await _texts(gateway_whole, exchange, no_more, "9", "g") == "We will not ask for your opinion again."
    for number in others[2:]:
        await _texts(gateway_whole, exchange, number, "4", f"h{number}")
        await _texts(gateway_whole, exchange, number, "5", f"i{number}")

    assert (await _indicators(gateway_whole, "month=2026-11"))["surveys"] == [], "the month can still change"
    gateway_whole.clock.advance(timedelta(days=30))
    everything, *_, by_language = (await _indicators(gateway_whole, "month=2026-11"))["surveys"]
    assert (everything["asked"], everything["answered"]) == (6, 5)
    received, waited = everything["questions"]
    assert (received["mean"], waited["mean"], waited["kept"]) == (4.0, 5.0, 1.0)
    assert (by_language["place"], by_language["language"], by_language["answered"]) == ("asan-01", "en", 5)
