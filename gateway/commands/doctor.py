"""`guichet doctor`: is everything that the gateway needs there, and well?"""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable

from domain.errors import GuichetError
from gateway.assembly import assemble
from gateway.commands.environment import settings_for
from gateway.settings import Settings, SettingsError


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("doctor", help="check settings, stores, menus and pack", description=__doc__)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments)
    try:
        settings.require_real(os.environ)
        print("ok    settings")
    except SettingsError as wrong:
        print(f"wrong settings: {wrong}")
        return 1
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> int:
    parts = assemble(settings, os.environ)
    print(f"ok    pack {parts.pack.name}, menus {parts.library.current.version[:12]}")

    from storage.migrate import up_to_date  # slow to import: see `gateway.commands.migrate`

    async def schema() -> None:
        if not await up_to_date(settings.database_url):
            raise GuichetError("not at the newest revision: run `guichet migrate`")

    async def look(name: str, at: Callable[[], Awaitable[None]]) -> bool:
        try:
            async with asyncio.timeout(5):
                await at()
        except (GuichetError, TimeoutError) as failure:
            print(f"wrong {name}: {failure or 'no answer'}")
            return False
        print(f"ok    {name}")
        return True

    try:
        looks = [("PostgreSQL", parts.database.ping), ("database schema", schema), ("Redis", parts.redis.ping)]
        well = [await look(name, at) for name, at in looks]
    finally:
        await parts.stop()
    return 0 if all(well) else 1
