"""What looks like the same news and is not, and what is the same though it looks otherwise: of a promise and events."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from domain.states import ApplicationState
from services import apply
from services import sending as sending_use_cases
from services.alerts import Alert, AlertKind, Gist
from services.answering import answer
from services.events import EventType
from services.gists import gist_of
from services.outcomes import Amended, AnswerPromised, Moved
from services.ports import Notice, Records
from services.promises import Promises
from services.records.store import RecordStore
from services.sending import ANSWER
from services.tellings import Facts
from services.timers import fire_timers
from sms.states import MessageState
from sms.tables import MESSAGES
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from tests.services.notice_office import Office
from tests.services.promised_writes import CONTACT, NINE, Write, came_to, chosen, moved, promised, said
from tests.services.test_intents import town_caller
from tests.services.town import AID, BANK, CENTRE, FORM, LEYLA, SERVICES, silence

TEN = NINE + timedelta(hours=1)
RECEIVED = Gist(EventType.RECEIVED.value, {})


@pytest.fixture
def sending(notices: Office) -> Office:
    """An office whose gateway can send."""
    notices.town.notices = Promises(SERVICES, channel_open=lambda: True, ministries={"passport": "asan"})
    return notices


async def put(office: Office, kind: AlertKind, gist: Gist = RECEIVED, **fields: Any) -> UUID | None:
    """One message to her about 7101, by a unit of work of its own."""
    async with office.store.open() as records:
        return await _put(office, records, kind, gist, **fields)


async def _put(office: Office, records: Records, kind: AlertKind, gist: Gist = RECEIVED, **fields: Any) -> UUID | None:
    person = await records.people.by_number(LEYLA)
    assert person is not None
    event = fields.pop("event", office.store.ids.uuid7())
    alert = Alert(
        person.id, LEYLA, kind, "sms.received_no_due", {}, "en", "aid", "social_aid", "7101", event, gist=gist
    )
    return await records.outbox.put(replace(alert, **fields))


async def rows(office: Office) -> list[Any]:
    async with office.store.database.unit_of_work() as work:
        return list((await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all())


async def change(office: Office, **values: Any) -> None:
    async with office.store.database.unit_of_work() as work:
        await work.execute(update(MESSAGES).values(values))


async def move_lost(office: Office, slot: str, token: str, at: datetime) -> Write:
    """She moves it, and is promised the answer."""
    office.town.later(minutes=1)
    office.town.calendar.write_fails = [silence(True)]
    assert await moved(office, slot, token) == AnswerPromised()
    return Write(office, "sms.visit_moved", "appointment.moved", "v1", at)


# --- not the same ---------------------------------------------------------------------------------------


async def test_two_ministries_may_give_the_same_number(sending: Office):
    await sending.town.known()
    first = await put(sending, AlertKind.PROMISED)
    other = await put(sending, AlertKind.RECEIVED, service="permit", source="asan")
    assert None not in (first, other) and first != other
    assert await put(sending, AlertKind.RECEIVED) == first


async def test_nor_do_the_reminders_of_their_visits_end_each_other(sending: Office):
    caller = await sending.town.known()
    assert caller.person is not None
    due = sending.clock.now() + timedelta(days=1)
    async with sending.store.open() as records:
        for service in ("passport", "driving"):
            await records.timers.set(caller.person.id, "reminder", service, "1", {"of": service}, due)
    async with sending.store.open() as records:
        await records.timers.drop("reminder", "driving", "1")
    sending.town.later(days=1)
    async with sending.store.open() as records:
        assert [timer.service for timer in await records.timers.claim(9, 60)] == ["passport"]


async def test_what_the_office_changed_and_changed_back_is_told_each_time(sending: Office):
    """Her own move was promised, and its ministry tells nothing of citizens' moves."""
    write = await promised(sending, "move")
    await write.end()
    for sequence, at in enumerate((NINE + timedelta(days=1), TEN), start=1):
        sending.town.later(minutes=1)
        write.at = at
        await write.event(sequence)
    assert await said(sending) == ["sms.visit_moved"] * 3


async def test_back_where_she_was_once_promised_it_is_news_after_a_move_on_the_screen(sending: Office):
    write = await promised(sending, "move")
    await write.end()
    sending.town.later(minutes=1)
    assert isinstance(await moved(sending, "s0", "m2"), Moved), "no message: she has seen it"
    sending.town.later(minutes=1)
    await write.event()
    assert await said(sending) == ["sms.visit_moved"] * 2


