"""What comes of a document that is brought to an address, and of asking what an application costs.

`history`, `billed`: what became of it so far, and what it costs, can be asked.
"""

from dataclasses import dataclass
from datetime import date

from domain.money import Money
from domain.outcomes import Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class DocumentPrepared(Outcome):
    """It is made, and handed to the carrier. `tracking`: the carrier's number for it, or a dash."""

    service: Word
    reference: str
    tracking: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentComing(Outcome):
    """It is on its way, and expected that day."""

    service: Word
    reference: str
    tracking: str
    on: date
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentOnTheWay(Outcome):
    """It is on its way; nobody says when it comes."""

    service: Word
    reference: str
    tracking: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentNotMet(Outcome):
    """The carrier came, and met nobody."""

    service: Word
    reference: str
    tracking: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentDelivered(Outcome):
    """It was handed over that day."""

    service: Word
    reference: str
    tracking: str
    on: date
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentReturned(Outcome):
    """It could not be handed over, and went back."""

    service: Word
    reference: str
    tracking: str
    history: bool = False
    billed: bool = False


@dataclass(frozen=True, slots=True)
class FeeOwed(Outcome):
    """To be paid by that day, under a number that is said where it is paid (or a dash)."""

    amount: Money
    payment: str
    until: date


@dataclass(frozen=True, slots=True)
class FeeOwedUndated(Outcome):
    """To be paid; nobody says by when."""

    amount: Money
    payment: str


@dataclass(frozen=True, slots=True)
class FeePaid(Outcome):
    """It is paid."""

    amount: Money


@dataclass(frozen=True, slots=True)
class NoFeeAsked(Outcome):
    """Its ministry asks for nothing."""
