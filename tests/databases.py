"""Databases of tests: migrated once, copied for each room, emptied between tests."""

from typing import Any

import asyncpg

from storage.migrate import upgrade

_TEMPLATE = "migrated_template"
# From here on a DELETE that leaves its dead rows behind costs more than new files for table and indexes.
_MANY_OCTETS = 256 * 1024
_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"

_SIZES = "SELECT name, pg_relation_size(name::regclass) FROM unnest($1::text[]) AS name"


class Databases:
    """Over one server. Emptying a database costs a look into each table and a DELETE where there is a row; TRUNCATE
    of all, with new files for some forty tables and their indexes, took longer than most tests."""

    def __init__(self, postgres_url: str) -> None:
        self._server = postgres_url
        self._has_template = False
        self._cleaners: dict[str, _Cleaner] = {}

    async def created(self, name: str) -> str:
        """The URL of a new database without tables."""
        await self._make(f"CREATE DATABASE {name}")
        return self._named(name)

    async def migrated(self, name: str) -> str:
        """The URL of a new database at the newest revision: a copy, as migrating takes longer."""
        if not self._has_template:
            await upgrade(await self.created(_TEMPLATE))
            self._has_template = True
        await self._make(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
        return self._named(name)

    async def emptied(self, url: str) -> str:
        """No row left in any table, whatever triggers and keys would say to that; gives the URL back."""
        cleaner = self._cleaners.get(url)
        if cleaner is None or cleaner.connection.is_closed():
            cleaner = self._cleaners[url] = await _Cleaner.open(url)
        await cleaner.clean()
        return url

    async def dropped(self, name: str) -> None:
        """That database is no more."""
        if cleaner := self._cleaners.pop(self._named(name), None):
            await cleaner.connection.close()
        await self._make(f"DROP DATABASE {name} WITH (FORCE)")

    async def close(self) -> None:
        for cleaner in self._cleaners.values():
            await cleaner.connection.close()

    def _named(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")

    async def _make(self, statement: str) -> None:
        connection = await _connected(self._server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class _Cleaner:
    """One connection, kept: what it has planned once need not be planned again."""

    def __init__(self, connection: Any, filled: Any) -> None:
        self.connection, self._filled = connection, filled

    @classmethod
    async def open(cls, url: str) -> "_Cleaner":
        connection = await _connected(url)
        # Neither foreign keys nor triggers that guard what may be deleted.
        await connection.execute("SET session_replication_role = replica")
        names = [row[0] for row in await connection.fetch(_TABLES)]
        looks = ", ".join(f"CASE WHEN EXISTS (SELECT FROM {name}) THEN '{name}' END" for name in names)
        return cls(connection, await connection.prepare(f"SELECT array_remove(ARRAY[{looks}]::text[], NULL)"))

    async def clean(self) -> None:
        filled = await self._filled.fetchval()
        if filled:
            sizes = await self.connection.fetch(_SIZES, filled)
            await self.connection.execute("; ".join(_emptying(name, size) for name, size in sizes))


def _emptying(name: str, octets: int) -> str:
    return f"TRUNCATE {name} CASCADE" if octets > _MANY_OCTETS else f"DELETE FROM {name}"


async def _connected(url: str) -> Any:
    return await asyncpg.connect(url.replace("+asyncpg", ""))
