"""The table in which messages are looked for: triggers keep it the same as the messages, whatever becomes of those."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text, update

from domain.msisdn import Msisdn
from services.records.tables import PEOPLE
from sms.records.indexes import RECIPIENT, SUBJECT
from sms.records.lookups import messages_about, messages_of, messages_to
from sms.tables import LOOKUPS, MESSAGES
from storage.unit_of_work import Database
from tests.sms.queueing import Post

pytestmark = pytest.mark.usefixtures("database")

_APART = text("""
SELECT count(*) FROM sms_messages m FULL JOIN sms_lookups l ON l.message_id = m.id
WHERE (m.id, m.person_id, m.recipient_index, m.subject_index)
  IS DISTINCT FROM (l.message_id, l.person_id, l.recipient_index, l.subject_index)
""")


async def found(database: Database, post: Post, person: UUID) -> list[set[UUID]]:
    """By her person, by her number, by the reference."""
    number = post.sealer.blind_indexes("+994501234567", RECIPIENT)
    reference = post.sealer.blind_indexes("48213", SUBJECT)
    async with database.unit_of_work() as work:
        return [
            set((await work.execute(select(MESSAGES.c.id).where(by))).scalars())
            for by in (messages_of(person), messages_to(number), messages_about(reference))
        ]


async def apart(database: Database) -> int:
    async with database.unit_of_work() as work:
        return int((await work.execute(_APART)).scalar_one())


async def test_a_message_is_found_by_person_by_number_and_by_reference(database: Database) -> None:
    post = Post(database)
    one, other = await post.person(), await post.person()
    hers = await post.put(one)
    of_another = await post.put(other, subject="", to=Msisdn("+994501234568"))
    assert await found(database, post, one) == [{hers}] * 3
    assert (await found(database, post, other))[0] == {of_another}
    assert await apart(database) == 0


async def test_what_was_put_already_is_looked_for_once(database: Database) -> None:
    post = Post(database)
    person, event = await post.person(), uuid4()
    await post.put(person, event=event)
    await post.put(person, event=event)
    async with database.unit_of_work() as work:
        assert len((await work.execute(select(LOOKUPS.c.message_id))).all()) == 1


async def test_they_follow_the_row(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    id = await post.put(person)
    async with database.unit_of_work() as work:
        await work.execute(
            update(MESSAGES).where(MESSAGES.c.id == id).values(recipient_index=b"", subject_index=None, person_id=None)
        )
    assert await apart(database) == 0
    assert await found(database, post, person) == [set()] * 3


async def test_a_person_who_goes_leaves_messages_that_are_nobodys(database: Database) -> None:
    post = Post(database)
    one, other = await post.person(), await post.person()
    hers, of_another = await post.put(one), await post.put(other)
    async with database.unit_of_work() as work:
        await work.execute(delete(PEOPLE).where(PEOPLE.c.id == one))
    assert (await post.row(hers)).person_id is None and (await post.row(of_another)).person_id == other
    assert await apart(database) == 0
    person, number, _ = await found(database, post, one)
    assert not person and number == {hers, of_another}, "who says STOP stops that one, too"


async def test_they_go_with_their_messages(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    kept, gone = await post.put(person), await post.put(person)
    async with database.unit_of_work() as work:
        await work.execute(delete(MESSAGES).where(MESSAGES.c.id == gone))
    assert await apart(database) == 0
    assert (await found(database, post, person))[0] == {kept}


async def test_sending_one_writes_nothing_there(database: Database) -> None:
    """Or each end of a message would write the three indexes anew, which is what they stand apart for."""
    post = Post(database)
    await post.put(await post.person())
    async with database.unit_of_work() as work:
        before = (await work.execute(text("SELECT ctid, xmin FROM sms_lookups"))).one()
    assert await post.dispatcher().once() == 1
    post.clock.advance(timedelta(minutes=1))
    assert await post.states() == ["sent"]
    async with database.unit_of_work() as work:
        assert (await work.execute(text("SELECT ctid, xmin FROM sms_lookups"))).one() == before
