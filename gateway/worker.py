"""The worker: finishes confirmed writes that a hop could not wait for, and clears away what has expired."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.errors import GuichetError

log = logging.getLogger("guichet.worker")

AT_ONCE_SECONDS = 0.05
BROKEN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Chore:
    """A piece of regular work, every so many seconds. `do` gives how much it did, where that says if there is more."""

    name: str
    do: Callable[[], Awaitable[int | None]]
    every: float
    # Set by whoever has just made work for it in this process: it need not wait for its turn.
    stir: asyncio.Event | None = None


Count = Callable[[str, str], None]
"""Told of a chore's name and how it went: `done`, `away` (a store or a ministry was), `broke` (a fault of ours)."""

Loop = Callable[[asyncio.Event], Awaitable[None]]
"""Work that goes on by itself until it is stopped."""


class Worker:
    """Runs chores. Any number of workers may run: every chore claims what it does in the database."""

    def __init__(
        self,
        chores: Sequence[Chore],
        monotonic: Callable[[], float],
        loops: Sequence[Loop] = (),
        count: Count = lambda chore, result: None,
    ) -> None:
        self._chores = tuple(chores)
        self._loops = tuple(loops)
        self._monotonic = monotonic
        self._count = count
        self._due: dict[str, float] = {}

    async def round(self, *, all_of_them: bool = True) -> int:
        """Do every chore once (or those that are due), in turn; gives how much was done."""
        done = 0
        for chore in self._chores:
            if not all_of_them and self._monotonic() < self._due.get(chore.name, 0.0):
                continue
            self._due[chore.name] = self._monotonic() + chore.every
            done += await _do(chore, self._count)
        return done

    async def run(self, stopped: asyncio.Event) -> None:
        """Until stopped, each chore in a task of its own: none waits for one that waits for a ministry."""
        async with asyncio.TaskGroup() as tasks:
            for chore in self._chores:
                tasks.create_task(_again_and_again(chore, stopped, self._count))
            for loop in self._loops:
                tasks.create_task(_kept_up(loop, stopped))


async def _again_and_again(chore: Chore, stopped: asyncio.Event, count: Count) -> None:
    """Goes on at once while there is much to do."""
    while not stopped.is_set():
        if chore.stir:
            chore.stir.clear()
        done = await _do(chore, count)
        waiting = [asyncio.ensure_future(stopped.wait())]
        if chore.stir:
            waiting.append(asyncio.ensure_future(chore.stir.wait()))
        try:
            await asyncio.wait(
                waiting, timeout=AT_ONCE_SECONDS if done else chore.every, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waiting:
                wait.cancel()


async def _kept_up(loop: Loop, stopped: asyncio.Event) -> None:
    """A loop that broke is begun again after a pause: nothing that waits in the database is lost by it."""
    while not stopped.is_set():
        try:
            await loop(stopped)
        except Exception as failure:
            log.error("a loop broke: %s", type(failure).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BROKEN_SECONDS):
                    await stopped.wait()


async def _do(chore: Chore, count: Count) -> int:
    """How much it did. A failing chore stops no other."""
    done, result = 0, "done"
    try:
        done = await chore.do() or 0
    except GuichetError as failure:
        result = "away"
        log.warning("%s: %s", chore.name, type(failure).__name__)
    except Exception as failure:
        # Its words may hold personal data; the next round tries again.
        result = "broke"
        log.error("%s broke: %s", chore.name, type(failure).__name__)
    count(chore.name, result)
    return done
