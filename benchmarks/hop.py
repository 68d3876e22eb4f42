"""Hops a second through the real door, on the granted screen, beside a bare Starlette route; where the rest goes.

    make bench-hop

Both servers run on one core in turn, in the same run and under the same load (the other core makes it). The hop is
a POST as Africa's Talking makes it: secret and form checked, session unsealed and locked, an answer that is no option
stepped through the engine, five texts, a date and an amount rendered, fitted, sealed, stored and counted.
The yardstick reads and writes as many octets with redis-py and says a constant.
"""

import argparse
import asyncio
import contextlib
import cProfile
import io
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlencode

import psutil

import gateway.tables  # noqa: F401
from benchmarks.load import Result, post, run
from domain.money import Money
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.ussd import read_hop, write_reply
from gateway.assembly import Assembly, assemble
from gateway.settings import Settings
from i18n.text import Word
from storage.embedded import embedded_postgres, embedded_redis
from storage.migrate import upgrade
from ussd_menus.session import Session, encode
from ussd_menus.session_store import session_keys
from ussd_menus.session_values import State, to_stored

SECRET = "a-secret-for-the-benchmark"
GRANTED = b"350"
HOPS_A_SESSION = 40
GATEWAY_PORT, YARDSTICK_PORT = 18080, 18081
NETWORK = "40001"
_MINISTRIES = ("VEMTAS", "ASAN", "ASAN_VISA", "ASAN_GUIDE", "ASAN_UNITS", "SECURITY_SERVER")


def settings_for(postgres: str, redis: str) -> dict[str, str]:
    ministries = {f"GUICHET_MINISTRY_{name}_URL": "http://127.0.0.1:9/none" for name in _MINISTRIES}
    return {
        "GUICHET_DATABASE_URL": postgres,
        "GUICHET_REDIS_URL": redis,
        "GUICHET_CALLBACK_SECRETS": SECRET,
        "GUICHET_ENCRYPTION_KEYS": "bench:YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcmshISE=",
        "GUICHET_LOG_LEVEL": "warning",
        **ministries,
    }


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


async def store_sessions(parts: Assembly, count: int) -> tuple[list[tuple[str, str]], int]:
    """That many sessions on the granted screen; gives (session id, number) of each, and the octets of one."""
    sealer = parts.conversation._sealer
    store = parts.conversation._store
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


@contextlib.contextmanager
def server(arguments: list[str], environment: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """A server process on core 0, ready when this yields."""
    # Python's bytecode is kept, as on any real installation: compiling 500 files anew is three fifths of a start.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, "-m", *arguments], env={**kept, **environment})
    watched = psutil.Process(process.pid)
    watched.cpu_affinity([0])
    try:
        for _ in range(200):
            if any(found.laddr.port == port for found in watched.net_connections("tcp") if found.status == "LISTEN"):
                break
            if process.poll() is not None:
                raise SystemExit("a server did not start")
            time.sleep(0.05)
        yield watched
    finally:
        process.terminate()
        process.wait(20)


def measured(watched: psutil.Process, port: int, streams: list[Iterator[bytes]], word: bytes) -> tuple[Result, float]:
    """A run, and the server's CPU microseconds a request."""
    before = sum(watched.cpu_times()[:2])
    result = asyncio.run(run(port, streams, lambda body: word in body))
    spent = sum(watched.cpu_times()[:2]) - before
    if result.wrong:
        raise SystemExit(f"{result.wrong} of {result.requests} answers were wrong, such as:\n{result.example}")
    return result, spent / result.requests * 1e6


def shares(count: int, items: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [items[start::count] for start in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, default=32, help="connections (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both (default %(default)s)")
    parser.add_argument("--sessions", type=int, default=320, help="sessions a round (default %(default)s)")
    parser.add_argument("--least", type=float, default=0.8, help="ratio below which the exit status is 1")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {0, 1})
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name, contextlib.ExitStack() as stack:
        Path(name).chmod(0o755)
        postgres = stack.enter_context(embedded_postgres(Path(name) / "pg"))
        redis = stack.enter_context(embedded_redis(Path(name) / "redis"))
        asyncio.run(upgrade(postgres.url))
        environment = settings_for(postgres.url, redis.url)
        os.sched_setaffinity(0, {1})
        return _compare(arguments, environment, redis.url)


def _compare(arguments: argparse.Namespace, environment: dict[str, str], redis_url: str) -> int:
    settings, _ = Settings.read(environment)
    rates: dict[str, list[float]] = {"hop": [], "bare": []}
    cpu: dict[str, list[float]] = {"hop": [], "bare": []}
    tails: list[tuple[float, float]] = []
    octets = 0
    serve = ["uvicorn", "--factory", "gateway.commands.serve:from_environment", *_UVICORN, "--port", str(GATEWAY_PORT)]
    with server(serve, environment, GATEWAY_PORT):
        pass  # the first start of all compiles; the one that is timed is a restart
    began = time.perf_counter()
    with server(serve, environment, GATEWAY_PORT) as gateway:
        ready = time.perf_counter() - began
        memory = gateway.memory_info().rss
        for _ in range(arguments.rounds):
            sessions, octets = asyncio.run(_store(settings, environment, arguments.sessions))
            streams = [hops(share) for share in shares(arguments.in_flight, sessions)]
            result, spent = measured(gateway, GATEWAY_PORT, streams, GRANTED)
            rates["hop"].append(result.rate)
            cpu["hop"].append(spent)
            tails.append((result.percentile(0.5), result.percentile(0.99)))
            with server(
                ["uvicorn", "benchmarks.yardstick_app:app", *_UVICORN, "--port", str(YARDSTICK_PORT)],
                {"BENCH_REDIS_URL": redis_url, "BENCH_SESSION_OCTETS": str(octets)},
                YARDSTICK_PORT,
            ) as bare:
                each = arguments.sessions * HOPS_A_SESSION // arguments.in_flight
                same = [repeat(post("/hop", b"text=9"), each) for _ in range(arguments.in_flight)]
                result, spent = measured(bare, YARDSTICK_PORT, [chain(stream) for stream in same], b"CON")
                rates["bare"].append(result.rate)
                cpu["bare"].append(spent)
    ratio = statistics.median(h / b for h, b in zip(rates["hop"], rates["bare"], strict=True))
    middle = {name: (statistics.median(rates[name]), statistics.median(cpu[name])) for name in rates}
    print(f"{arguments.in_flight} in flight, {arguments.rounds} rounds, medians; every body checked")
    print(f"{'':34}{'hops/s':>9}{'CPU us':>9}")
    print(f"{'hop on the granted screen':34}{middle['hop'][0]:9,.0f}{middle['hop'][1]:9.0f}")
    print(f"{'bare Starlette, redis-py GET+SET':34}{middle['bare'][0]:9,.0f}{middle['bare'][1]:9.0f}")
    print(f"ratio {ratio:.2f} (wanted: {arguments.least:.2f})")
    p50, p99 = statistics.median(t[0] for t in tails), statistics.median(t[1] for t in tails)
    print(f"p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms; a session at rest {octets} octets")
    print(f"start to ready {ready:.1f} s, idle memory {memory / 1e6:.0f} MB")
    asyncio.run(_profile(settings, environment))
    return 0 if ratio >= arguments.least else 1


_UVICORN = [
    "--host",
    "127.0.0.1",
    "--loop",
    "uvloop",
    "--http",
    "httptools",
    "--no-access-log",
    "--log-level",
    "warning",
]


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
