"""What the processes are like while they work: memory, time of the processor, connections, and the queue's age."""

from collections.abc import Iterator

import psutil

from loadtests.stack import Stack, figures
from loadtests.watch_values import Sample

_MB = 1_048_576


class Watch:
    """Looks whenever it is asked to. Where processes of PostgreSQL share memory, each counts its share."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._spent: dict[str, float] = {}
        self._looked = 0.0
        self.samples: list[Sample] = []

    def look(self, second: float) -> None:
        """One more sample."""
        sample = Sample(second)
        groups = dict(self._groups())
        for part, processes in groups.items():
            memory = spent = 0.0
            for process in processes:
                try:
                    memory += _memory(process)
                    times = process.cpu_times()
                    spent += times.user + times.system
                except psutil.Error:
                    continue
            sample.memory[part] = memory / _MB
            before = self._spent.get(part)
            if before is not None and second > self._looked:
                sample.cores[part] = max(spent - before, 0.0) / (second - self._looked)
            self._spent[part] = spent
        self._looked = second
        sample.handles = sum(_handles(one) for part in ("gateway", "worker") for one in groups[part])
        if "stores" in self._stack.processes:
            sample.postgresql = sum(_is_connection(one) for one in groups["postgresql"])
            sample.redis = sum(_connections(one) for one in groups["redis"])
        told = figures(self._stack.worker)
        sample.queued = told.get("guichet_sms_queued", 0.0)
        sample.oldest = told.get("guichet_sms_oldest_seconds", 0.0)
        self.samples.append(sample)

    def _groups(self) -> Iterator[tuple[str, list[psutil.Process]]]:
        roots = self._stack.processes
        for part in ("gateway", "worker", "sandbox"):
            yield part, _family(roots[part])
        stores = _family(roots["stores"]) if "stores" in roots else []
        yield "postgresql", [one for one in stores if _name(one).startswith("postgres")]
        yield "redis", [one for one in stores if _name(one).startswith(("redis", "valkey"))]
        yield "crowd", [psutil.Process()]


def _family(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return ""


def _memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except (psutil.AccessDenied, AttributeError):
        return float(process.memory_info().rss)


def _handles(process: psutil.Process) -> int:
    try:
        return int(process.num_fds())
    except psutil.Error:
        return 0


def _is_connection(process: psutil.Process) -> bool:
    """A server process of PostgreSQL names its client: `postgres: user database [local] idle`."""
    try:
        title = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return "[local]" in title or "127.0.0.1(" in title


def _connections(process: psutil.Process) -> int:
    """All that stand, but for what it listens on."""
    try:
        found = process.net_connections(kind="all")
    except psutil.Error:
        return 0
    unix = [one for one in found if one.family.name == "AF_UNIX"]
    tcp = [one for one in found if one.status == psutil.CONN_ESTABLISHED]
    return max(len(unix) - 1, 0) + len(tcp)