async def test_the_place_of_an_earlier_choice_is_news_after_another_one(sending: Office):
    await sending.town.known()
    first = await chosen(sending)
    await first.end()
    sending.town.later(minutes=1)
    second = await chosen(sending, BANK, "p2")
    await second.end()
    sending.town.later(minutes=1)
    await first.event()
    assert await said(sending) == ["sms.ready_from"] * 3


async def test_what_is_not_ready_there_yet_is_told_when_it_is(sending: Office):
    """The promise has no day to tell."""
    town = sending.town
    await town.known()
    write = await chosen(sending)
    card = town.ministry.files["7002"]
    town.ministry.files["7002"] = replace(card, state=type(card.state).GRANTED)
    await write.end()
    town.ministry.files["7002"] = card
    await write.event()
    assert await said(sending) == ["notice.choose_pickup_done", "sms.ready_from"]


async def test_a_reminder_between_them_is_no_news(sending: Office):
    await sending.town.known()
    first = await put(sending, AlertKind.PROMISED)
    await put(sending, AlertKind.DAYS_PASSED, gist=None)
    assert await put(sending, AlertKind.RECEIVED) == first


# --- the same -------------------------------------------------------------------------------------------


async def test_the_late_event_of_a_move_that_she_moved_on_from_adds_nothing(sending: Office):
    first = await promised(sending, "move")
    happened = sending.clock.now()
    await first.end()
    second = await move_lost(sending, "s0", "m2", NINE)
    await second.end()
    data = {"contact": CONTACT, "starts_at": TEN.isoformat()}
    await sending.send(first.type, "v1", data, source="asan", sequence="1", time=happened.isoformat())
    await sending.work()
    await second.event(2)
    assert await said(sending) == ["sms.visit_moved"] * 2


@pytest.mark.parametrize(
    "data",
    [
        {"starts_at": "2026-11-25T05:00:00Z"},
        {"starts_at": "2026-11-25T09:00:00"},
        {"place": {"name": "centre, as its ministry words it", "id": CENTRE.id}},
        {"place": {"name": " service  CENTRE 1"}},
        {"place": None},
    ],
)
async def test_a_visit_is_known_again_however_its_time_and_place_are_written(sending: Office, data: dict[str, object]):
    write = await promised(sending, "book")
    await write.end()
    whole = {"contact": CONTACT, "starts_at": NINE.isoformat(), "place": {"name": CENTRE.name}, **data}
    await sending.send(write.type, "v1", whole, source="asan", sequence="1")
    await sending.work()
    assert await said(sending) == ["sms.visit_booked"]


GRANTED = {"amount": {"value": "250.50", "currency": "AZN"}, "term_until": "2028-11-20", "sequence": 1}


async def asked(office: Office) -> None:
    """Her ministry was away: she is promised the answer."""
    async with office.store.open() as records:
        desk = office.town.desk(records=records)
        assert await sending_use_cases.answer(desk, await town_caller(office.town, records), "7001") == AnswerPromised()


async def answered(office: Office) -> None:
    office.town.later(minutes=1)
    await fire_timers(office.town.desk(), {ANSWER: answer})


async def granted(office: Office) -> None:
    await office.send("application.granted", "7001", {"contact": CONTACT, **GRANTED})
    await office.work()


@pytest.mark.parametrize("answer_first", [True, False])
async def test_the_answer_that_she_asked_for_and_the_news_of_it_are_one(sending: Office, answer_first: bool):
    await sending.town.known()
    await asked(sending)
    for act in (answered, granted) if answer_first else (granted, answered):
        await act(sending)
    [row] = await rows(sending)
    assert (row.kind, row.text_id) == ("promised", "sms.granted_amount_until")
    assert row.expires_at >= sending.clock.now() + timedelta(days=39 if answer_first else 3), "a decision lives long"
    assert await sending.events() == [("handled", "told", 1)]


async def test_what_was_told_before_she_asked_is_told_again(sending: Office):
    await sending.town.known()
    await granted(sending)
    sending.town.later(minutes=1)
    await asked(sending)
    await answered(sending)
    assert [row.kind for row in await rows(sending)] == ["granted", "promised"]


async def test_a_promise_is_put_once_also_when_it_stands_for_an_event(sending: Office):
    await sending.town.known()
    once = sending.store.ids.uuid7()
    await put(sending, AlertKind.PROMISED, event=once)
    await put(sending, AlertKind.RECEIVED)
    assert await put(sending, AlertKind.PROMISED, event=once) is None
    assert len(await rows(sending)) == 1


