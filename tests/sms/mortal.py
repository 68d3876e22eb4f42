"""Run as a program: forks workers of the queue on demand, quickly, for the test to kill.

Orders: "port", the provider's; "fault", "" or the point at which the worker kills itself; "unanswered", seconds until
an alert without an answer goes once more; "call", seconds that a provider may take.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.ids import Ids
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.preparing import Preparing
from sms.records.claiming import SqlClaims
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.telling import Telling
from sms.values import Accepted, Mode, NotSent, Outbound, SendReceipt, Unanswered
from storage.engine import create_engine
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.nursery import forks
from tests.sms.queueing import CONFIG, RING, Counted, compose, quick

CLOCK = SystemClock()
IN_FLIGHT = 8


class LineProvider:
    """A provider over TCP: a line each way, over connections that are made before anything is sent."""

    name = "recorder"
    mode = Mode.EMULATOR

    def __init__(self, port: int, fault: Callable[[str], None]) -> None:
        self._port = port
        self._fault = fault
        self._kept: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        try:
            reader, writer = self._kept.pop() if self._kept else await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return NotSent("refused")
        try:
            writer.write(f"{message.id} {message.attempt}\n".encode())
            self._fault("after_write")
            async with asyncio.timeout(deadline.remaining()):
                answer = (await reader.readline()).decode().strip()
        except (OSError, TimeoutError):
            writer.close()
            return Unanswered("time-out")
        if not answer:
            writer.close()
            return Unanswered("cut")
        self._kept.append((reader, writer))
        return Accepted((answer,))

    async def start(self) -> None:
        self._kept = [await asyncio.open_connection("127.0.0.1", self._port) for _ in range(IN_FLIGHT)]

    async def stop(self) -> None:
        for _, writer in self._kept:
            writer.close()


async def worker(
    database: Database,
    port: int,
    unanswered: float = 0.3,
    call: float = 0.5,
    fault: Callable[[str], None] = lambda point: None,
) -> tuple[Dispatcher, LineProvider]:
    """A dispatcher with waits that a test can sit out, and its provider; always daytime."""
    config = replace(CONFIG, waits=quick(unanswered, call), quiet_from=CONFIG.quiet_until)
    ids, sealer, counted = Ids(CLOCK), Sealer(RING), Counted()
    provider = LineProvider(port, fault)
    await provider.start()
    dispatcher = Dispatcher(
        database,
        SqlClaims(sealer, PersonKeys(RING, CLOCK), CLOCK, ids, config),
        SqlQueue(sealer, CLOCK, config),
        Preparing(compose, lambda *_: provider.name, {provider.name: provider}, config, CLOCK, ids),
        SqlOverdue(CLOCK, config),
        Telling(counted.adopt, counted, counted),
        Pace(in_flight=IN_FLIGHT, ahead=IN_FLIGHT // 2, batch=16, idle=0.02, broken=0.1),
        fault,
    )
    return dispatcher, provider


async def work(dispatcher: Dispatcher, stopped: asyncio.Event) -> None:
    """What a worker does: dispatch, and the sweep as a chore."""
    running = asyncio.create_task(dispatcher.run(stopped))
    while not stopped.is_set():
        try:
            await dispatcher.sweep()
        except Exception:  # as the worker's chores: the next round tries again
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.05)
    await running


def _die_at(wanted: str) -> Callable[[str], None]:
    def fault(point: str) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return fault


async def _live(url: str, port: int, fault: str = "", unanswered: float = 0.3, call: float = 0.5) -> None:
    random.seed()
    dispatcher, _ = await worker(Database(create_engine(url, pool_size=3)), port, unanswered, call, _die_at(fault))
    await work(dispatcher, asyncio.Event())


if __name__ == "__main__":
    forks(partial(_live, *sys.argv[1:]))
