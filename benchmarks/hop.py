"""Hops a second through the real door, on the granted screen, beside a bare Starlette route; where the rest goes.

    make bench-hop

Both servers run on one core in turn, in the same run and under the same load (the other core makes it). The hop is
a POST as Africa's Talking makes it: secret and form checked, session unsealed and locked, an answer that is no option
stepped through the engine, five texts, a date and an amount rendered, fitted, sealed, stored and counted.
The yardstick reads and writes as many octets with redis-py and says a constant. Exit status 1 where what is wanted
(`WANTED`, `TAIL`, `MOST_OCTETS`) does not hold.
"""

import argparse
import asyncio
import cProfile
import io
import os
import pstats
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.load import Result, post, run
from benchmarks.ours import SECRET, UVICORN, serve, settings_for, stores
from benchmarks.peers.servers import LOADS_CORE, Server, free_port, serving
from domain.money import Money
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.ussd import read_hop, write_reply
from gateway.assembly import Assembly, assemble
from gateway.settings import Settings
from i18n.text import Word
from ussd_menus.conversation import Conversation
from ussd_menus.session import Session, encode
from ussd_menus.session_store import session_keys
from ussd_menus.session_values import State, to_stored

GRANTED = b"350"
HOPS_A_SESSION = 40
WANTED = {32: 1.5, 4: 1.0}
"""By hops in flight: how many for each request of the bare route."""
TAIL_AT, TAIL = 32, 3.0
"""With so many in flight the 99th percentile is at most so many times the median."""
MOST_OCTETS = 600
GATEWAY_PORT, YARDSTICK_PORT = free_port(), free_port()
NETWORK = "40001"


def granted_state() -> State:
    """The screen that the whole thing is for: granted, how much, until when."""
    values = {
        "service": Word("service.social_aid"),
        "reference": "40000014",
        "amount": Money(35000, "AZN"),
        "until": date(2028, 11, 12),
        "account": True,
    }
    stored = {name: to_stored(value) for name, value in values.items()}
    return State("status_granted", stored, ("home", "status_ask"))


def conversation(parts: Assembly) -> Conversation:
    """The gateway's own, whose store keeps sessions as it does for callers."""
    if not isinstance(parts.conversation, Conversation):
        raise SystemExit("hops are traced here: unset GUICHET_TRACES_URL")
    return parts.conversation


async def store_sessions(parts: Assembly, count: int) -> tuple[list[tuple[str, str]], int]:
    """That many sessions on the granted screen; gives (session id, number) of each, and the octets of one."""
    talk = conversation(parts)
    sealer, store = talk._sealer, talk._store
    made = []
    octets = 0
    for number in range(count):
        session_id, msisdn = f"ATUid_bench{number:026d}", Msisdn(f"+99450{1000000 + number}")
        session = Session(parts.library.current.version, "az", granted_state(), verified=True, hops=3)
        keys = session_keys(sealer, "africastalking", session_id, msisdn)
        await store.open(keys, "bench")
        await store.save(keys, "bench", encode(session), None, degraded=False)
        octets = len(await parts.redis.execute("GET", keys.redis[0]))
        made.append((session_id, msisdn.e164))
    return made, octets


def hops(sessions: list[tuple[str, str]]) -> Iterator[bytes]:
    """Every session's hops: a key that is no option, again and again, with the history that grows."""
    for session_id, msisdn in sessions:
        for count in range(1, HOPS_A_SESSION + 1):
            form = {
                "sessionId": session_id,
                "serviceCode": "*123#",
                "phoneNumber": msisdn,
                "networkCode": NETWORK,
                "text": "*".join(["9"] * count),
            }
            yield post(f"/africastalking/{SECRET}/ussd", urlencode(form).encode())


def server(arguments: list[str], environment: dict[str, str], port: int) -> AbstractContextManager[Server]:
    """A Python module's server process on its core, ready when this yields."""
    return serving([sys.executable, "-m", *arguments], environment, port)


def measured(watched: Server, port: int, streams: list[Iterator[bytes]], word: bytes) -> tuple[Result, float]:
    """A run, and the server's CPU microseconds a request."""
    before = watched.spent()
    result = asyncio.run(run(port, streams, lambda body: word in body))
    spent = watched.spent() - before
    if result.wrong:
        raise SystemExit(f"{result.wrong} of {result.requests} answers were wrong, such as:\n{result.example}")
    return result, spent / result.requests * 1e6


