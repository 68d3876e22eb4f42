"""The inbox's rows: taken once, in order per sender, sealed, and forgotten in time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.clock import HandClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.questions import Question
from sms.inbox import LoopGuard
from sms.records.inbound import LEASE, SqlInbox
from sms.records.menu_sessions import SqlMenuSessions
from sms.records.opt_outs import SqlOptOuts
from sms.records.prompts import SqlPrompts
from sms.tables import INBOUND, OPT_OUTS
from sms.values import InboundSms
from storage.keys import KeyRing
from storage.sealing import Sealer
from storage.unit_of_work import Database

HER, HIS = "+994501234501", "+994501234502"
NUMBER = Msisdn.parse(HER)
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(KeyRing.of({"old": OLD}))


@pytest.fixture
def inbox(sealer: Sealer, clock: HandClock) -> SqlInbox:
    return SqlInbox(sealer, clock, Ids(clock))


def sms(text: str, id: str = "", sender: str = HER, **more: Any) -> InboundSms:
    return InboundSms("africastalking", id, sender, "7575", text, **more)


async def take(database: Database, inbox: SqlInbox, message: InboundSms) -> bool:
    async with database.unit_of_work() as work:
        return await inbox.take(work, message)


async def test_a_message_is_claimed_as_it_came_and_stored_sealed(database: Database, inbox: SqlInbox) -> None:
    text = "STATUS 41000019 \ud83d \x00 ə"  # half an emoji, a NUL
    assert await take(database, inbox, sms(text, "A", link_id="L", network="40001"))
    async with database.unit_of_work() as work:
        (row,) = (await work.execute(select(INBOUND))).all()
        assert HER.encode() not in bytes(row.sealed)
        assert b"41000019" not in bytes(row.sealed)
        (received,) = await inbox.claim(work, 10)
    assert (received.sender, received.text, received.link_id, received.network) == (NUMBER, text, "L", "40001")


async def test_ids_of_any_length_are_ids(database: Database, inbox: SqlInbox) -> None:
    for id in ("x" * 5000, "y" * 5000, "a\nb", "text:1"):
        assert await take(database, inbox, sms("HELP", id))
        assert not await take(database, inbox, sms("HELP", id))


async def test_copies_without_an_id_at_the_same_moment_are_one(database: Database, inbox: SqlInbox) -> None:
    taken = await asyncio.gather(*(take(database, inbox, sms("1")) for _ in range(10)))
    assert sorted(taken) == [False] * 9 + [True]
    assert await take(database, inbox, sms("1", sender=HIS))


async def test_messages_of_a_sender_are_claimed_one_after_the_other(
    database: Database, inbox: SqlInbox, clock: HandClock
) -> None:
    for text, sender in (("1", HER), ("a", HIS), ("2", HER)):
        await take(database, inbox, sms(text, f"{sender}{text}", sender))
    async with database.unit_of_work() as work:
        first = await inbox.claim(work, 10)
    assert [row.text for row in first] == ["1", "a"]
    async with database.unit_of_work() as work:
        assert await inbox.claim(work, 10) == []
        assert await inbox.finish(work, first[0], "answered", "menu")
    async with database.unit_of_work() as work:
        assert [row.text for row in await inbox.claim(work, 10)] == ["2"]


async def test_a_lease_that_ran_out_is_taken_over_and_fences_the_first(
    database: Database, inbox: SqlInbox, clock: HandClock
) -> None:
    await take(database, inbox, sms("1", "A"))
    async with database.unit_of_work() as work:
        (slow,) = await inbox.claim(work, 10)
    clock.advance(LEASE)
    async with database.unit_of_work() as work:
        (quick,) = await inbox.claim(work, 10)
        assert not await inbox.finish(work, slow, "answered", "")
        assert await inbox.finish(work, quick, "answered", "")
        assert not await inbox.finish(work, quick, "answered", "")


async def test_after_a_key_rotation_everything_is_still_found(
    database: Database, sealer: Sealer, clock: HandClock
) -> None:
    ids = Ids(clock)
    rotated = Sealer(KeyRing.of({"new": NEW, "old": OLD}))
    async with database.unit_of_work() as work:
        await SqlOptOuts(sealer, clock, ids).stop(work, NUMBER, "", "keyword")
        await SqlPrompts(sealer, clock, ids).ask(work, NUMBER, Question.DID_YOU_MEAN, {"intent": "help"})
        await SqlMenuSessions(sealer, clock).keep(work, NUMBER, "s", 3)
        await SqlInbox(sealer, clock, ids).take(work, sms("1", "A"))
    async with database.unit_of_work() as work:
        assert not await SqlOptOuts(rotated, clock, ids).stop(work, NUMBER, "", "keyword")
        (prompt,) = (await SqlPrompts(rotated, clock, ids).standing(work, NUMBER)).open
        menu = await SqlMenuSessions(rotated, clock).find(work, NUMBER)
        assert [row.text for row in await SqlInbox(rotated, clock, ids).claim(work, 1)] == ["1"]
    assert prompt.facts == {"intent": "help"}
    assert menu
    assert menu.turns == 3


async def test_who_stopped_how_and_until_when_is_kept(database: Database, sealer: Sealer, clock: HandClock) -> None:
    opt_outs = SqlOptOuts(sealer, clock, Ids(clock))
    async with database.unit_of_work() as work:
        assert await opt_outs.stop(work, NUMBER, "", "keyword")
        clock.advance(timedelta(days=3))
        assert await opt_outs.start(work, NUMBER)
        assert not await opt_outs.start(work, NUMBER)
        assert await opt_outs.stop(work, NUMBER, "", "agent")
        rows = (await work.execute(select(OPT_OUTS.c.how, OPT_OUTS.c.ended_at).order_by(OPT_OUTS.c.id))).all()
    assert list(map(tuple, rows)) == [("keyword", clock.now()), ("agent", None)]


async def test_twenty_stops_at_once_are_one(database: Database, sealer: Sealer, clock: HandClock) -> None:
    opt_outs = SqlOptOuts(sealer, clock, Ids(clock))

    async def stop() -> bool:
        async with database.unit_of_work() as work:
            return await opt_outs.stop(work, NUMBER, "", "keyword")

    assert sum(await asyncio.gather(*(stop() for _ in range(20)))) == 1


async def test_what_was_written_is_forgotten_after_a_week(
    database: Database, inbox: SqlInbox, clock: HandClock
) -> None:
    await take(database, inbox, sms("old", "A"))
    await take(database, inbox, sms("waits", "B", HIS))
    async with database.unit_of_work() as work:
        row = next(row for row in await inbox.claim(work, 10) if row.text == "old")
        await inbox.finish(work, row, "answered", "help")
    clock.advance(timedelta(days=8))
    async with database.unit_of_work() as work:
        assert await inbox.sweep(work) == 1
        assert [row.text for row in await inbox.claim(work, 10)] == ["waits"]


def test_the_loop_guard_counts_replies_and_sames() -> None:
    guard = LoopGuard(replies=5, same=2)
    assert not guard.is_loop("hello there", 4, ["Hello there!", "other"])
    assert guard.is_loop("hello there", 4, ["Hello there!", "HELLO THERE"])
    assert guard.is_loop("anything", 5, [])
    assert not guard.is_loop("1", 4, ["1", "1", "1"]), "keys may be right again and again"
