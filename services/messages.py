"""My last messages: what was sent to her, said again."""

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


async def open(desk: Desk, caller: Caller, message: str) -> MessageShown | MessageGone | PinNeeded:
    """One of them, whole. A code is good for one place: it is not said again."""
    if caller.must_prove or not caller.attested:
        return PinNeeded()
    wanted = _id(message)
    for found in await _hers(desk, caller):
        if found.id == wanted:
            if _is_hidden(desk, caller, found):
                return PinNeeded()
            said = Text("messages.code") if found.kind is AlertKind.CODE else found.text
            return MessageShown(_day(desk, found), said)
    return MessageGone()


async def _hers(desk: Desk, caller: Caller) -> Sequence[SentMessage]:
    """Nothing for a number in doubt."""
    if caller.person is None or not caller.bound:
        return ()
    return await desk.records.messages.last(caller.person.id, SHOWN)


def _title(desk: Desk, caller: Caller, message: SentMessage) -> Word:
    return Word("message.private" if _is_hidden(desk, caller, message) else f"message.{message.kind.value}")


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
