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
        # Each task makes one call after another while there are any. And when its call must be over: a provider keeps
        # to its deadline by itself, and a timer for each call would only guard against a fault of its adapter.
        self._under_way: dict[asyncio.Task[None], float] = {}
        self._one_ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def begun(self) -> int:
        """How many are under way, or will be next."""
        return len(self._under_way) + len(self._next)

    @property
    def free(self) -> int:
        """How many more would start at once; below nought where some wait already."""
        return self._most - self.begun

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
            self._one_ended.clear()
            await event_or_time(self._one_ended, seconds)
            self.end_late()

    def end_late(self) -> None:
        """Cuts off what is over its time."""
        now = self._clock.monotonic()
        for task, over in self._under_way.items():
            if over <= now:
                task.cancel()

    def _fill(self) -> None:
        while self._next and len(self._under_way) < self._most:
            task = asyncio.get_running_loop().create_task(self._one_after_another(self._next.popleft()))
            self._under_way[task] = self._over()
            task.add_done_callback(self._ended)

    async def _one_after_another(self, ready: Ready) -> None:
        me: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment]
        while True:
            await self._call(ready)
            self._one_ended.set()
            # One that was cut off ends; another takes its place.
            if not self._next or me.cancelling():
                return
            ready = self._next.popleft()
            self._under_way[me] = self._over()

    def _over(self) -> float:
        return self._clock.monotonic() + self._seconds + _GRACE

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._under_way[task]
        self._one_ended.set()
        self._fill()


async def event_or_time(event: asyncio.Event, seconds: float) -> None:
    """Waits for the one or the other."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def ask(provider: Provider, message: Outbound, deadline: Deadline) -> SendReceipt:
    """The provider's answer. A fault of its adapter leaves unknown how far it came."""
    try:
        return await provider.send(message, deadline)
    except asyncio.CancelledError:
        return Unanswered("late")  # `Calls.end_late`, or the process ends
    except Exception as failure:
        log.error("%s broke: %s", provider.name, type(failure).__name__)
        return Unanswered("broke")
