"""A ministry that fails is left alone, and asked again by one call at a time."""

from datetime import UTC, datetime, timedelta

from domain.clock import HandClock
from services.backends.breaker import Breaker, BreakerState
from services.backends.config import BreakerLimits

LIMITS = BreakerLimits(failures=3, window=10, rate=0.5, open_seconds=10)


def new() -> tuple[Breaker, HandClock]:
    clock = HandClock(datetime(2026, 11, 22, tzinfo=UTC))
    return Breaker(LIMITS, clock), clock


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        given = breaker.enter()
        assert given is not None
        breaker.failed(given)


def test_opens_after_failures_in_a_row() -> None:
    breaker, _ = new()
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    assert breaker.enter() is None


def test_a_success_starts_the_row_anew() -> None:
    breaker = Breaker(BreakerLimits(failures=3, window=1000), HandClock(datetime(2026, 11, 22, tzinfo=UTC)))
    for _ in range(20):
        fail(breaker, 2)
        given = breaker.enter()
        assert given is not None
        breaker.succeeded(given)
    assert breaker.state is BreakerState.CLOSED


def test_opens_when_half_of_the_window_failed() -> None:
    breaker, _ = new()
    for _ in range(5):
        given = breaker.enter()
        assert given is not None, "opened before its window was full"
        breaker.succeeded(given)
        fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN


def test_one_probe_only_and_its_success_closes() -> None:
    breaker, clock = new()
    fail(breaker, 3)
    clock.advance(timedelta(seconds=9.9))
    assert breaker.enter() is None
    clock.advance(timedelta(seconds=0.1))
    assert breaker.state is BreakerState.HALF_OPEN
    probe = breaker.enter()
    assert probe is not None
    assert [breaker.enter() for _ in range(5)] == [None] * 5
    breaker.succeeded(probe)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.enter() is not None


def test_a_failed_probe_opens_for_the_whole_time_again() -> None:
    breaker, clock = new()
    fail(breaker, 3)
    clock.advance(timedelta(seconds=10))
    fail(breaker, 1)
    clock.advance(timedelta(seconds=9))
    assert breaker.enter() is None
    clock.advance(timedelta(seconds=1))
    assert breaker.enter() is not None


def test_an_abandoned_probe_leaves_room_for_the_next() -> None:
    breaker, clock = new()
    fail(breaker, 3)
    clock.advance(timedelta(seconds=10))
    probe = breaker.enter()
    assert probe is not None
    breaker.abandoned(probe)
    assert breaker.enter() is not None


def test_calls_from_before_the_opening_judge_nothing_after_it() -> None:
    breaker, clock = new()
    early_good, early_bad = breaker.enter(), breaker.enter()
    assert early_good is not None and early_bad is not None
    fail(breaker, 3)
    breaker.succeeded(early_good)
    assert breaker.state is BreakerState.OPEN
    clock.advance(timedelta(seconds=10))
    probe = breaker.enter()
    assert probe is not None
    breaker.failed(early_bad)
    assert breaker.state is BreakerState.HALF_OPEN, "only the probe decides"
    breaker.succeeded(probe)
    breaker.failed(early_bad)
    assert breaker._in_a_row == 0
