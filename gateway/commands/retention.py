"""`guichet retention`: how long each kind of data is kept, and what would go now. The worker's sweeps delete it."""

import argparse
from datetime import timedelta

from gateway.commands.acting import act_on
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import Operations
from gateway.pack import load_pack
from gateway.retention import rules
from storage.retention import due


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("retention", help="how long data is kept, and what would go", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="count what would go now; deletes nothing")
    add_stores_to(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.dry_run:
        return act_on(arguments, _dry_run)
    settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)
    for rule in rules(load_pack(settings.country)):
        print(f"{rule.name:20} {days(rule.kept):>10}  {rule.what} of {rule.table.name}")
    return 0


def days(kept: timedelta) -> str:
    """For an operator to read."""
    return f"{kept.days} days" if kept.days != 1 else "1 day"


async def _dry_run(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        for rule, count in (await due(work, rules(operations.pack), operations.store.clock.now())).items():
            print(f"{rule.name:20} {count:>10}  {rule.what} of {rule.table.name}, kept {days(rule.kept)}")
    return 0
