"""How much one worker claims at once: no more than is its own share of what the sender may send in a second."""

from domain.clock import Clock

_SECOND = 1.0


class Share:
    """`most`: at once, at first and while nothing limits it.

    Where the sender's rate does, workers take turns at it: what one of them began in the last second is its share.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self.most = most
        self._most_ever = most
        self._clock = clock
        self._since = clock.monotonic()
        self._begun = 0
        self._limited = False

    def saw(self, begun: int, limited: bool) -> None:
        """So many went out; `limited`: more would have, but for the rate."""
        self._begun += begun
        self._limited |= limited
        seconds = self._clock.monotonic() - self._since
        if seconds < _SECOND:
            return
        # Twice: it may find that its share has grown.
        share = int(2 * self._begun / seconds) if self._limited else self._most_ever
        self.most = max(1, min(share, self._most_ever))
        self._since, self._begun, self._limited = self._clock.monotonic(), 0, False
