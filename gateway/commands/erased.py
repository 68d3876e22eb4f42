"""`guichet erased`: whom we forgot, so that a backup from before does not bring them back."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from domain.errors import InvalidValue
from gateway.commands.acting import Verbs
from gateway.operations import Operations
from services.records.store import RecordStore
from storage.retention import erased_people


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("erased", help="whom we forgot, for when a backup is restored", description=__doc__)
    verb = Verbs(parser).add
    verb("list", "their ids, one a line: keep them apart from the backups", _list)
    again = verb("replay", "erase them again, after a backup was restored", _replay)
    again.add_argument("file", nargs="?", type=Path, help="what `list` printed; the database's own list goes too")


async def _list(operations: Operations, arguments: argparse.Namespace) -> int:
    for person in await _kept(operations):
        print(person.hex)
    return 0


async def _replay(operations: Operations, arguments: argparse.Namespace) -> int:
    given = _read(arguments.file) if arguments.file else []
    await operations.record("erased.replay")
    print(f"{await replay(operations.store, [*await _kept(operations), *given])} erased again")
    return 0


async def _kept(operations: Operations) -> Sequence[UUID]:
    async with operations.database.unit_of_work() as work:
        return await erased_people(work)


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
