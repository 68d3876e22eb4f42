"""Sessions in PostgreSQL: snapshots while Redis is away, and the row that each start leaves."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Executable, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import StoreUnavailable
from storage.unit_of_work import UnitOfWork
from ussd_menus.patience import within
from ussd_menus.session_store import Locked
from ussd_menus.tables import sessions, snapshots

OpenUnit = Callable[[], UnitOfWork]

READ_SECONDS = 1.5
WRITE_SECONDS = 0.6
"""A hop has other things to do with its time than to wait for its own memory."""


async def _soon(unit: OpenUnit, statement: Executable, seconds: float) -> tuple[Sequence[Any], int]:
    """Rows and row count of one statement, committed; raises `StoreUnavailable`, also when it takes too long."""
    try:
        return await within(seconds, _run(unit, statement))
    except TimeoutError:
        raise StoreUnavailable("PostgreSQL did not answer in time") from None


async def _run(unit: OpenUnit, statement: Executable) -> tuple[Sequence[Any], int]:
    async with unit() as work:
        result = await work.execute(statement)
        return (result.all() if result.returns_rows else ()), result.rowcount


# Past SQLAlchemy (`UnitOfWork.alone`): every call writes one.
_KEEP = """
INSERT INTO ussd_sessions (key, aggregator, network, entry, menu, language)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
"""
_MOST_AT_ONCE = 200

KEPT = timedelta(days=1)
"""How long the row of a session's start is kept: sessions live minutes, days are for who looks into a complaint."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a session began: enough to replay its history when both stores lost it."""

    entry: str
    menu: str
    language: str


_Row: TypeAlias = tuple[bytes, str, str | None, str, str, str]
"""Key, aggregator, network, entry, menu, language."""


class PostgresSnapshots:
    """Fulfils `session_store.Snapshots`; every call is a unit of work of its own. Times are the database's."""

    def __init__(self, unit: OpenUnit) -> None:
        self._unit = unit

    async def open(self, key: bytes, token: str, lock_seconds: float, ttl: int) -> bytes | Locked | None:
        """Lock and read in one statement; None where nothing is kept."""
        now = func.clock_timestamp()
        lock = {"lock_token": token, "locked_until": now + timedelta(seconds=lock_seconds)}
        statement = (
            insert(snapshots)
            .values(key=key, sealed=b"", expires_at=now + timedelta(seconds=ttl), **lock)
            .on_conflict_do_update(
                index_elements=[snapshots.c.key],
                set_=lock,
                where=or_(
                    snapshots.c.locked_until.is_(None),
                    snapshots.c.locked_until < now,
                    snapshots.c.lock_token == token,
                ),
            )
            .returning(snapshots.c.sealed, snapshots.c.expires_at > now)
        )
        rows, _ = await _soon(self._unit, statement, READ_SECONDS)
        if not rows:
            return Locked()
        sealed, alive = rows[0]
        return bytes(sealed) if sealed and alive else None

    async def save(self, key: bytes, token: str, sealed: bytes, ttl: int) -> bool:
        """Write and release; False when the lock is no longer ours."""
        statement = (
            update(snapshots)
            .where(snapshots.c.key == key, snapshots.c.lock_token == token)
            .values(
                sealed=sealed,
                lock_token=None,
                locked_until=None,
                expires_at=func.clock_timestamp() + timedelta(seconds=ttl),
            )
        )
        return (await _soon(self._unit, statement, WRITE_SECONDS))[1] == 1

    async def release(self, key: bytes, token: str) -> None:
        await _soon(
            self._unit,
            update(snapshots)
            .where(snapshots.c.key == key, snapshots.c.lock_token == token)
            .values(lock_token=None, locked_until=None),
            WRITE_SECONDS,
        )

    async def peek(self, key: bytes) -> bytes | None:
        rows, _ = await _soon(
            self._unit,
            select(snapshots.c.sealed).where(snapshots.c.key == key, snapshots.c.expires_at > func.clock_timestamp()),
            READ_SECONDS,
        )
        return bytes(rows[0][0]) if rows and rows[0][0] else None

    async def sweep(self) -> int:
        """Drop what has expired; the number of rows dropped."""
        async with self._unit() as work:
            return (
                await work.execute(delete(snapshots).where(snapshots.c.expires_at < func.clock_timestamp()))
            ).rowcount


class SessionStarts:
    """One row a session, written when it begins: what comes while others are being written goes with the next ones, in
    one statement and one commit."""

    def __init__(self, unit: OpenUnit) -> None:
        self._unit = unit
        self._waiting: list[tuple[_Row, asyncio.Future[Exception | None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(
        self, key: bytes, aggregator: str, network: str | None, start: Start, seconds: float = WRITE_SECONDS
    ) -> None:
        """Durable when it returns; raises `StoreUnavailable`, also when that takes longer than so many seconds."""
        kept: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(((key, aggregator, network, start.entry, start.menu, start.language), kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        try:
            await asyncio.wait((kept,), timeout=seconds)
            failure = kept.result() if kept.done() else StoreUnavailable("PostgreSQL did not answer in time")
        finally:
            # Whoever waits no longer is left out of what is still to be written.
            kept.cancel()
        if failure is not None:
            raise failure

    async def _write(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                rows = [row for row, kept in batch if not kept.done()]
                failure = await self._written(rows) if rows else None
                for _, kept in batch:
                    if not kept.done():
                        kept.set_result(failure)
        finally:
            self._writing = None

    async def _written(self, rows: Sequence[_Row]) -> Exception | None:
        try:
            # One connection that hangs must not hold up the starts that come after.
            await within(READ_SECONDS, self._save(rows))
        except TimeoutError:
            return StoreUnavailable("PostgreSQL did not answer in time")
        except Exception as failure:
            return failure
        return None

    async def _save(self, rows: Sequence[_Row]) -> None:
        async with self._unit() as work:
            await work.alone(_KEEP, *zip(*rows, strict=True))

    async def find(self, key: bytes) -> Start | None:
        rows, _ = await _soon(
            self._unit,
            select(sessions.c.entry, sessions.c.menu, sessions.c.language).where(sessions.c.key == key),
            READ_SECONDS,
        )
        return Start(*rows[0]) if rows else None

    async def sweep(self) -> int:
        """Drop the starts that no session can still need; the number of rows dropped."""
        old = sessions.c.started_at < func.clock_timestamp() - KEPT
        async with self._unit() as work:
            return (await work.execute(delete(sessions).where(old))).rowcount
