"""A gateway for each transcript: ministries as on the first day, emptied stores, a clock at its start."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import gateway.tables
from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.redis_client import RedisClient
from tests.whole import NOW, Stage, Whole, served, whole


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; every gateway puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def standing_gateway(
    postgres_url: str, redis_url: str, ministries: tuple[Stage, str]
) -> AsyncIterator[tuple[Whole, AsyncEngine]]:
    """One gateway for all, on a database of its own: starting it costs more than a whole transcript."""
    await _create(postgres_url, "transcripts")
    url = postgres_url.replace("/postgres?", "/transcripts?")
    await upgrade(url)
    engine = create_engine(url, pool_size=1, overflow=0).execution_options(isolation_level="AUTOCOMMIT")
    async with whole(url, redis_url, *ministries) as running:
        yield running, engine
    await engine.dispose()


@pytest.fixture
async def gateway_whole(
    standing_gateway: tuple[Whole, AsyncEngine], redis: RedisClient, ministries: tuple[Stage, str]
) -> Whole:
    """It, with nothing left of the transcript before."""
    running, engine = standing_gateway
    names = [table.name for table in gateway.tables.METADATA.sorted_tables]
    async with engine.connect() as connection:
        # Quicker than TRUNCATE on tables of a few rows.
        for name in reversed(names):
            await connection.exec_driver_sql(f"DELETE FROM {name}")
    # An hour for whatever counts seconds (breakers, what is remembered of forms); the date goes back.
    running.clock.advance(timedelta(hours=1))
    running.clock.at = NOW
    stage = ministries[0]
    stage.app = running.sandbox = create_sandbox(SandboxClock(NOW, frozen=True))
    return running


async def _create(url: str, name: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql(f"CREATE DATABASE {name}")
    await engine.dispose()
