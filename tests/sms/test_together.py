"""Many workers at one queue: what one cannot send is another's at once, and none waits for another in a circle."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.clock import HandClock
from services.alerts import AlertKind
from sms.config import Sender
from sms.pace import Pace
from sms.share import Share
from sms.tables import SPEND
from sms.values import NotSent
from storage.unit_of_work import Database, Record, UnitOfWork
from tests.sms.queueing import CONFIG, NOW, Post

Asked = Callable[..., Awaitable[Sequence[Record]]]


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which of these tables are locked, in order."""
    seen: list[str] = []

    def noting(asked: Asked) -> Asked:
        async def noted(work: UnitOfWork, sql: str, *values: object) -> Sequence[Record]:
            for table in ("sms_rates", "sms_spend"):
                if f"INTO {table}" in sql or f"UPDATE {table}" in sql:
                    seen.append(table)
            return await asked(work, sql, *values)

        return noted

    with monkeypatch.context() as patched:
        patched.setattr(UnitOfWork, "fetch", noting(UnitOfWork.fetch))
        patched.setattr(UnitOfWork, "alone", noting(UnitOfWork.alone))
        yield seen


async def test_rates_are_locked_before_sums_and_sums_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(database)
    person = await post.person()
    for source in ("vemtas", "asan", "vemtas"):
        await post.put(person, subject="", source=source)
    post.provider.answers = [NotSent("busy")]
    dispatcher = post.dispatcher(pace=Pace(in_flight=2))
    await dispatcher._claim()
    await dispatcher._begin()
    await dispatcher._calls.any_ended(10)
    while len(dispatcher._answered) < 2:
        await dispatcher._calls.any_ended(10)
    await post.put(person, subject="", source="asan")
    await dispatcher._claim()
    with written(monkeypatch) as tables:
        await dispatcher._finish()  # a refund
    assert tables == ["sms_spend"]
    with written(monkeypatch) as tables:
        await dispatcher._begin()  # a charge, and a charge of what had the refund
    assert tables == ["sms_rates", "sms_spend"]
    while dispatcher._calls or dispatcher._answered:
        await dispatcher._calls.any_ended(10)
        await dispatcher._finish()
    async with database.unit_of_work() as work:
        spent = (await work.execute(SPEND.select().where(SPEND.c.period == "day").order_by(SPEND.c.source))).all()
    assert [(row.source, row.millis, row.parts) for row in spent] == [("asan", 9000, 2), ("vemtas", 4500, 1)]


async def test_a_claim_whose_lease_is_nearly_over_is_given_back_with_its_tokens(database: Database) -> None:
    post = Post(database)
    await post.put(await post.person())
    slow, other = post.dispatcher(), post.dispatcher()
    await slow._claim()
    async with database.unit_of_work() as work:
        await work.execute(text("UPDATE sms_claims SET lease_until = now() + interval '2 seconds'"))
    await slow._begin()
    assert not post.provider.seen and slow._credit == 1
    assert await other.once() == 1  # and nobody waited for the lease
    assert await post.states() == ["sent"]


async def test_one_worker_claims_no_more_than_goes_out_in_a_second(database: Database) -> None:
    post = Post(database, replace(CONFIG, sender=Sender("7575", True, 8)))
    person = await post.person()
    for _ in range(30):
        await post.put(person, subject="", kind=AlertKind.RECEIVED)
    await post.dispatcher()._claim()
    assert (await post.states()).count("sending") == 8


def test_the_share_is_what_one_began_where_the_rate_is_the_limit() -> None:
    clock = HandClock(NOW)
    share = Share(50, clock)
    # In the first second nothing changes; then twice what went out, and all again once nothing limits.
    share.saw(3, True)
    assert share.most == 50
    for begun, limited, most in [(2, True, 10), (0, True, 1), (1, True, 2), (9, False, 50)]:
        clock.advance(timedelta(seconds=1))
        share.saw(begun, limited)
        assert share.most == most
