"""What this process counts for Prometheus, added every few seconds to what all processes count: nothing more a hop."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from domain.clock import Clock
from domain.errors import GuichetError
from services.records.operations import CountKey, add_counts, put_breakers
from storage.unit_of_work import Database

SECONDS = 10.0
"""How far the page is behind at most. What was counted since the last time is lost with a process that dies."""

# Of which metric, by which label; a histogram's buckets are a measure of their own.
_COUNTERS = {
    "guichet_ussd_hops_total": ("hops", "aggregator", "result"),
    "guichet_ministry_call_seconds_count": ("calls", "ministry", "result"),
}
_BUCKETS = {
    "guichet_ussd_hop_seconds_bucket": ("hop_seconds", "aggregator"),
    "guichet_ministry_call_seconds_bucket": ("call_seconds", "ministry"),
}
_SERIES = (*_COUNTERS, *_BUCKETS)

log = logging.getLogger("guichet.ops")


def totals(families: Iterable[Metric]) -> dict[CountKey, int]:
    """What was counted since the process began. Buckets, which Prometheus adds up, are taken apart again. Pure."""
    found: Counter[CountKey] = Counter()
    below: dict[tuple[str, ...], float] = {}
    for family in families:
        for sample in family.samples:
            if kind := _COUNTERS.get(sample.name):
                measure, name, word = kind
                found[measure, sample.labels[name], sample.labels[word]] += int(sample.value)
            elif bucket := _BUCKETS.get(sample.name):
                measure, name = bucket
                series = (sample.name, *(value for label, value in sample.labels.items() if label != "le"))
                found[measure, sample.labels[name], sample.labels["le"]] += int(sample.value - below.get(series, 0))
                below[series] = sample.value
    return found


def since(before: Mapping[CountKey, int], now: Mapping[CountKey, int]) -> dict[CountKey, int]:
    """What came to it. Pure."""
    return {key: more for key, count in now.items() if (more := count - before.get(key, 0)) > 0}


class Counting:
    """One in each process."""

    def __init__(
        self,
        registry: CollectorRegistry,
        breakers: Callable[[], Mapping[str, str]],
        database: Database,
        clock: Clock,
        process: UUID,
    ) -> None:
        self._registry = registry
        self._breakers = breakers
        self._database = database
        self._clock = clock
        self._process = process
        self._handed: Mapping[CountKey, int] = {}
        self._turn = asyncio.Lock()

    async def run(self, stopped: asyncio.Event) -> None:
        """Hands in every few seconds until stopped. Where PostgreSQL is away it is handed in later."""
        while not stopped.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await stopped.wait()
                    return
            try:
                await self.hand_in()
            except GuichetError as failure:
                log.debug("counts are handed in later: %s", type(failure).__name__)
            except Exception as failure:
                log.error("counting broke: %s", type(failure).__name__)

    async def hand_in(self) -> None:
        """What was counted since the last time, once; raises `StoreUnavailable`, and then it is tried again."""
        async with self._turn:
            now = self._clock.now()
            # Beside the loop: with many ministries it takes some milliseconds, and hops are waiting.
            counted = await asyncio.to_thread(lambda: totals(self._registry.restricted_registry(_SERIES).collect()))
            async with self._database.unit_of_work() as work:
                await add_counts(work, now, since(self._handed, counted))
                await put_breakers(work, self._process, self._breakers(), now)
            self._handed = counted
