"""`guichet messages`: what became of a message, and stopping or repeating what was sent.

Numbers are shown masked; no text is ever printed.
"""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.reference import spellings
from gateway.commands import reconcile
from gateway.commands.acting import Act, Verbs
from gateway.commands.messages_shown import counted, dead_letter, event, explained, instant, message
from gateway.operations import Operations
from services import sign_in
from services.promises import OURS
from sms import inbox
from sms.records.inspection import NotResent, Seen
from sms.templates import TEMPLATES


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("messages", help="find, explain, resend, pause, cancel messages", description=__doc__)
    verbs = Verbs(parser)

    def verb(name: str, about: str, act: Act) -> argparse.ArgumentParser:
        return verbs.add(name, about, _recorded(act))

    find = verb("find", "messages about a reference, or to a number", _find)
    find.add_argument("reference", nargs="?", help="the number on the slip")
    find.add_argument("--number", help="instead: the telephone number")
    find.add_argument("--because", default="", help="why you look; kept in the audit log")
    why = verb("why", "why is it (not) there: events, messages and reports of a reference", _why)
    why.add_argument("reference", help="the number on the slip; or the id of a message, for that one alone")
    why.add_argument("--because", default="", help="why you look; kept in the audit log")
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
        stop.add_argument(
            "--text", default="", help="the message id, such as sms.granted; sms.granted* for all that begin so"
        )
        if name != "cancel":
            stop.add_argument("--all", action="store_true", help="every source and text")
        if name != "go-on":
            stop.add_argument("--reason", required=True, help="why; kept")
    verb("pauses", "what is paused", _pauses)
    dead = verb("dead", "events that came to nothing, and why; replay them", _dead)
    dead.add_argument("--replay", metavar="ID|all", help="take this one, or all, up again")
    dead.add_argument("--limit", type=int, default=50, help="how many to list (default %(default)s)")
    restored = "after a backup was restored: what was sent since, so that it is not again"
    reconcile.add_arguments(verb("reconcile", restored, reconcile.reconcile))
    verb("books", "how many messages are in which state, and whether the books balance", _books)


def _recorded(act: Act) -> Act:
    async def recorded(operations: Operations, arguments: argparse.Namespace) -> int:
        await _on_record(operations, arguments)
        return await act(operations, arguments)

    return recorded


async def _on_record(operations: Operations, arguments: argparse.Namespace) -> None:
    """Who looks, and why, before anything is shown. Numbers and references stay out of it: what was shown of them is
    recorded as it is shown (`_seen`)."""
    why = getattr(arguments, "because", "") or getattr(arguments, "reason", "")
    message = f"message:{_uuid(arguments.message).hex}" if hasattr(arguments, "message") else ""
    await operations.record(f"messages.{arguments.verb}", message, why)


async def _seen(operations: Operations, arguments: argparse.Namespace, messages: Sequence[Seen]) -> None:
    for each in messages:
        await operations.record(f"messages.{arguments.verb}.seen", f"message:{each.id.hex}", arguments.because)


async def _find(operations: Operations, arguments: argparse.Namespace) -> int:
    if bool(arguments.reference) == bool(arguments.number):
        raise InvalidValue("give a reference, or --number")
    async with operations.database.unit_of_work() as work:
        if arguments.number:
            number = Msisdn.parse(arguments.number, operations.pack.country)
            found = await operations.inspection.to_number(work, number)
        else:
            found = await operations.inspection.of_subject(work, *_spelt(operations, arguments))
    await _seen(operations, arguments, found)
    for seen in found:
        print(message(seen))
    if not found:
        print("no message; `guichet messages why` looks at events too")
    return 0 if found else 1


async def _why(operations: Operations, arguments: argparse.Namespace) -> int:
    if (id := _as_id(arguments.reference)) is not None and await _why_one(operations, arguments, id):
        return 0
    # A ministry's own references may look like ids of ours.
    async with operations.database.unit_of_work() as work:
        events = await operations.events.of_subject(work, *_spelt(operations, arguments))
        found = await operations.inspection.of_subject(work, *_spelt(operations, arguments))
        await _seen(operations, arguments, found)
        print(f"{counted(len(events), 'event')}, {counted(len(found), 'message')}")
        for came in events:
            print(event(came))
        for seen in reversed(found):
            print(explained(seen, await operations.inspection.reports(work, seen.id)))
    if not events and not found:
        print("nothing came for it: ask the ministry whether it sent the event, and under which reference")
        return 1
    return 0


