"""One deadline runs through a hop; every outside call takes what is left of it."""

import msgspec

from domain.clock import Clock
from domain.errors import DeadlineExceeded


class Deadline(msgspec.Struct, frozen=True):
    """An instant on the monotonic clock, in seconds."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(clock, clock.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.monotonic())

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and that many seconds from now."""
        return Deadline(self.clock, min(self.at, self.clock.monotonic() + seconds))

    def check(self) -> float:
        """Seconds left; raises `DeadlineExceeded` when there are none."""
        left = self.remaining()
        if left <= 0:
            raise DeadlineExceeded("no time left")
        return left
