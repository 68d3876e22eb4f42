"""Gateways and workers of one installation: processes on ports of their own, to be told to end or killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.nursery import Nursery, dead, kill, lives
from tests.ports import held_port

# However busy the machine.
PATIENCE = 180.0
_LOOK = 0.05


@dataclass(frozen=True)
class Machine:
    """A process: what it does (`serve`, `worker`), and where."""

    what: str
    pid: int
    url: str


@dataclass(repr=False)
class Machines:
    """Starts them with `environment`, on the clock in the file `clock`; their logs stand in `folder`."""

    nursery: Nursery
    environment: Mapping[str, str]
    clock: Path
    folder: Path
    http: aiohttp.ClientSession
    all: list[Machine] = field(default_factory=list)
    _birth: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ports: ExitStack = field(default_factory=ExitStack)
    _executions: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def gateway(self) -> Machine:
        """One that answers hops."""
        return await self._started("serve")

    async def worker(self) -> Machine:
        """One that does what hops leave."""
        return await self._started("worker")

    async def older(self, code: Path, what: str) -> Machine:
        """Of the code in another folder, on the machine's own clock."""
        return await self._started(what, code)

    async def done(self, code: Path, *command: str) -> None:
        """A command of the code in that folder, to its end."""
        process = await self._executed(code, command, self.folder / "commands.log")
        assert await process.wait() == 0, (self.folder / "commands.log").read_text("utf-8")

    async def kill(self, machine: Machine) -> None:
        """As a machine that loses its power: it says nothing more."""
        await kill(machine.pid)

    async def end(self, machine: Machine) -> None:
        """As whoever deploys: asked to end, and waited for."""
        self.told_to_end(machine)
        await dead(machine.pid)

    def told_to_end(self, machine: Machine) -> None:
        """Asked, and not waited for."""
        os.kill(machine.pid, signal.SIGTERM)

    def broken(self) -> list[str]:
        """Lines in which any of them tells of a fault of its own. (That a store was slow is none.)"""
        written = "".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))
        return [line for line in written.splitlines() if " ERROR " in line or line.startswith("Traceback")]

    async def close(self) -> None:
        """None is left."""
        for machine in self.all:
            await kill(machine.pid)
        for process in self._executions:
            await process.wait()
        self._ports.close()

    async def _executed(self, code: Path, command: Sequence[str], log: Path) -> asyncio.subprocess.Process:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        with log.open("ab") as written:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway.cli", *command),
                cwd=code,
                env={**own, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
        self._executions.append(process)  # one that nobody holds is ended
        return process

    async def _born(self, command: Sequence[str], log: Path, code: Path | None) -> int:
        if code:
            return (await self._executed(code, command, log)).pid
        return await self.nursery.born(
            command=command, environment=dict(self.environment), clock=str(self.clock), log=str(log)
        )

    async def _started(self, what: str, code: Path | None = None) -> Machine:
        port = self._ports.enter_context(held_port())
        async with self._birth:
            log = self.folder / f"{len(self.all)}-{what}.log"
            pid = await self._born([what, "--port", str(port)], log, code)
            machine = Machine(what, pid, f"http://127.0.0.1:{port}")
            self.all.append(machine)
        assert await self._ready(machine), f"{what} does not start: {log.read_text('utf-8')}"
        return machine

    async def _ready(self, machine: Machine) -> bool:
        async with asyncio.timeout(PATIENCE):
            while lives(machine.pid):
                if await readiness(self.http, machine.url) == 200:
                    return True
                await asyncio.sleep(_LOOK)
        return False


async def readiness(http: aiohttp.ClientSession, url: str) -> int:
    """What `/readyz` answers; 0 where nobody does."""
    try:
        async with http.get(f"{url}/readyz", timeout=aiohttp.ClientTimeout(total=10)) as answer:
            return answer.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        return 0
