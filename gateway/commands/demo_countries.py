"""The countries of a demonstration: the first in this process, each other one in a process of its own beside it."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import countries

DEFAULT = "azerbaijan"
_STEP = 2  # ports of the gateway and of its sandbox
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Seat:
    """One country's ports, and the number of its database in Redis."""

    country: str
    port: int
    sandbox_port: int
    number: int


def asked(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Which countries are wanted: those named, else the one that the environment names, else all packs there are."""
    if arguments.countries:
        return tuple(dict.fromkeys(name.strip() for name in arguments.countries.split(",") if name.strip()))
    if one := arguments.country or os.environ.get("GUICHET_COUNTRY"):
        return (one,)
    known = sorted(path.parent.name for path in Path(countries.__file__).parent.glob("*/pack.yaml"))
    return (DEFAULT, *(name for name in known if name != DEFAULT))


def seats(names: Sequence[str], port: int, sandbox_port: int) -> list[Seat]:
    """Each with the next two ports."""
    return [Seat(name, port + _STEP * at, sandbox_port + _STEP * at, at) for at, name in enumerate(names)]


def menu_of(all_seats: Sequence[Seat]) -> str:
    """What the handset page's menu of countries is made from."""
    return ",".join(f"{seat.country}={seat.sandbox_port}" for seat in all_seats)


@contextlib.contextmanager
def beside(
    others: Sequence[Seat], stores: tuple[str, str], menu: str, fresh: bool, listens: Callable[[int], bool]
) -> Iterator[Callable[[], list[Seat]]]:
    """The other countries' gateways with their sandboxes, stopped when this ends. `stores`: the URLs of the servers.
    Call what is given to wait until they answer; it gives those that do: one that does not start says itself why."""
    children = [
        subprocess.Popen(  # noqa: S603 - our own program and arguments
            _command(seat, stores, menu, fresh), stdin=subprocess.PIPE, start_new_session=True
        )
        for seat in others
    ]

    def wait() -> list[Seat]:
        until = time.monotonic() + _START_SECONDS
        up: list[Seat] = []
        for seat, child in zip(others, children, strict=True):
            while child.poll() is None and not listens(seat.port) and time.monotonic() < until:
                time.sleep(0.05)
            if listens(seat.port):
                up.append(seat)
            else:
                print(f"guichet: the demonstration of {seat.country} did not start", file=sys.stderr)
        return up

    try:
        yield wait
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()


def _command(seat: Seat, stores: tuple[str, str], menu: str, fresh: bool) -> list[str]:
    ports = ["--port", str(seat.port), "--sandbox-port", str(seat.sandbox_port)]
    own = ["--stores", *stores, "--redis-number", str(seat.number), "--menu", menu]
    start = [sys.executable, "-m", "gateway.cli", "--country", seat.country, "demo"]
    return [*start, *ports, *own, *(["--fresh"] if fresh else [])]


def end_with_parent() -> None:
    """However the process ends that started this one, its end of our standard input closes, and we stop too, with what
    we started."""

    def watch() -> None:
        while os.read(0, 1024):  # not through sys.stdin, whose lock would be held when the interpreter ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def redis_url(server_url: str, number: int) -> str:
    """Its database of that number."""
    if not number:
        return server_url
    if server_url.startswith("unix://"):
        return f"{server_url}?db={number}"
    return f"{server_url.rstrip('0').rstrip('/')}/{number}"
