"""More calls than a gateway can take: how many of those it lets in are served, and how soon.

    make bench-overload

First its capacity: whole calls of five screens, one after another on so many lines (`--in-flight`), for some seconds.
Then calls begin at twice that rate, and at ten times, whether others are answered or not, as when a short code was read
out on television; whoever is told that too many are calling hangs up, whoever is let in goes on to the last screen.
Every screen is checked. In one run, on one core; load, Redis and PostgreSQL have the other.

Goodput is what is finished in a second beside what was finished at capacity. Exit status 1 where it is less than
`GOODPUT` at twice the rate, or where anybody who was let in is turned away at a later screen, at any rate. The row F19
of the fault table asks for more (`tests/faults/README.md`).
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import uvloop

from benchmarks.five_screens import PATHS, PORTS, form, learnt
from benchmarks.http_messages import first_whole
from benchmarks.load import post
from benchmarks.ours import serve, settings_for, stores
from benchmarks.peers.servers import LOADS_CORE, serving
from gateway.pack import load_pack
from gateway.words import translator_for
from i18n.letters import Letters
from i18n.text import Text

GOODPUT, TIMES = {2.0: 0.75}, (2.0, 10.0)
# Seconds. An aggregator waits so long for a screen; then the call is lost, whatever is answered.
PATIENCE = 5.0
_PORT, _PATH = PORTS["gateway"], PATHS["gateway"]


@dataclass(slots=True)
class Seen:
    """Of one stretch: whole calls, calls turned away, calls that broke, and what was wrong, if anything was. Times in
    seconds, of answers to those who were let in and to those who were not."""

    finished: int = 0
    turned_away: int = 0
    late: int = 0
    cut: int = 0
    turned_out: int = 0
    wrong: str = ""
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


def _ms(times: list[float], share: float) -> str:
    at = min(len(times) - 1, int(len(times) * share))
    return f"{sorted(times)[at] * 1e3:.0f}" if times else "-"


class Line(asyncio.Protocol):
    """One kept connection of the aggregator: one hop at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answered: asyncio.Future[bytes] | None = None
        self.broken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if (message := first_whole(self._buffer)) is None:
            return
        _, body, self._buffer = message
        if self._answered and not self._answered.done():
            self._answered.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self.broken = True
        if self._answered and not self._answered.done():
            self._answered.set_exception(ConnectionError())

    async def hop(self, request: bytes) -> bytes:
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)  # type: ignore[attr-defined]
        return await self._answered


class Lines:
    """As many as are needed at once; those that are free are used again."""

    def __init__(self) -> None:
        self._free: deque[Line] = deque()

    async def take(self) -> Line:
        while self._free:
            line = self._free.pop()
            if not line.broken:
                return line
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(Line, "127.0.0.1", _PORT)
        return line

    def give(self, line: Line) -> None:
        self._free.append(line)


class Crowd:
    """Callers, each with a number of her own. `screens`: what must be shown, one after the other."""

    def __init__(self, screens: list[bytes], busy: bytes) -> None:
        self._screens, self._busy = screens, busy
        self._numbers: Iterator[int] = count(1)
        self._lines = Lines()

    async def call(self, seen: Seen) -> None:
        """One whole call; what came of it is noted in `seen`."""
        number = next(self._numbers)
        line = await self._lines.take()
        for at, screen in enumerate(self._screens):
            began = time.perf_counter()
            try:
                body = await line.hop(post(_PATH, form(number, "o", at)))
            except ConnectionError:
                seen.cut += 1
                return
            took = time.perf_counter() - began
            # Where it cannot be asked in time who calls, a stranger is met with the menu at once.
            if body == screen or (at == 0 and body == self._screens[1]):
                seen.served.append(took)
            elif body == self._busy:
                seen.refused.append(took)
                seen.turned_away += 1
                seen.turned_out += at > 0
                break
            else:
                seen.wrong = seen.wrong or f"screen {at}: {body.decode(errors='replace')}"
                break
            if took > PATIENCE:
                seen.late += 1
                break
        else:
            seen.finished += 1
        self._lines.give(line)

    async def one_after_another(self, seconds: float, in_flight: int) -> Seen:
        """As many at once, each beginning when the last has ended."""
        seen, until = Seen(), time.perf_counter() + seconds

        async def again_and_again() -> None:
            while time.perf_counter() < until:
                await self.call(seen)

        await asyncio.gather(*(again_and_again() for _ in range(in_flight)))
        return seen

    async def whatever_happens(self, seconds: float, a_second: float) -> Seen:
        """So many begin a second. Counted is what ends while they do; all are waited for."""
        seen = Seen()
        calls: set[asyncio.Task[None]] = set()
        began = time.perf_counter()
        begun, now = 0, 0.0
        while now < seconds:
            for _ in range(int(now * a_second) - begun):
                begun += 1
                task = asyncio.create_task(self.call(seen))
                calls.add(task)
                task.add_done_callback(calls.discard)
            await asyncio.sleep(0.002)
            now = time.perf_counter() - began
        counted = replace(seen, served=list(seen.served), refused=list(seen.refused))
        async with asyncio.timeout(60):
            await asyncio.gather(*calls)
        counted.wrong = counted.wrong or seen.wrong
        return counted


