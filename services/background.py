"""What goes on after its hop has ended: tasks that nobody cancels, drained at shutdown."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")


class Background:
    """Runs at most one task per key in this process, and keeps hold of each until it is done."""

    def __init__(self) -> None:
        self._running: dict[UUID, asyncio.Task[Any]] = {}

    def run(self, key: UUID, work: Callable[[], Coroutine[Any, Any, T]]) -> "asyncio.Task[T]":
        """The task that does `work`, or the one already under way for the key."""
        task = self._running.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(work())
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: UUID, task: "asyncio.Task[Any]") -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen: whoever waits gets it too, and nobody may be waiting any more

    def __len__(self) -> int:
        return len(self._running)

    async def drain(self, seconds: float) -> int:
        """Waits for what is under way; gives how many are still not done (the worker will finish those)."""
        if self._running:
            await asyncio.wait(set(self._running.values()), timeout=seconds)
        return len(self._running)
