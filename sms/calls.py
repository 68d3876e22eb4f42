"""Calls to providers: so many at once, and the next begins the moment one ends."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from domain.clock import Clock
from domain.deadline import Deadline
from sms.claims import Ready
from sms.ports import Provider
from sms.values import Outbound, SendReceipt, Unanswered

log = logging.getLogger("guichet.sms")

_GRACE = 1.0


class Calls:
    """`most`: how many at once; `seconds`: what one may take; `call` makes one, and never raises."""

    def __init__(
        self, most: int, seconds: float, clock: Clock, call: Callable[[Ready], Coroutine[Any, Any, None]]
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._call = call
        # Begun, and only waiting for a call to end: so few that it is a matter of milliseconds.
        self._next: deque[Ready] = deque()
        # The oldest first, and when each must be over: a provider keeps to its deadline by itself, and a timer for each
        # call would only guard against a fault of its adapter.
        self._under_way: dict[asyncio.Task[None], float] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def free(self) -> int:
        """How many more would start at once; below nought where some wait already."""
        return self._most - len(self._under_way) - len(self._next)

    def deadline(self) -> Deadline:
        """Of a call that starts now."""
        return Deadline.after(self._seconds, self._clock)

    def start(self, messages: Sequence[Ready]) -> None:
        """Each as soon as a call is free."""
        self._next.extend(messages)
        self._fill()

    def take_waiting(self) -> Sequence[Ready]:
        """Those that no provider was asked for yet; they will not start any more."""
        waiting = tuple(self._next)
        self._next.clear()
        return waiting

    async def any_ended(self, seconds: float) -> None:
        """Waits until one ends, that long at most."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            self.end_late()

    def end_late(self) -> None:
        """Cuts off what is over its time."""
        for task, over in self._under_way.items():
            if over > self._clock.monotonic():
                break
            task.cancel()

    def _fill(self) -> None:
        over = self._clock.monotonic() + self._seconds + _GRACE
        while self._next and len(self._under_way) < self._most:
            task = asyncio.get_running_loop().create_task(self._call(self._next.popleft()))
            self._under_way[task] = over
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._under_way[task]
        self._fill()


async def ask(provider: Provider, message: Outbound, deadline: Deadline) -> SendReceipt:
    """The provider's answer. A fault of its adapter leaves unknown how far it came."""
    try:
        return await provider.send(message, deadline)
    except asyncio.CancelledError:
        return Unanswered("late")  # `Calls.end_late`, or the process ends
    except Exception as failure:
        log.error("%s broke: %s", provider.name, type(failure).__name__)
        return Unanswered("broke")
