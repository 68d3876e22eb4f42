"""What the whole thing is for: she dials, types the number on her slip, and reads that her aid was granted."""

import pytest

from tests.phone import PHONES
from tests.whole import Whole

HERS = "+994501234501"
GRANTED = "41000019"


@pytest.mark.parametrize("door", PHONES)
async def test_she_reads_that_her_aid_was_granted(gateway_whole: Whole, door: str) -> None:
    phone = PHONES[door](gateway_whole.app, HERS)
    first = await phone.dial()
    assert "2 English" in first.text
    menu = await phone.answer("2")
    assert "1 Check my application" in menu.text
    await phone.answer("1")
    granted = await phone.answer(GRANTED)
    assert "312.40 manat" in granted.text
    assert "Demo Bank" in granted.text
    assert granted.goes_on


async def test_another_number_reads_one_word(gateway_whole: Whole) -> None:
    phone = PHONES["africastalking"](gateway_whole.app, "+994501234599")
    await phone.dial()
    await phone.answer("2")
    await phone.answer("1")
    told = await phone.answer(GRANTED)
    assert "312" not in told.text
    assert "Demo Bank" not in told.text


async def test_direct_dial_goes_past_the_menu(gateway_whole: Whole) -> None:
    phone = PHONES["africastalking"](gateway_whole.app, HERS)
    await phone.dial()
    await phone.answer("2")
    told = await phone.dial(f"*123*1*{GRANTED}#")
    assert "312.40 manat" in told.text
