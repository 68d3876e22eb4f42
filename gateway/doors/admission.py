"""How many callers may be let in at once: as many as are answered quickly; those inside go on before others come in.

Measured with `make bench-overload`: while newcomers might take every place, those inside were turned away halfway, and
of twice as many calls as can be served an eighth of what can be was.
"""

import math
import time
from collections.abc import Callable

# Seconds. A first hop asks the stores and nobody else: where of all answers of a while not one came within QUICK, and
# most had to wait longer than LATE for their turn at the processor, there is a line of our own making, and each
# newcomer makes it longer. A store that is away makes answers slow too, but leaves the processor idle (turns come
# within half a millisecond, in a line after 2 to 500): to let in fewer would help nobody.
QUICK = 0.6
LATE = 0.001
WINDOW = 0.5
QUIET = 2 * WINDOW
FEWEST = 12
# While the processor is what all wait for, nobody comes in to so many hops at work: more are not served sooner, and
# every call let in brings more hops. Twenty milliseconds of work where a core makes 5,000 hops a second.
CROWDED = 96
# Of the places at a door half are for those who are inside: each call let in comes back with hop after hop.
# Of so many newcomers most had to wait for their turn, or had not.
_LAST = 32
_LESS, _MORE = 0.6, 1.2


class Admission:
    """Newcomers of one door, at most `most` at work at a time. A ministry that hangs shuts nobody out: only first hops
    are measured, and none of them waits for it. `clock` gives seconds.

    The quickest of a window decides, as in the queues of routers (RFC 8289): one slow answer is a slow store or a full
    moment, but where even the quickest was slow there is a standing line. A window begins with an answer: while nobody
    was answered, as after a start, nothing is known.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._most, self._fewest, self._clock = most, min(FEWEST, most), clock
        self.limit = float(most)
        self._at_work = self._busiest = 0
        self._quickest = self._until = math.inf
        self._late = 0  # how many more had to wait for their turn than had not
        self._lately = 0  # the same of the last few, whatever the window
        self._empty_since = self._measured_at = clock()

    def enter(self, hops: int = 0) -> bool:
        """May one more come in, beside so many hops at work? Who does is told to `leave`."""
        now = self._clock()
        if hops >= (self._most + 1) // 2 or (hops >= CROWDED and self._waits(now)):
            return False
        self._judge(now)
        if not self._at_work and now >= self._empty_since + QUIET:
            self.limit = float(self._most)  # nobody was there for a while: no line either
        if self._at_work >= self.limit:
            return False
        self._at_work += 1
        self._busiest = max(self._busiest, self._at_work)
        return True

    def _waits(self, now: float) -> bool:
        """Do newcomers wait for their turn? Where none was let in for a while, one is, to see."""
        if self._lately > 0 and now >= self._measured_at + QUIET:
            self._lately, self._measured_at = 1, now
            return False
        return self._lately > 0

    def leave(self, seconds: float, late: float) -> None:
        """Answered, that many seconds after it came in; its turn at the processor had come after `late` seconds."""
        now = self._clock()
        self._judge(now)
        self._at_work -= 1
        if not self._at_work:
            self._empty_since = now
        self._until = min(self._until, now + WINDOW)
        self._quickest = min(self._quickest, seconds)
        waited = 1 if late > LATE else -1
        self._late += waited
        self._measured_at = now
        self._lately = max(-_LAST, min(_LAST, self._lately + waited))

    def _judge(self, now: float) -> None:
        if now < self._until:
            return
        if self._quickest <= QUICK or self._late <= 0:
            self.limit = min(self._most, max(self.limit + 1, self.limit * _MORE))
        elif self._busiest > self._fewest:
            self.limit = max(self._fewest, min(self.limit, self._busiest) * _LESS)
        self._quickest = self._until = math.inf
        self._late, self._busiest = 0, self._at_work
