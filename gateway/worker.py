"""The worker: finishes confirmed writes that a hop could not wait for, and clears away what has expired."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.errors import GuichetError

log = logging.getLogger("guichet.worker")

PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Chore:
    """A piece of regular work, every so many seconds. `do` gives how much it did, where that says if there is more."""

    name: str
    do: Callable[[], Awaitable[int | None]]
    every: float


class Worker:
    """Runs chores in turn. Any number of workers may run: every chore claims what it does in the database."""

    def __init__(self, chores: Sequence[Chore], monotonic: Callable[[], float]) -> None:
        self._chores = tuple(chores)
        self._monotonic = monotonic
        self._due: dict[str, float] = {}

    async def round(self, *, all_of_them: bool = True) -> int:
        """Do every chore once (or those that are due); gives how much was done. A failing chore stops no other."""
        done = 0
        for chore in self._chores:
            if not all_of_them and self._monotonic() < self._due.get(chore.name, 0.0):
                continue
            self._due[chore.name] = self._monotonic() + chore.every
            try:
                done += await chore.do() or 0
            except GuichetError as failure:
                log.warning("%s: %s", chore.name, type(failure).__name__)
            except Exception as failure:
                # Its words may hold personal data; the next round tries again.
                log.error("%s broke: %s", chore.name, type(failure).__name__)
        return done

    async def run(self, stopped: asyncio.Event) -> None:
        """Until stopped; goes on at once while there is much to do."""
        while not stopped.is_set():
            done = await self.round(all_of_them=False)
            try:
                async with asyncio.timeout(0.05 if done else PAUSE_SECONDS):
                    await stopped.wait()
            except TimeoutError:
                continue
