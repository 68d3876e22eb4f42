"""One ministry hangs: it holds no more than its own cap, is soon left alone, and nobody waits behind it.

How much the others' answers slow down is measured by `python -m benchmarks.hung_ministry`.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryBusy, MinistryContract, MinistryError, MinistryUnavailable
from services.backends.breaker import Breaker, BreakerState
from services.backends.config import BreakerLimits, MinistryAddress, MinistryLimits
from services.backends.transport import Transport
from services.backends.wire import CutOff, RawAnswer
from tests.services.backends.test_transport import READ, ScriptedWire, answer, hand

LIMITS = MinistryLimits()
HUNG, WELL = "http://hung.test", "http://well.test"


class Town:
    """One wire for all ministries, as in the gateway. One of them accepts and never answers: its calls end when the
    test lets their time run out."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.under_way = 0
        self._over = asyncio.Event()

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, **limits: object
    ) -> RawAnswer:
        where = url.rpartition("/things")[0]
        self.asked[where] += 1
        if where != HUNG:
            return answer()
        self.under_way += 1
        await self._over.wait()
        self.under_way -= 1
        raise CutOff("TimeoutError")

    def time_is_over(self) -> None:
        self._over.set()
        self._over = asyncio.Event()


def to(ministry: str, town: Town, clock: HandClock, **limits: object) -> Transport:
    ours = MinistryLimits(**limits)  # type: ignore[arg-type]
    return Transport(MinistryAddress("m", ministry, limits=ours), town, Breaker(ours.breaker, clock))


async def ends(transport: Transport, clock: HandClock) -> str:
    """How a call of a hop ends."""
    try:
        await transport.request(READ, Deadline.after(LIMITS.total, clock))
    except (MinistryError, DeadlineExceeded) as failure:
        return type(failure).__name__
    return "answered"


async def rested() -> None:
    """Everybody has gone as far as they can without waiting for time or a ministry."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_it_holds_its_cap_and_its_line_and_nobody_elses() -> None:
    town, clock = Town(), hand()
    # Patient, so that nobody leaves the line within the test.
    hung, well = to(HUNG, town, clock, queue_seconds=60), to(WELL, town, clock)
    crowd = [asyncio.create_task(ends(hung, clock)) for _ in range(LIMITS.concurrency + LIMITS.queue + 50)]
    await rested()
    assert town.under_way == LIMITS.concurrency
    assert Counter(task.result() for task in crowd if task.done()) == {"MinistryBusy": 50}

    others = await asyncio.gather(*(ends(well, clock) for _ in range(LIMITS.concurrency)))
    assert others == ["answered"] * LIMITS.concurrency
    assert town.under_way == LIMITS.concurrency, "and those to the other still hang"

    # Their time is over: who stood in line is not sent after them.
    clock.advance(timedelta(seconds=LIMITS.total))
    town.time_is_over()
    assert Counter(await asyncio.gather(*crowd)) == {
        "MinistryUnavailable": LIMITS.concurrency,
        "DeadlineExceeded": LIMITS.queue,
        "MinistryBusy": 50,
    }
    assert town.asked[HUNG] == LIMITS.concurrency


async def test_it_is_left_alone_then_asked_by_one() -> None:
    town, clock = Town(), hand()
    hung = to(HUNG, town, clock)
    crowd = [asyncio.create_task(ends(hung, clock)) for _ in range(LIMITS.breaker.failures)]
    await rested()
    clock.advance(timedelta(seconds=LIMITS.total))
    town.time_is_over()
    await asyncio.gather(*crowd)
    asked = town.asked[HUNG]

    assert [await ends(hung, clock) for _ in range(100)] == ["MinistryUnavailable"] * 100
    assert town.asked[HUNG] == asked, "an open breaker asks nothing and waits for nothing"
    clock.advance(timedelta(seconds=LIMITS.breaker.open_seconds))
    crowd = [asyncio.create_task(ends(hung, clock)) for _ in range(100)]
    await rested()
    assert town.under_way == 1 and sum(task.done() for task in crowd) == 99
    clock.advance(timedelta(seconds=LIMITS.total))
    town.time_is_over()
    await asyncio.gather(*crowd)
    assert town.asked[HUNG] == asked + 1


@pytest.mark.parametrize("a_second", [1, 5, 50])
def test_a_breaker_opens_within_ten_seconds_of_hanging(a_second: int) -> None:
    """Calls begin evenly, and each fails when its time is over."""
    clock = hand()
    breaker = Breaker(LIMITS.breaker, clock)
    begins = [number / a_second for number in range(10 * a_second)]
    events = sorted([(at, "begins") for at in begins] + [(at + LIMITS.total, "fails") for at in begins])
    passes, began = [], clock.monotonic()
    for at, what in events:
        clock.advance(timedelta(seconds=at - (clock.monotonic() - began)))
        if what == "begins":
            given = breaker.enter()
            assert given is not None
            passes.append(given)
        else:
            breaker.failed(passes.pop(0))
        if breaker.state is BreakerState.OPEN:
            break
    assert clock.monotonic() - began <= 10 and breaker.state is BreakerState.OPEN


async def test_every_second_answer_a_500_is_met_by_one_more_try_until_the_breaker_opens() -> None:
    clock = hand()
    wire = ScriptedWire(*[answer(500), answer()] * 50)
    limits = MinistryLimits(breaker=BreakerLimits())
    flaky = Transport(MinistryAddress("m", WELL, limits=limits), wire, Breaker(limits.breaker, clock))
    ended = [await ends(flaky, clock) for _ in range(20)]
    window = limits.breaker.window
    assert len(wire.sent) == window + 1, "judged at the first failure of a full window"
    assert ended == ["answered"] * (window // 2) + ["MinistryUnavailable"] * (20 - window // 2)


async def test_nonsense_and_hangs_are_counted_alike() -> None:
    clock, page = hand(), answer(200, b"<html>", {"content-type": "text/html"})
    wire = ScriptedWire(page, CutOff("TimeoutError"), page, page, page, answer(), clock=clock, takes=1)
    transport = Transport(MinistryAddress("m", WELL), wire, Breaker(BreakerLimits(), clock))
    for expected in (MinistryContract, MinistryUnavailable, *[MinistryContract] * 3, *[MinistryUnavailable] * 3):
        with pytest.raises(expected):
            await transport.request(READ, Deadline.after(2.5, clock))
    assert len(wire.sent) == 5


async def test_a_full_line_is_told_apart_from_a_ministry_that_is_away() -> None:
    """Busy: nothing was sent, and the citizen may press again at once."""
    town, clock = Town(), hand()
    hung = to(HUNG, town, clock, concurrency=1, queue=0)
    first = asyncio.create_task(ends(hung, clock))
    await rested()
    with pytest.raises(MinistryBusy):
        await hung.request(READ, Deadline.after(2.5, clock))
    clock.advance(timedelta(seconds=LIMITS.total))
    town.time_is_over()
    assert await first == "MinistryUnavailable"
