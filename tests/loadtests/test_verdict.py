"""A run is good enough when every threshold was measured and holds; times are told to within a few per cent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loadtests import page, plots, verdict
from loadtests.plan import PlanError, Stage, known_plans, load
from loadtests.tally import BUSY, Tally, Times
from loadtests.verdict import Run
from loadtests.watch_values import Sample

PLAN = load("azerbaijan", "quick")
LIMITS = {
    "hop_p50_ms": 100, "hop_p95_ms": 200, "hop_p99_ms": 300, "api_p95_ms": 300, "errors_percent": 1, "wrong_screens": 0,
    "tasks_failed_percent": 1, "answer_p95_s": 5, "sms_oldest_s": 5, "gateway_memory_mb": 200, "worker_memory_mb": 200,
    "memory_growth_percent": 10, "postgresql_connections": 30, "redis_connections": 5, "task_cost": 0.5,
}  # fmt: skip


def good_run() -> Run:
    """A hundred hops of 50 ms, and little else."""
    tally = Tally(1.0)
    for at in range(100):
        tally.request(at / 10, "ussd", "status_granted", 50.0)
    tally.request(1.0, "api", "/changes", 80.0)
    done = tally.done["status"]
    done.finished, done.hops = 25, 100
    tally.waited["question to answer"].add(1500.0)
    samples = [
        Sample(second, {"gateway": 120.0, "worker": 90.0}, {"gateway": 0.4}, 12, 3, 1.0, 0.5) for second in range(10)
    ]
    return Run(PLAN, datetime(2026, 11, 23, 8, tzinfo=UTC), 10.0, "2 cores", tally, samples, 25, {})


def slow(run: Run) -> None:
    for _ in range(3):
        run.tally.request(5.0, "ussd", "pin", 900.0)


def refused(run: Run) -> None:
    run.tally.request(5.0, "ussd", "home", 5.0, "HTTP 503")
    run.tally.request(5.0, "ussd", "home", 5.0, "HTTP 503")


def wrong(run: Run) -> None:
    run.tally.request(5.0, "ussd", "status_granted", 50.0, "status_granted: fact 1 of 1 is not there", wrong=True)


def stuck(run: Run) -> None:
    run.samples[4].oldest = 60.0


def leaking(run: Run) -> None:
    for at, sample in enumerate(run.samples):
        sample.memory["gateway"] = 100.0 + 8 * at


def dear(run: Run) -> None:
    run.tally.done["status"].hops = 1000


def unfinished(run: Run) -> None:
    run.tally.done["status"].failed = 5


def silent(run: Run) -> None:
    run.tally.waited.clear()


def crowded(run: Run) -> None:
    run.samples[-1].postgresql = 31


@pytest.mark.parametrize(
    ("what", "broken"),
    [
        (lambda run: None, set()),
        (slow, {"a hop, 99 of 100"}),
        (refused, {"requests that failed"}),
        (wrong, {"wrong content"}),
        (stuck, {"oldest SMS that could go, at its worst"}),
        (leaking, {"growth of both once warm"}),
        (dear, {"a finished task"}),
        (unfinished, {"tasks that failed"}),
        (silent, {"an answer by SMS, 95 of 100"}),
        (crowded, {"connections to PostgreSQL"}),
    ],
)
def test_what_breaks_a_threshold(what: Callable[[Run], None], broken: set[str]) -> None:
    run = good_run()
    what(run)
    found = {check.label for check in verdict.judge(LIMITS, run) if not check.holds}
    assert found == broken


def test_a_task_costs_its_hops_and_its_parts() -> None:
    run = good_run()
    assert verdict.task_cost(run) == pytest.approx((100 * 0.02 + 25 * 0.035) / 25)


def overloaded() -> Run:
    """A minute of twenty people, one of three hundred, and one of twenty again."""
    shape = load("azerbaijan", "overload").shape
    tally = Tally(1.0)
    for second in range(150):
        tally.request(second, "ussd", "home", 40.0)
        if 30 <= second < 90:
            tally.request(second, BUSY, BUSY, 4.0)
    return replace(good_run(), plan=replace(PLAN, shape=shape), seconds=150.0, tally=tally)


AFTER = {"turned_away_percent": 50, "turned_away_p95_ms": 100, "after_p95_ms": 100, "after_failed_percent": 0.1}


def late_word(run: Run) -> None:
    for _ in range(9):
        run.tally.request(60, BUSY, BUSY, 3000.0)


def slow_afterwards(run: Run) -> None:
    for second in range(110, 150):
        run.tally.request(second, "ussd", "home", 3000.0)


def shut_afterwards(run: Run) -> None:
    run.tally.request(140, BUSY, BUSY, 4.0)


@pytest.mark.parametrize(
    ("what", "broken"),
    [
        (lambda run: None, set()),
        (late_word, {"until they heard it, 95 of 100"}),
        (slow_afterwards, {"a hop when it was over, 95 of 100"}),
        (shut_afterwards, {"failed or turned away when it was over"}),
    ],
)
def test_of_an_overload_it_counts_how_soon_they_heard_and_how_it_was_afterwards(
    what: Callable[[Run], None], broken: set[str]
) -> None:
    run = overloaded()
    what(run)
    assert {check.label for check in verdict.judge(AFTER, run) if not check.holds} == broken


@pytest.mark.parametrize(("an_hour", "slope"), [(0.0, 0.0), (120.0, 120.0), (-30.0, -30.0)])
def test_the_slope_of_memory_is_that_of_most_of_it(an_hour: float, slope: float) -> None:
    samples = [Sample(second * 6.0, {"gateway": 120.0 + an_hour * second / 600}) for second in range(100)]
    samples[70].memory["gateway"] = 400.0
    assert verdict.memory_slope(replace(good_run(), seconds=600.0, samples=samples)) == pytest.approx(slope, abs=0.01)


def test_handles_that_stay_open_are_seen() -> None:
    run = good_run()
    for at, sample in enumerate(run.samples):
        sample.handles = 50 + 4 * at
    [check] = verdict.judge({"handles_grown": 10}, run)
    assert check.value == 16 and not check.holds


@pytest.mark.parametrize("ms", [0.0, 0.4, 7.0, 48.0, 333.0, 12_000.0])
def test_a_time_is_told_to_two_per_cent(ms: float) -> None:
    times = Times()
    times.add(ms)
    assert times.at(0.5) == pytest.approx(max(ms, 0.01), rel=0.02)


def test_shares_of_times_kept_apart_and_taken_together() -> None:
    one, other = Times(), Times()
    for ms in range(1, 96):
        one.add(float(ms))
    for _ in range(5):
        other.add(2000.0)
    both = Times().take_in([one, other])
    assert (both.at(0.5), both.at(0.95), both.at(0.99)) == tuple(pytest.approx(v, rel=0.02) for v in (50, 95, 2000))
    assert Times().at(0.5) is None


def test_every_plan_is_readable_and_judged() -> None:
    for country in known_plans():
        for shape in ("quick", "ramp", "spike", "overload", "soak"):
            plan = load(country, shape)
            checks = verdict.judge(plan.thresholds, replace(good_run(), plan=plan))
            assert len(checks) == len(plan.thresholds)


@pytest.mark.parametrize(
    ("country", "shape", "what"), [("atlantis", "quick", "no plan for atlantis"), ("azerbaijan", "flood", "no shape")]
)
def test_a_plan_that_is_not_there_is_named(country: str, shape: str, what: str) -> None:
    with pytest.raises(PlanError, match=what):
        load(country, shape)


def test_stages_follow_one_another_and_the_last_is_made_to_measure() -> None:
    shape = replace(PLAN.shape, stages=(Stage(10, 5, 2, "day"), Stage(20, 50, 2, "announcement")))
    assert [shape.at(second) and shape.at(second).users for second in (0, 9.9, 10, 29, 30)] == [5, 5, 50, 50, None]  # type: ignore[union-attr]
    assert shape.lasting(600).seconds == 600
    assert [shape.pace(second) for second in (0, 10)] == [2.5, 22.5]
    down = replace(shape, stages=(*shape.stages, Stage(30, 5, 3, "day")))
    assert down.pace(35) == 15, "they go home as fast as they came"
    assert [stage.users for stage in shape.peopled(0.1).stages] == [1, 5]


def test_the_page_stands_alone_and_says_what_holds() -> None:
    run = good_run()
    wrong(run)
    drawn = page.drawn(run, verdict.judge(LIMITS, run))
    assert "1 of 15 thresholds broken" in drawn
    assert "status_granted: fact 1 of 1 is not there" in drawn
    for foreign in ("http://", "https://", "<script", "url(", "@import", "src="):
        assert foreign not in drawn
    assert drawn.count("<svg") == drawn.count("</svg>") > 9


def test_what_is_drawn_is_written_so_that_nothing_can_break_out() -> None:
    run = good_run()
    run.tally.request(1.0, "ussd", "<b>", 5.0, "<script>alert(1)</script>")
    assert "<script>" not in page.drawn(run, [])


def test_a_run_in_which_nothing_happened_is_drawn_too() -> None:
    empty = replace(good_run(), tally=Tally(1.0), samples=[], parts=0, seconds=0.5)
    checks = verdict.judge(LIMITS, empty)
    assert "not measured" in page.drawn(empty, checks)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (0.03, 0.05), (1, 1), (1.01, 2), (23, 25), (26, 50), (730, 1000), (1001, 2000)]
)
def test_an_axis_ends_at_a_round_figure(highest: float, top: float) -> None:
    assert plots.nice_top(highest) == pytest.approx(top)


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (0, "0"),
        (0.034, "0.034"),
        (7, "7"),
        (7.25, "7.2"),
        (48.3, "48.3"),
        (312.4, "312"),
        (1200, "1.2k"),
        (48_000, "48k"),
    ],
)
def test_figures_are_short(value: float, short: str) -> None:
    assert plots.number(value) == short
