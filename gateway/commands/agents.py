"""`guichet agents`: the people of organisations who help citizens, their state, and how many they helped.

A list is a CSV file with the heading number,name,organisation,badge,language, and where wanted kind (volunteers, post,
counter) and practice (yes, no). Numbers and names are never printed.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

from domain.audit import AuditEntry
from domain.errors import InvalidValue
from gateway.commands.acting import Verbs
from gateway.operations import Operations
from services.agent_enrolment import Refused, enrol, read
from services.agent_values import AgentState

_BATCH = 200
_COUNTED = timedelta(days=30)
_BAR = 30


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("agents", help="import, list and suspend those who help citizens", description=__doc__)
    verb = Verbs(parser).add
    listed = verb("import", "enrol the agents of a list; the same list again changes nothing", _import)
    listed.add_argument("file", type=Path, help="the list (CSV, UTF-8)")
    verb("list", "badges, organisations and states", _list)
    suspend = verb("suspend", "from now on she does nothing; what she had open ends", _suspend)
    suspend.add_argument("badge")
    suspend.add_argument("--state", choices=[*AgentState], default="suspended", help="default %(default)s")
    suspend.add_argument("--reason", required=True, help="why; kept in the audit log")
    verb("counts", "sessions and flags of each organisation over 30 days", _counts)


async def _import(operations: Operations, arguments: argparse.Namespace) -> int:
    try:
        lines = arguments.file.read_text("utf-8-sig").splitlines(keepends=True)
    except OSError as wrong:
        raise InvalidValue(f"{arguments.file} cannot be read: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidValue(f"{arguments.file} is not in UTF-8") from None
    rows, taken, refused = list(read(lines, operations.pack.country, frozenset(operations.pack.languages))), 0, 0
    told: list[Refused] = []
    for first in range(0, len(rows), _BATCH):
        async with operations.store.open() as records:
            for row in rows[first : first + _BATCH]:
                why = row.why if isinstance(row, Refused) else await enrol(records, row)
                if why is None:
                    taken += 1
                    continue
                refused += 1
                told.append(Refused(row.line, why))
            done = min(first + _BATCH, len(rows))
            await records.audit.record(AuditEntry(operations.operator, "agents.import", why=f"{taken} taken"))
        _progress(done, len(rows))
    for line in told:
        print(f"line {line.line}: {line.why}")
    print(f"{taken} taken, {refused} refused")
    return 1 if refused or not rows else 0


def _progress(done: int, of: int) -> None:
    """A bar where somebody looks at it; nothing in a file or a pipe."""
    if not sys.stderr.isatty():
        return
    full = done * _BAR // max(of, 1)
    end = "\n" if done >= of else ""
    print(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done:,} of {of:,}", end=end, file=sys.stderr, flush=True)


async def _list(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.store.open() as records:
        found = await records.assisted().agents.all()
    for agent in found:
        practice = ", practice" if agent.practice else ""
        print(f"{agent.badge:<16}  {agent.organisation.name:<30}  {agent.state}{practice}")
    if not found:
        print("nobody is enrolled: guichet agents import FILE.csv")
    return 0


async def _suspend(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.store.open() as records:
        id = await records.assisted().agents.suspend(arguments.badge.upper(), arguments.state)
        if id is None:
            raise InvalidValue("no agent has this badge")
        entry = AuditEntry(operations.operator, f"agents.{arguments.state}", f"agent:{id.hex}", why=arguments.reason)
        await records.audit.record(entry)
    print(f"{arguments.badge.upper()}: {arguments.state}")
    return 0


async def _counts(operations: Operations, arguments: argparse.Namespace) -> int:
    since = operations.store.clock.now() - _COUNTED
    async with operations.store.open() as records:
        sessions = await records.assisted().sessions.counts(None, since)
        flags = await records.assisted().flags.counts(None, since)
    for organisation, mode, state, count in sessions:
        print(f"{organisation:<24}  {mode} {state:<8}  {count}")
    for organisation, kind, count in flags:
        print(f"{organisation:<24}  flag {kind}  {count}")
    if not sessions and not flags:
        print("none")
    return 0
