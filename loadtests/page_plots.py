"""The plots of the page: what a run looked like over its seconds."""

from collections.abc import Callable, Iterator

from loadtests.plots import Band, Line, over_time
from loadtests.tally import BUSY, Slice
from loadtests.verdict import Run
from loadtests.watch_values import PARTS, Sample

_SHARES = ((0.99, "99th", 5), (0.95, "95th", 4), (0.5, "median", 1))


def pictures(run: Run) -> Iterator[str]:
    """One figure after the other."""
    bands = list(_bands(run))

    def picture(title: str, unit: str, *lines: Line) -> str:
        return over_time(title, unit, lines, run.seconds, bands)

    width = run.tally.width
    yield picture(
        "Throughput",
        "requests a second",
        _counted(run, "hops", lambda one: one.hops.count / width, 1, filled=True),
        _counted(run, "with API, SMS and ends", lambda one: one.asked / width, 2),
    )
    yield picture("People", "at a time", _counted(run, "people", lambda one: one.users, 3, filled=True))
    yield picture("A hop", "ms", *(_hops(run, *share) for share in _SHARES))
    yield picture(
        "Failed requests", f"in {width:.1f} s", _counted(run, "failed", lambda one: one.failed, 5, filled=True)
    )
    yield picture("The oldest SMS that could go", "seconds in the queue", _seen(run, "age", lambda now: now.oldest, 4))
    yield picture("SMS in the queue", "", _seen(run, "waiting", lambda now: now.queued, 2))
    yield picture("Memory", "MB", *(_seen(run, part, _of("memory", part), at) for at, part in enumerate(PARTS, 1)))
    yield picture("Processor", "cores", *(_seen(run, part, _of("cores", part), at) for at, part in enumerate(PARTS, 1)))
    yield picture(
        "Connections and handles",
        "open",
        _seen(run, "PostgreSQL", lambda now: now.postgresql, 4),
        _seen(run, "Redis", lambda now: now.redis, 5),
        _seen(run, "handles of gateway and worker", lambda now: now.handles, 6),
    )
    if run.tally.of_kind(BUSY).count:
        lines = _counted(run, "turned away", lambda one: one.turned_away / width, 4, filled=True)
        yield picture("Turned away", "callers a second", lines)


def _hops(run: Run, share: float, label: str, tone: int) -> Line:
    return _counted(run, label, lambda one: one.hops.at(share), tone)


def _counted(run: Run, label: str, value: Callable[[Slice], float | None], tone: int, *, filled: bool = False) -> Line:
    width, empty = run.tally.width, Slice()
    slices = (run.tally.slices.get(at, empty) for at in range(int(run.seconds // width)))
    return Line(label, [((at + 0.5) * width, value(one)) for at, one in enumerate(slices)], tone, filled)


def _seen(run: Run, label: str, value: Callable[[Sample], float | None], tone: int) -> Line:
    return Line(label, [(sample.second, value(sample)) for sample in run.samples], tone)


def _of(what: str, part: str) -> Callable[[Sample], float | None]:
    return lambda sample: (sample.memory if what == "memory" else sample.cores).get(part)


def _bands(run: Run) -> Iterator[Band]:
    begun = 0.0
    for stage in run.plan.shape.stages:
        if stage.mix == "announcement" and begun < run.seconds:
            yield Band(begun, min(begun + stage.seconds, run.seconds), "announced on television")
        begun += stage.seconds
