"""Durable timers: what is to be said at a due time, if it is still true then.

Entry point: `fire_timers(desk, handlers)` once in a while. A handler looks at the ministry again, and tells or not.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import GuichetError
from services.desk import Desk
from services.event_ports import Timer

LOG = logging.getLogger(__name__)

# Longer than any handler may take: a call to a ministry and one transaction.
LEASE_SECONDS = 60.0
# So many are claimed and looked at together: the lease of the last does not run while the first is looked at.
_AT_ONCE = 8
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_GIVE_UP = 12


class TimerKind(StrEnum):
    """What is looked at again."""

    APPOINTMENT_REMINDER = "appointment_reminder"
    NOT_COLLECTED = "not_collected"
    DAYS_PASSED = "days_passed"
    TERM_ENDING = "term_ending"


Handler = Callable[[Desk, Timer], Awaitable[datetime | None]]
"""Opens its own units of work. None: it is done; an instant: to be looked at again then."""


async def fire_timers(
    desk: Desk, handlers: Mapping[str, Handler], limit: int = 200, given_up: Callable[[str], None] = lambda kind: None
) -> int:
    """Look at those that are due; gives how many. One that fails stops no other.

    `given_up` is told the kind of each that never went well.
    """
    fired, most = 0, 1
    while fired < limit and most:
        async with desk.open_records() as records:
            # Another kind is a newer version's, whose workers look after it.
            due = await records.timers.claim(min(_AT_ONCE, limit - fired), LEASE_SECONDS, tuple(handlers))
        firing = (_fire(desk, handlers, timer, given_up) for timer in due)
        failures = [failure for failure in await asyncio.gather(*firing, return_exceptions=True) if failure]
        if failures:
            raise failures[0]
        fired, most = fired + len(due), len(due)
    return fired


async def _fire(desk: Desk, handlers: Mapping[str, Handler], timer: Timer, given_up: Callable[[str], None]) -> None:
    again = await _attempt(desk, handlers, timer, given_up)
    async with desk.open_records() as records:
        if again is None:
            await records.timers.done(timer)
        else:
            await records.timers.again(timer, again)


async def _attempt(
    desk: Desk, handlers: Mapping[str, Handler], timer: Timer, given_up: Callable[[str], None]
) -> datetime | None:
    handler = handlers.get(timer.kind)
    if handler is None:
        LOG.error("timer %s: nothing is known of %s", timer.id, timer.kind)
        given_up("unknown")
        return None
    try:
        return await handler(desk, timer)
    except Exception as error:
        # Its words may hold personal data.
        level = logging.INFO if isinstance(error, GuichetError) else logging.ERROR
        LOG.log(level, "timer %s (%s): %s", timer.id, timer.kind, type(error).__name__)
    if timer.attempts < _GIVE_UP:
        return desk.clock.now() + pause(timer.attempts)
    # She is not told what she was to be told: somebody must know.
    LOG.error("timer %s (%s) is given up after %d attempts", timer.id, timer.kind, timer.attempts)
    given_up(timer.kind)
    return None


def pause(attempts: int) -> timedelta:
    """Before the next attempt, after so many."""
    return min(_FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 12)), _LONGEST_PAUSE)
