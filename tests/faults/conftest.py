"""What the faults befall: a database and ministries of their own, and whether there is time for the long form."""

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.faults.proxy import Proxy, postgres_behind
from tests.whole import Stage, served


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long_only: takes more time or room than `make test` has")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long") == 1:
        left_out = [item for item in items if item.get_closest_marker("long_only")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> int:
    """How much longer than in `make test`: 1, or what `--long` says."""
    return int(request.config.getoption("--long"))


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
