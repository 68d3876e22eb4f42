"""`guichet messages`: what became of a message, and stopping or repeating what was sent.

Numbers are shown masked; no text is ever printed.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.errors import GuichetError, InvalidValue
from domain.msisdn import Msisdn
from gateway.commands.environment import settings_for
from gateway.operations import Operations, open_operations
from sms.records.inspection import Seen
from storage.unit_of_work import UnitOfWork

Act = Callable[[Operations, argparse.Namespace], Awaitable[int]]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("messages", help="find, explain, resend, pause, cancel messages", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, about: str, act: Act) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=about, description=about)
        added.set_defaults(run=lambda arguments: run(arguments, act))
        return added

    find = verb("find", "messages about a reference, or to a number", _find)
    find.add_argument("reference", nargs="?", help="the number on the slip")
    find.add_argument("--number", help="instead: the telephone number")
    why = verb("why", "why is it (not) there: events, messages and reports of a reference", _why)
    why.add_argument("reference")
    resend = verb("resend", "send the same facts again, as a new message", _resend)
    resend.add_argument("message", help="id of the message")
    resend.add_argument("--reason", required=True, help="why; kept with the message")
    for name, about, act in (
        ("pause", "hand nothing more over of a source or text, until `go-on`", _pause),
        ("go-on", "end a pause: what it held goes out", _go_on),
        ("cancel", "suppress what waits of a source or text, for good", _cancel),
    ):
        stop = verb(name, about, act)
        stop.add_argument("--source", default="", help="the ministry, as in the pack")
        stop.add_argument("--text", default="", help="the message id, such as sms.granted")
        if name != "go-on":
            stop.add_argument("--reason", required=True, help="why; kept")
    verb("pauses", "what is paused", _pauses)
    dead = verb("dead", "events that came to nothing, and why; replay them", _dead)
    dead.add_argument("--replay", metavar="ID|all", help="take this one, or all, up again")
    dead.add_argument("--limit", type=int, default=50, help="how many to list (default %(default)s)")
    verb("books", "how many messages are in which state, and whether the books balance", _books)


def run(arguments: argparse.Namespace, act: Act) -> int:
    settings = settings_for(arguments)

    async def work() -> int:
        async with open_operations(settings) as operations:
            return await act(operations, arguments)

    try:
        return asyncio.run(work())
    except InvalidValue as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1


async def _find(operations: Operations, arguments: argparse.Namespace) -> int:
    if bool(arguments.reference) == bool(arguments.number):
        raise InvalidValue("give a reference, or --number")
    async with operations.database.unit_of_work() as work:
        if arguments.number:
            number = Msisdn.parse(arguments.number, operations.region)
            found = await operations.inspection.to_number(work, number)
        else:
            found = await operations.inspection.of_subject(work, arguments.reference)
    for seen in found:
        print(_line(seen))
    if not found:
        print("no message; `guichet messages why` looks at events too")
    return 0 if found else 1


async def _why(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        events = await operations.events.of_subject(work, arguments.reference)
        found = await operations.inspection.of_subject(work, arguments.reference)
        print(f"{len(events)} events, {len(found)} messages")
        for event in events:
            print(f"{event.received_at:%Y-%m-%d %H:%M:%S} {event.type} from {event.source}: {event.state}"
                  f"{', ' + event.outcome if event.outcome else ''}, told {event.told}  {event.id}")  # fmt: skip
        for seen in reversed(found):
            await _explain(operations, work, seen)
    if not events and not found:
        print("nothing came for it: ask the ministry whether it sent the event, and under which reference")
        return 1
    return 0


async def _explain(operations: Operations, work: UnitOfWork, seen: Seen) -> None:
    print(_line(seen))
    print(f"    {_WHY.get(seen.state.value, '')}{f' ({seen.reason})' if seen.reason else ''}")
    if seen.due_at:
        print(f"    next look at {seen.due_at:%Y-%m-%d %H:%M:%S %Z}")
    for report in await operations.inspection.reports(work, seen.id):
        times = f" ({report.times} times)" if report.times > 1 else ""
        print(f"    {report.received_at:%Y-%m-%d %H:%M:%S} {report.provider} said {report.word}"
              f"{' ' + report.reason if report.reason else ''}{times}: {report.verdict}")  # fmt: skip


_WHY = {
    "queued": "waits to be handed over",
    "held": "waits: quiet hours, a pause or a spend cap",
    "sending": "is being handed over",
    "unknown": "was handed over and no answer came: a report is waited for",
    "sent": "the provider has it; no final report yet",
    "delivered": "arrived on the phone, says the provider",
    "undelivered": "did not arrive, says the provider",
    "failed": "could not be handed over",
    "expired": "no longer of use, or no final report came in time",
    "suppressed": "was not to be sent",
}


async def _resend(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        new = await operations.inspection.resend(work, _uuid(arguments.message), arguments.reason)
    if new is None:
        raise InvalidValue("no such message, it has not ended yet, or its person was erased")
    print(f"queued as {new}")
    return 0


async def _pause(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        await operations.inspection.pause(work, arguments.source, arguments.text, arguments.reason)
    print(f"paused: {_scope(arguments)}; what is being handed over at this moment still goes")
    return 0


async def _go_on(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        ended = await operations.inspection.go_on(work, arguments.source, arguments.text)
    print(f"{'goes on' if ended else 'was not paused'}: {_scope(arguments)}")
    return 0 if ended else 1


async def _cancel(operations: Operations, arguments: argparse.Namespace) -> int:
    if not arguments.source and not arguments.text:
        raise InvalidValue("say which: --source, --text or both")
    cancelled = 0
    while True:
        async with operations.database.unit_of_work() as work:
            count = await operations.inspection.cancel(work, arguments.source, arguments.text, arguments.reason)
        cancelled += count
        if not count:
            break
        print(f"\r{cancelled:,} suppressed", end="", file=sys.stderr, flush=True)
    print(f"\r{cancelled:,} suppressed: {_scope(arguments)}")
    return 0


async def _pauses(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        for source, text_id, reason, since in await operations.inspection.pauses(work):
            print(f"{source or 'every source'}, {text_id or 'every text'} since {since:%Y-%m-%d %H:%M}: {reason}")
    return 0


async def _dead(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        if arguments.replay:
            id = None if arguments.replay == "all" else _uuid(arguments.replay)
            print(f"{await operations.events.replay(work, id)} taken up again")
            return 0
        for event in await operations.events.dead(work, arguments.limit):
            came = f"{event.received_at:%Y-%m-%d %H:%M:%S} {event.type} from {event.source}"
            print(f"{came}: {event.outcome}  {event.id}")
    return 0


async def _books(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        books = await operations.books(work)
    for line in books.lines():
        print(line)
    return 0 if books.balance else 1


def _line(seen: Seen) -> str:
    to = seen.to.masked if seen.to else "erased"
    sent = f", {seen.parts} parts by {seen.provider}" if seen.provider else ""
    return f"{seen.created_at:%Y-%m-%d %H:%M:%S} {seen.text_id} to {to}: {seen.state}{sent}  {seen.id}"


def _scope(arguments: argparse.Namespace) -> str:
    return f"{arguments.source or 'every source'}, {arguments.text or 'every text'}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidValue("that is no id") from None
