"""A row in the outbox: put once for an event and person, sealed, and with a state that only goes forward."""

from datetime import date, datetime, time, timedelta
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from domain.errors import InvalidValue
from domain.money import Money
from domain.msisdn import Msisdn
from i18n.text import Word
from services.alert_facts import facts_from_json, facts_to_json
from services.alerts import POLICIES, AlertKind
from sms.holding import LIVES
from sms.records.indexes import RECIPIENT, SUBJECT
from sms.records.outbox import SqlOutbox
from sms.states import MAY_FOLLOW, MessageState
from sms.tables import MESSAGES
from storage.errors import KeyMissing
from storage.unit_of_work import Database
from tests.sms.queueing import BAKU, NOW, Post, alert


def test_facts_come_back_as_they_were_put() -> None:
    facts = {
        "text": 'Gəncə "2" küçəsi\n',
        "count": 3,
        "amount": Money(35000, "AZN"),
        "day": date(2026, 11, 23),
        "at": datetime(2026, 11, 23, 10, 30, tzinfo=BAKU),
        "hour": time(9, 5),
        "service": Word("service.social_aid"),
    }
    assert facts_from_json(facts_to_json(facts)) == facts


@pytest.mark.parametrize("value", [True, None, 1.5, ["x"], {"money": [1]}])
def test_what_no_slot_can_hold_is_refused_without_being_quoted(value: object) -> None:
    with pytest.raises(InvalidValue, match="slot x "):
        facts_to_json({"x": value})  # type: ignore[dict-item]
    with pytest.raises(InvalidValue, match="slot x "):
        facts_from_json({"x": value})


@pytest.mark.parametrize("plain", [{"date": "soon"}, {"datetime": "2026-13-01"}, {"money": ["1", "AZN"]}, {"x": 1}])
def test_what_was_never_put_there_is_not_taken_for_a_value(plain: object) -> None:
    with pytest.raises(InvalidValue):
        facts_from_json({"x": plain})


def test_every_kind_has_a_life() -> None:
    assert set(LIVES) == set(AlertKind)


async def test_a_message_is_put_with_what_its_kind_decides(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    event = uuid4()
    id = await post.put(person, event=event, kind=AlertKind.REFUSED, tags={"ticket": "7"})
    row = await post.row(id)
    assert (row.state, row.due_at, row.priority) == ("queued", NOW, POLICIES[AlertKind.REFUSED].priority)
    assert row.expires_at == NOW + LIVES[AlertKind.REFUSED]
    assert row.recipient_index == post.sealer.blind_index("+994501234567", RECIPIENT)
    assert row.subject_index == post.sealer.blind_index("48213", SUBJECT)
    async with database.unit_of_work() as work:
        facts = await post.sealed(work).open_map(person, row.sealed, "sms_messages", "sealed", row.id)
    assert facts["to"] == "+994501234567" and facts["subject"] == "48213" and facts["tags"] == {"ticket": "7"}


async def test_nothing_of_the_person_lies_open_in_the_row(database: Database) -> None:
    post = Post(database)
    await post.put(await post.person(), values={"name": "Günel"})
    async with database.unit_of_work() as work:
        stored = (await work.execute(text("SELECT m::text FROM sms_messages m"))).scalar_one()
    for secret in ("501234567", "48213", "Günel"):
        assert secret not in stored and secret.encode().hex() not in stored


async def test_an_event_tells_a_person_once_and_two_persons_each(database: Database) -> None:
    post = Post(database)
    one, other = await post.person(), await post.person()
    event = uuid4()
    assert await post.put(one, event=event)
    assert await post.put(one, event=event) is None
    assert await post.put(other, event=event)
    assert await post.put(one, event=uuid4())
    assert await post.put(one) and await post.put(one)  # without an event each is its own
    assert len(await post.rows()) == 5


async def test_what_an_operator_sends_again_may_have_the_same_event(database: Database) -> None:
    post = Post(database)
    person, event = await post.person(), uuid4()
    first = await post.put(person, event=event)
    async with database.unit_of_work() as work:
        again = await SqlOutbox(post.sealed(work), post.clock, post.ids).put_again(alert(person, event=event), first)
    assert (await post.row(again)).resend_of == first


async def test_nothing_is_put_when_what_it_tells_is_rolled_back(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    with pytest.raises(RuntimeError):
        async with database.unit_of_work() as work:
            assert await SqlOutbox(post.sealed(work), post.clock, post.ids).put(alert(person))
            raise RuntimeError("the event could not be handled after all")
    assert not await post.rows()


async def test_a_forgotten_person_is_told_nothing(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    async with database.unit_of_work() as work:
        await post.keys.destroy(work, person)
    with pytest.raises(KeyMissing):
        await post.put(person)


async def test_alerts_of_a_number_and_subject_share_a_lane_and_codes_have_none(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    for fields in (
        {},
        {"kind": AlertKind.READY_FOR_PICKUP},
        {"subject": "48214"},
        {"to": Msisdn("+994501234568")},
        {"kind": AlertKind.CODE},
        {"subject": ""},
    ):
        await post.put(person, **fields)
    lanes = [row.lane for row in await post.rows()]
    assert lanes[0] == lanes[1] is not None
    assert len({lanes[0], lanes[2], lanes[3]}) == 3
    assert lanes[4:] == [None, None]


async def test_a_message_for_later_is_due_then(database: Database) -> None:
    post = Post(database)
    later = NOW + timedelta(days=2)
    id = await post.put(await post.person(), not_before=later, expires_at=later + timedelta(hours=1))
    row = await post.row(id)
    assert (row.due_at, row.expires_at) == (later, later + timedelta(hours=1))


async def test_the_database_refuses_every_change_of_state_that_the_table_of_states_does(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    id = await post.put(person)
    row = dict((await post.row(id))._mapping)
    del row["phase"]  # the database's own
    checked = 0
    for before, after in product(MessageState, MessageState):
        if before is after:
            continue
        wrong = []
        async with database.unit_of_work() as work:
            await work.execute(text("DELETE FROM sms_messages"))
            await work.execute(insert(MESSAGES).values(row | {"state": before.value, "handed_over_at": NOW}))
        try:
            await post.change(id, state=after.value)
            allowed = True
        except IntegrityError:
            allowed = False
        if allowed != (after in MAY_FOLLOW[before]):
            wrong.append((before, after))
        assert not wrong
        checked += 1
    assert checked == 90


async def test_what_our_clock_expired_before_it_was_handed_over_stays_so(database: Database) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    await post.change(id, state="expired")
    with pytest.raises(IntegrityError):
        await post.change(id, state="delivered")


@pytest.mark.parametrize("state", ["queued", "held"])
async def test_what_was_never_handed_over_cannot_have_arrived(database: Database, state: str) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    if state == "held":
        await post.change(id, state=state)
    with pytest.raises(IntegrityError):
        await post.change(id, state="delivered")
