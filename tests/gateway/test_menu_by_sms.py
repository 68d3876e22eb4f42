"""The menus by SMS: the very same definitions, one screen a message, no PIN, nothing that needs proof."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from services.records.tables import ACCOUNTS, INTENTS
from services.use_cases import UNPROVEN, USE_CASES, outcomes_of
from sms.records.menu_sessions import SqlMenuSessions
from tests.gateway.texting import Exchange
from tests.phone import AfricasTalkingPhone
from tests.whole import Whole
from ussd_menus.transcripts import Exchange as Hop
from ussd_menus.transcripts import parse, write

GOLDEN = Path(__file__).with_name("menu_by_sms.txt")
LEYLA = "+994505520077"


@pytest.fixture
def exchange(gateway_whole: Whole) -> Exchange:
    return Exchange(gateway_whole)


async def test_the_conversation_goes_as_it_is_written(exchange: Exchange, request: pytest.FixtureRequest) -> None:
    written = parse(GOLDEN.read_text("utf-8"))
    msisdn = written.headers["msisdn"]
    came: list[Hop] = []
    for hop in written.exchanges:
        exchange.whole.clock.advance(timedelta(minutes=1))
        sent = await exchange.text(msisdn, hop.typed)
        came.append(replace(hop, goes_on=await waits(exchange, msisdn), screen="\n".join(sent), name=""))
    played = replace(written, exchanges=tuple(came))
    if request.config.getoption("--rewrite-transcripts"):
        GOLDEN.write_text(write(played), "utf-8")
    assert write(played) == GOLDEN.read_text("utf-8")
    sizes = [len(composed.parts) for composed in await exchange.messages(msisdn)]
    assert max(sizes) == 2


async def test_the_screens_are_those_of_ussd(exchange: Exchange) -> None:
    phone = AfricasTalkingPhone(exchange.whole.app, LEYLA)
    dialled = [(await phone.dial()).text, *[(await phone.answer(key)).text for key in ("2", "5", "0", "8")]]
    await phone.answer("00")
    await exchange.text(LEYLA, "LANG EN")
    texted = [await exchange.one(LEYLA, key) for key in ("MENU", "5", "0", "8")]
    # Nothing is applied for by SMS, and the menu says where it is.
    dialled = [screen.replace("4 Apply for aid", "4 Apply for aid: dial *123#") for screen in dialled]
    assert texted[0] == dialled[1]
    # USSD cuts the list of services in pages of 182; two parts hold it whole.
    assert texted[1].startswith(dialled[2].split("\n98")[0].split("\n0 ")[0][:60])
    assert texted[2:] == dialled[3:]


async def test_a_pin_screen_says_where_to_dial_and_the_menu_is_over(exchange: Exchange) -> None:
    await exchange.text(LEYLA, "LANG EN")
    await exchange.one(LEYLA, "MENU")
    assert "dial *123#" in await exchange.one(LEYLA, "6")
    assert not await waits(exchange, LEYLA)
    assert "That number is not right" in await exchange.one(LEYLA, "918273"), "typed all the same: it is nobody's PIN"
    assert await count(exchange, ACCOUNTS) == 0


async def test_nothing_is_done_in_anybodys_name(exchange: Exchange) -> None:
    """Whoever forges her number walks everywhere he can: no intent, no account, no amount."""
    await exchange.text(LEYLA, "LANG EN")
    for keys in (("3", "1", "1", "1", "1", "1", "1"), ("3", "2"), ("4", "1", "1"), ("6", "1"), ("2", "41000019", "1")):
        exchange.whole.clock.advance(timedelta(minutes=11))
        await exchange.text(LEYLA, "MENU")
        for key in keys:
            await exchange.text(LEYLA, key)
    assert await count(exchange, INTENTS) == 0
    assert await count(exchange, ACCOUNTS) == 0
    assert "312" not in " ".join(composed.text for composed in await exchange.messages(LEYLA))


def test_what_may_be_done_without_proof_is_a_short_list_of_readings() -> None:
    assert set(USE_CASES) >= UNPROVEN
    doing = {name for name, use in USE_CASES.items() if any(outcome.commits for outcome in outcomes_of(use))}
    assert not doing & UNPROVEN


async def test_a_message_handled_again_gives_the_same_screen(exchange: Exchange) -> None:
    """The worker died after the menu had gone on and before the reply was kept."""
    await exchange.text(LEYLA, "LANG EN")
    await exchange.one(LEYLA, "MENU")
    await exchange.take(LEYLA, "1")
    turns = exchange.inbox._answering.turns
    number = Msisdn.parse(LEYLA)
    async with exchange.whole.parts.database.unit_of_work() as work:
        menu = await SqlMenuSessions(exchange.sealer, exchange.whole.clock).find(work, number)
    assert menu
    shown = await turns.turn(number, menu.session, menu.turns + 1, "1")
    await exchange.handle()
    assert (await exchange.messages(LEYLA))[-1].text == shown.text
    assert shown.text.startswith("Type the number on your slip")


async def test_after_ten_silent_minutes_the_menu_is_left(exchange: Exchange) -> None:
    await exchange.text(LEYLA, "LANG EN")
    await exchange.one(LEYLA, "MENU")
    exchange.whole.clock.advance(timedelta(minutes=9))
    assert "Type the number" in await exchange.one(LEYLA, "1")
    exchange.whole.clock.advance(timedelta(minutes=11))
    assert "did not understand" in await exchange.one(LEYLA, "2")


async def test_stop_works_inside_a_menu_and_a_bare_number_belongs_to_it(exchange: Exchange) -> None:
    await exchange.text(LEYLA, "LANG EN")
    await exchange.text(LEYLA, "MENU")
    await exchange.text(LEYLA, "1")
    assert "Your application: granted" in await exchange.one(LEYLA, "41000024")
    assert "START" in await exchange.one(LEYLA, "dayandır")
    assert not await waits(exchange, LEYLA)


async def test_it_goes_on_where_redis_forgot(exchange: Exchange) -> None:
    await exchange.text(LEYLA, "LANG EN")
    await exchange.text(LEYLA, "MENU")
    await exchange.whole.parts.redis.execute("FLUSHALL")
    assert "Check my application" in await exchange.one(LEYLA, "1"), "begun anew, nothing done"


async def waits(exchange: Exchange, msisdn: str) -> bool:
    async with exchange.whole.parts.database.unit_of_work() as work:
        sessions = SqlMenuSessions(exchange.sealer, exchange.whole.clock)
        return await sessions.find(work, Msisdn.parse(msisdn)) is not None


async def count(exchange: Exchange, table: object) -> int:
    async with exchange.whole.parts.database.unit_of_work() as work:
        return len((await work.execute(select(table))).all())  # type: ignore[call-overload]