def shares(count: int, items: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [items[start::count] for start in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, nargs="+", default=list(WANTED), help="connections (default 32 and 4)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both (default %(default)s)")
    parser.add_argument("--sessions", type=int, default=320, help="sessions a round (default %(default)s)")
    arguments = parser.parse_args()
    with stores() as (postgres, redis):
        os.sched_setaffinity(0, {LOADS_CORE})
        return _compare(arguments, settings_for(postgres, redis), redis)


@dataclass
class Figures:
    """What the rounds of one load gave. Latencies are the hop's, in seconds."""

    hops: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    hop_cpu: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)
    middles: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(ours / theirs for ours, theirs in zip(self.hops, self.bare, strict=True))

    def told(self, in_flight: int) -> list[str]:
        """Prints them; gives what does not hold."""
        least = WANTED.get(in_flight, 0.0)
        middle, tail = statistics.median(self.middles), statistics.median(self.tails)
        print(f"\n{in_flight} in flight, {len(self.hops)} rounds, medians; every body checked")
        print(f"{'':34}{'hops/s':>9}{'CPU us':>9}")
        for words, rates, cpu in (
            ("hop on the granted screen", self.hops, self.hop_cpu),
            ("bare Starlette, redis-py GET+SET", self.bare, self.bare_cpu),
        ):
            print(f"{words:34}{statistics.median(rates):9,.0f}{statistics.median(cpu):9.0f}")
        print(f"ratio {self.ratio:.2f} (wanted: {least:.2f}); p50 {middle * 1e3:.1f} ms, p99 {tail * 1e3:.1f} ms")
        wrong = [f"ratio {self.ratio:.2f} at {in_flight} in flight"] if self.ratio < least else []
        if in_flight == TAIL_AT and tail > TAIL * middle:
            wrong.append(f"p99 is {tail / middle:.1f} times p50 at {in_flight} in flight")
        return wrong


def _round(gateway: Server, bare: Server, sessions: list[tuple[str, str]], in_flight: int, seen: Figures) -> None:
    """One after the other under the same load."""
    result, spent = measured(gateway, GATEWAY_PORT, [hops(share) for share in shares(in_flight, sessions)], GRANTED)
    seen.hops.append(result.rate)
    seen.hop_cpu.append(spent)
    seen.middles.append(result.percentile(0.5))
    seen.tails.append(result.percentile(0.99))
    each = len(sessions) * HOPS_A_SESSION // in_flight
    same: list[Iterator[bytes]] = [chain(repeat(post("/hop", b"text=9"), each)) for _ in range(in_flight)]
    result, spent = measured(bare, YARDSTICK_PORT, same, b"CON")
    seen.bare.append(result.rate)
    seen.bare_cpu.append(spent)


def _compare(arguments: argparse.Namespace, environment: dict[str, str], redis_url: str) -> int:
    settings, _ = Settings.read(environment)
    figures = {in_flight: Figures() for in_flight in arguments.in_flight}
    ours = serve(GATEWAY_PORT)
    bare = ["uvicorn", "benchmarks.yardstick_app:app", *UVICORN, "--port", str(YARDSTICK_PORT)]
    _, octets = asyncio.run(_store(settings, environment, arguments.sessions))
    yardstick = {"BENCH_REDIS_URL": redis_url, "BENCH_SESSION_OCTETS": str(octets)}
    with server(ours, environment, GATEWAY_PORT):
        pass  # the first start of all compiles; the one that is timed is a restart
    began = time.perf_counter()
    with server(ours, environment, GATEWAY_PORT) as gateway:
        ready, memory = time.perf_counter() - began, gateway.resident()
        with server(bare, yardstick, YARDSTICK_PORT) as theirs:
            for number in range(arguments.rounds + 1):
                for in_flight, seen in figures.items():
                    sessions, _ = asyncio.run(_store(settings, environment, arguments.sessions))
                    # The first round warms both up.
                    _round(gateway, theirs, sessions, in_flight, seen if number else Figures())
    wrong = [fault for in_flight, seen in figures.items() for fault in seen.told(in_flight)]
    print(f"\na session at rest {octets} octets; start to ready {ready:.1f} s, idle memory {memory / 1e6:.0f} MB")
    if octets > MOST_OCTETS:
        wrong.append(f"a session of {octets} octets")
    asyncio.run(_profile(settings, environment))
    print("\n" + ("does not hold: " + "; ".join(wrong) if wrong else "all that is wanted holds"))
    return 1 if wrong else 0


async def _store(settings: Settings, environment: dict[str, str], count: int) -> tuple[list[tuple[str, str]], int]:
    parts = assemble(settings, environment)
    try:
        await parts.redis.execute("FLUSHALL")
        return await store_sessions(parts, count)
    finally:
        await parts.stop()


async def _profile(settings: Settings, environment: dict[str, str]) -> None:
    """Where a hop's time goes, by the parts of the house (profiler's overhead included: read as shares)."""
    parts = assemble(settings, environment)
    sessions, _ = await store_sessions(parts, 20)
    profile = cProfile.Profile()
    bodies = [request.partition(b"\r\n\r\n")[2] for request in hops(sessions)]
    profile.enable()
    for body in bodies:
        write_reply(await parts.conversation.hop(read_hop(b"", body)))
    profile.disable()
    await parts.stop()
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text)
    total = stats.total_tt  # type: ignore[attr-defined]
    rows: dict[str, float] = {}
    for (file, _, _), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        rows[_room(file)] = rows.get(_room(file), 0.0) + own
    print("\nwhere a hop's processor time goes (profiled in one process, without HTTP):")
    for room, own in sorted(rows.items(), key=lambda row: -row[1])[:10]:
        print(f"  {room:24}{own / total:6.0%}")


def _room(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(Path.cwd()) and ".venv" not in path.parts:
        return "/".join(path.relative_to(Path.cwd()).parts[:2])
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1]
    return "built-in functions" if file == "~" else "Python's library"


if __name__ == "__main__":
    sys.exit(main())
