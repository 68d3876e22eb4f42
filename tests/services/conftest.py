"""A town with records in memory, and one with records in real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy import text

import gateway.tables
import services.records.tables  # noqa: F401 - declares them
from domain.clock import HandClock
from domain.ids import Ids
from services.records.store import RecordStore
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.metadata import METADATA
from storage.migrate import upgrade
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.services.notice_office import Office, close, office
from tests.services.remembered import MemoryStore
from tests.services.town import START, Town

OURS = (
    "person_keys", "people", "numbers", "accounts", "consents", "links", "guess_counters", "drafts", "intents",
    "ministry_events", "event_subjects", "timers", "ministry_callbacks", "sign_in_requests", "sign_in_counters",
    "api_sessions",
)  # fmt: skip
TABLES = [METADATA.tables[name] for name in OURS]


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
async def services_database(postgres_url: str) -> AsyncIterator[Database]:
    """A database of the services' own, so that other rooms' tests see nothing of it."""
    admin = create_engine(postgres_url, pool_size=1)
    async with admin.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("CREATE DATABASE services_tests"))
    await admin.dispose()
    database = Database(create_engine(postgres_url.replace("/postgres?", "/services_tests?"), pool_size=10))
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all, tables=TABLES)
    yield database
    await database.close()


def record_store(database: Database, clock: HandClock, ring: KeyRing | None = None) -> RecordStore:
    ring = ring or KeyRing.of({"k1": b"1" * 32})
    return RecordStore(database, Sealer(ring), PersonKeys(ring, clock), clock, Ids(clock))


@pytest_asyncio.fixture
async def emptied(services_database: Database) -> Database:
    async with services_database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(OURS)} CASCADE"))
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
async def notices_url(postgres_url: str) -> str:
    """A migrated database: notices write messages too."""
    admin = create_engine(postgres_url, pool_size=1)
    async with admin.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("CREATE DATABASE notices"))
    await admin.dispose()
    url = postgres_url.replace("/postgres?", "/notices?")
    await upgrade(url)
    return url


@pytest_asyncio.fixture
async def notices(notices_url: str) -> AsyncIterator[Office]:
    """An office, just opened."""
    opened = office(notices_url)
    names = ", ".join(table.name for table in gateway.tables.METADATA.sorted_tables)
    async with opened.store.database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {names} CASCADE"))
    yield opened
    await close(opened)
