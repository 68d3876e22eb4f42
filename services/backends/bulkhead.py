"""Caps how many calls to one ministry are under way, so that a slow one cannot drown the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BulkheadFull(Exception):
    """No place, and none came free in time: nothing was sent."""


class Bulkhead:
    """`places` calls at once and a short line of `queue` more; everyone else is refused at once."""

    def __init__(self, places: int, queue: int) -> None:
        self._semaphore = asyncio.Semaphore(places)
        self._queue = queue
        self._waiting = 0

    @property
    def full(self) -> bool:
        """Whether the next one would be refused without waiting."""
        return self._semaphore.locked() and self._waiting >= self._queue

    @asynccontextmanager
    async def place(self, patience: float) -> AsyncIterator[None]:
        """One place for the length of the block; raises `BulkheadFull` after at most `patience` seconds."""
        if self._semaphore.locked():
            await self._wait(patience)
        else:
            await self._semaphore.acquire()  # free: does not suspend
        try:
            yield
        finally:
            self._semaphore.release()

    async def _wait(self, patience: float) -> None:
        if self._waiting >= self._queue:
            raise BulkheadFull
        self._waiting += 1
        try:
            async with asyncio.timeout(patience):
                await self._semaphore.acquire()
        except TimeoutError:
            raise BulkheadFull from None
        finally:
            self._waiting -= 1
