"""What was sent to a person, and where what is to be sent is put."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from i18n.text import Text
from services.alerts import Alert, AlertKind


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that went out to a person, as the facts it was made of: it is rendered again when it is shown.

    `kind`: what it tells of. `state`: how far it came. `channel`: `sms` or `email`; `twin`: a message on the other
    channel told the same.
    """

    id: UUID
    sent_at: datetime
    kind: AlertKind
    service: str
    text: Text
    state: str = "sent"
    channel: str = "sms"
    twin: bool = False


class SentMessages(Protocol):
    """What was sent to a person."""

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        """The newest first, those older than `before` where that is given. What answers her own texts
        (`services.alerts.ANSWERS`, screens of a menu played by SMS too) is not among them."""
        ...

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        """One of hers."""
        ...


class Outbox(Protocol):
    """Messages to be, written in the transaction of what they tell."""

    async def put(self, alert: Alert) -> UUID | None:
        """The id of the message that tells it: a new one, or that of a promise or event which told this person the
        same. None where this event has told her already. Commits nothing."""
        ...
