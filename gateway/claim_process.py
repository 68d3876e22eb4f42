"""Run as a program by a worker whose queue is long (`sms.beside`): it claims and words messages on a core of its own.

`python -m gateway.claim_process FD`, in the worker's environment: questions come at that socket, and it ends when the
worker closes it or is gone.
"""

import os
import signal
import socket
import sys
from collections.abc import Mapping

from domain.clock import SystemClock
from gateway.commands.worker import collect_rarely, run_quickly
from gateway.footing import footing
from gateway.logs import set_up
from gateway.messaging import claim_writer
from gateway.pack import load_pack
from gateway.settings import Settings
from gateway.words import translator_for
from sms.beside import answer


async def claim(settings: Settings, environment: Mapping[str, str], connection: socket.socket) -> None:
    """Answers until the other end is closed."""
    pack = load_pack(settings.country)
    base = footing(settings, environment, pack, SystemClock(), translator_for(pack))
    collect_rarely()
    try:
        await answer(connection, claim_writer(base.ground))
    finally:
        await base.redis.close()
        await base.ground.database.close()


def main() -> int:
    """Exit status 0: the worker is done with it. Raises `SettingsError`."""
    # Sent to all of a group: the worker ends first, and what it began is written without us.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    settings, _ = Settings.read(os.environ)
    set_up(settings.log_level)
    run_quickly(claim(settings, os.environ, socket.socket(fileno=int(sys.argv[1]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
