"""A town with records in memory, and one with records in real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from domain.clock import HandClock
from domain.ids import Ids
from services.records.store import RecordStore
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.services.notice_office import Office, close, office
from tests.services.remembered import MemoryStore
from tests.services.swap_story import Story
from tests.services.town import START, Town


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def town(clock: HandClock) -> Iterator[Town]:
    """Records in memory."""
    town = Town(clock, MemoryStore(clock, Ids(clock)))
    yield town
    town.vault.close()


@pytest_asyncio.fixture(scope="session")
async def services_url(databases: Databases) -> str:
    """A migrated database of the services' own, so that other rooms' tests see nothing of it."""
    return await databases.migrated("services_tests")


@pytest_asyncio.fixture(scope="session")
async def services_database(services_url: str) -> AsyncIterator[Database]:
    """It, open."""
    # A hundred at once may wait for their turn for long on a busy machine.
    database = Database(create_engine(services_url, pool_size=10, connect_timeout=30.0))
    yield database
    await database.close()


def record_store(database: Database, clock: HandClock, ring: KeyRing | None = None) -> RecordStore:
    ring = ring or KeyRing.of({"k1": b"1" * 32})
    return RecordStore(database, Sealer(ring), PersonKeys(ring, clock), clock, Ids(clock))


@pytest_asyncio.fixture
async def emptied(databases: Databases, services_url: str, services_database: Database) -> Database:
    await databases.emptied(services_url)
    return services_database


@pytest_asyncio.fixture(params=["memory", "postgresql"])
async def store(request: pytest.FixtureRequest, clock: HandClock, emptied: Database) -> object:
    """Records of each kind: one contract for both."""
    if request.param == "memory":
        return MemoryStore(clock, Ids(clock))
    return record_store(emptied, clock)


@pytest_asyncio.fixture
async def either_town(store: object, clock: HandClock) -> AsyncIterator[Town]:
    """Records of each kind."""
    town = Town(clock, store)
    yield town
    await town.background.drain(1.0)
    await town.records.settle()
    town.vault.close()


@pytest_asyncio.fixture(scope="session")
async def notices_url(databases: Databases) -> str:
    """A migrated database: notices write messages too."""
    return await databases.migrated("notices")


@pytest_asyncio.fixture
async def notices(databases: Databases, notices_url: str) -> AsyncIterator[Office]:
    """An office, just opened."""
    opened = office(await databases.emptied(notices_url))
    yield opened
    await close(opened)


@pytest_asyncio.fixture
async def story(emptied: Database, clock: HandClock) -> AsyncIterator[Story]:
    """A town on real records whose networks are asked for SIM swaps."""
    town = Town(clock, record_store(emptied, clock))
    yield Story(town)
    await town.records.settle()
    town.vault.close()
