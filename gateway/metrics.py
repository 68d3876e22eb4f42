"""What is counted, for Prometheus: never a number, a name or a text of a citizen."""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from gateway.hop_metrics import SECONDS, HopCounts, HopMetrics
from gateway.sms_metrics import SmsMetrics
from gateway.spool_metrics import SpoolMetrics


class Metrics:
    """All metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Memory, time of the processor, open files: `process_…`.
        ProcessCollector(registry=self.registry)
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self._hops = HopMetrics()
        self.registry.register(self._hops)
        self._ends = counter(
            "guichet_ussd_sessions_ended_total",
            "Ended sessions by outcome and last screen",
            ["aggregator", "outcome", "screen"],
        )
        self._ministries = histogram(
            "guichet_ministry_call_seconds",
            "Calls to ministries by what came of them",
            ["ministry", "operation", "result"],
            buckets=SECONDS,
        )
        self._degraded = gauge("guichet_sessions_in_postgresql", "1 while sessions live in PostgreSQL: Redis is away")
        self._connections = gauge(
            "guichet_database_connections", "PostgreSQL connections of this process that are in use now"
        )
        self._sms_callbacks = counter(
            "guichet_sms_callbacks_total",
            "What providers told us about SMS, by how it was taken",
            ["aggregator", "kind", "result"],
        )
        self._known_screens: frozenset[str] = frozenset()
        self.sms = SmsMetrics(self.registry)
        self.spool = SpoolMetrics(self.registry)
        self._events = counter("guichet_events_total", "Ministries' events by what came of them", ["source", "result"])
        self._complaints_overdue = gauge(
            "guichet_complaints_overdue", "Complaints without an answer whose day has gone by"
        )
        self._mails = counter("guichet_mails_total", "Letters that came to an end", ["state"])
        self._timers_given_up = counter(
            "guichet_timers_given_up_total",
            "What was to be said at a due time and never will be: each failed too often",
            ["kind"],
        )

        self._swaps = counter("guichet_sim_swap_questions_total", "Questions after SIM swaps by the answer", ["result"])
        self._chores = counter(
            "guichet_worker_chores_total", "Rounds of the worker's regular work by how they went", ["chore", "result"]
        )

    def chore(self, chore: str, result: str) -> None:
        """Both are words of ours."""
        self._chores.labels(chore, result).inc()

    def swap_asked(self, result: str) -> None:
        """One of `services.sim_swaps.RESULTS`."""
        self._swaps.labels(result).inc()

    def complaints_overdue(self, count: int) -> None:
        self._complaints_overdue.set(count)

    def mail_ended(self, state: str) -> None:
        """`state` is one of ours."""
        self._mails.labels(state).inc()

    def timer_given_up(self, kind: str) -> None:
        """`kind` is one of ours, or "unknown"."""
        self._timers_given_up.labels(kind).inc()

    def hops(self, aggregator: str) -> HopCounts:
        """The counters for one aggregator."""
        return self._hops.of(aggregator)

    def know_screens(self, screens: frozenset[str]) -> None:
        """Only these names become labels: the event that tells them comes from outside."""
        self._known_screens = screens

    def session_ended(self, aggregator: str, outcome: str, screen: str) -> None:
        outcome = outcome if outcome in ("success", "incomplete", "failed") else "other"
        self._ends.labels(aggregator, outcome, screen if screen in self._known_screens else "other").inc()

    def event(self, source: str, result: str) -> None:
        """`source` is one of the pack's, or "unknown"; `result` a code of ours."""
        self._events.labels(source, result).inc()

    def sms_callbacks(self, aggregator: str, kind: str) -> Callable[[str], None]:
        """Counts one kind of callback by its result."""
        results = ("taken", "unknown_word", "invalid", "not_stored")
        counters = {result: self._sms_callbacks.labels(aggregator, kind, result) for result in results}
        return lambda result: counters[result].inc()

    def ministry_call(self, ministry: str, operation: str, result: str, seconds: float) -> None:
        self._ministries.labels(ministry, operation, result).observe(seconds)

    def watch_sessions(self, in_postgresql: Callable[[], bool]) -> None:
        """How to know, whenever somebody looks, that sessions live in PostgreSQL."""
        self._degraded.set_function(lambda: float(in_postgresql()))

    def watch_connections(self, in_use: Callable[[], int]) -> None:
        """How to know, whenever somebody looks, how many connections to PostgreSQL are in use."""
        self._connections.set_function(lambda: float(in_use()))

    def page(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
