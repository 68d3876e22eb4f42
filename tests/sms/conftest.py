"""A migrated database for what SMS keeps, emptied for each test."""

from collections.abc import AsyncIterator

import pytest

import gateway.tables
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.unit_of_work import Database


@pytest.fixture(scope="session")
async def sms_url(postgres_url: str) -> str:
    """A database of its own, at the newest revision."""
    await _sql(postgres_url, "CREATE DATABASE sms")
    url = postgres_url.replace("/postgres?", "/sms?")
    await upgrade(url)
    return url


@pytest.fixture
async def database(sms_url: str) -> AsyncIterator[Database]:
    """The same database, with every table emptied."""
    names = ", ".join(table.name for table in gateway.tables.METADATA.sorted_tables)
    await _sql(sms_url, f"TRUNCATE {names} CASCADE")
    opened = Database(create_engine(sms_url))
    yield opened
    await opened.close()


async def _sql(url: str, statement: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql(statement)
    await engine.dispose()
