"""Messages a second from the queue to a provider, beside a bare loop of the same HTTP client; and what it depends on.

    make bench-sms

One process on one core sends; the stub of a provider and PostgreSQL have the other. Both ways post the same octets to
the same stub over `HttpWire`, as many at once. The bare loop does nothing else. Dispatch claims from the outbox in the
order of lanes, opens what is sealed, asks for opt-outs, pauses, cooling and caps, words the text with the real
composer, takes from the sender's rate, charges the source, marks the row before it is sent, and writes what came of
it: the ids of the provider, and the text, sealed.

A process beside the worker claims, words and seals (`sms.beside`), as with a long queue it does; with `--alone` there
is none. It shares the last core with PostgreSQL and the stub, or has the others.

`--drain N` empties a queue of N and prints the memory on the way; `--growth` prints what a claim costs in small and
large tables.
"""

import argparse
import asyncio
import contextlib
import cProfile
import gc
import os
import pstats
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psutil
import uvloop

import gateway.tables  # noqa: F401
from benchmarks.office import CLAIMED, CLAIMS, CLOCK, POSTGRES_BUFFERS, Cost, HttpProvider, Office, alert, office_at
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.commands.worker import collect_rarely
from services.backends.wire import HttpWire
from sms.beside import Beside, Launch, answer
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.values import Accepted, Encoding, Outbound
from storage.embedded import embedded_postgres
from storage.migrate import upgrade

WANTED = 0.7
ALL_CORES = sorted(os.sched_getaffinity(0))


async def bare(provider: HttpProvider, said: str, count: int, in_flight: int) -> float:
    """Messages a second of nothing but posting them: the body made and the answer read, as in dispatch."""
    left = iter(range(count))
    message = Outbound(UUID(int=0), 1, Msisdn("+994501234567"), "7575", said, Encoding.GSM7, (said,), 3600)

    async def one_after_another() -> None:
        for _ in left:
            if not isinstance(await provider.send(message, Deadline.after(12, CLOCK)), Accepted):
                raise RuntimeError("the stub is out of order")

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    return count / (time.perf_counter() - began)


async def dispatched(office: Office, provider: HttpProvider, count: int, pace: Pace, profile: bool = False) -> float:
    """Messages a second from a full queue to the last written answer."""
    dispatcher = office.dispatcher(provider, pace)
    if office.beside and not office.beside.up:
        # It ended with the dispatcher of the round before; that it starts anew is no part of a long queue.
        await office.beside.start()
    stopped = asyncio.Event()
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    began = time.perf_counter()
    running = asyncio.create_task(dispatcher.run(stopped))
    await _handed_over(dispatcher, count)
    stopped.set()
    await running
    took = time.perf_counter() - began
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    return count / took


async def _handed_over(dispatcher: Dispatcher, count: int) -> None:
    while dispatcher.handed_over < count:  # noqa: ASYNC110 - nobody is told
        await asyncio.sleep(0.02)


