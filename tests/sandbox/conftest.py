"""The sandbox on a free port of this machine, with a clock that the test turns."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.app import create_app
from sandbox.ministries.clock import SandboxClock
from tests.sandbox.ministry_calls import MONDAY, Hands


class Stage:
    """One server for all tests, with a fresh sandbox on it for each."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    config = uvicorn.Config(stage, lifespan="off", log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield stage, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def sandbox_url(stage: tuple[Stage, str], hands: Hands) -> str:
    """A day's work takes a ministry one second; its calendar stands at a Monday morning."""
    stage[0].app = create_app(SandboxClock(MONDAY, speed=86400, ticks=hands))
    return stage[1]


@pytest.fixture
async def client(sandbox_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A plain client that names itself to the Information Mediator."""
    headers = {"Information-Mediator-Client": "AZ/GOV/1001/gateway"}
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(sandbox_url, headers=headers, timeout=timeout) as session:
        yield session
