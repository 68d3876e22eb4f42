"""Counts of hops for Prometheus, as plain numbers: the locks and labels of its client cost a hop much more."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0, 8.0)
RESULTS = ("answered", "invalid", "busy", "failed", "broken")
_BOUNDS = (*map(floatToGoString, SECONDS), "+Inf")


class HopCounts:
    """The hops of one aggregator. Counted by one thread, the loop's, and read by any."""

    __slots__ = ("buckets", "results", "seconds")

    def __init__(self) -> None:
        self.results = dict.fromkeys(RESULTS, 0)
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0

    def seen(self, result: str, seconds: float) -> None:
        """One hop more. `result`: one of `RESULTS`."""
        self.results[result] += 1
        self.buckets[bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds


class HopMetrics(Collector):
    """Those of all aggregators."""

    def __init__(self) -> None:
        self._counts: dict[str, HopCounts] = {}

    def of(self, aggregator: str) -> HopCounts:
        """Its counts, the same whoever asks."""
        return self._counts.setdefault(aggregator, HopCounts())

    def collect(self) -> Iterator[Metric]:
        """As Prometheus takes them."""
        hops = CounterMetricFamily("guichet_ussd_hops", "USSD hops by how they went", labels=["aggregator", "result"])
        seconds = HistogramMetricFamily("guichet_ussd_hop_seconds", "Time to answer a USSD hop", labels=["aggregator"])
        for aggregator, counts in tuple(self._counts.items()):
            for result, count in counts.results.items():
                hops.add_metric([aggregator, result], count)
            below = accumulate(tuple(counts.buckets))
            seconds.add_metric([aggregator], [*zip(_BOUNDS, below, strict=True)], counts.seconds)
        yield hops
        yield seconds

    def describe(self) -> Iterator[Metric]:
        """Their names, for a registry."""
        return self.collect()
