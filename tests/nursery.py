"""Processes for tests to kill: a program that forks them on demand, quickly, and its other end in the test.

Such a program calls `forks`; a test opens `nursery` on it and has processes `born`, each with orders of its own.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

WAIT = 180.0  # bounds what never comes, however busy the machine
_ROOT = Path(__file__).parents[1]


def forks(live: Callable[..., Awaitable[None] | None]) -> None:
    """Reads one JSON object of orders a line from standard input, forks a process that lives by them, tells its pid.

    `live` is a coroutine function, or a plain one that runs a loop of its own.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            lived = live(**json.loads(line))
            if lived is not None:
                asyncio.run(_whole(lived))
            os._exit(0)
        print(pid, flush=True)
    if os.getpgrp() == os.getpid():
        # Whoever asked for them has died: so do they, instead of looking for work for ever.
        os.killpg(0, signal.SIGKILL)


async def _whole(life: Awaitable[None]) -> None:
    await life


@dataclass
class Nursery:
    """Where they are forked."""

    process: asyncio.subprocess.Process

    async def born(self, **orders: object) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(orders).encode() + b"\n")
        await self.process.stdin.drain()
        return int(await asyncio.wait_for(self.process.stdout.readline(), WAIT))


@asynccontextmanager
async def nursery(module: str, *words: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Nursery]:
    """The program of that name, running; `environment` is added to this process's own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        yield Nursery(process)
    finally:
        # With whatever it bore that a test left alive.
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def dead(pid: int) -> None:
    """Once it is."""
    async with asyncio.timeout(WAIT):
        while lives(pid):
            await asyncio.sleep(0.005)


async def kill(pid: int) -> None:
    """By SIGKILL, if it still lives."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    await dead(pid)
