"""The whole gateway, fresh for each test: migrated database, emptied tables and Redis, fresh ministries."""

from collections.abc import AsyncIterator, Iterator

import pytest

import gateway.tables
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.redis_client import RedisClient
from tests.whole import Stage, Whole, served, whole


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; a test's `gateway` puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def migrated_url(postgres_url: str) -> str:
    """A database of its own for the whole gateway, at the newest revision."""
    await _sql(postgres_url, "CREATE DATABASE whole")
    url = postgres_url.replace("/postgres?", "/whole?")
    await upgrade(url)
    return url


@pytest.fixture
async def clean_url(migrated_url: str) -> str:
    """The same database, with every table emptied."""
    names = ", ".join(table.name for table in gateway.tables.METADATA.sorted_tables)
    await _sql(migrated_url, f"TRUNCATE {names} CASCADE")
    return migrated_url


@pytest.fixture
async def gateway_whole(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway that was just started."""
    async with whole(clean_url, redis_url, *ministries) as running:
        yield running


async def _sql(url: str, statement: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql(statement)
    await engine.dispose()
