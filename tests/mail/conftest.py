"""A migrated database for mail, emptied for each test; the whole gateway with a mail server beside it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.settings import DEMO_EVENT_SECRET
from sandbox.mailbox import Mailbox
from storage.engine import create_engine
from storage.redis_client import RedisClient
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.whole import Stage, Whole, served, whole


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A real SMTP server on this machine."""
    made = Mailbox(password="secret")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="session")
async def mail_url(databases: Databases) -> str:
    return await databases.migrated("mail")


@pytest.fixture
async def database(databases: Databases, mail_url: str) -> AsyncIterator[Database]:
    opened = Database(create_engine(await databases.emptied(mail_url)))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def mail_ministries() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture
async def mailing(
    databases: Databases,
    mail_url: str,
    redis_url: str,
    redis: RedisClient,
    mail_ministries: tuple[Stage, str],
    mailbox: Mailbox,
) -> AsyncIterator[Whole]:
    """A gateway whose mail goes to the mailbox."""
    url = await databases.emptied(mail_url)
    changed = {"event_secrets": f"vemtas={DEMO_EVENT_SECRET}"}
    changed |= {"smtp_host": "127.0.0.1", "smtp_port": str(mailbox.port), "smtp_starttls": "no"}
    async with whole(url, redis_url, *mail_ministries, told_before=True, **changed) as running:
        yield running
