"""What waits for what: answers for nothing, news for the news before it, and not for the morning."""

from datetime import timedelta

import pytest

from services.alerts import AlertKind
from sms.records.superseding import SUPERSEDED
from storage.unit_of_work import Database
from tests.sms.queueing import NOW, Post

NIGHT = NOW + timedelta(hours=13)


@pytest.mark.parametrize("kind", [AlertKind.REPLY, AlertKind.PROMISED, AlertKind.OPT_OUT, AlertKind.CODE])
async def test_what_she_asked_for_does_not_wait_for_the_news(database: Database, kind: AlertKind) -> None:
    post = Post(database, at=NIGHT)
    person = await post.person()
    await post.put(person)
    await post.put(person, kind=kind, text_id="sms.asked")
    assert await post.dispatcher().once() == 1
    assert post.texts() == ["sms.asked az 48213"]


async def test_a_visit_that_is_cancelled_at_night_is_told_at_night_and_what_it_ends_is_not(database: Database) -> None:
    post = Post(database, at=NIGHT)
    person = await post.person()
    await post.put(person, kind=AlertKind.APPOINTMENT_BOOKED, text_id="sms.visit_booked")
    other = await post.put(person, kind=AlertKind.APPOINTMENT_BOOKED, text_id="sms.visit_booked", subject="other")
    dispatcher = post.dispatcher()
    await dispatcher.once()
    await post.put(person, kind=AlertKind.APPOINTMENT_CANCELLED, text_id="sms.visit_cancelled")
    assert await dispatcher.once() == 1
    assert await post.states() == [f"suppressed {SUPERSEDED}", "held quiet_hours", "sent"]
    post.clock.advance(timedelta(hours=9, seconds=1))
    assert await dispatcher.once() == 1
    assert post.texts()[0].startswith("sms.visit_cancelled") and post.provider.seen[1].id == other


async def test_in_the_morning_what_was_held_goes_in_order(database: Database) -> None:
    post = Post(database, at=NIGHT)
    person = await post.person()
    for at in range(2):
        await post.put(person, text_id=f"sms.{at}")
    dispatcher = post.dispatcher()
    await dispatcher.once()
    post.clock.advance(timedelta(hours=9, seconds=1))
    assert await dispatcher.once() == 1
    post.clock.advance(timedelta(seconds=1))
    assert await dispatcher.once() == 1
    assert post.texts() == ["sms.0 az 48213", "sms.1 az 48213"]


async def test_what_is_behind_one_that_is_paused_is_left_alone_for_a_minute(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    first = await post.put(person)
    behind = await post.put(person, text_id="sms.behind")
    await post.change(first, state="held", reason="paused", due_at=NOW + timedelta(hours=1))
    dispatcher = post.dispatcher()
    await dispatcher.once()
    row = await post.row(behind)
    assert (row.state, row.reason, row.due_at) == ("held", "order", NOW + timedelta(seconds=60))
