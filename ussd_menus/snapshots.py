"""Sessions in PostgreSQL: snapshots while Redis is away, and the row that each start leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.unit_of_work import UnitOfWork
from ussd_menus.session_store import Locked
from ussd_menus.tables import sessions, snapshots

OpenUnit = Callable[[], UnitOfWork]


@dataclass(frozen=True, slots=True)
class Start:
    """How a session began: enough to replay its history when both stores lost it."""

    entry: str
    menu: str
    language: str


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
        async with self._unit() as work:
            row = (await work.execute(statement)).first()
        if row is None:
            return Locked()
        return bytes(row[0]) if row[0] and row[1] else None

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
        async with self._unit() as work:
            return (await work.execute(statement)).rowcount == 1

    async def release(self, key: bytes, token: str) -> None:
        async with self._unit() as work:
            await work.execute(
                update(snapshots)
                .where(snapshots.c.key == key, snapshots.c.lock_token == token)
                .values(lock_token=None, locked_until=None)
            )

    async def peek(self, key: bytes) -> bytes | None:
        async with self._unit() as work:
            row = (
                await work.execute(
                    select(snapshots.c.sealed).where(
                        snapshots.c.key == key, snapshots.c.expires_at > func.clock_timestamp()
                    )
                )
            ).first()
        return bytes(row[0]) if row and row[0] else None

    async def sweep(self) -> int:
        """Drop what has expired; the number of rows dropped."""
        async with self._unit() as work:
            return (
                await work.execute(delete(snapshots).where(snapshots.c.expires_at < func.clock_timestamp()))
            ).rowcount


class SessionStarts:
    """One row a session, written when it begins."""

    def __init__(self, unit: OpenUnit) -> None:
        self._unit = unit

    async def keep(self, key: bytes, aggregator: str, network: str | None, start: Start) -> None:
        async with self._unit() as work:
            await work.execute(
                insert(sessions)
                .values(
                    key=key,
                    aggregator=aggregator,
                    network=network,
                    entry=start.entry,
                    menu=start.menu,
                    language=start.language,
                )
                .on_conflict_do_nothing()
            )

    async def find(self, key: bytes) -> Start | None:
        async with self._unit() as work:
            row = (
                await work.execute(
                    select(sessions.c.entry, sessions.c.menu, sessions.c.language).where(sessions.c.key == key)
                )
            ).first()
        return Start(*row) if row else None
