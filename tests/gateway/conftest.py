"""The whole gateway, fresh for each test: migrated database, emptied tables and Redis, fresh ministries."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.backends.wire import HttpWire
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.whole import Stage, Whole, served, whole


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; a test's `gateway` puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def migrated_url(databases: Databases) -> str:
    """A database of its own for the whole gateway, at the newest revision."""
    return await databases.migrated("whole")


@pytest.fixture
async def clean_url(databases: Databases, migrated_url: str) -> str:
    """The same database, with every table emptied."""
    return await databases.emptied(migrated_url)


@pytest.fixture
async def gateway_whole(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway that was just started."""
    async with whole(clean_url, redis_url, *ministries, told_before=True) as running:
        yield running


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    async with HttpWire() as wire:
        yield wire
