"""What was sent to her: listed, and said again in the language that she reads now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output, Query, Security
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.auth_values import HEX_ID
from mobile_api.shown import MOST_ITEMS, Limit
from services import messages
from services.outcomes import MessageGone, MessagesHidden, PinNeeded
from services.ports import SentMessage

TAG = "messages"
_MOST_RECENT = 20


class MessagesQuery(Query, frozen=True):
    """Which part of the list."""

    limit: Limit = 20
    cursor: Annotated[str, Meta(max_length=32, description="`next` of the page before.")] = ""


class MessageListed(Output, frozen=True):
    """A message that was sent. `title`: what it is about; `channel`: `sms` or `email`; `state`: `sent`, `delivered`,
    `undelivered` or `unknown`. Of a letter nobody reports that it was delivered."""

    id: Annotated[str, Meta(pattern=f"^{HEX_ID}$")]
    sent_at: datetime
    title: str
    kind: str
    channel: str
    state: str


class MessageList(Output, frozen=True):
    """The newest first."""

    items: tuple[MessageListed, ...]
    next: str | None


class MessageSaid(Output, frozen=True):
    """A message with its words. A one-time code is not said again."""

    message: MessageListed
    text: str


async def list_messages(asked: Asked) -> Answer:
    """A page of them."""
    query: MessagesQuery = asked.query
    most = min(query.limit, MOST_ITEMS)
    found = await messages.page(asked.desk, asked.caller, _cursor(query.cursor), most + 1)
    if isinstance(found, (PinNeeded, MessagesHidden)):
        raise Problem("pin_needed")
    shown = tuple(_listed(asked, message) for message in found[:most])
    return Answer(MessageList(shown, shown[-1].id if len(found) > most else None))


async def recent(asked: Asked) -> Sequence[MessageListed]:
    """For `GET /changes`: the newest as they are listed; none where they are hidden."""
    found = await messages.page(asked.desk, asked.caller, None, _MOST_RECENT)
    if isinstance(found, (PinNeeded, MessagesHidden)):
        return ()
    return [_listed(asked, message) for message in found]


async def open_message(asked: Asked) -> Answer:
    """One of them, whole."""
    found = await messages.one(asked.desk, asked.caller, UUID(asked.path["id"]))
    if isinstance(found, PinNeeded):
        raise Problem("pin_needed")
    if isinstance(found, MessageGone):
        raise Problem("not_found")
    said = messages.said(asked.desk, asked.caller, found)
    if said is None:
        raise Problem("pin_needed")
    return Answer(MessageSaid(_listed(asked, found), asked.say(said)))


def _listed(asked: Asked, message: SentMessage) -> MessageListed:
    title = messages.title(asked.desk, asked.caller, message)
    hidden = title.id == messages.PRIVATE
    return MessageListed(
        message.id.hex,
        message.sent_at,
        asked.say(title),
        "private" if hidden else message.kind.value,
        message.channel,
        _STATES.get(message.state, "unknown"),
    )


_STATES = {"sent": "sent", "delivered": "delivered", "undelivered": "undelivered", "expired": "undelivered"}


def _cursor(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Problem("invalid_fields", errors=(FieldError("/cursor", "invalid"),)) from None


_EXAMPLE = MessageListed("0" * 32, datetime(2026, 11, 23, 6, 0, tzinfo=UTC), "granted", "granted", "sms", "delivered")

OPS: tuple[Op, ...] = (
    Op(
        id="list_messages",
        method="GET",
        path="/messages",
        summary="What was sent to me",
        tag=TAG,
        act=list_messages,
        query=MessagesQuery,
        answers={200: MessageList},
        problems=("pin_needed",),
        security=Security.PERSON,
        assisted=False,
        cache=Cache.PRIVATE,
        examples={200: MessageList((_EXAMPLE,), None)},
    ),
    Op(
        id="open_message",
        method="GET",
        path="/messages/{id}",
        summary="A message, said again in my language",
        tag=TAG,
        act=open_message,
        answers={200: MessageSaid},
        problems=("pin_needed", "not_found"),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        where={"id": HEX_ID},
        examples={200: MessageSaid(_EXAMPLE, "State services: your application is granted.")},
    ),
)
