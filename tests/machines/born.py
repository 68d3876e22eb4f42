"""Run as a program: forks processes of `guichet` on demand, from one that has read the code and some countries' packs.

Orders: "command", what stands behind `guichet` on the command line; "environment", its settings; "clock", the file of a
`SharedClock`; "log", where it writes. Words on the command line: the countries.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from unittest import mock

import gateway.assembly
from gateway.cli import main
from gateway.words import menu_sources
from storage.engine import create_engine
from tests.machines.shared_clock import SharedClock
from tests.nursery import forks
from tests.read_once import load_menus, load_pack, reading_once, translator_for


def live(command: list[str], environment: dict[str, str], clock: str, log: str) -> None:
    """The command itself, in a process that has its own settings, signals and sockets."""
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        del os.environ[name]
    os.environ.update(environment)
    with (
        reading_once(),
        mock.patch.object(gateway.assembly, "SystemClock", partial(SharedClock, Path(clock))),
        # Nobody seems away, however busy the machine that all of them share.
        mock.patch.dict(create_engine.__kwdefaults__, {"connect_timeout": 8.0}),
    ):
        main(command)


if __name__ == "__main__":
    for country in sys.argv[1:]:
        pack = load_pack(country)
        translator_for(pack)
        load_menus(menu_sources(pack))
    forks(live)
