"""`guichet retention`: how long each kind of data is kept, and what would go now. The worker's sweeps delete it."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta

from domain.errors import GuichetError
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import open_operations
from gateway.pack import load_pack
from gateway.retention import rules
from gateway.settings import Settings
from storage.retention import due


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("retention", help="how long data is kept, and what would go", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="count what would go now; deletes nothing")
    add_stores_to(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)
    if not arguments.dry_run:
        for rule in rules(load_pack(settings.country)):
            print(f"{rule.name:20} {days(rule.kept):>10}  {rule.what} of {rule.table.name}")
        return 0
    try:
        return asyncio.run(_dry_run(settings))
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1


def days(kept: timedelta) -> str:
    """For an operator to read."""
    return f"{kept.days} days" if kept.days != 1 else "1 day"


async def _dry_run(settings: Settings) -> int:
    async with open_operations(settings) as operations, operations.database.unit_of_work() as work:
        for rule, count in (await due(work, rules(operations.pack), datetime.now(UTC))).items():
            print(f"{rule.name:20} {count:>10}  {rule.what} of {rule.table.name}, kept {days(rule.kept)}")
    return 0
