"""Whether a run was good enough: each threshold of the plan beside what was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loadtests.plan import Plan
from loadtests.tally import Tally
from loadtests.watch_values import Sample

# The part of a run after which memory is held to be warm.
_WARM = 0.4


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


def _answers(run: Run) -> float | None:
    found = run.tally.waited.get("question to answer")
    at = found.at(0.95) if found else None
    return None if at is None else at / 1000


def _most(value: Callable[[Sample], float | None]) -> Callable[[Run], float | None]:
    return lambda run: max((seen for sample in run.samples if (seen := value(sample)) is not None), default=None)


def memory_growth(run: Run) -> float | None:
    """Per cent by which gateway and worker together grew once warm: the last fifth of the run beside the fifth after
    `_WARM` of it, each at its median."""
    totals = [sample.memory.get("gateway", 0) + sample.memory.get("worker", 0) for sample in run.samples]
    fifth = max(len(totals) // 5, 1)
    warm = int(len(totals) * _WARM)
    early, late = sorted(totals[warm : warm + fifth]), sorted(totals[-fifth:])
    if not early or not early[len(early) // 2]:
        return None
    return 100 * (late[len(late) // 2] / early[len(early) // 2] - 1)


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
    "answer_p95_s": ("an answer by SMS, 95 of 100", "s", _answers),
    "sms_oldest_s": ("oldest SMS that could go, at its worst", "s", _most(lambda sample: sample.oldest)),
    "gateway_memory_mb": ("the gateway's memory", "MB", _most(lambda sample: sample.memory.get("gateway", 0))),
    "worker_memory_mb": ("the worker's memory", "MB", _most(lambda sample: sample.memory.get("worker", 0))),
    "memory_growth_percent": ("growth of both once warm", "%", memory_growth),
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
