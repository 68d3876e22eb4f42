"""Waiting for what others bring about: for as long as a busy machine may take, and not for those who have given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE = 60.0
"""Seconds. Only what never comes is waited for so long."""


async def until(
    true: Callable[[], Any] | Callable[[], Awaitable[Any]],
    *by: "asyncio.Task[Any]",
    seconds: float = PATIENCE,
    pause: float = 0.01,
) -> Any:
    """Looks until what it sees is true, and gives that. `by`: the tasks that bring it about; the end of one of them,
    with a failure or without, ends the waiting, as nothing more would come. Raises `AssertionError`."""
    clock = asyncio.get_running_loop()
    over = clock.time() + seconds
    while True:
        # Before the look: what an ended task has left behind is still seen.
        ended, late = [task for task in by if task.done()], clock.time() > over
        found = true()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        for task in ended:
            task.result()
        assert not ended, "whoever was to bring it about has ended"
        assert not late, f"it did not come about in {seconds:.0f} s"
        await asyncio.sleep(pause)
