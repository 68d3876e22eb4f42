"""What is said of a key that was not understood costs room, and never a word of the screen: Arabic, 80 letters."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.walks import typed
from tests.phone import AfricasTalkingPhone
from tests.whole import Stage, Whole, whole

HERS, SHOWS_ARABIC = "+212661234521", "60401"
NOT_THERE, MORE = "رقم غير موجود", "98 "


@pytest.fixture
async def morocco(clean_url: str, redis_url: str, redis: object, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    async with whole(clean_url, redis_url, *ministries, guides=False, country="morocco") as running:
        yield running


async def test_nothing_is_lost_between_pages_and_no_offer_is_half_said(morocco: Whole) -> None:
    phone = AfricasTalkingPhone(morocco.app, HERS, network=SHOWS_ARABIC)
    await phone.dial()
    home = (await phone.answer("1")).text
    first = (await phone.answer("9")).text
    assert NOT_THERE in first and MORE in first
    # With the note it takes two pages, and the second goes on where the first ended.
    rest = (await phone.answer("98")).text
    assert first.splitlines()[1:-1] + rest.splitlines()[:-1] == home.splitlines()
    # A page back, and it is the screen as it was.
    assert (await phone.answer("0")).text == home

    documents = await typed(phone, "5", "98")
    phone = AfricasTalkingPhone(morocco.app, HERS, network=SHOWS_ARABIC)
    offer = await phone.dial()
    assert offer.name == "resume_offer"
    # The question and both answers come again whole, below the note where there is room for it.
    again = (await phone.answer("9")).text
    assert again.endswith(offer.text) and MORE not in again
    assert (await phone.answer("1")).text == documents.text
