"""Whether a run was good enough: each threshold of the plan beside what was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loadtests.plan import Plan
from loadtests.tally import BUSY, Slice, Tally, Times
from loadtests.watch_values import Sample

# The part of a run after which memory is held to be warm.
_WARM = 0.4
_SETTLING = 15.0


@dataclass(frozen=True, slots=True)
class Run:
    """All that was seen. `parts`: of every SMS that the aggregator took; `parts_of`: by journey, of numbers that
    nobody else had."""

    plan: Plan
    begun_at: datetime
    seconds: float
    machine: str
    tally: Tally
    samples: list[Sample]
    parts: int
    parts_of: Mapping[str, int]

    @property
    def finished(self) -> int:
        return sum(done.finished for done in self.tally.done.values())

    @property
    def processor_ms(self) -> float | None:
        """What a request cost the gateway's processor; steadier than any time on a busy machine."""
        spent = sum(
            sample.cores.get("gateway", 0.0) * (sample.second - before.second)
            for before, sample in zip(self.samples, self.samples[1:], strict=False)
        )
        return 1000 * spent / self.tally.requests if self.tally.requests and spent else None

    @property
    def hops(self) -> int:
        return sum(done.hops for done in self.tally.done.values())


@dataclass(frozen=True, slots=True)
class Check:
    """`value` None: it was not measured, and then it does not hold."""

    label: str
    unit: str
    value: float | None
    limit: float

    @property
    def measured(self) -> str:
        """In words, to three digits."""
        if self.value is None:
            return "not measured"
        return (
            f"{self.value:.0f} {self.unit}".rstrip() if self.value >= 1000 else f"{self.value:.3g} {self.unit}".rstrip()
        )

    @property
    def holds(self) -> bool:
        return self.value is not None and self.value <= self.limit


def _hop(share: float) -> Callable[[Run], float | None]:
    return lambda run: run.tally.of_kind("ussd").at(share)


def _errors(run: Run) -> float | None:
    return 100 * run.tally.failed / run.tally.requests if run.tally.requests else None


def _tasks_failed(run: Run) -> float | None:
    ended = sum(done.finished + done.failed + done.given_up for done in run.tally.done.values())
    return 100 * sum(done.failed for done in run.tally.done.values()) / ended if ended else None


def _turned_away(run: Run) -> float | None:
    busy, served = run.tally.of_kind(BUSY).count, run.tally.of_kind("ussd").count
    return 100 * busy / (busy + served) if busy + served else None


def _afterwards(run: Run) -> list[Slice]:
    """The last stage, but for the time in which those who were inside go home."""
    since = run.plan.shape.seconds - run.plan.shape.stages[-1].seconds + _SETTLING
    return [part for at, part in run.tally.slices.items() if at * run.tally.width >= since]


def _after_p95(run: Run) -> float | None:
    return Times().take_in(part.hops for part in _afterwards(run)).at(0.95)


def _after_failed(run: Run) -> float | None:
    asked = sum(part.asked for part in _afterwards(run))
    return 100 * sum(part.failed + part.turned_away for part in _afterwards(run)) / asked if asked else None


def _answers(run: Run) -> float | None:
    found = run.tally.waited.get("question to answer")
    at = found.at(0.95) if found else None
    return None if at is None else at / 1000


def _most(value: Callable[[Sample], float | None]) -> Callable[[Run], float | None]:
    return lambda run: max((seen for sample in run.samples if (seen := value(sample)) is not None), default=None)


