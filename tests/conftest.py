"""The real servers of the tests: one embedded PostgreSQL and one Redis a session, both on fresh directories."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.embedded import embedded_postgres, embedded_redis
from storage.engine import create_engine
from storage.redis_client import RedisClient
from storage.unit_of_work import Database


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-transcripts",
        action="store_true",
        help="write the screens that come into tests/transcripts instead of comparing them (docs/transcripts.md)",
    )


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
        yield server.url


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
