"""A hop's promise and the ministry's event of the same write: one message, whichever comes first, and never none."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from services.alerts import Alert, AlertKind, Gist
from services.events import EventType
from services.gists import gist_of
from services.outcomes import AnswerPromised
from services.ports import Records
from services.promises import Promises
from services.tellings import Facts
from sms.records.books import books
from sms.records.inspection import Inspection
from sms.states import MessageState
from sms.tables import MESSAGES
from tests.services.notice_office import Message, Office
from tests.services.promised_writes import NINE, WRITES, Write, came_to, moved, promised, said
from tests.services.town import LEYLA, SERVICES, silence


@pytest.fixture
def sending(notices: Office) -> Office:
    """An office whose gateway can send."""
    notices.town.notices = Promises(SERVICES, channel_open=lambda: True, ministries={"passport": "asan"})
    return notices


_CAME_TO_NOTHING = (MessageState.SUPPRESSED, MessageState.FAILED, MessageState.EXPIRED, MessageState.UNDELIVERED)


async def whole(office: Office) -> list[Message]:
    return list(await office.messages())


# --- one message ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WRITES)
async def test_the_promise_then_the_event(sending: Office, kind: str):
    write = await promised(sending, kind)
    await write.end()
    [before] = await whole(sending)
    await write.event()
    [message] = await whole(sending)
    assert (message.text_id, message.kind, message.subject) == (write.told, "promised", write.subject)
    # The ministry hears of it if it does not arrive, as of any message of its event.
    assert message.event != before.event and await sending.events() == [("handled", "told", 1)]
    async with sending.store.database.unit_of_work() as work:
        assert (await books(work)).balance


@pytest.mark.parametrize("kind", WRITES)
async def test_the_event_then_the_promise(sending: Office, kind: str):
    """What waits is hastened: a promise waits for no morning and heeds no STOP."""
    write = await promised(sending, kind)
    await write.event()
    await write.end()
    [message] = await whole(sending)
    assert (message.text_id, message.kind, message.subject) == (write.news or write.told, "promised", write.subject)
    assert await sending.events() == [("handled", "told", 1)]


@pytest.mark.parametrize("kind", WRITES)
async def test_both_at_the_same_moment_in_two_workers(sending: Office, kind: str):
    write = await promised(sending, kind)
    await asyncio.gather(write.event(), write.end())
    [text_id] = await said(sending)
    assert text_id in (write.told, write.news)


@pytest.mark.parametrize("kind", WRITES)
async def test_without_an_event_the_promise_is_kept(sending: Office, kind: str):
    write = await promised(sending, kind)
    await write.end()
    assert await said(sending) == [write.told]


async def test_of_two_units_of_work_the_second_sees_what_the_first_has_put(sending: Office):
    """The first commits while the second waits for it."""
    caller = await sending.town.known()
    assert caller.person
    gist = Gist(EventType.RECEIVED.value, {}, since=sending.clock.now())

    async def put(records: Records, kind: AlertKind) -> object:
        event = sending.store.ids.uuid7()
        alert = Alert(caller.person.id, LEYLA, kind, "sms.stale", {}, "en", "aid", "", "7101", event, gist=gist)
        return await records.outbox.put(alert)

    async def second() -> object:
        async with sending.store.open() as records:
            return await put(records, AlertKind.RECEIVED)

    async with sending.store.open() as records:
        first = await put(records, AlertKind.PROMISED)
        waiting = asyncio.create_task(second())
        await stands_in_line(sending)
    assert first is not None and await waiting == first and len(await whole(sending)) == 1


async def stands_in_line(office: Office) -> None:
    """Until somebody waits for the lock of a subject."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with asyncio.timeout(30), office.store.database.unit_of_work() as work:
        while not (await work.execute(query)).scalar_one():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "kinds", [("promised",), ("promised", "appointment_cancelled"), ("appointment_cancelled", "promised")]
)
async def test_a_visit_that_waits_for_the_morning_is_not_told_once_its_end_was(sending: Office, kinds: tuple[str, ...]):
    caller = await sending.town.known()
    assert caller.person
    gist = Gist(EventType.APPOINTMENT_CANCELLED.value, {}, since=sending.clock.now())
    person, ids = caller.person.id, sending.store.ids

    async def put(kind: AlertKind, gist: Gist | None) -> None:
        async with sending.store.open() as records:
            alert = Alert(person, LEYLA, kind, "sms.stale", {}, "en", "asan", "", "70004", ids.uuid7(), gist=gist)
            await records.outbox.put(alert)

    await put(AlertKind.APPOINTMENT_BOOKED, None)
    morning = {"state": "held", "reason": "quiet_hours", "due_at": sending.clock.now() + timedelta(hours=8)}
    async with sending.store.database.unit_of_work() as work:
        await work.execute(update(MESSAGES).values(state="sending"))
        await work.execute(update(MESSAGES).values(morning))
    for kind in kinds:
        await put(AlertKind(kind), gist)
    async with sending.store.database.unit_of_work() as work:
        found = await work.execute(select(MESSAGES.c.kind, MESSAGES.c.state).order_by(MESSAGES.c.id))
    assert [tuple(row) for row in found] == [("appointment_booked", "suppressed"), ("promised", "queued")]


