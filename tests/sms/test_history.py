"""My last messages, as they stand in the queue's own table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.clock import HandClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import Text, Word
from services.alerts import Alert, AlertKind
from services.ports import Records, SentMessage
from services.records.store import RecordStore
from sms.records.history import SqlHistory
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database

LEYLA = Msisdn.parse("+994501234567")
NOON = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
GRANTED = {"service": Word("service.social_aid"), "reference": "41000019"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def store(database: Database, clock: HandClock) -> RecordStore:
    ids, ring = Ids(clock), KeyRing.of({"k1": b"1" * 32})
    return RecordStore(
        database,
        Sealer(ring),
        PersonKeys(ring, clock),
        clock,
        ids,
        outbox=lambda sealed: SqlOutbox(sealed, clock, ids),
        messages=lambda sealed: SqlHistory(sealed, "*123#"),
    )


async def person(store: RecordStore) -> UUID:
    async with store.open() as records:
        return (await records.people.greet(LEYLA, "az")).id


async def put(records: Records, person: UUID, kind: AlertKind, text: str, **values: Any) -> UUID:
    alert = Alert(person, LEYLA, kind, text, values, "az", "vemtas", "social_aid", "41000019")
    id = await records.outbox.put(alert)
    assert id is not None
    return id


async def handed_over(store: RecordStore, id: UUID, at: datetime) -> None:
    async with store.database.unit_of_work() as work:
        one = MESSAGES.c.id == id
        await work.execute(update(MESSAGES).where(one).values(state="sending"))
        await work.execute(update(MESSAGES).where(one).values(state="sent", handed_over_at=at))


async def last(store: RecordStore, person: UUID, limit: int = 5) -> list[SentMessage]:
    async with store.open() as records:
        return list(await records.messages.last(person, limit))


async def test_what_went_out_is_read_back_whole(store: RecordStore) -> None:
    leyla = await person(store)
    due = {"due": date(2026, 12, 14)}
    async with store.open() as records:
        id = await put(records, leyla, AlertKind.RECEIVED, "sms.received", **GRANTED, **due)
    assert await last(store, leyla) == [], "it waits: nobody knows whether it will go"
    await handed_over(store, id, NOON)
    [message] = await last(store, leyla)
    assert message == SentMessage(
        id, NOON, AlertKind.RECEIVED, "social_aid", Text("sms.received", {"code": "*123#", **GRANTED, **due})
    )


async def test_the_newest_first_and_no_more_than_asked_for(store: RecordStore, clock: HandClock) -> None:
    leyla = await person(store)
    ids = []
    for _ in range(7):
        clock.advance(timedelta(hours=1))
        async with store.open() as records:
            ids.append(await put(records, leyla, AlertKind.GRANTED, "sms.granted", **GRANTED))
        await handed_over(store, ids[-1], clock.now())
    assert [message.id for message in await last(store, leyla)] == ids[:1:-1]


async def test_what_was_held_back_stands_where_it_went_out(store: RecordStore, clock: HandClock) -> None:
    leyla = await person(store)
    async with store.open() as records:
        held = await put(records, leyla, AlertKind.GRANTED, "sms.granted", **GRANTED)
        quick = await put(records, leyla, AlertKind.GRANTED, "sms.granted", **GRANTED)
    await handed_over(store, quick, NOON)
    await handed_over(store, held, NOON + timedelta(hours=2))
    assert [message.id for message in await last(store, leyla)] == [held, quick]


async def test_what_she_asked_for_is_known_by_what_it_tells(store: RecordStore) -> None:
    leyla = await person(store)
    async with store.open() as records:
        pickup = await put(records, leyla, AlertKind.PROMISED, "sms.ready_no_place", **GRANTED)
        state = await put(
            records, leyla, AlertKind.PROMISED, "notice.state", reference="1", state=Word("state.granted")
        )
    for id in (pickup, state):
        await handed_over(store, id, NOON)
    kinds = {message.id: message.kind for message in await last(store, leyla)}
    assert kinds == {pickup: AlertKind.READY_FOR_PICKUP, state: AlertKind.PROMISED}


async def test_screens_of_a_menu_played_by_sms_are_no_messages(store: RecordStore) -> None:
    leyla = await person(store)
    async with store.open() as records:
        id = await put(records, leyla, AlertKind.REPLY, "sms.reply_screen", screen="State services\n1 Check")
    await handed_over(store, id, NOON)
    assert await last(store, leyla) == []


async def test_answers_to_her_own_texts_push_no_decision_out(store: RecordStore, clock: HandClock) -> None:
    leyla = await person(store)
    async with store.open() as records:
        refused = await put(records, leyla, AlertKind.REFUSED, "sms.refused", **GRANTED)
        texts = ["sms.reply_help", "sms.reply_language", "sms.reply_wrong_ask", "sms.reply_too_late"] * 2
        answers = [await put(records, leyla, AlertKind.REPLY, text) for text in texts]
        answers.append(await put(records, leyla, AlertKind.OPT_OUT, "sms.opted_in"))
    await handed_over(store, refused, NOON)
    for id in answers:
        clock.advance(timedelta(minutes=1))
        await handed_over(store, id, clock.now())
    assert [message.id for message in await last(store, leyla)] == [refused]
    async with store.open() as records:
        assert await records.messages.one(leyla, answers[0]) is None


async def test_nothing_of_others(store: RecordStore) -> None:
    leyla = await person(store)
    async with store.open() as records:
        other = (await records.people.greet(Msisdn.parse("+994557654321"), "az")).id
        id = await put(records, leyla, AlertKind.GRANTED, "sms.granted", **GRANTED)
    await handed_over(store, id, NOON)
    assert await last(store, other) == []


async def test_a_person_who_was_erased_has_none(store: RecordStore) -> None:
    leyla = await person(store)
    async with store.open() as records:
        id = await put(records, leyla, AlertKind.GRANTED, "sms.granted", **GRANTED)
    await handed_over(store, id, NOON)
    async with store.open() as records:
        await records.people.forget(leyla)
    assert await last(store, leyla) == []
