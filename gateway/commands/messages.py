"""`guichet messages`: what became of a message or a letter, and stopping or repeating what was sent.

Numbers and addresses are shown masked; no text is ever printed.
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
from gateway.commands.messages_shown import (
    counted,
    dead_letter,
    event,
    explained,
    instant,
    letter,
    letter_explained,
    letter_states,
    message,
)
from gateway.operations import Operations
from mail.records.inspection import LetterSeen
from mail.records.outbox import CODE_TEXT
from services import sign_in
from services.promises import OURS
from services.records.event_inspection import EventSeen
from sms import inbox
from sms.records.inspection import NotResent, Seen
from sms.templates import TEMPLATES
from storage.unit_of_work import UnitOfWork


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("messages", help="find, explain, resend, pause, cancel messages", description=__doc__)
    verbs = Verbs(parser)

    def verb(name: str, about: str, act: Act) -> argparse.ArgumentParser:
        return verbs.add(name, about, _recorded(act))

    find = verb("find", "messages and letters about a reference, or to a number", _find)
    find.add_argument("reference", nargs="?", help="the number on the slip")
    find.add_argument("--number", help="instead: the telephone number")
    find.add_argument("--because", default="", help="why you look; kept in the audit log")
    why = verb("why", "why is it (not) there: events, messages, letters and reports of a reference", _why)
    why.add_argument("reference", help="the number on the slip; or the id of a message or letter, for that one alone")
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
    verb("books", "how many messages and letters are in which state, and whether the books balance", _books)


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


async def _seen(operations: Operations, arguments: argparse.Namespace, *shown: Seen | LetterSeen) -> None:
    for each in shown:
        await operations.record(f"messages.{arguments.verb}.seen", f"message:{each.id.hex}", arguments.because)


async def _find(operations: Operations, arguments: argparse.Namespace) -> int:
    if bool(arguments.reference) == bool(arguments.number):
        raise InvalidValue("give a reference, or --number")
    async with operations.database.unit_of_work() as work:
        if arguments.number:
            number = Msisdn.parse(arguments.number, operations.pack.country)
            found = await operations.inspection.to_number(work, number)
            letters = await operations.letters.to_number(work, number)
        else:
            found = await operations.inspection.of_subject(work, *_spelt(operations, arguments))
            events = await operations.events.of_subject(work, *_spelt(operations, arguments))
            letters = await _letters_about(operations, arguments, work, events)
    await _seen(operations, arguments, *found, *letters)
    for seen in reversed(_in_order(found, letters)):
        print(letter(seen) if isinstance(seen, LetterSeen) else message(seen))
    if not found and not letters:
        print("no message; `guichet messages why` looks at events too")
        if not arguments.number and _is_number(operations, arguments.reference):
            print("that is a telephone number: `guichet messages find --number NUMBER` looks for what was sent to it")
        return 1
    return 0


async def _why(operations: Operations, arguments: argparse.Namespace) -> int:
    if (id := _as_id(arguments.reference)) is not None and await _why_one(operations, arguments, id):
        return 0
    # A ministry's own references may look like ids of ours.
    async with operations.database.unit_of_work() as work:
        events = await operations.events.of_subject(work, *_spelt(operations, arguments))
        found = await operations.inspection.of_subject(work, *_spelt(operations, arguments))
        letters = await _letters_about(operations, arguments, work, events)
        await _seen(operations, arguments, *found, *letters)
        mailed = f", {counted(len(letters), 'letter')}" if letters else ""
        print(f"{counted(len(events), 'event')}, {counted(len(found), 'message')}{mailed}")
        for came in events:
            print(event(came))
        for seen in _in_order(found, letters):
            print(await _told(operations, work, seen))
    if not events and not found and not letters:
        print("nothing came for it: ask the ministry whether it sent the event, and under which reference")
        return 1
    return 0


async def _why_one(operations: Operations, arguments: argparse.Namespace, id: UUID) -> bool:
    """One message or letter, by the id that `find` shows; False where none has it."""
    async with operations.database.unit_of_work() as work:
        found = await operations.inspection.message(work, id) or await operations.letters.letter(work, id)
        if found is None:
            return False
        await _seen(operations, arguments, found)
        print(await _told(operations, work, found))
    return True


async def _told(operations: Operations, work: UnitOfWork, seen: Seen | LetterSeen) -> str:
    if isinstance(seen, LetterSeen):
        return letter_explained(seen)
    return explained(seen, await operations.inspection.reports(work, seen.id))


async def _letters_about(
    operations: Operations, arguments: argparse.Namespace, work: UnitOfWork, events: Sequence[EventSeen]
) -> Sequence[LetterSeen]:
    told = {came.id for came in events}
    return await operations.letters.of_subject(work, told, *_spelt(operations, arguments))


def _in_order(messages: Sequence[Seen], letters: Sequence[LetterSeen]) -> Sequence[Seen | LetterSeen]:
    both: list[Seen | LetterSeen] = [*messages, *letters]
    return sorted(both, key=lambda seen: (seen.created_at, seen.id))


async def _resend(operations: Operations, arguments: argparse.Namespace) -> int:
    id = _uuid(arguments.message)
    async with operations.database.unit_of_work() as work:
        if await operations.letters.letter(work, id):
            raise InvalidValue("a letter is not sent again: what could not be mailed is told by SMS by itself")
        new = await operations.inspection.resend(work, id, arguments.reason)
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
    # Letters first: one that fails while this runs becomes a message, which is still to be met.
    cancelled, letters = 0, 0
    for cancel in (operations.letters.cancel, operations.inspection.cancel):
        letters = cancelled
        while True:
            async with operations.database.unit_of_work() as work:
                count = await cancel(work, arguments.source, arguments.text, arguments.reason)
            cancelled += count
            if not count:
                break
            print(f"\r{cancelled:,} suppressed", end="", file=sys.stderr, flush=True)
    mailed = f", {counted(letters, 'letter')} among them" if letters else ""
    print(f"\r{cancelled:,} suppressed{mailed}: {_scope(arguments)}")
    return 0


async def _pauses(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        pauses = await operations.inspection.pauses(work)
        for source, text_id, reason, since in pauses:
            messages = counted(await operations.inspection.waiting(work, source, text_id), "message")
            letters = counted(await operations.letters.waiting(work, source, text_id), "letter")
            print(f"{source or 'every source'}, {text_id or 'every text'} since {instant(since)}: {reason}")
            print(f"    {messages} and {letters} wait")
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
    for came in dead:
        print(dead_letter(came))
    if not dead:
        print("none")
    return 0


async def _books(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        books = await operations.books(work)
        letters = await operations.letters.states(work)
    for line in (*letter_states(letters), *books.lines()):
        print(line)
    return 0 if books.balance else 1


def _spelt(operations: Operations, arguments: argparse.Namespace) -> tuple[str, ...]:
    return spellings(arguments.reference, operations.pack.services.references)


def _is_number(operations: Operations, text: str) -> bool:
    try:
        Msisdn.parse(text, operations.pack.country)
    except InvalidValue:
        return False
    return True


def _known(operations: Operations, arguments: argparse.Namespace) -> None:
    """Raises `InvalidValue` for a source or text that nothing has: a slip of the finger would stop nothing."""
    pack = operations.pack
    notify = pack.notify.values()
    sources = {OURS, inbox.SOURCE, sign_in.SOURCE, *pack.events.sources, *pack.routes.values()}
    sources |= {service.source for service in notify}
    texts = {*TEMPLATES, CODE_TEXT, *(item.text for service in notify for item in service.texts.values())}
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
