"""A server process on one core, and what it spends."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

# What is measured has one core, what makes the load (and the stores) the other; where there is but one, both have it.
_CORES = sorted(os.sched_getaffinity(0))
SERVERS_CORE, LOADS_CORE = _CORES[0], _CORES[-1]
# Only what never comes is waited for so long.
_SECONDS_TO_START = 60


# Until this process ends.
_held: list[socket.socket] = []


def free_port() -> int:
    """A port of 127.0.0.1 for a server that must be told where to listen; the machine gives it to nobody else.

    The server can listen there beside us: Linux allows it where both ask for it, as servers do, and only one listens.
    Elsewhere the port is let go, and somebody may be quicker.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    if sys.platform == "linux":
        _held.append(held)
    else:
        held.close()
    return port


class Server:
    """A running server: its processor time is its own and its children's."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process

    def spent(self) -> float:
        """Seconds of processor time so far."""
        times = [each.cpu_times() for each in (self._process, *self._process.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))

    def resident(self) -> int:
        """Bytes of memory that it and its children hold."""
        return sum(int(each.memory_info().rss) for each in (self._process, *self._process.children(recursive=True)))


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
def serving(
    command: Sequence[str], environment: Mapping[str, str], port: int, folder: Path | None = None
) -> Iterator[Server]:
    """A server on its core, listening on that port when this yields; stopped afterwards."""
    # Python's bytecode is kept, as on any installation.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, env={**kept, **environment}, cwd=folder)
    watched = psutil.Process(process.pid)
    watched.cpu_affinity([SERVERS_CORE])
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
    raise SystemExit(f"a server did not start: {process.args!r}")
