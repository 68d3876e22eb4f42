"""Workers killed with SIGKILL at every point, and PostgreSQL restarted under load: nothing lost, nothing told thrice.

A code is never sent twice; an alert once more at most, and only where its sending may have been seen.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from domain.clock import SystemClock
from domain.errors import StoreUnavailable
from services.alerts import AlertKind
from services.records.tables import EVENTS
from sms.records.books import books
from sms.records.outbox import SqlOutbox
from storage.embedded import embedded_postgres
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.unit_of_work import Database, UnitOfWork
from tests.amounts import amount
from tests.nursery import WAIT, Nursery, dead, kill
from tests.nursery import nursery as opened
from tests.sms.mortal import work, worker
from tests.sms.queueing import Post, alert
from tests.until import until

BEFORE_THE_WRITE = ("claimed", "before_connect")
AFTER_THE_WRITE = ("after_write", "after_answer", "written")
KILLS = amount(16, 100)
AT_ONCE = 4  # workers beside each other
TEN_MINUTES = 600.0
PATIENCE = 2.0
# The provider is this very process, and on a busy machine it may stand still for seconds: who comes last waits for it.
LAST_PATIENCE = 30.0


@dataclass
class Received:
    """What the provider saw: a process's death is no excuse before it."""

    port: int = 0
    times: Counter[UUID] = field(default_factory=Counter)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    hearing: set[asyncio.Task[None]] = field(default_factory=set)

    def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.hear(reader, writer))
        self.hearing.add(task)
        task.add_done_callback(self.hearing.discard)

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with contextlib.suppress(OSError):
            while line := (await reader.readline()).decode().split():
                self.times[UUID(line[0])] += 1
                await asyncio.sleep(0.01)
                writer.write(f"{line[0]}-{line[1]}-{self.times[UUID(line[0])]}\n".encode())
                await writer.drain()
        writer.close()
        self.open.discard(writer)
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def one_more(self) -> None:
        """Until something more has arrived, so that death comes while there is work, however busy the machine."""
        before = self.times.total()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                while self.times.total() == before:
                    await asyncio.sleep(0.005)


