"""A unit of work takes its connection late, gives it back early, and undoes only what is not yet safe."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import StoreUnavailable
from storage.engine import create_engine
from storage.unit_of_work import Database

COUNTS = Table("uow_counts", MetaData(), Column("n", Integer, primary_key=True))


@pytest.fixture
async def counts(database: Database) -> AsyncIterator[Database]:
    async with database.engine.begin() as connection:
        await connection.run_sync(COUNTS.create)
    yield database
    async with database.engine.begin() as connection:
        await connection.run_sync(COUNTS.drop)


async def written(database: Database) -> list[int]:
    async with database.unit_of_work() as work:
        return list((await work.execute(select(COUNTS.c.n).order_by(COUNTS.c.n))).scalars())


def in_use(engine: AsyncEngine) -> int:
    return int(engine.pool.checkedout())  # type: ignore[attr-defined]


async def test_a_unit_that_touches_no_sql_needs_no_server() -> None:
    nowhere = Database(create_engine("postgresql://guichet@/guichet?host=/nonexistent"))
    async with nowhere.unit_of_work() as work:
        await work.checkpoint()


async def test_leaving_commits(counts: Database) -> None:
    async with counts.unit_of_work() as work:
        await work.execute(insert(COUNTS), [{"n": 1}, {"n": 2}])
        assert in_use(counts.engine) == 1
    assert in_use(counts.engine) == 0
    assert await written(counts) == [1, 2]


async def test_an_exception_undoes_what_came_after_the_checkpoint(counts: Database) -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError):
        async with counts.unit_of_work() as work:
            await work.execute(insert(COUNTS), {"n": 1})
            work.after_commit(lambda: done.append("first"))
            await work.checkpoint()
            assert done == ["first"]
            assert in_use(counts.engine) == 0  # none is held while a ministry is called
            assert await written(counts) == [1]
            await work.execute(insert(COUNTS), {"n": 2})
            work.after_commit(lambda: done.append("second"))
            raise RuntimeError
    assert await written(counts) == [1]
    assert done == ["first"]


async def test_rows_are_read_in_full_before_the_connection_goes(counts: Database) -> None:
    async with counts.unit_of_work() as work:
        await work.execute(insert(COUNTS), [{"n": n} for n in range(300)])
        rows = await work.execute(select(COUNTS.c.n))
        await work.checkpoint()
        assert len(rows.all()) == 300


async def test_a_cancelled_hop_gives_its_connection_back(counts: Database) -> None:
    written_one = asyncio.Event()

    async def hop() -> None:
        async with counts.unit_of_work() as work:
            await work.execute(insert(COUNTS), {"n": 1})
            written_one.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hop())
    await written_one.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await written(counts) == []
    assert in_use(counts.engine) == 0


async def test_a_statements_own_error_passes_through(counts: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with counts.unit_of_work() as work:
            await work.execute(insert(COUNTS), {"n": 77})
            await work.execute(insert(COUNTS), {"n": 77})
    assert "parameters hidden" in str(refused.value)
    assert await written(counts) == []


async def test_a_server_that_is_away_is_told_as_such() -> None:
    for url in ("postgresql://u:secret@127.0.0.1:1/d", "postgresql://u@/d?host=/nonexistent"):
        with pytest.raises(StoreUnavailable) as told:
            async with Database(create_engine(url)).unit_of_work() as work:
                await work.execute(text("SELECT 1"))
        assert "secret" not in str(told.value)


async def test_a_database_that_refuses_us_is_told_as_such(postgres_url: str) -> None:
    stranger = Database(create_engine(postgres_url.replace("/postgres?", "/nosuch?")))
    with pytest.raises(StoreUnavailable, match="3D000"):
        await stranger.ping()


async def test_anothers_time_out_is_not_taken_for_ours(counts: Database) -> None:
    with pytest.raises(TimeoutError):
        async with counts.unit_of_work() as work:
            await work.execute(insert(COUNTS), {"n": 1})
            raise TimeoutError("the ministry's")
    assert await written(counts) == []


async def test_a_broken_connection_is_told_and_the_next_unit_works(counts: Database) -> None:
    with pytest.raises(StoreUnavailable):
        async with counts.unit_of_work() as work:
            (pid,) = (await work.execute(text("SELECT pg_backend_pid()"))).one()
            async with counts.unit_of_work() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await work.execute(insert(COUNTS), {"n": 1})
    assert await written(counts) == []


async def test_a_slow_statement_and_a_full_pool_are_told(postgres_url: str) -> None:
    database = Database(
        create_engine(postgres_url, pool_size=1, overflow=0, statement_timeout=0.1, connect_timeout=0.1)
    )
    with pytest.raises(StoreUnavailable, match="57014"):
        async with database.unit_of_work() as work:
            await work.execute(text("SELECT pg_sleep(5)"))
    async with database.unit_of_work() as holder:
        await holder.execute(text("SELECT 1"))
        with pytest.raises(StoreUnavailable, match="free"):
            await database.ping()
    await database.ping()
    await database.close()
