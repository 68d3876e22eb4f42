"""One ministry accepts and never answers: what becomes of the 99th percentile of calls to the others?

    make bench-hung

Hops arrive at a steady rate whatever the answers take (an open model), each asks one of the ministries through what the
gateway uses: adapter, transport, breaker, cap, HTTP client. Rounds without and with a hung ministry take turns; each
begins with breakers closed, so that what it takes until one opens is measured too. Only calls to the others count.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import psutil

from benchmarks.peers.servers import LOADS_CORE, SERVERS_CORE
from benchmarks.slow_ministries import FILE
from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.errors import GuichetError
from services.backends.config import MinistryAddress, MinistryConfig
from services.backends.registry import backends
from services.backends.wire import HttpWire
from services.ports import Applications

# A hop's own time for a ministry, in seconds; a pack's ministries have the same by default.
HOP = 2.5
WARM_UP = 1.0
HUNG = 0


@dataclass
class Round:
    """Seconds from when a hop was due until its answer, of the others; how the hung one's ended; most at once."""

    seconds: list[float] = field(default_factory=list)
    hung: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    under_way: int = 0
    most_under_way: int = 0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ministries(ports: Sequence[int], wire: HttpWire) -> list[Applications]:
    """Each with a breaker and a cap of its own, as `registry` makes them from a pack."""
    service = {"service_id": FILE["serviceId"]}
    configs = [
        MinistryConfig(
            "govstack-registration-0.1.1",
            MinistryAddress(f"ministry-{number}", f"http://127.0.0.1:{port}"),
            {"client": "AZ/GOV/1001/guichet", "zone": "Asia/Baku", "services": {f"service_{number}": service}},
        )
        for number, port in enumerate(ports)
    ]
    made = backends(configs, wire, SystemClock(), lambda service, start: date(2026, 12, 14))
    return [found for backend in made.values() if (found := backend.applications) is not None]


async def hop(asked: Applications, is_hung: bool, due: float, counts: bool, result: Round) -> None:
    ended = ""
    try:
        await asked.get("700000011", Deadline.after(HOP, SystemClock()))
    except GuichetError as failure:
        ended = type(failure).__name__
    if is_hung:
        result.under_way -= 1
        result.hung[ended or "answered"] += 1
    elif counts:
        result.seconds.append(time.perf_counter() - due)
        result.failed += bool(ended)


async def load(asked: list[Applications], rate: float, seconds: float, draw: random.Random) -> Round:
    """That many hops a second, each to a ministry drawn at random, at moments drawn at random."""
    result, running = Round(), set[asyncio.Task[None]]()
    began = due = time.perf_counter()
    while due < began + WARM_UP + seconds:
        due += draw.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        which = draw.randrange(len(asked))
        if which == HUNG:
            result.under_way += 1
            result.most_under_way = max(result.most_under_way, result.under_way)
        task = asyncio.create_task(hop(asked[which], which == HUNG, due, due > began + WARM_UP, result))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return result


async def switched(port: int, word: str) -> None:
    """The ministry that will hang, told by its own door."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /{word} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    await reader.readuntil(b"{}")
    writer.close()


async def rounds(ports: Sequence[int], arguments: argparse.Namespace) -> tuple[list[Round], list[Round]]:
    """Pairs of the same arrivals, without and with one hung; which comes first takes turns."""
    calm: list[Round] = []
    hung: list[Round] = []
    async with HttpWire() as wire:
        for number in range(arguments.rounds):
            for word in ("answer", "hang") if number % 2 else ("hang", "answer"):
                await switched(ports[HUNG], word)
                gc.collect()
                asked, draw = ministries(ports, wire), random.Random(number)
                made = await load(asked, arguments.rate, arguments.seconds, draw)
                (hung if word == "hang" else calm).append(made)
    return calm, hung


@contextlib.contextmanager
def served(arguments: argparse.Namespace) -> Iterator[list[int]]:
    """The ministries, in a process of their own on the other core; gives their ports."""
    times = ["--least", str(arguments.answer_ms[0]), "--most", str(arguments.answer_ms[1])]
    command = [sys.executable, "-m", "benchmarks.slow_ministries", str(arguments.ministries), *times]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    psutil.Process(process.pid).cpu_affinity([SERVERS_CORE])
    try:
        assert process.stdout
        yield [int(port) for port in process.stdout.readline().split()]
    finally:
        process.terminate()
        process.wait()


def shown(calm: list[Round], hung: list[Round]) -> float:
    """Prints both; the ratio of their 99th percentiles (medians of all rounds)."""
    print(f"{'calls to the others, ms':32}{'p50':>8}{'p99':>8}{'p99.9':>8}{'failed':>8}")
    for words, made in (("all answer", calm), ("one accepts and never answers", hung)):
        figures = [statistics.median(each.percentile(share) for each in made) * 1000 for share in (0.5, 0.99, 0.999)]
        cells = "".join(f"{figure:8.1f}" for figure in figures)
        print(f"{words:32}{cells}{sum(each.failed for each in made):8}")
    ended: Counter[str] = sum((each.hung for each in hung), Counter[str]())
    print("the hung one's: " + ", ".join(f"{name} {count}" for name, count in ended.most_common()), end="; ")
    print(f"at most {max(each.most_under_way for each in hung)} at once")
    ratios = [b.percentile(0.99) / a.percentile(0.99) for a, b in zip(calm, hung, strict=True)]
    print("p99, hung to calm, each pair of rounds: " + " ".join(f"{ratio:.3f}" for ratio in ratios))
    slowest, usual = (statistics.median(each.percentile(0.99) for each in made) for made in (hung, calm))
    return slowest / usual


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ministries", type=int, default=6, help="one of them hangs (default %(default)s)")
    parser.add_argument("--rate", type=float, default=240.0, help="hops a second, over all (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="a round's length (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=8, help="pairs of rounds (default %(default)s)")
    parser.add_argument(
        "--answer-ms", type=float, nargs=2, default=(10.0, 40.0), help="what ministries take (default 10 40)"
    )
    parser.add_argument("--most", type=float, default=1.10, help="ratio above which the exit status is 1")
    arguments = parser.parse_args()
    with served(arguments) as ports:
        os.sched_setaffinity(0, {LOADS_CORE})
        calm, hung = asyncio.run(rounds(ports, arguments))
    print(
        f"{arguments.ministries} ministries, {arguments.rate:.0f} hops/s, answers after "
        f"{arguments.answer_ms[0]:.0f}-{arguments.answer_ms[1]:.0f} ms, {arguments.rounds} pairs of rounds of "
        f"{arguments.seconds:g} s, medians"
    )
    ratio = shown(calm, hung)
    if statistics.median(each.percentile(0.5) for each in calm) * 1000 > 1.5 * statistics.mean(arguments.answer_ms):
        print("this machine was busy with other things: the figures say little")
    answered_all = not any(each.failed for each in (*calm, *hung))
    print(f"p99 of the others: {ratio - 1:+.1%} (wanted: at most {arguments.most - 1:+.0%})")
    return 0 if ratio <= arguments.most and answered_all else 1


if __name__ == "__main__":
    sys.exit(main())