@pytest.mark.parametrize("promise_first", [True, False])
async def test_of_a_sensitive_service_one_message_says_that_there_is_something(sending: Office, promise_first: bool):
    caller = await sending.town.known()
    assert caller.person is not None
    gist = gist_of(EventType.RECEIVED, Facts("permit", "8001"), since=sending.clock.now())
    notice = Notice("sms.received_no_due", {}, "permit", "8001", once=sending.store.ids.uuid7(), gist=gist)

    async def promise() -> None:
        async with sending.store.open() as records:
            assert caller.person and await sending.town.notices.promise(records, caller.person.id, notice)

    async def event() -> None:
        await sending.send("application.received", "8001", {"contact": CONTACT, "sequence": 1})
        await sending.work()

    for act in (promise, event) if promise_first else (event, promise):
        await act()
    assert await said(sending) == ["sms.stale" if promise_first else "sms.sensitive_application"]
    assert await sending.events() == [("handled", "told", 1)]


@pytest.mark.parametrize(("first", "messages"), [(True, 2), (False, 1)])
async def test_what_said_only_that_there_is_something_does_not_stand_for_all_of_it(
    sending: Office, first: bool, messages: int
):
    await sending.town.known()
    await put(sending, AlertKind.PROMISED, replace(RECEIVED, bare=first))
    await put(sending, AlertKind.RECEIVED, replace(RECEIVED, bare=not first))
    assert len(await rows(sending)) == messages


async def test_while_keys_are_rotated_two_workers_still_wait_for_each_other(sending: Office):
    """One of them seals with the new key already."""
    await sending.town.known()
    office, keys = sending, {"k1": b"1" * 32, "k2": b"2" * 32}
    old, new = (
        _store(office, KeyRing.of({name: keys[name] for name in order})) for order in (("k1", "k2"), ("k2", "k1"))
    )

    async def second() -> UUID | None:
        async with new.open() as records:
            return await _put(office, records, AlertKind.RECEIVED)

    async with old.open() as records:
        first = await _put(office, records, AlertKind.PROMISED)
        waiting = asyncio.create_task(second())
        await _stands_in_line(office)
    assert first is not None and await waiting == first and len(await rows(office)) == 1


def _store(office: Office, ring: KeyRing) -> RecordStore:
    return replace(office.store, sealer=Sealer(ring), keys=PersonKeys(ring, office.clock))


async def _stands_in_line(office: Office) -> None:
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with asyncio.timeout(30), office.store.database.unit_of_work() as work:
        while not (await work.execute(query)).scalar_one():
            await asyncio.sleep(0.01)


# --- never none -----------------------------------------------------------------------------------------


async def test_a_message_whose_time_is_over_stands_for_nothing(sending: Office):
    """The visit has begun before her cancelling was told; or an operator has taken it back."""
    write = await promised(sending, "cancel")
    await write.event()
    await change(sending, expires_at=sending.clock.now())
    await write.end()
    assert [row.kind for row in await rows(sending)] == ["appointment_cancelled", "promised"]


async def test_what_becomes_the_promised_one_lives_as_long(sending: Office):
    write = await promised(sending, "cancel")
    await write.event()
    await change(sending, expires_at=sending.clock.now() + timedelta(minutes=5))
    await write.end()
    [row] = await rows(sending)
    assert row.kind == "promised" and row.expires_at == sending.clock.now() + timedelta(days=3)


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.UNKNOWN])
async def test_what_may_come_back_from_its_provider_comes_back_as_the_promised_one(
    sending: Office, state: MessageState
):
    """Then no morning holds it, and no STOP ends it."""
    write = await promised(sending, "book")
    await write.event()
    await came_to(sending, state)
    await write.end()
    [row] = await rows(sending)
    assert (row.kind, row.state, row.provider) == ("promised", state.value, "kannel")


async def test_a_promise_that_a_worker_has_claimed_comes_to_stand_for_the_event(sending: Office):
    """That worker knows it by the promise's id: the ministry would not hear of its end."""
    write = await promised(sending, "book")
    await write.end()
    await change(sending, state="sending", claim_token=sending.store.ids.uuid7())
    await write.event()
    [row] = await rows(sending)
    assert (row.kind, row.state, row.claim_token) == ("promised", "queued", None)


async def test_what_is_required_again_after_an_answer_of_hers_is_told_again(sending: Office):
    """The promise of long ago said the same, of what she has answered since."""
    await sending.town.known()
    required, in_review = Gist(EventType.ACTION_REQUIRED.value, {}), Gist(EventType.IN_REVIEW.value, {})
    asked_for = await put(sending, AlertKind.PROMISED, required)
    amended = await put(sending, AlertKind.PROMISED, in_review)
    assert await put(sending, AlertKind.IN_REVIEW, in_review) == amended
    again = await put(sending, AlertKind.ACTION_REQUIRED, required)
    assert again is not None and again != asked_for