async def compare(options: argparse.Namespace, busy: bytes, screens: list[bytes]) -> int:
    crowd = Crowd(screens, busy)
    await crowd.one_after_another(min(2.0, options.seconds), options.in_flight)
    faults = []
    for times in options.times:
        goodputs = []
        print(f"\n{options.in_flight} lines at capacity, then {times:g} times as many calls\n")
        print(
            "| round | calls a second: at capacity | begun | finished | goodput | turned away at the first screen "
            "| later | served, p50 and p99 in ms | at capacity | turned away, p99 |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for number in range(1, options.rounds + 1):
            calm, rushed = await _round(crowd, options, times)
            wrong = calm.wrong or rushed.wrong or ("turned away at capacity" if calm.turned_away else "")
            if wrong:
                print(f"not what should be shown: {wrong}")
                return 1
            capacity, begun = calm.finished / options.seconds, rushed.finished + rushed.turned_away + rushed.late
            goodputs.append(rushed.finished / max(1, calm.finished))
            print(
                f"| {number} | {capacity:,.0f} | {begun / options.seconds:,.0f} "
                f"| {rushed.finished / options.seconds:,.0f} | {goodputs[-1]:.2f} "
                f"| {rushed.turned_away - rushed.turned_out:,} | {rushed.turned_out} "
                f"| {_ms(rushed.served, 0.5)}, {_ms(rushed.served, 0.99)} | {_ms(calm.served, 0.5)}, "
                f"{_ms(calm.served, 0.99)} | {_ms(rushed.refused, 0.99)} |",
                flush=True,
            )
            if rushed.turned_out or rushed.cut:
                faults.append(f"{rushed.turned_out + rushed.cut} were let in and turned away later, or cut off")
            if rushed.late:
                print(f"\n{rushed.late} were answered after more than {PATIENCE:.0f} s")
        goodput = statistics.median(goodputs)
        print(f"\ngoodput {goodput:.2f} at {times:g} times as many")
        if goodput < GOODPUT.get(times, 0.0):
            faults.append(f"goodput {goodput:.2f} at {times:g} times as many")
    print("\n" + ("does not hold: " + "; ".join(faults) if faults else "all that is wanted holds"))
    return 1 if faults else 0


async def _round(crowd: Crowd, options: argparse.Namespace, times: float) -> tuple[Seen, Seen]:
    calm = await crowd.one_after_another(options.seconds, options.in_flight)
    await asyncio.sleep(1)
    rushed = await crowd.whatever_happens(options.seconds, times * calm.finished / options.seconds)
    await asyncio.sleep(1)
    return calm, rushed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, default=32, help="lines at capacity (default %(default)s)")
    parser.add_argument("--times", type=float, nargs="+", default=TIMES, help="as many (default 2 and 10)")
    parser.add_argument("--seconds", type=float, default=8, help="of each stretch (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both (default %(default)s)")
    options = parser.parse_args()
    os.sched_setaffinity(0, {LOADS_CORE})
    with (
        stores() as addresses,
        serving([sys.executable, "-m", *serve(_PORT)], settings_for(*addresses), _PORT),
    ):
        screens = [b"CON " + said.encode() for _, said in learnt()]
        return uvloop.run(compare(options, _busy(), screens))


def _busy() -> bytes:
    """What is said where too many call: in a stranger's language, in letters that every network has."""
    pack = load_pack("azerbaijan")
    said = translator_for(pack).render(Text("limit.busy"), pack.default_language, Letters.PLAIN)
    return f"END {said}".encode()


if __name__ == "__main__":
    sys.exit(main())
