"""The real servers of the tests: one embedded PostgreSQL and one Redis a session, both on fresh directories."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.embedded import embedded_postgres, embedded_redis
from storage.engine import create_engine
from storage.redis_client import RedisClient
from storage.unit_of_work import Database
from tests.databases import Databases


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-transcripts",
        action="store_true",
        help="write the screens that come into tests/transcripts instead of comparing them (docs/transcripts.md)",
    )
    parser.addoption(
        "--long",
        nargs="?",
        type=int,
        const=20,
        default=1,
        help="so many times as much of each fault as in `make test` (tests/faults/README.md); without a number 20",
    )


# Files whose stories take long, the longest first: begun last, one of them would keep a worker busy while the others
# have nothing left to do.
LONG = (
    "transcripts/test_transcripts.py",
    "gateway/test_once_only.py",
    "web/test_volunteer.py",
    "web/test_volunteer_device.py",
    "services/test_sign_in.py",
    "services/backends/test_contract.py",
    "sms/test_kill.py",
    "handset/test_inbox.py",
    "web/test_kiosk.py",
    "handset/test_handset.py",
    "gateway/test_worker.py",
    "gateway/test_the_phone_rings.py",
    "mobile_api/test_as_declared.py",
    "gateway/test_degraded.py",
    "gateway/test_sms_providers.py",
    "sandbox/test_messaging.py",
    "mail/test_journey.py",
    "mobile_api/test_of_another.py",
    "gateway/test_answers_by_sms.py",
    "gateway/test_any_input.py",
)


# What collecting makes lives until the end: the collector would walk over it again and again, a quarter of the time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A directory that `nobody` can enter too: as root, PostgreSQL runs as that user."""
    with tempfile.TemporaryDirectory(prefix="guichet-tests-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_url(servers_dir: Path) -> Iterator[str]:
    """A PostgreSQL server with an empty database."""
    with embedded_postgres(servers_dir / "postgres") as server:
        # Tests empty tables that nothing may empty in life.
        asyncio.run(_open_audit_log(server.url))
        yield server.url


async def _open_audit_log(url: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER ROLE CURRENT_USER SET guichet.audit_log = 'open'")
    await engine.dispose()


@pytest.fixture(scope="session")
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    """Makes further databases on it, and empties them."""
    made = Databases(postgres_url)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def redis_url(servers_dir: Path) -> Iterator[str]:
    """An empty Redis server."""
    with embedded_redis(servers_dir / "redis") as server:
        yield server.url


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """A pool on the session's database; tables are made by whoever needs them."""
    database = Database(create_engine(postgres_url, pool_size=5))
    yield database
    await database.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClient]:
    """A client of an emptied Redis."""
    client = RedisClient(redis_url)
    await client.execute("FLUSHALL")
    yield client
    await client.close()
