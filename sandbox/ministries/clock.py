"""The sandbox's clock: it can be turned forward, and what is handed in can be handled in a hurry."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BAKU = ZoneInfo("Asia/Baku")


@dataclass(frozen=True, slots=True)
class Mark:
    """A reading of the clock: seconds run since its start, and how far it had been turned by hand."""

    ran: float
    turned: timedelta


class SandboxClock:
    """Tells the time; `speed` hurries the handling of new applications, not the calendar itself.

    Were the calendar hurried, a visit booked for tomorrow would be over before the citizen hung up. So a
    ministry's *work* goes `speed` times faster (86400 handles a day's work in a second) while dates stay true.
    `frozen` stops the hands, so that dates on a photograph of a screen stay the same.
    """

    def __init__(
        self,
        start: datetime | None = None,
        speed: float = 1.0,
        ticks: Callable[[], float] = time.monotonic,
        frozen: bool = False,
    ) -> None:
        self.speed = speed
        self._frozen = frozen
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._ticks = ticks
        self._first = ticks()
        self._turned = timedelta()
        self._turns: list[tuple[Mark, timedelta]] = []  # where the hands were, and by how much they were turned

    def mark(self) -> Mark:
        """Where the hands are, to be given to `worked_since` later."""
        return Mark(0.0 if self._frozen else self._ticks() - self._first, self._turned)

    def now(self) -> datetime:
        """The instant, in UTC."""
        mark = self.mark()
        return self._start + timedelta(seconds=mark.ran) + mark.turned

    def local(self, zone: ZoneInfo = BAKU) -> datetime:
        """The wall clock there, without a zone, as Schedulers write times."""
        return self.now().astimezone(zone).replace(tzinfo=None)

    def turn(self, by: timedelta) -> None:
        """Turn the clock forward; raises `ValueError` for a backward turn."""
        if by < timedelta():
            raise ValueError("the clock turns forward only")
        self._turns.append((self.mark(), by))
        self._turned += by

    def worked_since(self, mark: Mark, hurried: bool) -> timedelta:
        """How much time a ministry has worked on something since `mark`; a turn by hand counts as it is."""
        reading = self.mark()
        return timedelta(seconds=(reading.ran - mark.ran) * (self.speed if hurried else 1.0)) + (
            reading.turned - mark.turned
        )

    def worked_by(self, mark: Mark, work: timedelta, hurried: bool) -> datetime:
        """The instant (UTC) at which `work` had been done since `mark`: the other way round of `worked_since`."""
        speed, ran = self.speed if hurried else 1.0, mark.ran
        for hands, by in self._turns:
            if hands.ran < mark.ran or hands.turned < mark.turned:
                continue
            done = timedelta(seconds=(hands.ran - ran) * speed)
            if work <= done:
                return self._start + timedelta(seconds=ran + work.total_seconds() / speed) + hands.turned
            work, ran = work - done, hands.ran
            if work <= by:
                return self._start + timedelta(seconds=ran) + hands.turned + work
            work -= by
        return self._start + timedelta(seconds=ran + work.total_seconds() / speed) + self._turned
