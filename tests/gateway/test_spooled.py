"""What waited in the spool is taken as it came: once, in its place, and by the time at which it was received."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.ids import Ids
from sms.tables import INBOUND, REPORTS
from sms.values import DeliveryReport, ReportWord
from tests.gateway.texting import Exchange
from tests.whole import Whole

STRANGER, HER_CARD = "+994505520099", "41000024"


@pytest.fixture
def exchange(gateway_whole: Whole) -> Exchange:
    return Exchange(gateway_whole)


@pytest.fixture
def ids(exchange: Exchange) -> Ids:
    return Ids(exchange.whole.clock)


async def rows(exchange: Exchange) -> list[tuple[UUID, datetime]]:
    async with exchange.whole.parts.database.unit_of_work() as work:
        found = await work.execute(select(INBOUND.c.id, INBOUND.c.received_at).order_by(INBOUND.c.id))
        return [(row.id, row.received_at) for row in found]


@pytest.mark.parametrize("id", ["at-1", ""])
async def test_handed_in_twice_it_is_one_row_also_where_its_provider_gives_no_ids(
    exchange: Exchange, ids: Ids, id: str
) -> None:
    """A gateway may die between the commit and the end of the entry."""
    spooled, came = ids.uuid7(), exchange.whole.clock.now()
    exchange.whole.clock.advance(timedelta(hours=1))
    assert await exchange.take(STRANGER, "HELP", id, spooled=spooled)
    await exchange.handle()
    exchange.whole.clock.advance(timedelta(minutes=1))
    assert not await exchange.take(STRANGER, "HELP", id, spooled=spooled)
    await exchange.handle()
    assert await rows(exchange) == [(spooled, came)]
    assert len(await exchange.messages(STRANGER)) == 1


async def test_copies_without_an_id_that_came_together_are_one_and_later_ones_are_not(
    exchange: Exchange, ids: Ids
) -> None:
    first, copy = ids.uuid7(), ids.uuid7()
    exchange.whole.clock.advance(timedelta(minutes=5))
    later = ids.uuid7()
    taken = [await exchange.take(STRANGER, "1", "", spooled=each) for each in (first, copy, later)]
    assert taken == [True, False, True]


async def test_it_stands_before_what_came_later_and_was_stored_sooner(exchange: Exchange, ids: Ids) -> None:
    spooled = ids.uuid7()
    exchange.whole.clock.advance(timedelta(minutes=1))
    await exchange.take(STRANGER, "HELP me")
    await exchange.take(STRANGER, f"STATUS {HER_CARD}", spooled=spooled)
    await exchange.handle()
    assert (await rows(exchange))[0][0] == spooled
    assert HER_CARD in (await exchange.messages(STRANGER))[0].text


async def test_who_answered_in_time_is_heard_though_the_outage_outlasted_the_question(
    exchange: Exchange, ids: Ids
) -> None:
    """A question of a conversation is open for a day (`test_a_question_is_open_for_a_day`)."""
    clock = exchange.whole.clock
    await exchange.one(STRANGER, f"STATTU {HER_CARD}")
    clock.advance(timedelta(hours=23, minutes=30))
    spooled, came = ids.uuid7(), clock.now()
    clock.advance(timedelta(hours=1))
    await exchange.take(STRANGER, "1", spooled=spooled, sent_at=came)
    await exchange.handle()
    assert HER_CARD in (await exchange.messages(STRANGER))[-1].text


async def test_what_an_outage_held_back_is_no_loop_and_what_came_too_fast_is(exchange: Exchange, ids: Ids) -> None:
    clock, kept = exchange.whole.clock, []
    for place in range(25):
        clock.advance(timedelta(minutes=2))
        kept.append((ids.uuid7(), f"STATUS {HER_CARD} {place}"))
    clock.advance(timedelta(minutes=1))
    for spooled, text in kept:
        await exchange.take(STRANGER, text, spooled=spooled)
    await exchange.handle()
    assert len(await exchange.messages(STRANGER)) == 25, "five in ten minutes, all handed in within a second"
    other, fast = "+994505520077", [ids.uuid7() for _ in range(25)]
    clock.advance(timedelta(hours=1))
    for place, spooled in enumerate(fast):
        await exchange.take(other, f"STATUS {HER_CARD} {place}", spooled=spooled)
    await exchange.handle()
    assert len(await exchange.messages(other)) == 21, "twenty, and a last word"


async def test_a_report_is_parked_from_when_it_came_and_twice_it_is_one_row(exchange: Exchange, ids: Ids) -> None:
    parts, spooled, came = exchange.whole.parts, ids.uuid7(), exchange.whole.clock.now()
    exchange.whole.clock.advance(timedelta(hours=3))
    for _ in range(2):
        await parts.sms.intake.report(DeliveryReport("africastalking", "X", ReportWord.DELIVERED, spooled=spooled))
    async with parts.database.unit_of_work() as work:
        (row,) = (await work.execute(select(REPORTS.c.received_at, REPORTS.c.parked_until))).all()
        assert (await work.execute(select(func.count()).select_from(REPORTS))).scalar_one() == 1
    assert tuple(row) == (came, came + timedelta(hours=24))