@pytest.fixture
async def received() -> AsyncIterator[Received]:
    seen = Received()
    server = await asyncio.start_server(seen.heard, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    yield seen
    server.close()
    for writer in seen.open:
        writer.close()
    await asyncio.sleep(0.1)
    if seen.hearing:
        await asyncio.wait(seen.hearing, timeout=WAIT)


@pytest.fixture(scope="module")
async def nursery(sms_url: str) -> AsyncIterator[Nursery]:
    async with opened("tests.sms.mortal", sms_url) as made:
        yield made


async def settled(post: Post) -> None:
    """Until nothing waits or is under way."""
    await none_is(
        post,
        lambda row: row.state in ("queued", "held", "sending") or (row.state == "unknown" and not row.extra_sends),
    )


async def none_is(post: Post, open_still: Callable[[Any], bool]) -> None:
    over = asyncio.get_running_loop().time() + WAIT
    while left := [row for row in await post.rows() if open_still(row)]:
        assert asyncio.get_running_loop().time() < over, Counter((row.state, row.reason) for row in left)
        await asyncio.sleep(0.05)


async def handled(unit: UnitOfWork, post: Post) -> UUID:
    """A ministry's event that told one person, in the transaction of its message."""
    id = post.ids.uuid7()
    columns = {
        "source": "vemtas",
        "event_id": id.hex,
        "digest": b"",
        "type": "t",
        "state": "handled",
        "outcome": "told",
    }
    await unit.execute(insert(EVENTS).values(id=id, told=1, attempts=1, received_at=post.clock.now(), **columns))
    return id


async def unanswered(post: Post) -> None:
    """Until nothing is left but alerts that wait for a report."""
    await none_is(post, lambda row: row.state in ("queued", "held", "sending"))


def running(database: Database) -> Post:
    """A post office whose clock goes."""
    post = Post(database)
    post.clock = SystemClock()  # type: ignore[assignment]
    post.keys._clock = post.clock
    post.ids._clock = post.clock
    return post


@pytest.mark.parametrize("kind", [AlertKind.GRANTED, AlertKind.CODE])
@pytest.mark.parametrize("point", [*BEFORE_THE_WRITE, *AFTER_THE_WRITE])
async def test_a_worker_killed_at_a_point(
    database: Database, received: Received, nursery: Nursery, point: str, kind: AlertKind
) -> None:
    post = running(database)
    id = await post.put(await post.person(), kind=kind)
    assert id
    await dead(await nursery.born(port=received.port, fault=point))
    seen_before = 0 if point in BEFORE_THE_WRITE else 1
    # What the dead has written may still be on its way here.
    await until(lambda: received.times[id] == seen_before)
    successor = await nursery.born(port=received.port, call=LAST_PATIENCE)
    await settled(post)
    await kill(successor)

    row = await post.row(id)
    if point in ("claimed", "written"):  # for nobody to begin again, or to doubt
        assert (row.state, received.times[id], row.extra_sends) == ("sent", 1, 0)
    elif kind is AlertKind.CODE:
        assert (row.state, row.reason, received.times[id]) == ("failed", "unanswered", seen_before)
    else:
        assert (row.state, received.times[id], row.extra_sends) == ("sent", seen_before + 1, 1)


@pytest.mark.long
async def test_a_hundred_kills_under_load(database: Database, received: Received, nursery: Nursery) -> None:
    """The ten minutes' wait for a report is longer than all the kills take; then it is made to be over.

    The provider answers in this very process, which may be busy: a call may take long, so that no living worker gives
    it up and nothing that went twice stays without an answer.
    """
    post = running(database)
    persons = [await post.person() for _ in range(20)]
    alerts: list[UUID] = []
    codes: list[UUID] = []
    killed = asyncio.Event()

    async def put() -> None:
        while not killed.is_set():
            person = random.choice(persons)
            async with database.unit_of_work() as unit:
                event = await handled(unit, post)
                told = alert(person, subject=str(len(alerts)), event=event)
                id = await SqlOutbox(post.sealed(unit), post.clock, post.ids).put(told)
            alerts.append(id)  # type: ignore[arg-type]
            if len(alerts) % 4 == 0:
                codes.append(await post.put(person, kind=AlertKind.CODE))  # type: ignore[arg-type]
            await asyncio.sleep(0.02)

    putting = asyncio.create_task(put())
    draw, left = random.Random(1), iter(range(KILLS))

    async def kills() -> None:
        """One after the other, beside others that live and die."""
        for _ in left:
            async with begetting:
                worker_pid = await nursery.born(port=received.port, unanswered=TEN_MINUTES, call=PATIENCE)
            await received.one_more()
            await asyncio.sleep(draw.uniform(0, 0.1))
            await kill(worker_pid)

    begetting = asyncio.Lock()
    try:
        await asyncio.gather(*(kills() for _ in range(AT_ONCE)))
    finally:
        killed.set()
        await putting
    last = await nursery.born(port=received.port, unanswered=TEN_MINUTES, call=LAST_PATIENCE)
    await unanswered(post)
    await post.pass_waits()
    await settled(post)
    await kill(last)

    rows = {row.id: row for row in await post.rows()}
    assert len(rows) == len(alerts) + len(codes)
    assert [id for id in alerts if not received.times[id]] == []
    assert max(received.times[id] for id in alerts) <= 2
    extra = sum(received.times[id] - 1 for id in alerts)
    assert extra <= sum(rows[id].extra_sends for id in alerts)
    assert {rows[id].state for id in alerts} == {"sent"}
    assert max(received.times[id] for id in codes) == 1
    assert {rows[id].state for id in codes} <= {"sent", "failed"}
    assert all(rows[id].reason == "unanswered" for id in codes if rows[id].state == "failed")
    failed = sum(rows[id].state == "failed" for id in codes)
    print(f"{KILLS} kills: {len(alerts)} alerts, {extra} sent twice; {len(codes)} codes, {failed} failed")
    async with database.unit_of_work() as unit:
        kept = await books(unit)
    assert kept.balance and kept.events == len(alerts)


async def test_postgresql_restarts_under_load(servers_dir: Path, received: Received) -> None:
    home = servers_dir / "restarted"
    acknowledged: list[UUID] = []
    ended = asyncio.Event()
    with contextlib.ExitStack() as first:
        url = first.enter_context(embedded_postgres(home)).url
        await upgrade(url)
        database = Database(create_engine(url, connect_timeout=5))
        post = running(database)
        person = await post.person()

        async def put() -> None:
            while not ended.is_set():
                with contextlib.suppress(StoreUnavailable):
                    async with database.unit_of_work() as unit:
                        event = await handled(unit, post)
                        told = alert(person, subject=str(len(acknowledged) % 40), event=event)
                        id = await SqlOutbox(post.sealed(unit), post.clock, post.ids).put(told)
                    acknowledged.append(id)  # type: ignore[arg-type]
                await asyncio.sleep(0.003)

        stopped = asyncio.Event()
        dispatcher, provider = await worker(database, received.port)
        tasks = [asyncio.create_task(put()), asyncio.create_task(work(dispatcher, stopped))]
        await until(lambda: len(acknowledged) >= 100, *tasks)
        await asyncio.to_thread(first.close)
    before = len(acknowledged)
    with embedded_postgres(home):
        await until(lambda: len(acknowledged) >= before + 100, *tasks)
        ended.set()
        await tasks[0]
        await settled(post)
        stopped.set()
        await tasks[1]
        await provider.stop()
        rows = {row.id: row for row in await post.rows()}
        assert [id for id in acknowledged if id not in rows] == []
        assert {rows[id].state for id in acknowledged} <= {"sent", "unknown"}
        assert [id for id in acknowledged if received.times[id] not in (1, 2)] == []
        async with database.unit_of_work() as unit:
            kept = await books(unit)
        assert kept.balance and kept.told == len(rows)
        await database.close()