async def compare(office: Office, wire: HttpWire, port: int, options: argparse.Namespace) -> int:
    """Both ways in turn; exit status by the middle ratio at once: a slower provider hides the cost."""
    pace = replace(Pace(), in_flight=options.in_flight)
    said = office.composer.compose("sms.granted_amount_until", alert(UUID(int=0), 0).values, "az").text
    print(f"{options.messages} messages a round, a quarter of it with the slow one, {options.in_flight} in flight\n")
    print(
        "| provider answers in | round | bare loop | dispatch | ratio | µs of CPU: bare loop | dispatch + PostgreSQL |"
    )
    print("|---|---|---|---|---|---|---|")
    middles, middle_costs = {}, {}
    for late in sorted({0, options.late}):
        provider, ratios, costs = HttpProvider(wire, port, late), [], []
        # A slow provider sets the pace by itself: a few of its seconds show it.
        count = options.messages // 4 if late else options.messages
        for number in range(1, options.rounds + 1):
            await office.clean()
            await office.fill(count)
            await office.analyse()
            await office.settle(options.rest)
            spent = Cost.now()
            half = max(1, count // 2)
            before = await bare(provider, said, half, options.in_flight)
            by_bare, spent = Cost.now().since(spent, half), Cost.now()
            rate = await dispatched(office, provider, count, pace, options.profile)
            by_dispatch = Cost.now().since(spent, count)
            after = await bare(provider, said, half, options.in_flight)
            await office.verify(count)
            ratios.append(rate / statistics.mean((before, after)))
            rates = f"{before:,.0f} and {after:,.0f} | {rate:,.0f} | {ratios[-1]:.2f}"
            print(
                f"| {late} ms | {number} | {rates} | {by_bare[0]:.0f} | {by_dispatch[0]:.0f} + {by_dispatch[1]:.0f} |",
                flush=True,
            )
            costs.append((by_bare[0], *by_dispatch))
        middles[late] = statistics.median(ratios)
        middle_costs[late] = [statistics.median(each) for each in zip(*costs, strict=True)]
    for late, middle in middles.items():
        spent, ours, server = middle_costs[late]
        print(f"\nprovider answers in {late} ms: median ratio {middle:.2f}")
        print(f"µs of CPU a message: bare loop {spent:.0f}, dispatch {ours:.0f} and PostgreSQL {server:.0f}")
    print(f"at least {WANTED} is wanted where the provider answers at once")
    return 0 if middles[0] >= WANTED else 1


async def drain(office: Office, wire: HttpWire, port: int, options: argparse.Namespace) -> int:
    """A long queue, and what the process holds while it empties."""
    await office.clean()
    await office.fill(options.drain)
    await office.analyse()
    gc.collect()
    process = psutil.Process()
    dispatcher = office.dispatcher(HttpProvider(wire, port), replace(Pace(), in_flight=options.in_flight))
    stopped = asyncio.Event()
    began = time.perf_counter()
    running = asyncio.create_task(dispatcher.run(stopped))
    print("| sent | seconds | memory, MB |\n|---|---|---|")
    for tenth in range(1, 11):
        await _handed_over(dispatcher, options.drain * tenth // 10)
        took = time.perf_counter() - began
        print(f"| {dispatcher.handed_over:,} | {took:.1f} | {process.memory_info().rss / 1e6:.0f} |", flush=True)
    stopped.set()
    await running
    await office.verify(options.drain)
    return 0


async def growth(office: Office, options: argparse.Namespace) -> int:
    """What claiming 100 of the messages that wait costs, beside ever more that are done."""
    print(f"| rows in the table | claim of {CLAIMED}, ms (median of {CLAIMS}) |\n|---|---|")
    await office.clean()
    await office.fill(options.waiting)
    rows = options.waiting
    for target in options.sizes:
        await office.fill(target - rows, done=True)
        rows = target
        await office.analyse()
        took = [await office.claim_and_give_back(CLAIMED) for _ in range(CLAIMS)]
        print(f"| {rows:,} | {statistics.median(took) * 1000:.1f} |", flush=True)
    return 0


async def beside(url: str, fd: int) -> int:
    """The process beside: until the worker's end of the socket is closed."""
    office = office_at(url)
    collect_rarely()
    try:
        await answer(socket.socket(fileno=fd), office.write)
    finally:
        await office.database.close()
    return 0


def launch_at(url: str) -> Launch:
    async def launch(its: socket.socket) -> asyncio.subprocess.Process:
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, ALL_CORES[1:] or ALL_CORES)
        try:
            command = [sys.executable, "-m", "benchmarks.sms", "--beside", url, str(its.fileno())]
            return await asyncio.create_subprocess_exec(*command, pass_fds=[its.fileno()])
        finally:
            os.sched_setaffinity(0, mine)

    return launch


async def measure(url: str, port: int, options: argparse.Namespace) -> int:
    await upgrade(url)
    office = office_at(url)
    database = office.database
    async with HttpWire() as wire:
        try:
            collect_rarely()
            if not (options.alone or options.growth):
                office.beside = Beside(launch_at(url), CLOCK)
            if options.growth:
                return await growth(office, options)
            if options.drain:
                return await drain(office, wire, port, options)
            return await compare(office, wire, port, options)
        finally:
            if office.beside:
                await office.beside.stop()
            await database.close()


@contextlib.contextmanager
def surroundings() -> Iterator[tuple[str, int]]:
    """PostgreSQL and the stub on the last core, this process on the first; gives the database's address and the stub's
    port."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-1:])
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        Path(name).chmod(0o755)
        with embedded_postgres(Path(name) / "postgres", POSTGRES_BUFFERS) as server:
            command = [sys.executable, "-m", "benchmarks.stub_provider"]
            provider = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            os.sched_setaffinity(0, cores[:1])
            try:
                assert provider.stdout
                yield server.url, int(provider.stdout.readline())
            finally:
                provider.kill()
                provider.wait()
                os.sched_setaffinity(0, cores)


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast messages leave the queue")
    parser.add_argument("--messages", type=int, default=20_000, help="a round; short ones measure the start")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--in-flight", type=int, default=Pace().in_flight, help="of both; as the worker has it unless said"
    )
    parser.add_argument("--late", type=int, default=50, help="milliseconds in which a slower provider answers")
    parser.add_argument("--rest", type=float, default=5, help="seconds before a round, after its filling")
    parser.add_argument("--drain", type=int, default=0, help="empty a queue of so many, and watch the memory")
    parser.add_argument("--growth", action="store_true", help="what a claim costs as the table grows")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="of --growth: rows")
    parser.add_argument("--waiting", type=int, default=5000, help="of --growth: so many of the rows wait")
    parser.add_argument("--alone", action="store_true", help="no process beside the worker")
    parser.add_argument("--beside", nargs=2, metavar=("URL", "FD"), help=argparse.SUPPRESS)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.beside:
        return uvloop.run(beside(options.beside[0], int(options.beside[1])))
    with surroundings() as (url, port):
        return uvloop.run(measure(url, port, options))


if __name__ == "__main__":
    sys.exit(main())
