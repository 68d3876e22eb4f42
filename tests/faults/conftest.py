"""What the faults befall: a database and ministries of their own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.faults.proxy import Proxy, postgres_behind
from tests.whole import Stage, served


@pytest.fixture(scope="session")
async def faults_url(databases: Databases) -> str:
    """A database of its own, at the newest revision."""
    return await databases.migrated("faults")


@pytest.fixture
async def clean_url(databases: Databases, faults_url: str) -> str:
    """The same database, with every table emptied."""
    return await databases.emptied(faults_url)


@pytest.fixture
async def database(clean_url: str) -> AsyncIterator[Database]:
    """A pool on it, which no proxy stands before."""
    opened = Database(create_engine(clean_url, pool_size=5))
    yield opened
    await opened.close()


@pytest.fixture
async def postgres(clean_url: str) -> AsyncIterator[Proxy]:
    """Stands before that server."""
    async with Proxy(postgres_behind(clean_url)) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; each gateway puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url
