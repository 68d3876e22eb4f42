"""How many callers may be let in at once: as many as are answered quickly; those inside go on before others come in."""

import math
import time
from collections.abc import Callable

# A first hop asks the stores and nobody else: where not one of a while was answered within this, everybody waits in a
# line of our own making, and each newcomer makes it longer.
QUICK = 0.6
WINDOW = 0.5
FEWEST = 12
_LESS, _MORE = 0.6, 1.2


class Admission:
    """Newcomers of one door, at most `most` at work at a time. A ministry that hangs shuts nobody out: only first hops
    are measured, and none of them waits for it. `clock` gives seconds.

    The quickest of a window decides, as in the queues of routers (RFC 8289): one slow answer is a slow store or a full
    moment, but where even the quickest was slow there is a standing line.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._most, self._fewest, self._clock = most, min(FEWEST, most), clock
        self.limit = float(most)
        self._at_work = 0
        self._quickest, self._until = math.inf, clock() + WINDOW
        self._busiest = 0

    def enter(self) -> bool:
        """May one more come in? Who does is told to `leave`."""
        self._judge(self._clock())
        if self._at_work >= self.limit:
            return False
        self._at_work += 1
        self._busiest = max(self._busiest, self._at_work)
        return True

    def leave(self, seconds: float) -> None:
        """Answered, that many seconds after it came in."""
        self._at_work -= 1
        self._quickest = min(self._quickest, seconds)
        self._judge(self._clock())

    def _judge(self, now: float) -> None:
        if now < self._until:
            return
        if not self._at_work and now >= self._until + WINDOW:
            self.limit = float(self._most)  # nobody was there for a while: no line either
        elif self._quickest > QUICK and self._busiest > self._fewest:
            self.limit = max(self._fewest, min(self.limit, self._busiest) * _LESS)
        elif self._quickest <= QUICK:
            self.limit = min(self._most, max(self.limit + 1, self.limit * _MORE))
        self._quickest, self._until, self._busiest = math.inf, now + WINDOW, self._at_work
