"""An installation to come: stores, ministries and an aggregator that wait for gateways and workers."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

import tests.phone
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.machines.town import SECRET, Town, founded
from tests.nursery import Nursery, nursery
from tests.phone import AfricasTalkingPhone, FlaresPhone
from tests.whole import Stage, served

Found = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; each town puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def machines_url(databases: Databases) -> str:
    """A database of its own, at the newest revision."""
    return await databases.migrated("machines")


@pytest.fixture(scope="session")
async def processes() -> AsyncIterator[Nursery]:
    """Where processes are forked; it has read the code and the pack that the quick form needs."""
    async with nursery("tests.machines.born", "azerbaijan") as made:
        yield made


@pytest.fixture
async def found(
    databases: Databases,
    machines_url: str,
    redis_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],
    processes: Nursery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Found:
    """Makes a town on emptied stores: as `founded`. `database`: another one than that of these tests; `empty`: that has
    no tables yet."""
    for name, phone in (("africastalking", AfricasTalkingPhone), ("flares", FlaresPhone)):
        monkeypatch.setitem(tests.phone.PHONES, name, partial(phone, secret=SECRET))

    @asynccontextmanager
    async def made(database: str = machines_url, empty: bool = False, **more: object) -> AsyncIterator[Town]:
        emptied = database if empty else await databases.emptied(database)
        async with founded(emptied, redis_url, ministries, processes, tmp_path, **more) as town:  # type: ignore[arg-type]
            yield town

    return made
