"""A gateway for each transcript: ministries as on the first day, emptied stores, a clock at its start."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.transcripts.walk import country_of
from tests.whole import NOW, Stage, Whole, served, whole


@pytest.fixture(scope="session")
def ministries() -> Iterator[tuple[Stage, str]]:
    """The sandbox's server; every gateway puts a fresh sandbox on it."""
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture(scope="session")
async def transcripts_url(databases: Databases) -> str:
    """A database of their own, at the newest revision."""
    return await databases.migrated("transcripts")


Gateways = Callable[[str], Awaitable[Whole]]


@pytest.fixture(scope="session")
async def standing_gateways(
    transcripts_url: str, redis_url: str, ministries: tuple[Stage, str]
) -> AsyncIterator[Gateways]:
    """One gateway for all of a country's: starting it costs more than a whole transcript."""
    async with AsyncExitStack() as running:
        started: dict[str, Whole] = {}

        async def standing(country: str) -> Whole:
            if country not in started:
                gateway = whole(transcripts_url, redis_url, *ministries, country=country)
                started[country] = await running.enter_async_context(gateway)
            return started[country]

        yield standing


@pytest.fixture
async def gateway_whole(
    path: Path,
    standing_gateways: Gateways,
    databases: Databases,
    transcripts_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],
) -> Whole:
    """It, with nothing left of the transcript before."""
    running = await standing_gateways(country_of(path))
    await databases.emptied(transcripts_url)
    # An hour for whatever counts seconds (breakers, what is remembered of forms); the date goes back.
    running.clock.advance(timedelta(hours=1))
    running.clock.at = NOW
    stage = ministries[0]
    stage.app = running.sandbox = create_sandbox(SandboxClock(NOW, frozen=True))
    return running
