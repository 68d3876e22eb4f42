"""What is counted of the spool, for Prometheus: see `gateway.spooling`."""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge


class SpoolMetrics:
    """Processes that share a volume tell the same of what waits there: ask for the highest, not for the sum."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        self._waiting = gauge("guichet_spool_waiting", "Callbacks that wait on the spool's volume")
        self._oldest = gauge("guichet_spool_oldest_seconds", "How long the first of them has been waiting")
        self._kept = counter("guichet_spool_kept_total", "Callbacks that were kept there")
        self._handed_in = counter("guichet_spool_handed_in_total", "Callbacks from there that were stored")
        self._aside = counter(
            "guichet_spool_put_aside_total",
            "Callbacks there that cannot be opened (damaged) or stored (refused): a person is to look",
            ["why"],
        )

    def watch(self, waiting: Callable[[], float], oldest_seconds: Callable[[], float]) -> None:
        """How to know, whenever somebody looks, what waits."""
        self._waiting.set_function(waiting)
        self._oldest.set_function(oldest_seconds)

    def kept(self) -> None:
        self._kept.inc()

    def handed_in(self) -> None:
        self._handed_in.inc()

    def put_aside(self, why: str) -> None:
        """`why`: damaged or refused."""
        self._aside.labels(why).inc()
