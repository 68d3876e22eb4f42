"""A migrated database for what SMS keeps, emptied for each test."""

from collections.abc import AsyncIterator

import pytest

from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.databases import Databases


@pytest.fixture(scope="session")
async def sms_url(databases: Databases) -> str:
    """A database of its own, at the newest revision."""
    return await databases.migrated("sms")


@pytest.fixture
async def database(databases: Databases, sms_url: str) -> AsyncIterator[Database]:
    """The same database, with every table emptied."""
    opened = Database(create_engine(await databases.emptied(sms_url)))
    yield opened
    await opened.close()
