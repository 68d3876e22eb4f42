"""A database of one's own on a server that several share: for the demonstration's countries."""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}").fullmatch


def database_url(server_url: str, name: str) -> str:
    """The URL of that database on the server whose URL leads to `postgres`."""
    return server_url.replace("/postgres?", f"/{name}?", 1)


async def own_database(server_url: str, name: str) -> str:
    """Its URL, created where it is not there yet. Raises `ValueError` for what is no plain name."""
    if not _NAME(name):
        raise ValueError(f"not a database's name: {name!r}")
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        known = await connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if known.first() is None:
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
    await engine.dispose()
    return database_url(server_url, name)
