"""`guichet messages reconcile`: a backup was restored; what providers sent since, and that it is not sent again."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import InvalidValue
from gateway.commands.messages_shown import counted, instant
from gateway.operations import Operations
from sms.provider_log import Entry, Reconciled, read_log
from sms.records.reconciling import SqlReconciling

PAUSED = "reconcile: a backup was restored"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("logs", nargs="+", metavar="PROVIDER=FILE", help="what a provider sent, as CSV")
    parser.add_argument("--since", required=True, help="when the backup was made, such as 2026-11-23T05:00Z")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--settle", action="store_true", help="write what went as sent, and let all else go out")
    ends.add_argument("--yes", action="store_true", help="let everything go out, though some of it goes again")


async def reconcile(operations: Operations, arguments: argparse.Namespace) -> int:
    """Lists; sends nothing and changes nothing but that everything is paused, unless it is told what to do."""
    entries = list(_entries(arguments, operations.pack.country))
    inspection = operations.inspection
    records = SqlReconciling(inspection.sealer, inspection.clock, operations.pack.sms)
    async with operations.database.unit_of_work() as work:
        # One that an operator made for another reason is hers to end.
        before = [reason for source, text_id, reason, _ in await inspection.pauses(work) if not (source or text_id)]
        if not before:
            await inspection.pause(work, "", "", PAUSED)
    async with operations.database.unit_of_work() as work:
        found = await records.compare(work, entries)
        _show(found)
        if arguments.settle:
            sent, shelved = await records.settle(work, found)
            print(f"written as sent: {sent:,}; ended, as any of them may have gone: {shelved:,} (see `resend`)")
        goes_on = arguments.settle or arguments.yes or not found
        if goes_on and before in ([], [PAUSED]):
            await inspection.go_on(work, "", "")
    if goes_on:
        async with operations.database.unit_of_work() as work:
            await inspection.release(work, "", "")
        print("messages go out again" if before in ([], [PAUSED]) else f"everything stays paused: {before[0]}")
    else:
        print("everything is paused until --settle, or --yes")
    return 0 if goes_on else 1


def _entries(arguments: argparse.Namespace, country: str) -> Iterator[Entry]:
    since = _instant(arguments.since)
    for log in arguments.logs:
        provider, equals, name = log.partition("=")
        if not equals:
            raise InvalidValue(f"{log!r}: say whose log it is, such as africastalking={log}")
        try:
            with Path(name).open(encoding="utf-8-sig", newline="") as lines:
                entries, unread = read_log(lines, provider, country)
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidValue(f"{name}: {type(error).__name__}") from None
        if unread:
            shown = ", ".join(map(str, unread[:10]))
            raise InvalidValue(f"{name}: {counted(len(unread), 'line')} cannot be read: {shown}; mend or remove them")
        yield from (entry for entry in entries if entry.at >= since)


def _instant(text: str) -> datetime:
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue("--since is no time, such as 2026-11-23T05:00Z") from None
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said


def _show(found: Reconciled) -> None:
    for entry, message in found.gone:
        print(f"{_line(entry)}: waits here too, {message.text_id}  {message.id}")
    for entry in found.unknown:
        print(f"{_line(entry)}: nothing here knows of it")
    for message in found.unclear:
        print(f"to {message.to.masked}: may have gone, {message.text_id}  {message.id}")
    print(
        f"sent, and waits to be sent again: {len(found.gone):,}; may have gone: {len(found.unclear):,}; "
        f"sent, and unknown here: {len(found.unknown):,}"
    )


def _line(entry: Entry) -> str:
    return f"{instant(entry.at)} to {entry.to.masked} by {entry.provider} {entry.id}"
