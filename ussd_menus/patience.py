"""Waiting for a store no longer than there is time for, and not for it to be cleared away either.

A cancelled query on a connection that has gone silent takes seconds to give up: the driver tells the server first.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# The loop itself holds tasks weakly.
_left: set["asyncio.Task[Any]"] = set()


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; raises `TimeoutError` after that many seconds and leaves it to end by itself, cancelled."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        done, _ = await asyncio.wait((task,), timeout=max(0.0, seconds))
    except asyncio.CancelledError:
        _leave(task)
        raise
    if done:
        return task.result()
    _leave(task)
    raise TimeoutError


def _leave(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    _left.add(task)
    task.add_done_callback(_gone)


def _gone(task: "asyncio.Task[Any]") -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # seen: nobody waits for it any more
