"""`guichet migrate`: bring the database to the newest shape."""

import argparse
import asyncio

import gateway.tables  # noqa: F401  # every room's tables, on one MetaData
from gateway.commands.environment import settings_for
from gateway.settings import SettingsError
from storage.engine import create_engine
from storage.server_facts import Schema


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("migrate", help="bring the database to the newest shape", description=__doc__)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments)
    if not settings.database_url:
        raise SettingsError("GUICHET_DATABASE_URL is not set")
    reached, newer = bring_up(settings.database_url), ""
    from storage.migrate import standing

    if asyncio.run(standing(settings.database_url)) is Schema.AHEAD:
        newer = ", newer than this code: left as it is"
    print(f"database at revision {reached}{newer}")
    return 0


def bring_up(database_url: str, *, fresh: bool = False) -> str:
    """Run every missing migration; gives the revision reached. `fresh` empties the database first: demo only."""
    if fresh:
        asyncio.run(_empty(database_url))
    # Alembic takes longer to import than all the rest: only who migrates waits for it.
    from storage.migrate import upgrade

    return asyncio.run(upgrade(database_url))


async def _empty(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, overflow=0)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        await connection.exec_driver_sql("CREATE SCHEMA public")
    await engine.dispose()
