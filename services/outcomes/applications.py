"""What comes of applications and their links: each state is a screen.

`history`: what became of it so far can be asked. `billed`: what it costs can be asked. `visited`: a visit can be booked
for it.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.money import Money
from domain.outcomes import Item, Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class Received(Outcome):
    """Handed in; a decision is due by that day."""

    service: Word
    reference: str
    due: date
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class InReview(Outcome):
    """Being worked on; a decision is due by that day."""

    service: Word
    reference: str
    due: date
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class ActionRequired(Outcome):
    """Sent back; `needs` says what is missing, in the ministry's words. `unamended`: it takes no answer from here;
    `papers`: because it is a paper, to be brought."""

    service: Word
    reference: str
    needs: str
    history: bool = False
    billed: bool = False
    visited: bool = False
    unamended: bool = False
    papers: bool = False


@dataclass(frozen=True, slots=True)
class Granted(Outcome):
    """Granted, so much, until that day. `pays`: what is paid out for it can be asked."""

    service: Word
    reference: str
    amount: Money
    until: date
    pays: bool = False
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class GrantedNoAmount(Outcome):
    """Granted, where the ministry tells no amount or no end. `pays`: what is paid out for it can be asked."""

    service: Word
    reference: str
    pays: bool = False
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class Refused(Outcome):
    """Refused, for a reason in the ministry's words."""

    service: Word
    reference: str
    reason: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class ReadyForPickup(Outcome):
    """Granted, and something waits at a place from a day on."""

    service: Word
    reference: str
    amount: Money
    place: str
    available_from: date
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class ReadyNoAmount(Outcome):
    """Something that is no money waits at a place from a day on."""

    service: Word
    reference: str
    place: str
    available_from: date
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class Collected(Outcome):
    """It was collected. `pays`: what is paid out for it can be asked."""

    service: Word
    reference: str
    pays: bool = False
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class Closed(Outcome):
    """Over, without more to say."""

    service: Word
    reference: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class StateKnown(Outcome):
    """A state we have a word for, where the ministry tells no more or nothing is collected."""

    service: Word
    reference: str
    state: Word
    history: bool = False
    billed: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class OtherState(Outcome):
    """A state of the ministry's that we have no screen for, in its own word."""

    service: Word
    reference: str
    ministry_word: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class HistoryListed(Outcome):
    """What became of it, the latest first; an entry shows `day` and `step`."""

    steps: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Unanswered(Outcome):
    """The ministry does not answer now, for a reason; its answer can be sent to her once it does."""

    reason: Word


@dataclass(frozen=True, slots=True)
class NoApplications(Outcome):
    """Nothing is linked to this number."""


@dataclass(frozen=True, slots=True)
class Applications(Outcome):
    """What is linked; an entry shows `service`, `reference` and `state`."""

    applications: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class AskBirthDate(Outcome):
    """The service is linked by the applicant's birth date."""

    reference: str


@dataclass(frozen=True, slots=True)
class AskSlipKey(Outcome):
    """The service is linked by the key printed on the slip."""

    reference: str


@dataclass(frozen=True, slots=True)
class AlreadyLinked(Outcome):
    """It is linked to this person already."""


@dataclass(frozen=True, slots=True)
class Linked(Outcome):
    """Linked now."""

    commits: ClassVar[bool] = True

    reference: str
