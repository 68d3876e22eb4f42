"""My last messages: what was sent to her, said again; answers to her own texts are none of them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.errors import InvalidValue
from domain.outcomes import Item
from i18n.text import Text, Word
from services.alerts import AlertKind
from services.caller import Caller
from services.desk import Desk
from services.outcomes import MessageGone, Messages, MessagesHidden, MessageShown, NoMessages, PinNeeded
from services.ports import SentMessage

SHOWN = 5
PRIVATE = "message.private"


async def mine(desk: Desk, caller: Caller) -> NoMessages | Messages | MessagesHidden | PinNeeded:
    """The last five, newest first, each by its day and what it was about; what is sensitive by its day alone."""
    if caller.must_prove or not caller.attested:
        return PinNeeded()
    if not caller.bound:
        return MessagesHidden()
    items = tuple(
        Item(message.id.hex, {"day": _day(desk, message), "title": _title(desk, caller, message)})
        for message in await _hers(desk, caller)
    )
    return Messages(items) if items else NoMessages()


async def page(
    desk: Desk, caller: Caller, before: UUID | None, limit: int
) -> Sequence[SentMessage] | MessagesHidden | PinNeeded:
    """What is kept of what was sent to her, the newest first: for screens that hold more than five."""
    if caller.must_prove or not caller.attested:
        return PinNeeded()
    if not caller.bound:
        return MessagesHidden()
    person = caller.person
    return () if person is None else await desk.records.messages.last(person.id, limit, before)


async def one(desk: Desk, caller: Caller, message: UUID) -> SentMessage | MessageGone | PinNeeded:
    """One of hers, however old."""
    if caller.must_prove or not caller.attested:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return MessageGone()
    return await desk.records.messages.one(caller.person.id, message) or MessageGone()


def title(desk: Desk, caller: Caller, message: SentMessage) -> Word:
    """What it is about, or no more than that there is one."""
    return _title(desk, caller, message)


def said(desk: Desk, caller: Caller, message: SentMessage) -> Text | None:
    """Its words; None where they want the PIN. A code is good for one place: it is not said again."""
    if _is_hidden(desk, caller, message):
        return None
    return Text("messages.code") if message.kind in (AlertKind.CODE, AlertKind.CONSENT) else message.text


async def open(desk: Desk, caller: Caller, message: str) -> MessageShown | MessageGone | PinNeeded:
    """One of them, whole. A code is good for one place: it is not said again."""
    if caller.must_prove or not caller.attested:
        return PinNeeded()
    wanted = _id(message)
    for found in await _hers(desk, caller):
        if found.id == wanted:
            if _is_hidden(desk, caller, found):
                return PinNeeded()
            words = Text("messages.code") if found.kind in (AlertKind.CODE, AlertKind.CONSENT) else found.text
            return MessageShown(_day(desk, found), words)
    return MessageGone()


async def _hers(desk: Desk, caller: Caller) -> Sequence[SentMessage]:
    """Nothing for a number in doubt."""
    if caller.person is None or not caller.bound:
        return ()
    # What came by mail too is listed once.
    found = await desk.records.messages.last(caller.person.id, 2 * SHOWN)
    return [message for message in found if not message.twin][:SHOWN]


def _title(desk: Desk, caller: Caller, message: SentMessage) -> Word:
    return Word(PRIVATE if _is_hidden(desk, caller, message) else f"message.{message.kind.value}")


def _is_hidden(desk: Desk, caller: Caller, message: SentMessage) -> bool:
    """It is about a sensitive service (or one that the pack no longer knows), and the PIN was not typed."""
    config = desk.services.get(message.service)
    return bool(message.service) and (config is None or config.sensitive) and not caller.proven


def _day(desk: Desk, message: SentMessage) -> date:
    return message.sent_at.astimezone(desk.services.zone).date()


def _id(message: str) -> UUID:
    try:
        return UUID(message)
    except ValueError:
        raise InvalidValue("not an id of a message") from None
