"""`guichet erased`: whom we forgot, so that a backup from before does not bring them back."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from domain.errors import GuichetError, InvalidValue
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import open_operations
from gateway.settings import Settings
from services.records.store import RecordStore
from storage.retention import erased_people


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("erased", help="whom we forgot, for when a backup is restored", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = verbs.add_parser("list", help="their ids, one a line: keep them apart from the backups")
    again = verbs.add_parser("replay", help="erase them again, after a backup was restored")
    again.add_argument("file", nargs="?", type=Path, help="what `list` printed; the database's own list goes too")
    for verb in (listed, again):
        add_stores_to(verb)
        verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)
    try:
        given = _read(arguments.file) if getattr(arguments, "file", None) else []
        return asyncio.run(_work(settings, arguments.verb, given))
    except InvalidValue as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1


async def _work(settings: Settings, verb: str, given: Sequence[UUID]) -> int:
    async with open_operations(settings) as operations:
        async with operations.database.unit_of_work() as work:
            kept = await erased_people(work)
        if verb == "list":
            for person in kept:
                print(person.hex)
            return 0
        await operations.record("erased.replay")
        print(f"{await replay(operations.store, [*kept, *given])} erased again")
    return 0


async def replay(store: RecordStore, persons: Sequence[UUID]) -> int:
    """Erases those who are there again, each in a unit of work of its own; gives how many."""
    again = 0
    for person in dict.fromkeys(persons):
        async with store.database.unit_of_work() as work:
            again += await store.personal(work).erase(person)
    return again


def _read(path: Path) -> list[UUID]:
    try:
        return [UUID(line.strip()) for line in path.read_text("ascii").splitlines() if line.strip()]
    except (OSError, ValueError):
        raise InvalidValue(f"{path}: not a list of ids, one a line") from None
