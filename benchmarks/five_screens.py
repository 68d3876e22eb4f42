"""Five screens over HTTP: our gateway beside ussd-menu-builder on Express, and beside a sample app on Flask.

    make bench-peers

All three say the same words to the same keys, every one of them checked, and keep each caller's session in Redis. One
server process of each has one core in turn; load, Redis and PostgreSQL have the other. What the peers leave out: the
secret of the door, sealing, the lock of a session, languages, letters and room of a network, metrics; and at a call's
first screen, who calls and the row that a start leaves, which PostgreSQL is asked and told.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks.load import post, run
from benchmarks.ours import SECRET, serve, settings_for, stores
from benchmarks.peers.needs import module, node_package
from benchmarks.peers.servers import LOADS_CORE, Server, free_port, serving, spent_by_children

# Dial, the menu, offices, by region, the capital: screens that no ministry is asked for.
KEYS = ("", "00", "8", "1", "2")
PATHS = {"gateway": f"/africastalking/{SECRET}/ussd", "ussd-menu-builder": "/ussd", "Flask": "/ussd"}
WHO = {
    "gateway": "Guichet, everything on",
    "ussd-menu-builder": "ussd-menu-builder, Express, node-redis",
    "Flask": "sample app, Flask, gunicorn, redis-py",
}
PORTS = {name: free_port() for name in WHO}
# With the headers that the others send, too.
_UVICORN = ["--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
_GUNICORN = ["--workers=1", "--worker-class=gthread", "--threads=8", "--keep-alive=60", "--log-level=warning"]
# Seconds; processor time is told in these.
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Phase:
    """What a server did of one kind: hops, wall-clock seconds; processor seconds of it, of Redis, of PostgreSQL."""

    hops: int
    seconds: float
    spent: float
    redis: float
    postgres: float

    def __add__(self, other: "Phase") -> "Phase":
        return Phase(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def rate(self) -> float:
        return self.hops / self.seconds

    @property
    def micros(self) -> float:
        # What spent no whole tick is put at one, and may be divided by.
        return max(self.spent, _TICK) / self.hops * 1e6

    @property
    def stores(self) -> tuple[float, float]:
        """Microseconds of Redis and of PostgreSQL a hop."""
        return self.redis / self.hops * 1e6, self.postgres / self.hops * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, default=32, help="connections (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all (default %(default)s)")
    parser.add_argument("--calls", type=int, default=640, help="calls of five screens a round (default %(default)s)")
    options = parser.parse_args()
    for name in ("flask", "gunicorn", "redis"):
        module(name)
    node_package("ussd-menu-builder")
    os.sched_setaffinity(0, {LOADS_CORE})
    with stores() as (postgres, redis):
        return _compare(options, postgres, redis)


def _compare(options: argparse.Namespace, postgres: str, redis: str) -> int:
    phases: dict[str, list[tuple[Phase, Phase]]] = {name: [] for name in WHO}
    screens: list[tuple[str, str]] = []
    memory: dict[str, float] = {}
    for number in range(options.rounds):
        for at, name in enumerate(WHO):
            with _server(name, screens, postgres, redis) as server:
                screens = screens or learnt()
                calls = range(options.calls * (3 * number + at), options.calls * (3 * number + at + 1))
                shares = [calls[start :: options.in_flight] for start in range(options.in_flight)]
                # Warm, with as many at once as later: all connections to stores are opened before it counts.
                _measured(server, name, [share[:4] for share in shares], screens, "w", range(5))
                first = _measured(server, name, shares, screens, "m", range(1))
                phases[name].append((first, _measured(server, name, shares, screens, "m", range(1, 5))))
                memory[name] = server.resident() / 1e6
    print(f"{options.in_flight} in flight, {options.rounds} rounds, medians; every screen checked\n")
    _table("four screens after the first", {name: [later for _, later in phases[name]] for name in WHO})
    _table("a call's first screen", {name: [first for first, _ in phases[name]] for name in WHO})
    _table("whole calls of five screens", {name: [first + later for first, later in phases[name]] for name in WHO})
    print("MB after it: " + ", ".join(f"{WHO[name]} {held:.0f}" for name, held in memory.items()))
    return 0


def _table(title: str, phases: dict[str, list[Phase]]) -> None:
    print(f"| {title} | hops/s | CPU µs: server | Redis | PostgreSQL | our hops/s to theirs | their CPU µs to ours |")
    print("|---|---|---|---|---|---|---|")
    ours = phases["gateway"]
    for name, theirs in phases.items():
        rate = statistics.median(us.rate / them.rate for us, them in zip(ours, theirs, strict=True))
        micros = statistics.median(them.micros / us.micros for us, them in zip(ours, theirs, strict=True))
        middle = statistics.median(each.rate for each in theirs), statistics.median(each.micros for each in theirs)
        stores = [statistics.median(each) for each in zip(*(each.stores for each in theirs), strict=True)]
        print(
            f"| {WHO[name]} | {middle[0]:,.0f} | {middle[1]:.0f} | {stores[0]:.0f} | {stores[1]:.0f} "
            f"| {rate:.2f} | {micros:.2f} |"
        )
    print()


def _server(name: str, screens: list[tuple[str, str]], postgres: str, redis: str) -> AbstractContextManager[Server]:
    port = PORTS[name]
    theirs = {"BENCH_SCREENS": json.dumps(screens), "BENCH_PORT": str(port), "BENCH_REDIS_URL": redis}
    match name:
        case "gateway":
            return serving([sys.executable, "-m", *serve(port, _UVICORN)], settings_for(postgres, redis), port)
        case "Flask":
            bind = ["--bind", f"127.0.0.1:{port}", "benchmarks.peers.flask_app:app"]
            return serving([sys.executable, "-m", "gunicorn", *_GUNICORN, *bind], theirs, port)
        case _:
            theirs["BENCH_REDIS_SOCKET"] = redis.removeprefix("unix://")
            return serving(["node", "menu.js"], {**theirs, "NODE_ENV": "production"}, port, node_package(name))


def form(call: int, which: str, at: int) -> bytes:
    """The form of a call's hop, as Africa's Talking posts it: the whole history."""
    said = {
        "sessionId": f"ATUid_{which}{call:026d}",
        "serviceCode": "*123#",
        "phoneNumber": f"+99450{(5 if which == 'w' else 1) * 1000000 + call}",
        "networkCode": "40001",
        "text": "*".join(KEYS[1 : at + 1]),
    }
    return urlencode(said).encode()


def learnt() -> list[tuple[str, str]]:
    """The five screens, asked of our gateway."""
    screens: list[tuple[str, str]] = []
    for at, key in enumerate(KEYS):
        url = f"http://127.0.0.1:{PORTS['gateway']}{PATHS['gateway']}"
        with urlopen(url, form(0, "learnt", at), timeout=10) as answer:
            said = answer.read().decode()
        if not said.startswith("CON ") or said in [f"CON {words}" for _, words in screens]:
            raise SystemExit(f"key {key!r} leads to no new screen:\n{said}")
        screens.append((key, said.removeprefix("CON ")))
    return screens


def _measured(
    server: Server, name: str, shares: Sequence[Sequence[int]], screens: list[tuple[str, str]], which: str, hops: range
) -> Phase:
    """Those hops of the calls, a connection each share; raises when one screen is not the right one."""

    async def all_shares() -> float:
        results = await asyncio.gather(*(_share(name, calls, screens, which, hops) for calls in shares))
        return max(results)

    before = server.spent(), spent_by_children("redis"), spent_by_children("postgres")
    seconds = asyncio.run(all_shares())
    after = server.spent(), spent_by_children("redis"), spent_by_children("postgres")
    return Phase(sum(map(len, shares)) * len(hops), seconds, *(b - a for a, b in zip(before, after, strict=True)))


async def _share(name: str, calls: Sequence[int], screens: list[tuple[str, str]], which: str, hops: range) -> float:
    wanted: deque[bytes] = deque()

    def stream() -> Iterator[bytes]:
        for call in calls:
            for at in hops:
                wanted.append(b"CON " + screens[at][1].encode())
                yield post(PATHS[name], form(call, which, at))

    result = await run(PORTS[name], [stream()], lambda body: body == wanted.popleft())
    if result.wrong:
        raise SystemExit(f"{WHO[name]}: {result.wrong} of {result.requests} screens were wrong:\n{result.example}")
    return result.seconds


if __name__ == "__main__":
    sys.exit(main())
