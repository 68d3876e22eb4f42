"""`guichet worker`: finishes what a hop could not wait for, and clears away what has expired."""

import argparse
import asyncio
import signal

from gateway.assembly import assemble
from gateway.commands.environment import settings_for
from gateway.logs import set_up
from gateway.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("worker", help="finish confirmed writes, clear away", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do what there is to do, then stop")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments)
    settings.require_real()
    set_up(settings.log_level)
    asyncio.run(_work(settings, arguments.once))
    return 0


async def _work(settings: Settings, once: bool) -> None:
    parts = assemble(settings)
    await parts.start()
    try:
        if once:
            await parts.worker.round()
            return
        stopped = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        await parts.worker.run(stopped)
    finally:
        await parts.stop()