async def test_all_that_was_sent_is_found_by_the_visit(sending: Office):
    write = await promised(sending, "book")
    await write.end()
    store = sending.store
    async with store.database.unit_of_work() as work:
        found = await Inspection(store.sealer, store.keys, sending.clock, store.ids).of_subject(work, write.subject)
    assert [(seen.kind, seen.text_id) for seen in found] == [("promised", "sms.visit_booked")]


# --- never none -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", _CAME_TO_NOTHING)
async def test_what_came_to_nothing_has_told_nobody(sending: Office, state: MessageState):
    """Opted out of the event's alert, for one, she is still told what she was promised."""
    write = await promised(sending, "book")
    await write.event()
    await came_to(sending, state)
    await write.end()
    assert [message.kind for message in await whole(sending)] == ["appointment_booked", "promised"]


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.UNDELIVERED])
async def test_a_promise_that_came_to_nothing_does_not_silence_the_event(sending: Office, state: MessageState):
    write = await promised(sending, "book")
    await write.end()
    await came_to(sending, state)
    await write.event()
    assert [message.kind for message in await whole(sending)] == ["promised", "appointment_booked"]


async def test_what_is_with_a_provider_is_not_sent_again(sending: Office):
    write = await promised(sending, "book")
    await write.event()
    await came_to(sending, MessageState.SENT)
    await write.end()
    assert [message.kind for message in await whole(sending)] == ["appointment_booked"]


async def test_what_a_worker_has_claimed_and_not_begun_is_taken_from_it(sending: Office):
    """It might put it aside for the morning: what was promised goes now."""
    write = await promised(sending, "book")
    await write.event()
    async with sending.store.database.unit_of_work() as work:
        token = sending.store.ids.uuid7()
        await work.execute(update(MESSAGES).values(state=MessageState.SENDING.value, claim_token=token))
    await write.end()
    async with sending.store.database.unit_of_work() as work:
        [row] = (await work.execute(select(MESSAGES))).all()
    assert (row.state, row.kind, row.claim_token, row.lane) == ("queued", "promised", None, None)


async def test_other_facts_are_told_too(sending: Office):
    """The office moved it meanwhile."""
    write = await promised(sending, "book")
    await write.end()
    write.at = NINE + timedelta(days=1)
    await write.event()
    assert await said(sending) == ["sms.visit_booked", "sms.visit_booked"]


async def test_there_and_back_each_move_is_told_once(sending: Office):
    """The last one says what the first one said, and is news all the same."""
    write = await promised(sending, "move")
    await write.end()
    await write.event()
    for number, (slot, hours) in enumerate([("s0", 0), ("s1", 1)], start=2):
        sending.town.later(minutes=1)
        sending.town.calendar.write_fails = [silence(True)]
        assert await moved(sending, slot, f"m{number}") == AnswerPromised()
        write.at = NINE + timedelta(hours=hours)
        if slot == "s0":
            await write.event(number)
            await write.end()
        else:
            await write.end()
            await write.event(number)
    assert await said(sending) == ["sms.visit_moved"] * 3


async def test_late_events_of_two_promised_writes_add_nothing(sending: Office):
    book = await promised(sending, "book")
    await book.end()
    sending.town.later(minutes=1)
    sending.town.calendar.write_fails = [silence(True)]
    assert await moved(sending, "s1", "m1") == AnswerPromised()
    to_ten = Write(sending, "sms.visit_moved", "appointment.moved", "v1", NINE + timedelta(hours=1))
    await to_ten.end()
    await book.event(1)
    await to_ten.event(2)
    assert await said(sending) == ["sms.visit_booked", "sms.visit_moved"]


def test_what_no_promise_tells_is_compared_with_nothing():
    assert gist_of(EventType.UNIT_MOVED, Facts("social_aid", "7001")) is None


def test_what_only_one_of_them_knows_is_no_difference():
    place, both = Gist("x", {"place": "a"}), Gist("x", {"place": "a", "starts": "b"})
    assert place.same_as(both) and both.same_as(place)
    assert not place.same_as(Gist("x", {"place": "c"})) and not place.same_as(Gist("y", {"place": "a"}))
