"""`guichet worker`: finishes what a hop could not wait for, and clears away what has expired."""

import argparse
import asyncio
import gc
import signal
from collections.abc import Coroutine
from contextlib import nullcontext
from typing import Any

from gateway.assembly import assemble
from gateway.commands.environment import settings_for
from gateway.logs import set_up
from gateway.settings import Settings
from gateway.worker_door import open_door


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("worker", help="finish confirmed writes, clear away", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do what there is to do, then stop")
    parser.add_argument("--host", default="127.0.0.1", help="address of the operators' door (default %(default)s)")
    parser.add_argument("--port", type=int, help="its port, for /livez, /readyz and /metrics; without it there is none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments)
    settings.require_real()
    set_up(settings.log_level)
    run_quickly(_work(settings, arguments.once, arguments.host, arguments.port))
    return 0


def run_quickly(work: Coroutine[Any, Any, None]) -> None:
    """On the quicker loop where there is one: it is not made for Windows."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


async def _work(settings: Settings, once: bool, host: str, port: int | None) -> None:
    parts = assemble(settings, claims_beside=settings.claim_process and not once)
    parts.prove_spool()
    await parts.start()
    collect_rarely()
    try:
        if once:
            await parts.worker.round()
            return
        stopped = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        async with nullcontext() if port is None else open_door(parts, host, port):
            await parts.worker.run(stopped)
    finally:
        await parts.stop()


def collect_rarely() -> None:
    """What was loaded lives for ever, and of a message nothing stays: looking through the thousands that are on their
    way, each time that 700 objects were made, costs 30 to 60 µs a message and finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
