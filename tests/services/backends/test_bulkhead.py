"""A slow ministry fills its own places and nobody else's."""

import asyncio

import pytest

from services.backends.bulkhead import Bulkhead, BulkheadFull


async def test_refuses_at_once_when_places_and_line_are_full() -> None:
    bulkhead, go = Bulkhead(places=2, queue=1), asyncio.Event()

    async def stay() -> str:
        async with bulkhead.place(60.0):
            await go.wait()
        return "served"

    tasks = [asyncio.create_task(stay()) for _ in range(3)]
    await asyncio.sleep(0)
    assert bulkhead.full
    refused = asyncio.create_task(stay())
    await asyncio.sleep(0)
    assert refused.done(), "at once"
    with pytest.raises(BulkheadFull):
        await refused
    go.set()
    assert await asyncio.gather(*tasks) == ["served"] * 3
    assert not bulkhead.full


async def test_waits_no_longer_than_its_patience_and_leaves_the_line() -> None:
    bulkhead, go = Bulkhead(places=1, queue=1), asyncio.Event()

    async def stay() -> None:
        async with bulkhead.place(1.0):
            await go.wait()

    first = asyncio.create_task(stay())
    await asyncio.sleep(0)
    for _ in range(3):  # the line is free again each time
        with pytest.raises(BulkheadFull):
            async with bulkhead.place(0.01):
                raise AssertionError("there was no place")
    go.set()
    await first
    async with bulkhead.place(0.01):
        pass


async def test_a_cancelled_caller_gives_its_place_back() -> None:
    bulkhead = Bulkhead(places=1, queue=0)

    async def stay() -> None:
        async with bulkhead.place(1.0):
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with bulkhead.place(0.01):
        pass
