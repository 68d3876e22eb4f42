"""Between putting a message and sending it a number may become another's: then nothing personal goes there."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert

from domain.msisdn import Msisdn
from services.alerts import AlertKind
from services.questions import Asks, Question
from services.records.people import SqlPeople
from services.records.tables import NUMBERS
from sms.records.outbox import SqlOutbox
from sms.records.prompts import SqlPrompts
from sms.records.suppressing import suppress
from storage.unit_of_work import Database, UnitOfWork
from tests.sms.queueing import Post, alert, being_changed, waits
from tests.until import until

LEYLA = Msisdn.parse("+994501234567")


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def people(post: Post, work: UnitOfWork) -> SqlPeople:
    return SqlPeople(post.sealed(work), post.clock, post.ids)


async def caller(post: Post) -> UUID:
    async with post.database.unit_of_work() as work:
        return (await people(post, work).greet(LEYLA, "az")).id


async def ends(post: Post, person: UUID) -> None:
    async with post.database.unit_of_work() as work:
        await people(post, work).end_number(LEYLA, person)


async def test_a_number_that_has_a_new_holder_gets_nothing_of_the_old_one(post: Post) -> None:
    leyla = await caller(post)
    kinds = [AlertKind.GRANTED, AlertKind.ACCOUNT, AlertKind.PROMISED, AlertKind.NOTIFY]
    for kind in kinds:
        await post.put(leyla, kind=kind, subject="")
    await post.put(leyla, kind=AlertKind.CODE)
    await ends(post, leyla)
    other = await caller(post)
    assert other != leyla
    hers = await post.put(other)
    assert await post.dispatcher().once() == 2
    assert await post.states() == ["suppressed wrong_number"] * len(kinds) + ["sent", "sent"]
    assert {message.id for message in post.provider.seen} >= {hers}


async def test_a_number_in_doubt_is_told_that_there_is_something_and_nothing_else(post: Post) -> None:
    leyla = await caller(post)
    await post.put(leyla)
    async with post.database.unit_of_work() as work:
        await people(post, work).doubt_number(LEYLA)
    await post.put(leyla, kind=AlertKind.REPLY, text_id="sms.reply_help", subject="", values={})
    assert await post.dispatcher().once() == 2
    assert sorted(text.strip() for text in post.texts()) == ["sms.reply_help az", "sms.stale az"]
    async with post.database.unit_of_work() as work:
        await people(post, work).confirm_number(LEYLA, leyla)
    await post.put(leyla, subject="")
    await post.dispatcher().once()
    assert post.texts()[-1] == "sms.granted az 48213"


async def test_a_question_that_was_not_in_the_message_was_asked_of_nobody(post: Post) -> None:
    leyla = await caller(post)
    until = post.clock.now() + timedelta(days=2)
    asks = Asks(Question.VISIT, "sms.granted_ask", {"visit": "7"}, until, "7")
    async with post.database.unit_of_work() as work:
        outbox = SqlOutbox(post.sealed(work), post.clock, post.ids, two_way=True)
        await outbox.put(alert(leyla, asks=asks))
        await people(post, work).doubt_number(LEYLA)
    await post.dispatcher().once()
    assert [text.strip() for text in post.texts()] == ["sms.stale az"]
    async with post.database.unit_of_work() as work:
        await people(post, work).confirm_number(LEYLA, leyla)
        assert (await SqlPrompts(post.sealer, post.clock, post.ids).standing(work, LEYLA)).open == ()


async def test_a_number_that_fell_silent_while_the_message_waited_is_in_doubt(post: Post) -> None:
    leyla = await caller(post)
    later = post.clock.now() + timedelta(days=91)
    await post.put(leyla, not_before=later)
    post.clock.advance(timedelta(days=91))
    assert await post.dispatcher().once() == 1
    assert [text.strip() for text in post.texts()] == ["sms.stale az"]


async def test_of_several_numbers_that_one_counts_to_which_it_goes(post: Post) -> None:
    leyla = await caller(post)
    await ends(post, leyla)
    newer = Msisdn.parse("+994557654321")
    async with post.database.unit_of_work() as work:
        await work.execute(
            insert(NUMBERS).values(
                id=post.ids.uuid7(),
                person_id=leyla,
                msisdn=b"sealed",
                msisdn_index=post.sealed(work).index(newer.e164, "msisdn"),
                state="active",
                former_holder=False,
                last_seen=post.clock.now(),
                created_at=post.clock.now(),
            )
        )
    await post.put(leyla, subject="")
    await post.put(leyla, subject="", to=newer)
    await post.dispatcher().once()
    assert await post.states() == ["suppressed wrong_number", "sent"]


async def test_what_a_worker_is_putting_aside_is_taken_back_with_all_that_waits(post: Post) -> None:
    leyla = await caller(post)
    id = await post.put(leyla, subject="")
    await post.dispatcher()._claim()

    async def takes_back() -> int:
        async with post.database.unit_of_work() as work:
            return await suppress(work, post.sealer, LEYLA, "wrong_number", post.clock.now())

    async with being_changed(post, id, state="held", reason="quiet_hours", claim_token=None):
        taking = asyncio.create_task(takes_back())
        await until(lambda: waits(post.database), taking)
    assert await taking == 1
    assert await post.states() == ["suppressed wrong_number"]


async def test_what_is_taken_back_after_it_was_claimed_is_not_begun(post: Post) -> None:
    leyla = await caller(post)
    await post.put(leyla, subject="")
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    async with post.database.unit_of_work() as work:
        assert await suppress(work, post.sealer, LEYLA, "wrong_number", post.clock.now()) == 0
    await dispatcher._begin()
    assert not post.provider.seen and dispatcher._credit == 1  # the tokens are for the next
    assert await post.states() == ["queued"]
    await dispatcher.once()
    assert await post.states() == ["expired too_late"] and not post.provider.seen
    assert await dispatcher.once() == 0
