"""What is counted while the crowd is at work: times by screen, failures by reason, tasks by journey."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

# The name of the screen that turns away; the kind of such a request.
BUSY = "limit.busy"
_GROWTH = math.log(1.03)
# Of one screen, kept in full; what comes after is only counted.
_KINDS_OF_FAILURE = 200


class Times:
    """Durations in buckets, each 3 % wider than the one before: any number of them in a few hundred counters."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0

    def add(self, ms: float) -> None:
        self._buckets[int(math.log(max(ms, 0.01)) // _GROWTH)] += 1
        self.count += 1

    def take_in(self, others: Iterable["Times"]) -> "Times":
        """Theirs as well; gives itself."""
        for other in others:
            self._buckets.update(other._buckets)
            self.count += other.count
        return self

    def at(self, share: float) -> float | None:
        """The duration in ms that this share of them did not exceed, to 1.5 %; None where there are none."""
        wanted, seen = share * self.count, 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return math.exp((bucket + 0.5) * _GROWTH)
        return None


@dataclass(slots=True)
class Asked:
    """One kind of request, by where it stood: `kind` is ussd, sms, api, end or limit.busy (turned away)."""

    kind: str
    times: Times = field(default_factory=Times)
    failed: int = 0


@dataclass(slots=True)
class Slice:
    """A stretch of the run."""

    hops: Times = field(default_factory=Times)
    asked: int = 0
    failed: int = 0
    turned_away: int = 0
    users: int | None = None


@dataclass(slots=True)
class Done:
    """Of one journey: how it ended, and what it took. `given_up`: an end that is nobody's fault (a seat was taken);
    `turned_away`: at the door, as too many were calling."""

    finished: int = 0
    failed: int = 0
    given_up: int = 0
    turned_away: int = 0
    hops: int = 0
    parts: int = 0
    numbers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Tally:
    """Everything of one run. Seconds count from its start; `width` is that of a slice."""

    width: float
    asked: dict[str, Asked] = field(default_factory=dict)
    slices: defaultdict[int, Slice] = field(default_factory=lambda: defaultdict(Slice))
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: int = 0
    done: defaultdict[str, Done] = field(default_factory=lambda: defaultdict(Done))
    waited: defaultdict[str, Times] = field(default_factory=lambda: defaultdict(Times))

    def request(self, second: float, kind: str, name: str, ms: float, failure: str = "", wrong: bool = False) -> None:
        """One request that was answered, or was not (`failure` says why; `wrong`: what it said was not so)."""
        asked = self.asked.setdefault(name, Asked(kind))
        part = self.slices[int(second // self.width)]
        asked.times.add(ms)
        part.asked += 1
        if kind == "ussd":
            part.hops.add(ms)
        part.turned_away += kind == BUSY
        if failure:
            asked.failed += 1
            part.failed += 1
            self.wrong += wrong
            if len(self.failures) < _KINDS_OF_FAILURE or (name, failure) in self.failures:
                self.failures[name, failure] += 1

    def people(self, second: float, users: int) -> None:
        part = self.slices[int(second // self.width)]
        part.users = max(part.users or 0, users)

    def of_kind(self, kind: str) -> Times:
        """All requests of a kind together."""
        return Times().take_in(asked.times for asked in self.asked.values() if asked.kind == kind)

    @property
    def requests(self) -> int:
        return sum(asked.times.count for asked in self.asked.values())

    @property
    def failed(self) -> int:
        return sum(asked.failed for asked in self.asked.values())
