"""A gateway for each transcript: ministries as on the first day, emptied stores, a clock at its start."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from storage.redis_client import RedisClient
from tests.databases import Databases
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


@pytest.fixture(scope="session")
async def standing_gateway(transcripts_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    """One gateway for all: starting it costs more than a whole transcript."""
    async with whole(transcripts_url, redis_url, *ministries) as running:
        yield running


@pytest.fixture
async def gateway_whole(
    standing_gateway: Whole,
    databases: Databases,
    transcripts_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],
) -> Whole:
    """It, with nothing left of the transcript before."""
    running = standing_gateway
    await databases.emptied(transcripts_url)
    # An hour for whatever counts seconds (breakers, what is remembered of forms); the date goes back.
    running.clock.advance(timedelta(hours=1))
    running.clock.at = NOW
    stage = ministries[0]
    stage.app = running.sandbox = create_sandbox(SandboxClock(NOW, frozen=True))
    return running
