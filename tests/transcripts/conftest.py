"""A gateway for each transcript: ministries as on the first day, emptied stores, a clock at its start."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app import create_app
from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.transcripts.doors import DOORS, WRITES, Listening, in_one_language, played
from tests.transcripts.walk import country_of, name_of, transcripts
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
                await _alone(started[country])
            return started[country]

        yield standing


async def _alone(started: Whole) -> None:
    """Guides are read where a transcript says so, and at no other time; what its door sends is heard."""
    if started.parts._looking:
        started.parts._looking.cancel()
        await asyncio.gather(started.parts._looking, return_exceptions=True)
    started.parts.conversation = Listening(started.parts.conversation)  # type: ignore[assignment]
    started.app = create_app(started.parts.settings, started.parts)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-door", action="store_true", help="play each transcript through every door")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A transcript and its door: the one that is its turn, the one that writes, or all (also at length)."""
    if not {"path", "door"} <= set(metafunc.fixturenames):
        return
    paths = transcripts()
    if metafunc.config.getoption("--rewrite-transcripts"):
        chosen = [(path, WRITES) for path in paths]
    elif metafunc.config.getoption("--every-door", False) or metafunc.config.getoption("--long") > 1:
        chosen = [(path, door) for path in paths for door in DOORS]
    elif metafunc.config.getoption("--one-language"):
        chosen = in_one_language(played(paths))
    else:
        chosen = played(paths)
    metafunc.parametrize(("path", "door"), chosen, ids=[f"{name_of(path)}-{door}" for path, door in chosen])


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
