"""The unit of work: what is written together. Opened only by doors, the worker and the conversation shell."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from domain.errors import StoreUnavailable
from storage.database_failures import refusal, unavailable
from storage.errors import NotSaved

Record: TypeAlias = Mapping[str, Any]
"""A row by the names of its columns, as the driver gives it."""

Given = TypeVar("Given")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Database:
    """Gives units of work over one engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    def unit_of_work(self) -> "UnitOfWork":
        """A fresh unit; costs nothing until it first touches SQL."""
        return UnitOfWork(self.engine)

    def in_use(self) -> int:
        """How many connections units of work hold at this moment."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def ping(self) -> None:
        """Asks the server for an answer; raises `StoreUnavailable`."""
        async with self.unit_of_work() as work:
            connection = await work.connection()
            await connection.exec_driver_sql("SELECT 1")

    async def close(self) -> None:
        """Closes the pool."""
        await self.engine.dispose()


class UnitOfWork:
    """One transaction after another on a connection that is taken late and given back early.

    Used by one task at a time. Leaving the block commits; an exception rolls back what came after the last
    `checkpoint`. A statement that failed undoes its transaction, whoever catches the error: what follows is not saved,
    and committing says so (`NotSaved`), but for what failed within a `savepoint`. When the connection breaks during a
    commit nobody knows whether it was saved: callers for whom that matters make their writes repeatable (unique keys).
    """

    __slots__ = ("_after_commit", "_before_commit", "_broken", "_connection", "_driver", "_engine", "_failed", "_own")

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        # Below that one asyncpg's own, once a transaction has begun; and that one, unless SQLAlchemy began it.
        self._driver: Any = None
        self._own: Any = None
        # Nobody knows in which state it is: given back, it is thrown away.
        self._broken = False
        # PostgreSQL takes no more of this transaction: it would roll it back, and call that a commit.
        self._failed = False
        self._before_commit: list[Callable[[], Awaitable[None]]] = []
        self._after_commit: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self.checkpoint()
            return
        await self._undone()

    async def connection(self) -> AsyncConnection:
        """The connection, taken from the pool at the first call; prefer `execute`."""
        if self._connection is None:
            self._connection = await _given(self._engine.connect())
        return self._connection

    async def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Runs a statement and gives its rows; raises `StoreUnavailable` when the server cannot be reached.

        Errors of the statement itself (`sqlalchemy.exc.IntegrityError` and its like) pass through.
        """
        connection = self._connection or await self.connection()
        try:
            return await connection.execute(statement, parameters)
        except BaseException as error:
            # A time-out that the caller made and catches too: the server was told to stop, and has undone all.
            self._failed = True
            if isinstance(error, Exception) and (reason := unavailable(error)):
                raise StoreUnavailable(reason) from error
            raise

    async def fetch(self, sql: str, *values: Any) -> Sequence[Record]:
        """As `execute`, in the same transaction, for the few statements that run all the time: it goes past SQLAlchemy,
        which costs 150 µs a statement and several a row. `$1` is the first of the values; asyncpg prepares once.

        Errors of the statement itself are asyncpg's (`asyncpg.PostgresError`).
        """
        driver = self._driver or await self._started()
        try:
            rows: Sequence[Record] = await driver.fetch(sql, *values)
        except BaseException as error:
            self._failed = True
            if isinstance(error, Exception) and (reason := _lost(error, driver)):
                raise StoreUnavailable(reason) from error
            raise
        return rows

    async def read(self, sql: str, *values: Any) -> Sequence[Record]:
        """As `fetch`, for a statement that changes and locks nothing. Where no transaction has begun it begins none: a
        statement is one by itself, and one around it costs two journeys more. Where one has, it reads within it.
        """
        if self._connection is not None:
            try:
                return await self.fetch(sql, *values)
            except BaseException:
                self._broken = True
                raise
        return await self._by_itself(sql, values)

    async def alone(self, sql: str, *values: Any) -> Sequence[Record]:
        """As `fetch`, for a write that needs no other beside it: saved when this returns, whatever becomes of the unit.
        One journey to the server instead of three. Not where this unit has something open: that would hold two
        connections at once.
        """
        if self._connection is not None:
            raise RuntimeError("something is open")
        return await self._by_itself(sql, values)

    async def _by_itself(self, sql: str, values: Sequence[Any]) -> Sequence[Record]:
        """On a connection of its own, straight from the pool and back: SQLAlchemy's object around one costs as much as
        the statement."""
        pooled = await _given(self._engine.raw_connection())
        driver: Any = pooled.driver_connection
        try:
            rows: Sequence[Record] = await driver.fetch(sql, *values)
        except BaseException as error:
            # Nobody knows in which state it is.
            pooled.invalidate()
            if isinstance(error, Exception) and (reason := _lost(error, driver)):
                raise StoreUnavailable(reason) from error
            raise
        pooled.close()
        return rows

    async def _started(self) -> Any:
        """asyncpg's connection, within a transaction. What SQLAlchemy begins after it is a savepoint in that one."""
        connection = await self.connection()
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if not connection.in_transaction():
            # Ours before it begins: cancelled on the way, it may have begun at the server. asyncpg refuses to roll back
            # such a one, so that the connection is thrown away instead of given to the next.
            own = self._own = driver.transaction()
            try:
                await own.start()
            except BaseException as error:
                await self._give_back()
                if not isinstance(error, Exception):
                    raise
                raise StoreUnavailable(unavailable(error) or "database unavailable (connection lost)") from error
        self._driver = driver
        return driver

    async def checkpoint(self) -> None:
        """Commits what was written so far and gives the connection back, as before a call to a ministry."""
        await self._write_last()
        if self._connection is not None:
            driver = self._driver
            try:
                begun = self._own is not None or self._connection.in_transaction()
                if begun and (self._broken or self._failed):
                    raise NotSaved("a statement failed on the way")
                if self._connection.in_transaction():
                    await self._connection.commit()
                if self._own is not None:
                    await self._own.commit()
                    self._own = None
            except BaseException as error:
                await self._undone()
                if isinstance(error, NotSaved) or not isinstance(error, Exception):
                    raise
                if reason := _lost(error, driver):
                    raise StoreUnavailable(reason) from error
                raise
            await self._give_back()
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails within is undone alone: its error may be caught outside, and the rest goes on."""
        failed = self._failed
        try:
            async with (await self.connection()).begin_nested():
                yield
        except StoreUnavailable:
            raise
        except Exception:
            self._failed = failed
            raise

    def before_commit(self, write: Callable[[], Awaitable[None]]) -> None:
        """Writes it as the last of this transaction, after all its other locks are taken; never after a rollback."""
        self._before_commit.append(write)

    async def _write_last(self) -> None:
        writes, self._before_commit = self._before_commit, []
        try:
            for write in writes:
                await write()
        except BaseException:
            await self._undone()
            raise

    async def _undone(self) -> None:
        self._before_commit.clear()
        self._after_commit.clear()
        await self._give_back()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once what was written so far is durable; never after a rollback."""
        self._after_commit.append(callback)

    async def _give_back(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        own, self._own = self._own, None
        broken, self._broken, self._failed = self._broken, False, False
        if connection is None:
            return
        if not broken and own is None and not connection.in_transaction():
            # Nothing is open: giving it back asks the server nothing, and waits for nothing.
            await connection.close()
            return
        # Shielded: a hop that is cancelled must still return its connection, rolled back.
        closing = asyncio.ensure_future(_closed(connection, own, broken))
        try:
            await asyncio.shield(closing)
        except Exception as error:
            if not unavailable(error):
                raise


async def _closed(connection: AsyncConnection, own: Any, broken: bool) -> None:
    """Gives it back, rolled back from the inside out."""
    try:
        if broken:
            await connection.invalidate()
        elif own is not None:
            await connection.rollback()
            await own.rollback()
    except Exception:
        # Whatever broke: a connection whose state nobody knows is used no more.
        await connection.invalidate()
    await connection.close()


async def _given(connection: Awaitable[Given]) -> Given:
    """The pool's connection; raises `StoreUnavailable` where there is none."""
    try:
        return await connection
    except Exception as error:
        raise StoreUnavailable(unavailable(error) or refusal(error)) from error


def _lost(error: Exception, driver: Any) -> str:
    """`unavailable`, also where the connection went away in a statement."""
    closed = driver is not None and driver.is_closed()
    return unavailable(error) or ("database unavailable (connection lost)" if closed else "")
