"""What was asked of the ministries: counts by operation, without a word of what was in it."""

from collections import Counter
from dataclasses import dataclass, field

from sandbox.ministries.wire import Json


@dataclass(slots=True)
class Tally:
    """One operation's counts."""

    asked: int = 0
    carried_out: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


class Journal:
    """Counts since the last reset."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def of(self, ministry: str, operation: str) -> Tally:
        return self._tallies.setdefault(f"{ministry}.{operation}", Tally())

    def clear(self) -> None:
        self._tallies.clear()

    def shown(self) -> Json:
        return {
            name: {
                "asked": tally.asked,
                "carried_out": tally.carried_out,
                "statuses": dict(tally.statuses),
                "faults": dict(tally.faults),
            }
            for name, tally in sorted(self._tallies.items())
        }
