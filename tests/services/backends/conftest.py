"""The simulated ministries behind real HTTP on a free port."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import uvicorn

from sandbox.app import create_app
from services.backends.wire import HttpWire
from tests.services.backends.backends_under_test import Sandbox


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The sandbox in a thread of its own, reached over loopback as the world reaches it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Connections are kept for longer than any test leaves them idle: a reset is never sent into one that just closes.
    quiet = {"log_level": "critical", "timeout_graceful_shutdown": 1, "timeout_keep_alive": 3600}
    server = uvicorn.Server(uvicorn.Config(create_app(), **quiet))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
async def _strings(sandbox_url: str) -> AsyncIterator[Sandbox]:
    async with aiohttp.ClientSession() as session:
        yield Sandbox(sandbox_url, session)


@pytest.fixture
async def sandbox(_strings: Sandbox) -> Sandbox:
    await _strings.reset()
    return _strings


@pytest.fixture(scope="session")
async def wire() -> AsyncIterator[HttpWire]:
    """One for all, as a gateway has one for all its ministries."""
    async with HttpWire() as wire:
        yield wire
