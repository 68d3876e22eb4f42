"""Starts of sessions are written together: what comes while one batch is on its way goes with the next."""

import asyncio
from types import TracebackType
from typing import Any, Self, cast

import pytest

from domain.errors import StoreUnavailable
from storage.unit_of_work import UnitOfWork
from ussd_menus.records.snapshots import SessionStarts, Start

START = Start("home", "v1", "az")


class Server:
    """PostgreSQL that saves a batch when it is told to, and notes the keys of each."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.may_save = asyncio.Event()
        self.fails: Exception | None = None

    def unit(self) -> UnitOfWork:
        return cast("UnitOfWork", self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        return None

    async def alone(self, sql: str, *columns: Any) -> None:
        self.batches.append(list(columns[0]))
        await self.may_save.wait()
        if self.fails:
            raise self.fails


async def dialled(starts: SessionStarts, *names: bytes) -> "list[asyncio.Task[None]]":
    """That many dials, all of which wait."""
    hops = [asyncio.create_task(starts.keep(name, "at", None, START, seconds=60)) for name in names]
    for _ in range(3):
        await asyncio.sleep(0)
    return hops


async def test_what_comes_meanwhile_goes_in_one_statement() -> None:
    server = Server()
    starts = SessionStarts(server.unit)
    hops = [*await dialled(starts, b"1", b"2"), *await dialled(starts, b"3", b"4", b"5")]
    assert server.batches == [[b"1", b"2"]]
    assert not any(hop.done() for hop in hops)  # none goes on before its own is saved
    server.may_save.set()
    await asyncio.gather(*hops)
    assert server.batches == [[b"1", b"2"], [b"3", b"4", b"5"]]
    await asyncio.gather(*await dialled(starts, b"6"))
    assert server.batches[2:] == [[b"6"]]


async def test_a_failure_is_told_to_all_of_its_batch_and_to_nobody_else() -> None:
    server = Server()
    starts = SessionStarts(server.unit)
    server.may_save.set()
    server.fails = StoreUnavailable("away")
    told = await asyncio.gather(*await dialled(starts, b"1", b"2"), return_exceptions=True)
    assert [type(each) for each in told] == [StoreUnavailable] * 2
    server.fails = None
    await asyncio.gather(*await dialled(starts, b"3"))


async def test_who_waits_no_longer_is_left_out() -> None:
    server = Server()
    starts = SessionStarts(server.unit)
    with pytest.raises(StoreUnavailable):
        await starts.keep(b"1", "at", None, START, seconds=0)
    hops = [*await dialled(starts, b"2"), *await dialled(starts, b"3", b"4")]
    hops[1].cancel()
    await asyncio.wait(hops[1:2])
    server.may_save.set()
    await asyncio.gather(hops[0], hops[2])
    assert server.batches[-1] == [b"2", b"4"]
