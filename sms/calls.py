"""Calls to providers: so many at once, and the next begins the moment one ends."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from domain.clock import Clock
from domain.deadline import Deadline
from sms.claims import Ready

_GRACE = 1.0


class Calls:
    """`most`: how many at once; `seconds`: what one may take; `call` makes one by its deadline, and never raises."""

    def __init__(
        self, most: int, seconds: float, clock: Clock, call: Callable[[Ready, Deadline], Coroutine[Any, Any, None]]
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
        # Those that are out of messages wait for the next: to start a task and to note its end costs three times that.
        self._idle: list[tuple[asyncio.Task[None], asyncio.Future[Ready | None]]] = []
        self._look_at = 0.0
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
        """Cuts off what is over its time; looked at once a second."""
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _GRACE
        for task, over in self._under_way.items():
            if over <= now:
                task.cancel()

    def rest(self) -> None:
        """Ends the tasks that wait for a message; more are started when they are needed."""
        while self._idle:
            _, given = self._idle.pop()
            if not given.done():
                given.set_result(None)

    def _fill(self) -> None:
        while self._next and len(self._under_way) < self._most:
            task, given = self._idle.pop() if self._idle else (None, None)
            if task is None or given is None:
                task = asyncio.get_running_loop().create_task(self._one_after_another(self._next.popleft()))
                task.add_done_callback(self._ended)
            elif given.done():
                continue  # the process ends
            else:
                given.set_result(self._next.popleft())
            self._under_way[task] = math.inf  # until it begins

    async def _one_after_another(self, ready: Ready | None) -> None:
        me: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment]
        loop = asyncio.get_running_loop()
        clock, seconds, call, following, under_way = self._clock, self._seconds, self._call, self._next, self._under_way
        while ready is not None:
            over = clock.monotonic() + seconds
            under_way[me] = over + _GRACE
            await call(ready, Deadline(clock, over))
            self._one_ended.set()
            if me.cancelling():
                return  # it was cut off; another takes its place
            if following:
                ready = following.popleft()
                continue
            del under_way[me]
            given: asyncio.Future[Ready | None] = loop.create_future()
            self._idle.append((me, given))
            ready = None  # or it would be held for as long as that takes
            ready = await given

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(task, None)
        self._one_ended.set()
        self._fill()


async def event_or_time(event: asyncio.Event, seconds: float) -> None:
    """Waits for the one or the other."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
