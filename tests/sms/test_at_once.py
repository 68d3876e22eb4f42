"""A claim, a begin and a finish are one statement each where nothing stands in the way, and lose nothing by it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.clock import HandClock
from domain.errors import StoreUnavailable
from services.alerts import POLICIES, AlertKind
from sms.answers import Answers
from sms.claims import Claimed, Heard, Outcome, Ready
from sms.config import Caps, Waits
from sms.pace import Pace
from sms.records import claiming
from sms.records.beginning import Begun
from sms.records.budgets import SqlBudgets
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.retry import Fate
from sms.states import MessageState
from sms.telling import Telling
from sms.values import Accepted, NotSent, SendReceipt, Unanswered
from storage.unit_of_work import Database, Record, UnitOfWork
from tests.sms.queueing import CONFIG, NOW, Post, waits
from tests.until import until


@contextmanager
def journeys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """How the statements of units of work went, in order."""
    seen: list[str] = []
    ways = {name: getattr(UnitOfWork, name) for name in ("alone", "fetch", "read")}

    def noting(name: str) -> object:
        async def noted(work: UnitOfWork, sql: str, *values: object) -> Sequence[Record]:
            seen.append(name)
            return await ways[name](work, sql, *values)  # type: ignore[no-any-return]

        return noted

    with monkeypatch.context() as patched:
        for name in ways:
            patched.setattr(UnitOfWork, name, noting(name))
        yield seen


async def test_what_may_all_go_takes_one_statement_a_step(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(database)
    person = await post.person()
    for _ in range(3):
        await post.put(person, subject="")
    dispatcher = post.dispatcher()
    await dispatcher.once()  # the bucket is there from now on
    for _ in range(3):
        await post.put(person, subject="")
    with journeys(monkeypatch) as seen:
        await dispatcher._claim()
        await dispatcher._begin()
        while dispatcher._calls:
            await dispatcher._calls.any_ended(10)
        await dispatcher._finish()
    assert seen == ["alone", "alone", "alone"]
    assert await post.states() == ["sent"] * 6


async def test_what_may_not_all_go_is_chosen_step_by_step(database: Database) -> None:
    post = Post(database, replace(CONFIG, caps={"vemtas": Caps(day=9, month=100)}))  # 4.5 a part
    person = await post.person()
    await post.put(person, subject="")
    await post.dispatcher().once()
    for source in ("vemtas", "vemtas", "asan"):
        await post.put(person, subject="", source=source)
    assert await post.dispatcher().once() == 2
    assert sorted(await post.states()) == ["held spend_cap", "sent", "sent", "sent"]
    # Its cap is spent: the next is not even claimed for long.
    await post.put(person, subject="")
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    assert not dispatcher._ready
    assert sorted(await post.states()) == ["held spend_cap"] * 2 + ["sent"] * 3


async def test_what_is_put_aside_is_as_it_was_before_the_claim(database: Database) -> None:
    post = Post(database, at=NOW + timedelta(hours=9))  # seven in the evening
    id = await post.put(await post.person())
    post.provider.answers = [NotSent("busy")]
    await post.dispatcher().once()
    post.clock.advance(timedelta(hours=2))
    await post.dispatcher().once()
    row = await post.row(id)
    assert (row.state, row.reason, row.provider, row.attempts) == ("held", "quiet_hours", "recorder", 1)
    assert row.claim_token is None


async def test_a_worker_that_dies_within_a_claim_leaves_it_to_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database, at=NOW + timedelta(hours=13))  # eleven at night
    person = await post.person()
    await post.put(person)
    code = await post.put(person, kind=AlertKind.CODE)

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(claiming, "_put_aside", dies)
        with pytest.raises(asyncio.CancelledError):
            await post.dispatcher()._claim()
    assert await post.states() == ["sending", "sending"]
    await post.lease_over()
    async with database.unit_of_work() as work:
        await SqlOverdue(post.clock, post.config).take_over(work)
    assert await post.dispatcher().once() == 1
    assert await post.states() == ["held quiet_hours", "sent"]
    assert [message.id for message in post.provider.seen] == [code]


async def none_free(*_: object) -> None:
    raise StoreUnavailable("no database connection is free")


async def test_a_claim_that_postgresql_fails_half_way_goes_back_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database, at=NOW + timedelta(hours=13))  # eleven at night
    person = await post.person()
    await post.put(person)
    await post.put(person, kind=AlertKind.CODE)
    dispatcher = post.dispatcher()

    with monkeypatch.context() as patched:
        patched.setattr(claiming, "_put_aside", none_free)
        with pytest.raises(StoreUnavailable):
            await dispatcher._claim()
    assert await post.states() == ["queued", "queued"] and not dispatcher._ready
    assert {row.claim_token for row in await post.rows()} == {None}
    assert await dispatcher.once() == 1
    assert await post.states() == ["held quiet_hours", "sent"]


async def test_what_a_failed_claim_cannot_even_give_back_comes_back_with_the_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database, at=NOW + timedelta(hours=13))
    await post.put(await post.person())

    with monkeypatch.context() as patched:
        patched.setattr(claiming, "_put_aside", none_free)
        patched.setattr(claiming.SqlClaims, "let_go", none_free)
        with pytest.raises(StoreUnavailable):
            await post.dispatcher()._claim()
    assert await post.states() == ["sending"]
    await post.lease_over()
    assert await post.dispatcher().sweep() == 1
    assert await post.states() == ["queued"]


async def test_what_is_marked_goes_out_though_what_is_lost_cannot_be_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database)
    person = await post.person()
    dispatcher = post.dispatcher()
    await post.put(person, subject="")
    await dispatcher.once()  # the bucket is there
    lost, goes = [await post.put(person, subject="") for _ in range(2)]
    await dispatcher._claim()
    await post.change(lost, expires_at=post.clock.now())

    monkeypatch.setattr(claiming.SqlClaims, "give_back", none_free)
    await dispatcher._begin()
    await until(lambda: len(post.provider.seen) == 2)
    assert post.provider.seen[-1].id == goes and (await post.row(lost)).state == "sending"


async def test_a_group_that_is_lost_altogether_takes_its_tokens_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database)
    person = await post.person()
    dispatcher = post.dispatcher()
    await post.put(person, subject="")
    await dispatcher.once()  # the bucket is there
    for _ in range(3):
        await post.put(person, subject="")
    await dispatcher._claim()
    for row in await post.rows():
        await post.change(row.id, expires_at=post.clock.now())
    with journeys(monkeypatch) as seen:
        await dispatcher._begin()
    assert seen == ["alone", "fetch"]  # the one statement, and what is lost goes back
    assert dispatcher._credit == 3 and (await post.states()).count("queued") == 3


async def test_what_another_ended_meanwhile_is_not_put_aside(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(database, at=NOW + timedelta(hours=13))
    id = await post.put(await post.person())
    put_aside = claiming._put_aside

    async def meanwhile(*given: object) -> object:
        await post.change(id, state="delivered", claim_token=None)
        return await put_aside(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(claiming, "_put_aside", meanwhile)
    await post.dispatcher()._claim()
    assert await post.states() == ["delivered"]


async def test_who_waited_for_the_bucket_looks_again_at_what_is_spent(database: Database) -> None:
    post = Post(database, replace(CONFIG, default_caps=Caps(5, 1000)))  # one part a day
    person = await post.person()
    for _ in range(2):
        await post.put(person, subject="")
    queue = SqlQueue(post.sealer, post.clock, post.config)
    dispatcher, budgets = post.dispatcher(), SqlBudgets(post.config)
    await dispatcher._claim()
    one, other = dispatcher._ready
    async with database.unit_of_work() as work:
        await budgets.tokens(work, 0)  # the bucket is there

    async def begins(message: Ready) -> Begun:
        async with database.unit_of_work() as work:
            return await queue.begin(work, [message], 10, frozenset())

    async with database.unit_of_work() as work:
        await budgets.tokens(work, 0)
        second = asyncio.create_task(begins(other))
        # It has looked at the sums by now, and waits for the bucket.
        await until(lambda: waits(database), second)
        await budgets.charge(work, {one.claim.source: (4500, 1)}, post.clock.now())
    begun = await second
    assert not begun.go and [held.fate.reason for held in begun.held] == ["spend_cap"]


def answers(clock: HandClock, post: Post, **pace: int) -> Answers:
    telling = Telling(post.counted.adopt, post.counted, post.counted)
    return Answers(Pace(**pace), Waits(), clock, telling, asyncio.Event())


def ready(post: Post) -> Ready:
    id = post.ids.uuid7()
    claim = Claimed(id, id, None, POLICIES[AlertKind.GRANTED], "vemtas", "az", None, None, 0, 0)  # type: ignore[arg-type]
    return Ready(claim, post.provider, None, b"", 1, 4500)  # type: ignore[arg-type]


async def test_answers_wait_for_each_other_only_for_a_moment() -> None:
    clock = HandClock(NOW)
    post = Post(None)  # type: ignore[arg-type]
    kept = answers(clock, post, group=3)
    assert not kept.worth_writing()
    kept.reckon(begun=10)
    for count in (1, 2, 3):
        kept.heard(Heard(ready(post), Accepted(("an id",)), NOW))
        assert kept.worth_writing() == (count == 3)
    kept.take()
    kept.reckon(begun=10)
    kept.heard(Heard(ready(post), Accepted(("an id",)), NOW))
    assert not kept.worth_writing()
    clock.advance(timedelta(seconds=0.05))
    assert kept.worth_writing()


async def test_each_answer_has_its_own_fate_and_what_could_not_be_written_comes_first_again() -> None:
    post = Post(None)  # type: ignore[arg-type]
    kept = answers(post.clock, post)
    receipts: list[SendReceipt] = [Accepted(("an id",)), NotSent("busy"), Unanswered("time-out")]
    for receipt in receipts:
        kept.heard(Heard(ready(post), receipt, NOW))
    first = kept.take()
    assert [one.fate.state for one in first] == [MessageState.SENT, MessageState.QUEUED, MessageState.UNKNOWN]
    assert post.counted.events == [("failed", "recorder")] * 2 and not kept
    held = Outcome(ready(post).claim, Fate(MessageState.HELD))
    kept.add([held])
    kept.put_back(first)
    assert kept.take() == [*first, held]
    assert len(post.counted.events) == 2  # seen once