async def _why_one(operations: Operations, arguments: argparse.Namespace, id: UUID) -> bool:
    """One message, by the id that `find` shows; False where none has it."""
    async with operations.database.unit_of_work() as work:
        found = await operations.inspection.message(work, id)
        if found is None:
            return False
        await _seen(operations, arguments, (found,))
        print(explained(found, await operations.inspection.reports(work, id)))
    return True


async def _resend(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        new = await operations.inspection.resend(work, _uuid(arguments.message), arguments.reason)
    if isinstance(new, NotResent):
        raise InvalidValue(new.value)
    print(f"queued as {new}")
    return 0


async def _pause(operations: Operations, arguments: argparse.Namespace) -> int:
    if not arguments.source and not arguments.text and not arguments.all:
        raise InvalidValue("say which: --source, --text or both; or --all")
    _known(operations, arguments)
    async with operations.database.unit_of_work() as work:
        await operations.inspection.pause(work, arguments.source, arguments.text, arguments.reason)
    print(f"paused: {_scope(arguments)}; what is being handed over at this moment still goes")
    return 0


async def _go_on(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        ended = await operations.inspection.go_on(work, arguments.source, arguments.text)
    if ended:
        async with operations.database.unit_of_work() as work:
            await operations.inspection.release(work, arguments.source, arguments.text)
    print(f"{'goes on' if ended else 'was not paused'}: {_scope(arguments)}")
    return 0 if ended else 1


async def _cancel(operations: Operations, arguments: argparse.Namespace) -> int:
    if not arguments.source and not arguments.text:
        raise InvalidValue("say which: --source, --text or both")
    _known(operations, arguments)
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
        pauses = await operations.inspection.pauses(work)
    for source, text_id, reason, since in pauses:
        print(f"{source or 'every source'}, {text_id or 'every text'} since {instant(since)}: {reason}")
    if not pauses:
        print("none")
    return 0


async def _dead(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        if arguments.replay:
            id = None if arguments.replay == "all" else _uuid(arguments.replay)
            print(f"{await operations.events.replay(work, id)} taken up again")
            return 0
        dead = await operations.events.dead(work, arguments.limit)
    for letter in dead:
        print(dead_letter(letter))
    if not dead:
        print("none")
    return 0


async def _books(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        books = await operations.books(work)
    for line in books.lines():
        print(line)
    return 0 if books.balance else 1


def _spelt(operations: Operations, arguments: argparse.Namespace) -> tuple[str, ...]:
    return spellings(arguments.reference, operations.pack.services.references)


def _known(operations: Operations, arguments: argparse.Namespace) -> None:
    """Raises `InvalidValue` for a source or text that nothing has: a slip of the finger would stop nothing."""
    pack = operations.pack
    notify = pack.notify.values()
    sources = {OURS, inbox.SOURCE, sign_in.SOURCE, *pack.events.sources, *pack.routes.values()}
    sources |= {service.source for service in notify}
    texts = {*TEMPLATES, *(item.text for service in notify for item in service.texts.values())}
    if arguments.source and arguments.source not in sources:
        raise InvalidValue(f"no source {arguments.source!r}; there are {', '.join(sorted(sources))}")
    begins = arguments.text.removesuffix("*") if arguments.text.endswith("*") else None
    if begins is not None and any(text.startswith(begins) for text in texts):
        return
    if arguments.text and arguments.text not in texts:
        near = get_close_matches(arguments.text, texts, 3)
        raise InvalidValue(f"no text {arguments.text!r}{'; did you mean ' + ' or '.join(near) + '?' if near else ''}")


def _scope(arguments: argparse.Namespace) -> str:
    return f"{arguments.source or 'every source'}, {arguments.text or 'every text'}"


def _uuid(text: str) -> UUID:
    found = _as_id(text)
    if found is None:
        raise InvalidValue("that is no id")
    return found


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
