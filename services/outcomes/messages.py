"""What comes of asking for what was sent, and of having what one sees sent."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Text


@dataclass(frozen=True, slots=True)
class DetailsSent(Outcome):
    """What she saw is on its way to her number."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SentTooOften(Outcome):
    """She had as many sent today as one may."""


@dataclass(frozen=True, slots=True)
class NotSendable(Outcome):
    """It cannot be sent to her: nothing to send, or no way to."""


@dataclass(frozen=True, slots=True)
class NoMessages(Outcome):
    """None that was sent to her is kept."""


@dataclass(frozen=True, slots=True)
class MessagesHidden(Outcome):
    """The number is in doubt: whoever calls may be another than the one they were sent to."""


@dataclass(frozen=True, slots=True)
class Messages(Outcome):
    """What was sent to her; an entry shows `day` and `title`."""

    messages: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class MessageShown(Outcome):
    """One message, to be said again in the language that she reads now."""

    sent_on: date
    message_text: Text


@dataclass(frozen=True, slots=True)
class MessageGone(Outcome):
    """There is no such message of hers any more."""
