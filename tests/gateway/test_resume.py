"""A dropped call is taken up within ten minutes, exactly where it was; secrets never are."""

import pytest

from storage.redis_client import RedisClient
from tests.gateway.walks import at_home, open_seats, typed, walk_to_confirm, with_account
from tests.phone import AfricasTalkingPhone, FlaresPhone, Screen
from tests.whole import Whole

HERS, OTHERS = "+994501234501", "+994501234599"
GRANTED, PIN = "41000019", "918273"


async def redial(whole: Whole, msisdn: str = HERS, code: str = "*123#") -> tuple[AfricasTalkingPhone, Screen]:
    """The line was dropped; she dials again."""
    phone = AfricasTalkingPhone(whole.app, msisdn)
    return phone, await phone.dial(code)


async def dropped(whole: Whole, *keys: str) -> tuple[AfricasTalkingPhone, Screen]:
    """Dial, choose English, type the keys: the screen at which the line drops."""
    phone = AfricasTalkingPhone(whole.app, HERS)
    shown = await at_home(phone)
    return phone, await typed(phone, *keys) if keys else shown


async def test_a_dropped_call_is_offered_once_more(gateway_whole: Whole) -> None:
    await dropped(gateway_whole, "1")
    phone, offer = await redial(gateway_whole)
    assert "1 Continue" in offer.text
    assert "2 Start again" in offer.text
    asked_again = await phone.answer("7")
    assert asked_again.name == offer.name
    assert asked_again.text.endswith(offer.text)
    assert asked_again.text != offer.text
    assert (await phone.answer("1")).name == "status_ask"
    assert "312.40 manat" in (await phone.answer(GRANTED)).text


async def test_a_call_does_not_begin_with_what_was_said_of_an_input_of_the_last(gateway_whole: Whole) -> None:
    phone, asked = await dropped(gateway_whole, "1")
    scolded = await phone.answer("12345678")
    assert scolded.name == "status_ask" and scolded.text != asked.text
    phone, offer = await redial(gateway_whole)
    assert offer.text.startswith("Go on from where you stopped?")
    assert (await phone.answer("1")).text == asked.text


async def test_start_again_means_the_main_menu(gateway_whole: Whole) -> None:
    await dropped(gateway_whole, "1", GRANTED)
    phone, _ = await redial(gateway_whole)
    assert (await phone.answer("2")).name == "home"
    _, again = await redial(gateway_whole)
    assert again.name == "home"


async def test_midway_through_a_form(gateway_whole: Whole) -> None:
    phone, shown = await dropped(gateway_whole, "4", "1")
    while shown.name != "apply_form":
        shown = await phone.answer("1" if "Agree" in shown.text or "agree" in shown.text else "98")
    shown = await typed(phone, "Aygun Aliyeva")
    assert shown.name == "apply_form"
    phone, _ = await redial(gateway_whole)
    assert (await phone.answer("1")).text == shown.text
    # Back leads to the question before, with the answer that she gave.
    assert "Aliyeva" in (await phone.answer("0")).text


async def test_midway_through_a_booking_and_then_booked_once(gateway_whole: Whole) -> None:
    world = gateway_whole.sandbox.state.world
    seat = open_seats(world, "asan-03", "passport")[-1]
    shown = await walk_to_confirm(AfricasTalkingPhone(gateway_whole.app, HERS), gateway_whole, seat)
    phone, _ = await redial(gateway_whole)
    assert (await phone.answer("1")).text == shown.text
    assert (await phone.answer("1")).name == "visit_booked"
    assert [booked.slot.id for booked in world.diary.appointments.values()] == [seat.slot]
    # What is done is done: there is nothing to go on with.
    _, shown = await redial(gateway_whole)
    assert shown.name == "home"


async def test_on_the_page_where_she_was(gateway_whole: Whole) -> None:
    _, shown = await dropped(gateway_whole, "3", "1", "1", "98")
    assert "0 Back" in shown.text
    phone, _ = await redial(gateway_whole)
    assert (await phone.answer("1")).text == shown.text


async def test_ten_minutes_and_no_longer(gateway_whole: Whole, redis: RedisClient) -> None:
    await dropped(gateway_whole, "1")
    (key,) = [name for name in await redis.execute("KEYS", "*") if name.endswith(b":r")]
    assert 540_000 < await redis.execute("PTTL", key) <= 600_000
    await redis.execute("PEXPIRE", key, 1)  # ten minutes later, as far as Redis is concerned
    while await redis.execute("EXISTS", key):
        pass
    _, shown = await redial(gateway_whole)
    assert shown.name == "home"


async def test_nothing_is_offered_after_an_end(gateway_whole: Whole) -> None:
    phone, _ = await dropped(gateway_whole)
    await with_account(phone)
    ended = await typed(phone, "6", "5", "1")
    assert not ended.goes_on
    _, shown = await redial(gateway_whole)
    assert shown.name in ("home", "language_choose")


async def test_nothing_behind_the_pin_is_offered(gateway_whole: Whole) -> None:
    phone, _ = await dropped(gateway_whole)
    await with_account(phone)
    phone, _ = await redial(gateway_whole)
    assert (await typed(phone, "1", GRANTED)).name == "pin"
    behind = await phone.answer(PIN)
    assert "312.40 manat" in behind.text
    for further in ("1", "0"):
        await phone.answer(further)
    phone, offer = await redial(gateway_whole)
    # What lay before the PIN may be taken up again, and asks for the PIN again.
    assert offer.name == "resume_offer"
    assert (await phone.answer("1")).name == "status_ask"
    assert (await phone.answer(GRANTED)).name == "pin"


@pytest.mark.parametrize(("keys", "at"), [(("6", "3", "1"), "create_pin"), (("6", "3", "1", PIN), "create_again")])
async def test_a_pin_screen_is_never_offered(gateway_whole: Whole, keys: tuple[str, ...], at: str) -> None:
    _, shown = await dropped(gateway_whole, *keys)
    assert shown.name == at
    phone, offer = await redial(gateway_whole)
    assert offer.name == "resume_offer"
    assert (await phone.answer("1")).name == "account_consent"


async def test_a_direct_dial_is_not_held_up(gateway_whole: Whole) -> None:
    await dropped(gateway_whole, "3", "1")
    _, shown = await redial(gateway_whole, code=f"*123*1*{GRANTED}#")
    assert "312.40 manat" in shown.text


async def test_another_number_is_offered_nothing(gateway_whole: Whole) -> None:
    await dropped(gateway_whole, "1")
    _, shown = await redial(gateway_whole, OTHERS)
    assert shown.name == "language_choose"


async def test_the_other_door_takes_up_only_its_own(gateway_whole: Whole) -> None:
    phone = FlaresPhone(gateway_whole.app, HERS)
    await at_home(phone)
    await phone.answer("1")
    _, shown = await redial(gateway_whole)
    assert shown.name == "home"
    assert "1 Continue" in (await FlaresPhone(gateway_whole.app, HERS).dial()).text


async def test_an_offer_that_was_dropped_is_made_again(gateway_whole: Whole) -> None:
    await dropped(gateway_whole, "1")
    await redial(gateway_whole)
    phone, offer = await redial(gateway_whole)
    assert offer.name == "resume_offer"
    assert (await phone.answer("1")).name == "status_ask"
