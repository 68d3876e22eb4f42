"""The books: what waits, and that each event's messages are all there."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, insert, text, update

from services.records.tables import EVENTS
from sms.records.books import Unbalanced, books, queue_now
from sms.states import MessageState
from sms.tables import CLAIMS, MESSAGES
from storage.unit_of_work import Database
from tests.sms.post_office import LEYLA, PostOffice

M = MessageState


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


async def event(office: PostOffice, told: int, state: str = "handled") -> UUID:
    id = office.ids.uuid7()
    row = {
        "id": id,
        "source": "vemtas",
        "event_id": id.hex,
        "digest": b"d",
        "type": "application.decided",
        "state": state,
        "outcome": "told",
        "told": told,
        "attempts": 1,
        "received_at": office.clock.now(),
    }
    async with office.database.unit_of_work() as work:
        await work.execute(insert(EVENTS).values(row))
    return id


async def test_an_empty_queue_has_no_age(office: PostOffice):
    async with office.database.unit_of_work() as work:
        now = await queue_now(work, office.clock.now())
    assert (now.due, now.later, now.oldest) == (0, 0, timedelta())


async def test_what_is_due_and_what_waits_for_later(office: PostOffice):
    for _ in range(2):
        await office.message(M.QUEUED)
    office.clock.advance(timedelta(seconds=90))
    await office.message(M.QUEUED)
    await office.message(M.HELD, due_at=office.clock.now() + timedelta(hours=9))
    await office.message(M.SENT)
    async with office.database.unit_of_work() as work:
        now = await queue_now(work, office.clock.now())
    assert (now.due, now.later, now.oldest) == (3, 1, timedelta(seconds=90))


async def test_books_that_balance(office: PostOffice):
    one, none = await event(office, 1), await event(office, 0)
    first = await office.message(M.DELIVERED, event_id=one)
    # Sent once more by an operator: no second telling. No event behind it: nothing to balance.
    await office.message(M.SENT, event_id=one, resend_of=first)
    await office.message(M.QUEUED)
    await event(office, 0, "received")
    async with office.database.unit_of_work() as work:
        found = await books(work)
    assert found.balance and none is not None
    assert (found.events, found.told, found.stuck) == (2, 1, 0)
    assert found.states == {M.DELIVERED: 1, M.SENT: 1, M.QUEUED: 1}
    assert found.lines()[-1] == "2 events told 1 persons: balanced"


async def test_a_lost_message_and_one_too_many_are_named(office: PostOffice):
    lost, twice = await event(office, 1), await event(office, 1)
    for _ in range(2):
        await office.message(M.SENT, event_id=twice)
    async with office.database.unit_of_work() as work:
        found = await books(work)
    assert not found.balance
    assert set(found.unbalanced) == {Unbalanced(lost, 1, 0, 0), Unbalanced(twice, 1, 2, 2)}
    assert "NOT BALANCED" in found.lines()[-3]


class Undone(Exception):
    """Ends a unit of work without a commit."""


async def test_two_messages_to_one_person_are_no_telling_of_two(office: PostOffice):
    both = await event(office, 2)
    async with office.database.unit_of_work() as work:
        leyla = (await office.store.over(work).people.greet(LEYLA, "az")).id
    for _ in range(2):
        await office.message(M.SENT, event_id=both)
    with pytest.raises(Undone):
        async with office.database.unit_of_work() as work:
            # The index forbids it: as if it had been lost.
            await work.execute(text("DROP INDEX uq_sms_messages_event_person"))
            await work.execute(update(MESSAGES).values(person_id=leyla))
            found = await books(work)
            raise Undone
    assert found.unbalanced == (Unbalanced(both, 2, 1, 2),)


async def test_a_lease_that_is_over_is_seen(office: PostOffice):
    over, good = UUID(int=1), UUID(int=2)
    async with office.database.unit_of_work() as work:
        for token, until in (
            (over, func.now() - text("interval '1 second'")),
            (good, func.now() + text("interval '1 minute'")),
        ):
            message = await office.message(M.SENDING, claim_token=token)
            await work.execute(insert(CLAIMS).values(token=token, lease_until=until, messages=[message]))
        assert (await books(work)).stuck == 1
