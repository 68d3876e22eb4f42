"""A server process on one core, and what it spends."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

_SECONDS_TO_START = 20


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A running server: its processor time is its own and its children's."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process

    def spent(self) -> float:
        """Seconds of processor time so far."""
        times = [each.cpu_times() for each in (self._process, *self._process.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def resident(self) -> int:
        """Bytes of memory that it and its children hold."""
        return sum(each.memory_info().rss for each in (self._process, *self._process.children(recursive=True)))


def spent_by_children(name: str) -> float:
    """Seconds of processor time of our children whose program is called so: PostgreSQL's, Redis's."""
    found = 0.0
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if each.name().startswith(name):
                times = each.cpu_times()
                found += times.user + times.system
    return found


@contextlib.contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str], port: int, folder: Path | None = None) -> Iterator:
    """A server on core 0, listening on that port when this yields; stopped afterwards."""
    # Python's bytecode is kept, as on any installation.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, env={**kept, **environment}, cwd=folder)
    watched = psutil.Process(process.pid)
    watched.cpu_affinity([0])
    try:
        _wait(process, watched, port)
        yield Server(watched)
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], watched: psutil.Process, port: int) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        listening = (found for found in watched.net_connections("tcp") if found.status == "LISTEN")
        if any(found.laddr.port == port for found in listening):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"a server did not start: {process.args}")