async def test_nor_does_it_stand_for_what_is_required_after_an_answer_on_the_screen(sending: Office):
    """Of which its ministry told nothing."""
    town, need = sending.town, "A new photo"
    await town.known()
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    told = gist_of(EventType.ACTION_REQUIRED, Facts("social_aid", "7001", needs=({"": need},)))
    assert told is not None
    asked_for = await put(sending, AlertKind.PROMISED, told, subject="7001")
    town.later(minutes=1)
    async with town.store.open() as records:
        desk, caller = town.desk(records=records), await town_caller(town, records)
        assert isinstance(await apply.amend(desk, caller, "7001", FORM, {"people": 5}, "n1"), Amended)
    await sending.send("application.action_required", "7001", {"contact": CONTACT, "needs": [need], "sequence": 1})
    await sending.work()
    first, again = await rows(sending)
    assert first.id == asked_for and again.kind == "action_required"


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.UNKNOWN])
async def test_what_may_come_back_lives_as_long_as_the_promised_one(sending: Office, state: MessageState):
    write = await promised(sending, "cancel")
    await write.event()
    await came_to(sending, state)
    await change(sending, expires_at=sending.clock.now() + timedelta(minutes=5))
    await write.end()
    [row] = await rows(sending)
    assert row.expires_at == sending.clock.now() + timedelta(days=3)


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.UNKNOWN])
async def test_what_would_not_come_back_stands_for_nothing(sending: Office, state: MessageState):
    write = await promised(sending, "cancel")
    await write.event()
    await came_to(sending, state)
    await change(sending, expires_at=sending.clock.now())
    await write.end()
    assert [row.kind for row in await rows(sending)] == ["appointment_cancelled", "promised"]


@pytest.mark.parametrize("kind", [AlertKind.APPOINTMENT_BOOKED, AlertKind.PROMISED])
@pytest.mark.parametrize("reason", ["", "not_sent", "paused", "spend_cap"])
async def test_no_booking_comes_after_its_cancelling(sending: Office, kind: AlertKind, reason: str):
    """The provider was away, or an operator had paused it: what was promised goes first."""
    await sending.town.known()
    booked = Gist(EventType.APPOINTMENT_BOOKED.value, {})
    await put(sending, kind, booked, text_id="sms.visit_booked")
    later = sending.clock.now() + timedelta(hours=1)
    await change(sending, state="sending")
    await change(sending, state="held" if reason in ("paused", "spend_cap") else "queued", reason=reason, due_at=later)
    await put(sending, AlertKind.PROMISED, Gist(EventType.APPOINTMENT_CANCELLED.value, {}))
    assert [(row.kind, row.state) for row in await rows(sending)] == [
        (kind.value, "suppressed"),
        ("promised", "queued"),
    ]


@pytest.mark.parametrize("promise_late", [True, False])
async def test_what_later_news_went_instead_of_is_not_told_after_it(sending: Office, promise_late: bool):
    await sending.town.known()
    booked = Gist(EventType.APPOINTMENT_BOOKED.value, {})
    kinds = [AlertKind.APPOINTMENT_BOOKED, AlertKind.PROMISED]
    first, late = kinds if promise_late else reversed(kinds)
    superseded = await put(sending, first, booked, text_id="sms.visit_booked")
    cancelled = await put(sending, AlertKind.PROMISED, Gist(EventType.APPOINTMENT_CANCELLED.value, {}))
    assert await put(sending, late, booked) == superseded
    assert [(row.id, row.state) for row in await rows(sending)] == [(superseded, "suppressed"), (cancelled, "queued")]


@pytest.mark.parametrize("since_then", [True, False])
async def test_what_the_office_said_since_she_confirmed_a_move_is_not_ended_by_it(sending: Office, since_then: bool):
    await sending.town.known()
    confirmed = sending.clock.now() + timedelta(minutes=1)
    sending.town.later(minutes=2 if since_then else 0)
    await put(sending, AlertKind.APPOINTMENT_CANCELLED, Gist(EventType.APPOINTMENT_CANCELLED.value, {}))
    sending.town.later(minutes=3)
    await put(sending, AlertKind.PROMISED, Gist(EventType.APPOINTMENT_MOVED.value, {}, since=confirmed))
    assert [row.state for row in await rows(sending)] == ["queued" if since_then else "suppressed", "queued"]
