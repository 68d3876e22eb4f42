"""A unit of work takes its connection late, gives it back early, and undoes only what is not yet safe."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import StoreUnavailable
from storage.database_failures import unavailable
from storage.engine import create_engine
from storage.errors import NotSaved
from storage.unit_of_work import Database
from tests.until import until

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


@pytest.mark.parametrize("fetch_first", [True, False])
@pytest.mark.parametrize("broken", [True, False])
async def test_what_goes_past_sqlalchemy_is_in_the_same_transaction(
    counts: Database, fetch_first: bool, broken: bool
) -> None:
    async def fetch() -> None:
        assert [row["n"] for row in await work.fetch("INSERT INTO uow_counts VALUES ($1) RETURNING n", 1)] == [1]

    async def execute() -> None:
        await work.execute(insert(COUNTS), {"n": 2})

    with contextlib.suppress(RuntimeError):
        async with counts.unit_of_work() as work:
            for step in (fetch, execute) if fetch_first else (execute, fetch):
                await step()
            assert [row["n"] for row in await work.fetch("SELECT n FROM uow_counts ORDER BY n")] == [1, 2]
            assert await written(counts) == []
            if broken:
                raise RuntimeError("stop here")
    assert await written(counts) == ([] if broken else [1, 2])
    assert in_use(counts.engine) == 0


async def test_a_checkpoint_ends_what_went_past_sqlalchemy(counts: Database) -> None:
    async with counts.unit_of_work() as work:
        await work.fetch("INSERT INTO uow_counts VALUES (1)")
        await work.checkpoint()
        assert in_use(counts.engine) == 0
        assert await written(counts) == [1]
        await work.fetch("INSERT INTO uow_counts VALUES (2)")
    assert await written(counts) == [1, 2]


async def test_a_failing_statement_leaves_the_connection_as_good_as_before(counts: Database) -> None:
    for _ in range(3):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with counts.unit_of_work() as work:
                await work.fetch("INSERT INTO uow_counts VALUES (1)")
                await work.fetch("INSERT INTO uow_counts VALUES (1)")
    assert await written(counts) == []


async def test_a_connection_that_is_cut_is_no_error_of_the_statement(counts: Database) -> None:
    with pytest.raises(StoreUnavailable):
        async with counts.unit_of_work() as work:
            [row] = await work.fetch("SELECT pg_backend_pid() AS pid")
            async with counts.unit_of_work() as other:
                await other.fetch("SELECT pg_terminate_backend($1)", row["pid"])
            await work.fetch("SELECT 1")
    assert in_use(counts.engine) == 0
    async with counts.unit_of_work() as work:  # and the next has one that works
        await work.fetch("SELECT 1")


async def test_what_is_only_read_begins_no_transaction_and_sees_the_one_that_has_begun(counts: Database) -> None:
    looking = Database(create_engine(counts.engine.url.render_as_string(hide_password=False), pool_size=1))

    async def state(pid: int) -> str:
        async with looking.unit_of_work() as other:
            [row] = await other.read("SELECT state FROM pg_stat_activity WHERE pid = $1", pid)
        return str(row["state"])

    async with counts.unit_of_work() as work:
        [[pid]] = await work.read("SELECT pg_backend_pid()")
        assert (await state(pid), in_use(counts.engine)) == ("idle", 0)
        await work.fetch("INSERT INTO uow_counts VALUES (1)")
        assert [row["n"] for row in await work.read("SELECT n FROM uow_counts")] == [1]
        [[pid]] = await work.read("SELECT pg_backend_pid()")
        assert await state(pid) == "idle in transaction"
    assert await written(counts) == [1]
    assert in_use(counts.engine) == 0
    await looking.close()


async def test_what_stands_alone_is_saved_at_once_and_never_beside_something_open(counts: Database) -> None:
    with pytest.raises(StoreUnavailable):
        async with counts.unit_of_work() as work:
            await work.alone("INSERT INTO uow_counts VALUES (1)")
            assert (await written(counts), in_use(counts.engine)) == ([1], 0)
            raise StoreUnavailable("of something else")
    assert await written(counts) == [1]
    with pytest.raises(RuntimeError):
        async with counts.unit_of_work() as work:
            await work.fetch("INSERT INTO uow_counts VALUES (2)")
            await work.alone("INSERT INTO uow_counts VALUES (3)")
    assert (await written(counts), in_use(counts.engine)) == ([1], 0)


async def cancelled_after(steps: int, work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def test_a_connection_that_broke_as_it_read_goes_to_nobody(counts: Database) -> None:
    url = counts.engine.url.render_as_string(hide_password=False)
    narrow = Database(create_engine(url, pool_size=1, overflow=0))
    with pytest.raises(StoreUnavailable):
        async with narrow.unit_of_work() as work:
            await work.read("SELECT pg_terminate_backend(pg_backend_pid())")

    async def hop() -> None:
        async with narrow.unit_of_work() as work:
            await work.read("SELECT pg_sleep(60)")

    for steps in range(1, 20):
        await cancelled_after(steps, hop())
        async with narrow.unit_of_work() as work:
            assert [row["n"] for row in await work.read("SELECT $1::int AS n", steps)] == [steps]
    await narrow.close()


async def test_what_a_failed_reading_undid_is_not_called_saved(counts: Database) -> None:
    said: list[str] = []
    for past_sqlalchemy in (True, False):
        with pytest.raises(StoreUnavailable):
            async with counts.unit_of_work() as work:
                if past_sqlalchemy:
                    await work.fetch("INSERT INTO uow_counts VALUES (1)")
                else:
                    await work.execute(insert(COUNTS).values(n=1))
                work.after_commit(lambda: said.append("saved"))
                with contextlib.suppress(asyncpg.PostgresError):
                    await work.read("SELECT 1 / 0")
    assert (said, await written(counts), in_use(counts.engine)) == ([], [], 0)


@pytest.mark.parametrize("past_sqlalchemy", [True, False])
async def test_what_a_caught_error_undid_is_not_called_saved(counts: Database, past_sqlalchemy: bool) -> None:
    said: list[str] = []
    with pytest.raises(NotSaved):
        async with counts.unit_of_work() as work:
            await work.execute(insert(COUNTS), {"n": 1})
            work.after_commit(lambda: said.append("saved"))
            with contextlib.suppress(IntegrityError, asyncpg.PostgresError):
                if past_sqlalchemy:
                    await work.fetch("INSERT INTO uow_counts VALUES (1)")
                else:
                    await work.execute(insert(COUNTS), {"n": 1})
    assert (said, await written(counts), in_use(counts.engine)) == ([], [], 0)


@pytest.mark.parametrize("past_sqlalchemy", [True, False])
async def test_what_failed_within_a_savepoint_is_undone_alone(counts: Database, past_sqlalchemy: bool) -> None:
    async with counts.unit_of_work() as work:
        await work.fetch("INSERT INTO uow_counts VALUES (1)")
        with contextlib.suppress(IntegrityError, asyncpg.PostgresError):
            async with work.savepoint():
                await work.execute(insert(COUNTS), {"n": 2})
                if past_sqlalchemy:
                    await work.fetch("INSERT INTO uow_counts VALUES (1)")
                else:
                    await work.execute(insert(COUNTS), {"n": 1})
        await work.execute(insert(COUNTS), {"n": 3})
    assert await written(counts) == [1, 3]


async def test_a_server_that_is_not_there_is_unavailable_past_sqlalchemy_too() -> None:
    nowhere = Database(create_engine("postgresql://guichet@/guichet?host=/nonexistent"))
    with pytest.raises(StoreUnavailable):
        async with nowhere.unit_of_work() as work:
            await work.fetch("SELECT 1")


async def test_what_is_said_to_be_saved_is_saved_whenever_a_task_before_was_cancelled(counts: Database) -> None:
    """Cancelled as its transaction begins: the connection may not go to the next with that transaction open."""
    url = counts.engine.url.render_as_string(hide_password=False)
    narrow = Database(create_engine(url, pool_size=1, overflow=0))

    async def hop() -> None:
        async with narrow.unit_of_work() as work:
            await work.fetch("INSERT INTO uow_counts VALUES (-1)")
            await asyncio.Event().wait()

    said = []
    for steps in range(1, 60):
        await cancelled_after(steps, hop())
        async with narrow.unit_of_work() as work:
            await work.fetch("INSERT INTO uow_counts VALUES ($1)", steps)
        said.append(steps)
    await narrow.close()
    assert await written(counts) == said


async def test_more_work_than_connections_opens_none_anew(counts: Database) -> None:
    opened: list[object] = []
    few = Database(create_engine(counts.engine.url.render_as_string(hide_password=False), pool_size=3))
    listen(few.engine.sync_engine, "connect", lambda connection, _: opened.append(connection))

    async def hop() -> None:
        async with few.unit_of_work() as work:
            await work.fetch("SELECT 1")

    for _ in range(3):
        await asyncio.gather(*[hop() for _ in range(20)])
    await few.close()
    assert len(opened) == 3


@pytest.mark.parametrize("state", ["25006", "55P03", "57P01", "40001"])
def test_what_the_server_cannot_do_now_is_known_however_it_arrives(state: str) -> None:
    theirs = asyncpg.PostgresError.new({"C": state, "M": "no"})
    assert unavailable(theirs) == f"database unavailable ({state})"
    assert unavailable(DBAPIError("SELECT", None, theirs)) == f"database unavailable ({state})"


async def test_a_server_that_only_reads_since_a_fail_over_is_unavailable(counts: Database) -> None:
    with pytest.raises(StoreUnavailable, match="25006"):
        async with counts.unit_of_work() as work:
            await work.fetch("SET TRANSACTION READ ONLY")
            await work.fetch("INSERT INTO uow_counts VALUES (1)")


@pytest.mark.parametrize("past_sqlalchemy", [True, False])
async def test_a_time_out_that_is_caught_within_is_not_called_saved(counts: Database, past_sqlalchemy: bool) -> None:
    said: list[str] = []
    with pytest.raises(NotSaved):
        async with counts.unit_of_work() as work:
            run = work.fetch if past_sqlalchemy else lambda sql: work.execute(text(sql))
            await run("INSERT INTO uow_counts VALUES (1)")
            work.after_commit(lambda: said.append("saved"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await run("SELECT pg_sleep(60)")
    assert (said, await written(counts), in_use(counts.engine)) == ([], [], 0)


async def cut(drivers: Sequence[Any], counts: Database) -> None:
    """The server closes them, and asyncpg has heard of it."""
    async with counts.unit_of_work() as other:
        for driver in drivers:
            await other.fetch("SELECT pg_terminate_backend($1)", driver.get_server_pid())
    await until(lambda: all(driver.is_closed() for driver in drivers))


@pytest.mark.parametrize("past_sqlalchemy", [True, False])
async def test_a_connection_that_was_closed_before_the_commit_is_told_as_such(
    counts: Database, past_sqlalchemy: bool
) -> None:
    said: list[str] = []
    with pytest.raises(StoreUnavailable):
        async with counts.unit_of_work() as work:
            if past_sqlalchemy:
                await work.fetch("INSERT INTO uow_counts VALUES (1)")
            else:
                await work.execute(insert(COUNTS), {"n": 1})
            work.after_commit(lambda: said.append("saved"))
            await cut([(await (await work.connection()).get_raw_connection()).driver_connection], counts)
    assert (said, await written(counts), in_use(counts.engine)) == ([], [], 0)


async def test_after_a_restart_of_the_server_nobody_pays_for_the_connections_that_lay_in_the_pool(
    counts: Database,
) -> None:
    ours = Database(create_engine(counts.engine.url.render_as_string(hide_password=False), pool_size=3))
    drivers: list[Any] = []
    listen(ours.engine.sync_engine, "connect", lambda opened, _: drivers.append(opened.driver_connection))
    for way in ("read", "alone", "fetch", "execute"):
        held = [await ours.engine.raw_connection() for _ in range(3)]
        for one in held:
            one.close()
        await cut([driver for driver in drivers if not driver.is_closed()], counts)
        for _ in range(3):
            async with ours.unit_of_work() as work:
                await (work.execute(text("SELECT 1")) if way == "execute" else getattr(work, way)("SELECT 1"))
    await ours.close()
