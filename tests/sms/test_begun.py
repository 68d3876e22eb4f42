"""What was begun: charged once however often it is written, one worker after the other, and given back at a stop."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from sms.claims import Ready
from sms.config import Caps
from sms.pace import Pace
from sms.records.budgets import SqlBudgets
from sms.records.queue import SqlQueue
from sms.tables import PARTS, SPEND
from storage.unit_of_work import Database
from tests.sms.queueing import CONFIG, Post, waits
from tests.until import until

NAMED = frozenset[str]()


async def ready(post: Post, count: int) -> Sequence[Ready]:
    """So many messages, claimed and worded."""
    person = await post.person()
    for _ in range(count):
        await post.put(person, subject="")
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    return dispatcher._ready


async def spent(post: Post) -> set[tuple[str, int, int]]:
    async with post.database.unit_of_work() as work:
        found = await work.execute(select(SPEND.c.period, SPEND.c.millis, SPEND.c.parts))
        return set(map(tuple, found.all()))


async def test_what_is_begun_again_after_a_commit_that_nobody_heard_of_is_charged_once(database: Database) -> None:
    post = Post(database)
    group, queue = await ready(post, 2), SqlQueue(post.sealer, post.clock, post.config)
    for _ in range(2):
        async with database.unit_of_work() as work:
            assert len((await queue.begin(work, group, 0, NAMED)).go) == 2
    assert await spent(post) == {("day", 9000, 2), ("month", 9000, 2)}


async def test_with_parts_in_hand_too_one_begins_after_the_other_and_a_cap_holds(database: Database) -> None:
    post = Post(database, replace(CONFIG, default_caps=Caps(5, 1000)))
    one, other = await ready(post, 2)
    queue = SqlQueue(post.sealer, post.clock, post.config)
    async with database.unit_of_work() as work:
        await SqlBudgets(post.config).tokens(work, 0)  # the bucket is there

    async def begins(message: Ready) -> int:
        async with database.unit_of_work() as work:
            return len((await queue.begin(work, [message], 10, NAMED)).go)

    async with database.unit_of_work() as work:
        assert len((await queue.begin(work, [one], 10, NAMED)).go) == 1
        second = asyncio.create_task(begins(other))

        async def waits_or_is_done() -> bool:
            return second.done() or await waits(database)

        await until(waits_or_is_done)
    assert await second == 0
    assert ("day", 4500, 1) in await spent(post)


async def test_at_a_stop_what_no_provider_was_asked_for_goes_back_and_costs_nothing(database: Database) -> None:
    post, stopped = Post(database), asyncio.Event()
    person = await post.person()
    for _ in range(4):
        await post.put(person, subject="")
    post.provider.gate = asyncio.Event()
    pace = Pace(in_flight=1, ahead=10, idle=0.01)
    dispatcher = post.dispatcher(pace=pace, names_parts=frozenset({"recorder"}))
    running = asyncio.create_task(dispatcher.run(stopped))
    await until(lambda: post.provider.seen, running)
    stopped.set()

    async def given_back() -> bool:
        return (await post.states()).count("queued") == 3

    await until(given_back, running)
    post.provider.gate.set()
    await running
    assert sorted(await post.states()) == ["queued"] * 3 + ["sent"]
    assert len(post.provider.seen) == 1
    assert await spent(post) == {("day", 4500, 1), ("month", 4500, 1)}
    assert {row.attempts for row in await post.rows()} == {0, 1}
    async with database.unit_of_work() as work:
        assert {row.message_id for row in await work.execute(select(PARTS.c.message_id))} == {post.provider.seen[0].id}
    assert await post.dispatcher().once() == 3
    assert await post.states() == ["sent"] * 4
