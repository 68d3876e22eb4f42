"""The whole gateway for the API's tests: a migrated database of their own, emptied for each, and fresh ministries."""

from collections.abc import AsyncIterator, Iterator

import pytest

import gateway.tables
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.redis_client import RedisClient
from tests.whole import Stage, Whole, served, whole


@pytest.fixture(scope="session")
def api_ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; a test's gateway puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def api_url(postgres_url: str) -> str:
    """A database of its own, at the newest revision."""
    await _sql(postgres_url, "CREATE DATABASE api")
    url = postgres_url.replace("/postgres?", "/api?")
    await upgrade(url)
    return url


@pytest.fixture
async def whole_api(
    api_url: str, redis_url: str, redis: RedisClient, api_ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway that was just started, with every table empty."""
    names = ", ".join(table.name for table in gateway.tables.METADATA.sorted_tables)
    await _sql(api_url, f"TRUNCATE {names} CASCADE")
    async with whole(api_url, redis_url, *api_ministries) as running:
        yield running


async def _sql(url: str, statement: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql(statement)
    await engine.dispose()