def memory_growth(run: Run) -> float | None:
    """Per cent by which gateway and worker together grew once warm: the last fifth of the run beside the fifth after
    `_WARM` of it, each at its median."""
    totals = [total for _, total in _both(run)]
    fifth = max(len(totals) // 5, 1)
    warm = int(len(totals) * _WARM)
    early, late = sorted(totals[warm : warm + fifth]), sorted(totals[-fifth:])
    if not early or not early[len(early) // 2]:
        return None
    return 100 * (late[len(late) // 2] / early[len(early) // 2] - 1)


def memory_slope(run: Run) -> float | None:
    """MB an hour by which gateway and worker together grow once warm: the middle one of the slopes between all pairs of
    samples (Theil and Sen), which no single jump bends."""
    warm = [(second, total) for second, total in _both(run) if second >= run.seconds * _WARM]
    slopes = sorted(
        (later[1] - one[1]) / (later[0] - one[0])
        for at, one in enumerate(warm)
        for later in warm[at + 1 :]
        if later[0] > one[0]
    )
    return 3600 * slopes[len(slopes) // 2] if slopes else None


def _both(run: Run) -> list[tuple[float, float]]:
    return [(one.second, one.memory.get("gateway", 0) + one.memory.get("worker", 0)) for one in run.samples]


def grown(value: Callable[[Sample], float | None]) -> Callable[[Run], float | None]:
    """By how many it is more at the end than when it was warm, each at its median of a fifth of the run."""

    def measured(run: Run) -> float | None:
        seen = [found for sample in run.samples if (found := value(sample)) is not None]
        fifth, warm = max(len(seen) // 5, 1), int(len(seen) * _WARM)
        early, late = sorted(seen[warm : warm + fifth]), sorted(seen[-fifth:])
        return late[len(late) // 2] - early[len(early) // 2] if early else None

    return measured


def task_cost(run: Run) -> float | None:
    """Of one finished task, over all: hops and parts of SMS at the simulated aggregator's prices."""
    if not run.finished:
        return None
    return (run.hops * run.plan.prices.hop + run.parts * run.plan.prices.part) / run.finished


_MEASURED: Mapping[str, tuple[str, str, Callable[[Run], float | None]]] = {
    "hop_p50_ms": ("a hop, half of them", "ms", _hop(0.5)),
    "hop_p95_ms": ("a hop, 95 of 100", "ms", _hop(0.95)),
    "hop_p99_ms": ("a hop, 99 of 100", "ms", _hop(0.99)),
    "api_p95_ms": ("a request of the app, 95 of 100", "ms", lambda run: run.tally.of_kind("api").at(0.95)),
    "errors_percent": ("requests that failed", "%", _errors),
    "wrong_screens": ("wrong content", "", lambda run: float(run.tally.wrong)),
    "tasks_failed_percent": ("tasks that failed", "%", _tasks_failed),
    "turned_away_percent": ("callers turned away", "%", _turned_away),
    "turned_away_p95_ms": ("until they heard it, 95 of 100", "ms", lambda run: run.tally.of_kind(BUSY).at(0.95)),
    "after_p95_ms": ("a hop when it was over, 95 of 100", "ms", _after_p95),
    "after_failed_percent": ("failed or turned away when it was over", "%", _after_failed),
    "handles": ("handles of gateway and worker", "", _most(lambda sample: sample.handles)),
    "answer_p95_s": ("an answer by SMS, 95 of 100", "s", _answers),
    "sms_oldest_s": ("oldest SMS that could go, at its worst", "s", _most(lambda sample: sample.oldest)),
    "gateway_memory_mb": ("the gateway's memory", "MB", _most(lambda sample: sample.memory.get("gateway", 0))),
    "worker_memory_mb": ("the worker's memory", "MB", _most(lambda sample: sample.memory.get("worker", 0))),
    "memory_growth_percent": ("growth of both once warm", "%", memory_growth),
    "memory_slope_mb_hour": ("growth of both once warm, going on so", "MB an hour", memory_slope),
    "handles_grown": ("handles of gateway and worker, more than when warm", "", grown(lambda sample: sample.handles)),
    "postgresql_connections": ("connections to PostgreSQL", "", _most(lambda sample: sample.postgresql)),
    "redis_connections": ("connections to Redis", "", _most(lambda sample: sample.redis)),
    "task_cost": ("a finished task", "", task_cost),
}


def judge(thresholds: Mapping[str, float], run: Run) -> list[Check]:
    """One check a threshold, in the plan's order; raises `KeyError` for one that nobody measures."""
    checks = []
    for name, limit in thresholds.items():
        label, unit, measured = _MEASURED[name]
        checks.append(Check(label, unit or (run.plan.prices.currency if name == "task_cost" else ""), measured(run),
                            limit))  # fmt: skip
    return checks


def told(checks: list[Check], run: Run) -> str:
    """For a terminal: what was done, and what does not hold."""
    tally = run.tally
    lines = [
        f"{run.plan.country}, {run.plan.shape.name}: {run.finished} tasks in {run.seconds:.0f} s, "
        f"{tally.of_kind('ussd').count} hops, {tally.failed} failed requests, {tally.wrong} with wrong content; "
        f"{run.processor_ms or 0:.1f} ms of the gateway's processor a request",
    ]
    for check in checks:
        lines.append(
            f"  {'holds ' if check.holds else 'BROKEN'}  {check.label}: {check.measured} (at most {check.limit:g})"
        )
    lines += [f"  failed: {name}: {why} ({times})" for (name, why), times in tally.failures.most_common(10)]
    return "\n".join(lines)
