"""How much a dispatcher does at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once. `in_flight`: calls under way; `ahead`: messages begun for calls that will be free next (should
    the worker die, these count as perhaps sent, too); `batch`: rows a claim; `group`: answers a commit, gathered for at
    most `gather` seconds. `idle`: seconds between two looks at an empty queue; `throttled`: at an empty bucket."""

    in_flight: int = 300
    ahead: int = 150
    batch: int = 250
    group: int = 150
    gather: float = 0.05
    idle: float = 0.2
    throttled: float = 0.02
    broken: float = 0.5
    stop: float = 20.0


USUAL = Pace()
