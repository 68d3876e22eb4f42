"""`guichet audit`: whether the log of who looked at what is as it was written."""

import argparse

from domain.errors import InvalidValue
from gateway.commands.acting import Verbs
from gateway.operations import Operations
from gateway.retention import AUDIT_KEPT
from storage.audit import Seal
from storage.audit_check import AuditReport, verify


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="check the log of who looked at what", description=__doc__)
    check = Verbs(parser).add("verify", "find rows that were changed, removed or put in", _verify)
    check.add_argument(
        "--anchor", metavar="BATCH:HASH", help="a link noted elsewhere earlier: is the chain still the same up to it?"
    )


async def _verify(operations: Operations, arguments: argparse.Namespace) -> int:
    anchor = _anchor(arguments.anchor) if arguments.anchor else None
    async with operations.database.unit_of_work() as work:
        report = await verify(operations.audit, work, anchor, AUDIT_KEPT)
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


def _anchor(text: str) -> Seal:
    batch, _, digest = text.partition(":")
    try:
        return Seal(int(batch), bytes.fromhex(digest))
    except ValueError:
        raise InvalidValue("an anchor is a batch and its hash, as `guichet audit verify` prints them") from None
