"""A provider's list of received messages, read so that nothing is answered twice and nothing holds it up."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.clock import HandClock
from domain.ids import Ids
from gateway.fetching import Fetching
from sms.records.fetches import fetched_up_to, last_fetched
from sms.records.inbound import SqlInbox
from sms.tables import INBOUND
from sms.values import InboundSms, Listed
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.sealing import Sealer
from storage.unit_of_work import Database

HER, HIS = "+994501234501", "+994501234502"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Pages:
    """A provider's list; each page by the id it is asked with, past the last nothing."""

    def __init__(self, **pages: Listed) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def received_since(self, last_id: str) -> Listed:
        self.asked.append(last_id)
        return self.pages.get(f"after_{last_id}", Listed((), ""))


class Office:
    """The chore, five minutes after noon, at 0 in a list that was read before."""

    def __init__(self, database: Database) -> None:
        self.clock = HandClock(NOON)
        self.database = database
        self.inbox = SqlInbox(Sealer(KeyRing.of({"k": b"k" * 32})), self.clock, Ids(self.clock))

    async def called_back(self, *messages: InboundSms) -> None:
        async with self.database.unit_of_work() as work:
            for each in messages:
                await self.inbox.take(work, each)

    async def fetch(self, pages: Pages) -> int:
        chore = Fetching("africastalking", pages, self.inbox, self.database.unit_of_work, self.clock)
        return await chore.fetch()

    async def at(self, last_id: str) -> None:
        self.clock.advance(timedelta(minutes=5))
        async with self.database.unit_of_work() as work:
            await fetched_up_to(work, "africastalking", last_id, self.clock.now())

    async def place(self) -> str | None:
        async with self.database.unit_of_work() as work:
            return await last_fetched(work, "africastalking")

    async def ids(self) -> Sequence[str]:
        async with self.database.unit_of_work() as work:
            found = await work.execute(select(INBOUND.c.dedupe).order_by(INBOUND.c.id))
            return list(found.scalars())


@pytest.fixture
async def office(clean_url: str) -> AsyncIterator[Office]:
    database = Database(create_engine(clean_url))
    yield Office(database)
    await database.close()


def sms(id: str, text: str = "STATUS 41000019", sender: str = HER, at: datetime | None = NOON) -> InboundSms:
    return InboundSms("africastalking", id, sender, "7575", text, at)


async def test_a_page_without_one_readable_entry_is_passed(office: Office) -> None:
    await office.at("0")
    pages = Pages(after_0=Listed((), "7"), after_7=Listed((sms("8"),), "8"))
    assert await office.fetch(pages) == 0
    assert await office.place() == "7"
    assert await office.fetch(pages) == 1
    assert await office.fetch(pages) == 0
    assert (await office.place(), pages.asked) == ("8", ["0", "7", "8"])


async def test_the_first_time_only_the_place_is_kept_even_past_what_cannot_be_read(office: Office) -> None:
    pages = Pages(after_=Listed((), "1"), after_1=Listed((sms("2"),), "2"), after_2=Listed((), "2"))
    assert await office.fetch(pages) == 0
    assert (await office.place(), await office.ids()) == ("2", [])


async def test_what_came_by_callback_under_another_id_is_taken_once(office: Office) -> None:
    await office.called_back(sms("cb-1"), sms("cb-2", "HELP", at=None))
    await office.at("0")
    page = Listed((sms("1"), sms("2", "HELP", at=NOON + timedelta(seconds=90))), "2")
    assert await office.fetch(Pages(after_0=page)) == 0
    assert await office.ids() == ["id:cb-1", "id:cb-2"]
    assert await office.place() == "2"


async def test_what_was_missed_is_taken_though_it_looks_alike(office: Office) -> None:
    await office.called_back(sms("1", "1"), sms("cb"))
    await office.at("0")
    page = Listed(
        (
            sms("1", "1"),
            sms("2", "1"),  # the list names both
            sms("3", at=NOON + timedelta(minutes=3)),
            sms("4", "STATUS 41000020"),
            sms("5", sender=HIS),
        ),
        "5",
    )
    assert await office.fetch(Pages(after_0=page)) == 4
    assert await office.ids() == ["id:1", "id:cb", "id:2", "id:3", "id:4", "id:5"]
