"""From what was counted to what staff see: rates, latencies, cells of at least five people in whole fives. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.ops_page.shown import Delivery, HopStep, MinistryHealth, MinistryStep, Screen
from services.records.operations import BreakerSeen, Counted
from sms.records.delivery_days import DeliveryCell
from ussd_menus.records.giving_up import ScreenCell

LEAST = 5
"""Of fewer people nothing is shown; counts of people's doings are shown in whole fives, so that neither the difference
of two sums nor that of two looks tells what one person did."""
MOST_SCREENS = 12
# What a call came to when the ministry answered; the rest are failures of its side, of the way, or of its breaker.
_WELL = ("2xx", "3xx", "4xx")


def steps_between(now: datetime, span: timedelta, step: timedelta, behind: timedelta) -> list[datetime]:
    """The beginnings of the steps that are whole: all processes have handed in what they counted."""
    whole = math.floor((now - behind).timestamp() / step.total_seconds())
    count = int(span / step)
    return [datetime.fromtimestamp((whole - count + at) * step.total_seconds(), now.tzinfo) for at in range(count)]


def quantile(buckets: Mapping[float, int], share: float) -> float | None:
    """The value that this share of what was counted does not exceed, as even within a bucket; None for nothing.

    `buckets`: upper bound to count. In the last one, without a bound, only the bound below it is certain.
    """
    total, seen, below = sum(buckets.values()), 0, 0.0
    for bound in sorted(buckets):
        count = buckets[bound]
        if count and seen + count >= share * total:
            return below if math.isinf(bound) else below + (bound - below) * (share * total - seen) / count
        seen += count
        below = below if math.isinf(bound) else bound
    return None


def hop_steps(counted: Iterable[Counted], steps: Sequence[datetime]) -> list[HopStep]:
    """Hops by result, and how long they took, all aggregators together."""
    results, seconds = _by_step(counted, "hops"), _by_step(counted, "hop_seconds")
    return [
        HopStep(at, sum(results[at].values()), dict(results[at]), *_latency(seconds[at], (0.5, 0.95, 0.99)))
        for at in steps
    ]


def ministry_health(
    counted: Iterable[Counted], breakers: Iterable[BreakerSeen], names: Iterable[str], steps: Sequence[datetime]
) -> list[MinistryHealth]:
    """Each ministry of the pack: its calls, and how many processes leave it alone now."""
    mine = list(counted)
    states: dict[str, dict[str, int]] = defaultdict(dict)
    for each in breakers:
        states[each.ministry][each.state] = each.processes
    return [_health([one for one in mine if one.name == name], states[name], name, steps) for name in names]


def _health(
    counted: Sequence[Counted], states: Mapping[str, int], name: str, steps: Sequence[datetime]
) -> MinistryHealth:
    results, seconds = _by_step(counted, "calls"), _by_step(counted, "call_seconds")
    shown = []
    for at in steps:
        calls = sum(results[at].values())
        well = sum(results[at].get(word, 0) for word in _WELL)
        shown.append(MinistryStep(at, calls, calls - well, *_latency(seconds[at], (0.95,))))
    open_now = states.get("open", 0) + states.get("half_open", 0)
    return MinistryHealth(name, open_now, sum(states.values()), shown)


def screens(cells: Iterable[ScreenCell], least: int = LEAST) -> list[Screen]:
    """Those where most gave up, the most first."""
    told = [Screen(each.screen, fives(each.seen), fives(each.given_up)) for each in cells if each.people >= least]
    return sorted(told, key=lambda each: (-each.given_up, each.screen))[:MOST_SCREENS]


def deliveries(cells: Iterable[DeliveryCell], least: int = LEAST) -> list[Delivery]:
    """Each provider and each language, and both together. What has no last word yet is on its way."""
    return [
        Delivery(
            each.provider,
            each.language,
            fives(each.messages),
            fives(each.delivered),
            fives(each.messages - each.delivered - each.undelivered - each.failed),
            fives(each.undelivered),
            fives(each.failed),
        )
        for each in cells
        if each.people >= least
    ]


def fives(count: int) -> int:
    """In whole fives, downwards."""
    return count - count % LEAST


def _by_step(counted: Iterable[Counted], measure: str) -> dict[datetime, dict[str, int]]:
    found: dict[datetime, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in counted:
        if each.measure == measure:
            found[each.at][each.word] += each.count
    return found


def _latency(seconds: Mapping[str, int], shares: Sequence[float]) -> list[float | None]:
    """In seconds, to three digits."""
    buckets = {float(bound): count for bound, count in seconds.items()}
    found = [quantile(buckets, share) for share in shares]
    return [None if value is None else round(value, 3) for value in found]
