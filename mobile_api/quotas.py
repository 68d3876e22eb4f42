"""How many requests one caller may make, and how that is told (draft-ietf-httpapi-ratelimit-headers-11)."""

from collections import OrderedDict
from dataclasses import dataclass

from domain.clock import Clock

_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a limit is used up: `quota` a `window` of seconds, of which `left` remain for `seconds` more."""

    policy: str
    quota: int
    window: int
    left: int
    seconds: int

    def headers(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """`RateLimit-Policy` and `RateLimit`, as structured fields."""
        return (
            (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (self.policy.encode(), self.quota, self.window)),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (self.policy.encode(), self.left, self.seconds)),
        )


class RequestQuota:
    """Requests of one caller within fixed windows, counted in this process.

    It keeps one caller from crowding out the others. What costs money or can be guessed has limits of its own, in
    PostgreSQL: those are exact, this one is a multiple of it where several processes serve.
    """

    policy = "requests"

    def __init__(self, clock: Clock, quota: int = 240, window: int = 60) -> None:
        self._clock, self.quota, self.window = clock, quota, window
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, caller: str) -> Standing | None:
        """How the caller stands after this request; None where it is one too many."""
        now = self._clock.monotonic()
        begun, used = self._used.pop(caller, (now, 0))
        if now - begun >= self.window:
            begun, used = now, 0
        self._used[caller] = (begun, used + 1)
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        if used >= self.quota:
            return None
        return Standing(self.policy, self.quota, self.window, self.quota - used - 1, self.seconds_left(begun, now))

    def is_used_up(self, caller: str) -> bool:
        """Whether nothing is left for the caller in this window; takes nothing."""
        begun, used = self._used.get(caller, (0.0, 0))
        return used >= self.quota and self._clock.monotonic() - begun < self.window

    def used_up(self, caller: str) -> Standing:
        """How a caller stands to whom the request was refused."""
        now = self._clock.monotonic()
        begun, _ = self._used.get(caller, (now, 0))
        return Standing(self.policy, self.quota, self.window, 0, self.seconds_left(begun, now))

    def seconds_left(self, begun: float, now: float) -> int:
        """Until the window ends, at least one."""
        return max(1, round(begun + self.window - now))
