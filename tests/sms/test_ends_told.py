"""A message that stands for a ministry's event and comes to nothing is told to that ministry, whoever ends it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from services.alerts import AlertKind, Gist
from services.events import EventType
from services.records.callbacks import SqlCallbacks
from services.records.tables import CALLBACKS, EVENTS
from sms.records.outbox import SqlOutbox
from sms.records.superseding import SUPERSEDED
from sms.states import MessageState
from sms.telling import Ends
from sms.values import Refusal, Refused, Unanswered
from storage.unit_of_work import Database
from tests.sms.post_office import EVENT, FINAL, PostOffice
from tests.sms.queueing import NOW, Post, alert

NIGHT = NOW + timedelta(hours=13)
CANCELLED = Gist(EventType.APPOINTMENT_CANCELLED.value, {})
RECEIVED = Gist(EventType.RECEIVED.value, {})


async def promise(post: Post, person: UUID, gist: Gist, **fields: Any) -> UUID | None:
    """Put as the gateway puts it: who hears of ends is there."""
    async with post.database.unit_of_work() as work:
        ends = Ends(post.counted, post.counted.undelivered)
        outbox = SqlOutbox(post.sealed(work), post.clock, post.ids, ended=ends)
        event = fields.pop("event", post.ids.uuid7())
        return await outbox.put(alert(person, **{"kind": AlertKind.PROMISED, "event": event, "gist": gist} | fields))


async def held(post: Post, person: UUID, **fields: Any) -> UUID | None:
    """A booking that a provider may have had, and that waits for the morning by now."""
    id = await post.put(person, kind=AlertKind.APPOINTMENT_BOOKED, event=post.ids.uuid7(), **fields)
    await post.change(id, state="sending")
    morning = NIGHT + timedelta(hours=9)
    await post.change(id, state="held", reason="quiet_hours", due_at=morning, handed_over_at=post.clock.now())
    return id


async def test_what_a_promise_overtakes_is_told_where_a_provider_may_have_had_it(database: Database) -> None:
    post = Post(database, at=NIGHT)
    person = await post.person()
    booked = await post.row(await held(post, person))
    await promise(post, person, CANCELLED)
    assert await post.states() == [f"expired {SUPERSEDED}", "queued"]
    assert post.counted.told == [(booked.event_id, SUPERSEDED)]
    assert ("ended", "", "expired") in post.counted.events


@pytest.mark.parametrize("promised", [True, False])
async def test_of_two_visits_with_one_number_one_ends_nothing_of_the_other(database: Database, promised: bool) -> None:
    """Each ministry counts for itself."""
    post = Post(database, at=NIGHT)
    person = await post.person()
    await held(post, person, service="passport")
    if promised:
        await promise(post, person, CANCELLED, service="driving")
    else:
        await post.put(person, kind=AlertKind.APPOINTMENT_CANCELLED, service="driving")
        assert await post.dispatcher().once() == 1
    assert (await post.states())[0] == "held quiet_hours"


async def test_a_promise_that_an_event_joined_while_it_was_sent_is_told_by_that_event(database: Database) -> None:
    """The worker had read it before."""
    post = Post(database)
    person, event = await post.person(), post.ids.uuid7()
    first = await promise(post, person, RECEIVED)
    post.provider.gate, post.provider.answers = asyncio.Event(), [Refused(Refusal.NUMBER)]
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    await dispatcher._begin()
    assert await promise(post, person, RECEIVED, kind=AlertKind.RECEIVED, event=event) == first
    post.provider.gate.set()
    await dispatcher.once()
    assert await post.states() == [f"failed {Refusal.NUMBER.value}"]
    assert post.counted.told == [(event, Refusal.NUMBER.value)]


async def test_one_that_was_never_answered_for_is_told(database: Database) -> None:
    post = Post(database)
    event = post.ids.uuid7()
    await post.put(await post.person(), event=event)
    post.provider.answer = lambda message: Unanswered("time-out")
    dispatcher = post.dispatcher()
    for days in (0, 1, 4):
        post.clock.advance(timedelta(days=days))
        await dispatcher.sweep()
        await dispatcher.once()
    assert await post.states() == ["expired no_report"]
    assert post.counted.told == [(event, "no_report")]


@pytest.mark.parametrize(("state", "told"), [(MessageState.UNKNOWN, [(EVENT, "no_report")]), (MessageState.SENT, [])])
async def test_our_clock_tells_of_what_nobody_took_and_not_of_what_may_have_arrived(
    database: Database, state: MessageState, told: Sequence[object]
) -> None:
    office = PostOffice(database)
    message = await office.message(state, event_id=EVENT, due_at=office.clock.now() + FINAL)
    await office.wait(timedelta(hours=73))
    assert await office.state(message) == "expired" and office.told == told


async def test_the_ministrys_event_is_found_by_the_message_that_stands_for_it(database: Database) -> None:
    """Through to the row that is delivered to the ministry."""
    post = Post(database, at=NIGHT)
    person = await post.person()
    booked = await post.row(await held(post, person))
    callbacks = SqlCallbacks(post.sealer, post.clock, post.ids, frozenset({"asan"}))
    async with database.unit_of_work() as work:
        values = {"source": "asan", "event_id": "e-1", "type": "appointment.booked", "digest": b"", "state": "handled"}
        counts = {"attempts": 1, "outcome": "told", "told": 1, "received_at": NOW}
        await work.execute(insert(EVENTS).values(id=booked.event_id, **values, **counts))
    async with database.unit_of_work() as work:
        ends = Ends(post.counted, callbacks.undelivered)
        outbox = SqlOutbox(post.sealed(work), post.clock, post.ids, ended=ends)
        await outbox.put(alert(person, kind=AlertKind.PROMISED, event=post.ids.uuid7(), gist=CANCELLED))
    async with database.unit_of_work() as work:
        assert (await work.execute(select(CALLBACKS.c.source, CALLBACKS.c.state))).all() == [("asan", "waiting")]


@pytest.mark.parametrize(
    ("news", "text_id", "ended"),
    [
        (AlertKind.APPOINTMENT_CANCELLED, "sms.visit_booked", True),
        (AlertKind.APPOINTMENT_CANCELLED, "sms.visit_moved", True),
        (AlertKind.APPOINTMENT_MOVED, "sms.visit_booked", True),
        (AlertKind.APPOINTMENT_MOVED, "sms.visit_moved", False),
    ],
)
async def test_no_promise_that_waits_comes_after_what_the_office_said_of_the_visit(
    database: Database, news: AlertKind, text_id: str, ended: bool
) -> None:
    """Its provider was away, and it has no lane: the news would not wait for it."""
    post = Post(database)
    person = await post.person()
    await post.change(await promise(post, person, RECEIVED, text_id=text_id), due_at=NIGHT, reason="not_sent")
    await post.change(await promise(post, person, RECEIVED, service="driving"), due_at=NIGHT, reason="not_sent")
    await post.put(person, kind=news)
    assert await post.dispatcher().once() == 1
    waits = "queued not_sent"
    assert await post.states() == [f"suppressed {SUPERSEDED}" if ended else waits, waits, "sent"]
