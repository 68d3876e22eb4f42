"""The whole gateway for tests: real stores, real ministries over HTTP, a clock that the test turns."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn
from argon2 import PasswordHasher
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.clock import HandClock
from gateway.app import create_app
from gateway.assembly import Assembly
from gateway.settings import Settings
from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from services.places_live import LivePlaces
from tests.read_once import assembled, told_nothing, told_once

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, ten in the morning in Baku
SECRET = "demo"
MINISTRIES = (
    "vemtas", "asan", "asan-visa", "asan-guide", "asan-units", "security-server",
    "berkane", "berkane-guide", "berkane-voice", "ess-visits", "ess-guide", "ess-voice",
    "hanoi-guide", "vnpost",
)  # fmt: skip
KEYS = "test:dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE="


class RunningClock(HandClock):
    """The time of day stands still until turned; seconds pass, so that deadlines mean something."""

    def monotonic(self) -> float:
        import time

        return time.monotonic() + self._elapsed


class Stage:
    """One server for all tests, with a fresh sandbox on it for each."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on a free port of this machine, in a thread; gives its URL."""
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", log_level="error", access_log=False, timeout_graceful_shutdown=1)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


# asyncio's runner writes the result of each fixture's task as text: of all of this it takes longer than the test.
@dataclass(repr=False)
class Whole:
    """A gateway and what it stands on."""

    app: Any
    parts: Assembly
    clock: HandClock
    sandbox: Any


def settings_for(postgres_url: str, redis_url: str, sandbox_url: str) -> tuple[Settings, dict[str, str]]:
    environment = {
        "GUICHET_DATABASE_URL": postgres_url,
        "GUICHET_REDIS_URL": redis_url,
        "GUICHET_CALLBACK_SECRETS": SECRET,
        "GUICHET_ENCRYPTION_KEYS": KEYS,
        "GUICHET_STARTS_PER_HOUR": "10000",
        # A Redis that has to wait for its turn on a busy machine is not one that is away.
        "GUICHET_REDIS_DEADLINE": "8.0",
        "GUICHET_BERKANE_VOICE_KEY": "demo",
        "GUICHET_ESS_VOICE_KEY": "demo",
        **{
            f"GUICHET_MINISTRY_{name.upper().replace('-', '_')}_URL": f"{sandbox_url}/ministries/{name}"
            for name in MINISTRIES
        },
    }
    settings, warnings = Settings.read(environment, tuple(environment))
    assert not warnings
    return settings, environment


@asynccontextmanager
async def whole(
    postgres_url: str,
    redis_url: str,
    stage: Stage,
    sandbox_url: str,
    *,
    guides: bool = True,
    told_before: bool = False,
    **changed: str,
) -> AsyncIterator[Whole]:
    """A gateway on fresh ministries. `changed`: settings by their field's name, as text; `guides`: the places that
    they tell of are read (Vietnam's 13,000 take their time); `told_before`: but not over HTTP, where they once were."""
    stage.app = create_sandbox(SandboxClock(NOW, frozen=True))
    _, environment = settings_for(postgres_url, redis_url, sandbox_url)
    environment |= {f"GUICHET_{name.upper()}": value for name, value in changed.items()}
    settings, _ = Settings.read(environment, tuple(environment))
    clock = RunningClock(NOW)
    parts = assembled(settings, environment, clock=clock)
    if told_before:
        told_once(parts)
    if not guides:
        told_nothing(parts)
    # A PIN costs a thief dearly (tests/services/test_accounts_and_pins.py), and would cost each of these tests as much.
    parts.desk.pins._hasher = PasswordHasher(1, 8, 1)
    await parts.start()
    if guides and isinstance(parts.desk.places, LivePlaces):
        # What places there are must not hang on who is faster.
        await parts.desk.places.refresh()
    try:
        yield Whole(create_app(settings, parts), parts, clock, stage.app)
    finally:
        await parts.stop()
