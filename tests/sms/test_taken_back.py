"""Operators take back what is not to go; rows that this worker cannot read stay; and old rows are forgotten."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from services.alerts import AlertKind
from sms.records import claiming
from sms.records.inspection import Inspection
from sms.records.report_chores import ReportChores
from sms.records.reports import SqlReports
from sms.tables import CLAIMS, MESSAGES, PARTS
from sms.values import NotSent, Unanswered
from storage.tables import PERSON_KEYS
from storage.unit_of_work import Database
from tests.sms.queueing import Post, being_changed, waits
from tests.until import until


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


async def cancel(post: Post) -> int:
    inspection = Inspection(post.sealer, post.keys, post.clock, post.ids)
    async with post.database.unit_of_work() as work:
        return await inspection.cancel(work, "vemtas", "", "wrong amount")


async def test_what_is_cancelled_does_not_go_another_time(post: Post) -> None:
    person = await post.person()
    for _ in range(3):
        await post.put(person, subject="")
    post.provider.answers = [Unanswered("no answer"), NotSent("busy")]
    dispatcher = post.dispatcher()
    await dispatcher.once()
    assert sorted(await post.states()) == ["queued not_sent", "sent", "unknown unanswered"]
    assert await cancel(post) == 2
    assert await cancel(post) == 0
    post.clock.advance(timedelta(minutes=11))
    await dispatcher.sweep()
    assert await dispatcher.once() == 0
    assert sorted(await post.states()) == ["expired no_report", "sent", "suppressed cancelled: wrong amount"]


async def test_what_is_claimed_when_it_is_cancelled_does_not_go(post: Post) -> None:
    person = await post.person()
    await post.put(person, subject="")
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    assert await cancel(post) == 1
    await dispatcher._begin()
    await dispatcher.once()
    assert await post.states() == ["expired too_late"] and not post.provider.seen


@pytest.mark.parametrize("claimed", [False, True])
async def test_what_a_worker_claims_or_puts_aside_while_it_is_cancelled_does_not_go(post: Post, claimed: bool) -> None:
    id = await post.put(await post.person(), subject="")
    dispatcher = post.dispatcher()
    if claimed:
        await dispatcher._claim()
    token = post.ids.uuid7()
    later = {"state": "held", "reason": "quiet_hours", "claim_token": None}
    async with being_changed(post, id, **(later if claimed else {"state": "sending", "claim_token": token})):
        cancelling = asyncio.create_task(cancel(post))
        await until(lambda: waits(post.database), cancelling)
    assert await cancelling == 1
    if claimed:
        assert await post.states() == ["suppressed cancelled: wrong amount"]
    else:
        assert (await post.row(id)).expires_at == post.clock.now()
    assert await cancel(post) == 0


async def test_a_pause_that_ends_within_a_claim_holds_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await post.put(await post.person(), subject="")
    dispatcher, put_aside = post.dispatcher(), claiming._put_aside
    await paused(post)

    async def meanwhile(*given: object) -> object:
        await goes_on(post)
        return await put_aside(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(claiming, "_put_aside", meanwhile)
        await dispatcher._claim()
    assert await post.states() == ["queued"]
    assert await dispatcher.once() == 1


async def test_what_a_pause_is_about_to_hold_goes_once_it_ends(post: Post) -> None:
    id = await post.put(await post.person(), subject="")
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    await paused(post)
    hour = post.clock.now() + timedelta(hours=1)
    async with being_changed(post, id, state="held", reason="paused", due_at=hour, claim_token=None):
        going = asyncio.create_task(goes_on(post))
        await until(lambda: waits(post.database), going)
    await going
    assert await post.dispatcher().once() == 1


async def test_what_a_pause_held_until_its_end_was_written_goes_too(post: Post) -> None:
    """Claimed and put aside between the look at what is held and the commit."""
    person = await post.person()
    inspection = Inspection(post.sealer, post.keys, post.clock, post.ids)
    await paused(post)
    async with post.database.unit_of_work() as work:
        assert await inspection.go_on(work, "vemtas", "")
        await post.put(person, subject="")
        assert await post.dispatcher().once() == 0
    assert await post.states() == ["held paused"]
    async with post.database.unit_of_work() as work:
        await inspection.release(work, "vemtas", "")
    assert await post.dispatcher().once() == 1


async def paused(post: Post) -> None:
    async with post.database.unit_of_work() as work:
        await Inspection(post.sealer, post.keys, post.clock, post.ids).pause(work, "vemtas", "", "wrong amount")


async def goes_on(post: Post) -> None:
    async with post.database.unit_of_work() as work:
        assert await Inspection(post.sealer, post.keys, post.clock, post.ids).go_on(work, "vemtas", "")


async def test_a_kind_of_a_newer_version_is_left_to_its_workers(post: Post) -> None:
    person = await post.person()
    newer, ours = await post.put(person, subject=""), await post.put(person, subject="")
    await post.change(newer, kind="newer")
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 1
    assert await post.states() == ["held unknown_kind", "sent"]
    token = post.ids.uuid7()
    async with post.database.unit_of_work() as work:
        over = func.now() - timedelta(seconds=1)
        await work.execute(insert(CLAIMS).values(token=token, lease_until=over, messages=[newer]))
    for state in ("sending", "unknown"):
        await post.change(newer, state=state, due_at=post.clock.now(), claim_token=token)
        assert await dispatcher.sweep() == 0
    await post.change(newer, state="queued", due_at=post.clock.now())
    post.clock.advance(timedelta(days=40))
    await dispatcher.once()
    assert (await post.row(newer)).state == "expired" and (await post.row(ours)).state == "sent"


async def test_a_key_that_does_not_open_here_keeps_nobody_elses_message(post: Post) -> None:
    one, other = await post.person(), await post.person()
    await post.put(one, subject="")
    await post.put(other, subject="")
    async with post.database.unit_of_work() as work:
        await work.execute(update(PERSON_KEYS).where(PERSON_KEYS.c.person_id == one).values(wrapped=b"?" * 60))
    post.keys = type(post.keys)(post.sealer.ring, post.clock)
    assert await post.dispatcher().once() == 1
    assert await post.states() == ["held unknown_key", "sent"]


async def test_ninety_days_after_its_end_a_message_and_its_parts_are_gone(post: Post) -> None:
    person = await post.person()
    done = await post.put(person, subject="", kind=AlertKind.RECEIVED)
    await post.dispatcher().once()
    await post.change(done, state="delivered", ended_at=post.clock.now())
    waits = await post.put(person, subject="", not_before=post.clock.now() + timedelta(days=200))
    chores = ReportChores(
        post.database, SqlReports(post.clock, post.ids, post.sealer, post.keys, post.config, post.counted)
    )
    post.clock.advance(timedelta(days=89, hours=23))
    assert await chores.forget() == 0
    post.clock.advance(timedelta(hours=2))
    assert await chores.forget(limit=1) == 1
    assert [row.id for row in await post.rows()] == [waits] != [done]
    async with post.database.unit_of_work() as work:
        assert (await work.execute(select(func.count()).select_from(PARTS))).scalar_one() == 0
        assert (await work.execute(select(MESSAGES.c.sealed))).scalar_one() is not None
