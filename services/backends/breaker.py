"""Leaves a failing ministry alone for a while, then lets one call try (a circuit breaker)."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from domain.clock import Clock
from services.backends.config import BreakerLimits


class BreakerState(StrEnum):
    """`closed`: calls flow; `open`: none; `half_open`: one probe is under way or due."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class Breaker:
    """Counts how calls end. `enter` before a call, then exactly one of the three ends with the pass it gave."""

    limits: BreakerLimits
    clock: Clock
    _in_a_row: int = 0
    _recent: deque[bool] = field(default_factory=deque)
    _opened_at: float | None = None
    _probe: int | None = None
    # Raised at each opening and closing: a call that began before it must not judge what came after.
    _era: int = 0
    _passes: int = 0

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        rested = self.clock.monotonic() - self._opened_at >= self.limits.open_seconds
        return BreakerState.HALF_OPEN if rested else BreakerState.OPEN

    def enter(self) -> tuple[int, int] | None:
        """A pass for one call, or None when the ministry is to be left alone."""
        state = self.state
        if state is BreakerState.OPEN or (state is BreakerState.HALF_OPEN and self._probe is not None):
            return None
        self._passes += 1
        if state is BreakerState.HALF_OPEN:
            self._probe = self._passes
        return self._era, self._passes

    def succeeded(self, given: tuple[int, int]) -> None:
        """The ministry answered, were it to refuse."""
        if given[1] == self._probe:
            self._begin(opened_at=None)
        elif given[0] == self._era:
            self._in_a_row = 0
            self._note(True)

    def failed(self, given: tuple[int, int]) -> None:
        """It was not reached, broke off, or answered 5xx or nonsense."""
        if given[1] == self._probe:
            self._begin(opened_at=self.clock.monotonic())
        elif given[0] == self._era and self._opened_at is None:
            self._in_a_row += 1
            self._note(False)
            if self._in_a_row >= self.limits.failures or self._too_many():
                self._begin(opened_at=self.clock.monotonic())

    def abandoned(self, given: tuple[int, int]) -> None:
        """The call was given up by us: it says nothing about the ministry."""
        if given[1] == self._probe:
            self._probe = None

    def _note(self, good: bool) -> None:
        self._recent.append(good)
        if len(self._recent) > self.limits.window:
            self._recent.popleft()

    def _too_many(self) -> bool:
        """Only a full window is judged: two failures of three calls at night prove nothing."""
        full = len(self._recent) >= self.limits.window
        return full and self._recent.count(False) >= self.limits.rate * len(self._recent)

    def _begin(self, opened_at: float | None) -> None:
        self._opened_at = opened_at
        self._probe = None
        self._in_a_row = 0
        self._recent.clear()
        self._era += 1
