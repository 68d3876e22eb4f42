"""`guichet audit`: whether the log of who looked at what is as it was written."""

import argparse
import asyncio
import sys

from domain.errors import GuichetError, InvalidValue
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import open_operations
from gateway.retention import AUDIT_KEPT
from gateway.settings import Settings
from storage.audit import Seal
from storage.audit_check import AuditReport, verify


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="check the log of who looked at what", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    check = verbs.add_parser("verify", help="find rows that were changed, removed or put in")
    check.add_argument(
        "--anchor", metavar="BATCH:HASH", help="a link noted elsewhere earlier: is the chain still the same up to it?"
    )
    add_stores_to(check)
    check.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)
    try:
        anchor = _anchor(arguments.anchor) if arguments.anchor else None
        report = asyncio.run(_verify(settings, anchor))
    except InvalidValue as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1
    for line in lines(report):
        print(line)
    return 1 if report.findings else 0


def lines(report: AuditReport) -> list[str]:
    """The report for an operator to read."""
    told = [f"wrong {finding}" for finding in report.findings]
    told.append(f"{report.rows} rows in {report.batches} sealed batches, {report.unsealed} not sealed yet")
    if report.unchecked:
        told.append(f"{report.unchecked} rows were written under keys that are gone: the chain alone vouches for them")
    if report.head:
        told.append(f"head {report.head} (note it elsewhere: --anchor tells later whether the end was cut off)")
    told.append("the log is as it was written" if not report.findings else "THE LOG WAS TAMPERED WITH")
    return told


async def _verify(settings: Settings, anchor: Seal | None) -> AuditReport:
    async with open_operations(settings) as operations, operations.database.unit_of_work() as work:
        return await verify(operations.audit, work, anchor, AUDIT_KEPT)


def _anchor(text: str) -> Seal:
    batch, _, digest = text.partition(":")
    try:
        return Seal(int(batch), bytes.fromhex(digest))
    except ValueError:
        raise InvalidValue("an anchor is a batch and its hash, as `guichet audit verify` prints them") from None
