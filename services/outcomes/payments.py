"""What comes of asking what was paid out for an application."""

from dataclasses import dataclass
from datetime import date

from domain.money import Money
from domain.outcomes import Item, Outcome


@dataclass(frozen=True, slots=True)
class NoPayments(Outcome):
    """Nothing was paid out for it, nor is anything on its way, as far as its ministry tells."""


@dataclass(frozen=True, slots=True)
class PaymentsListed(Outcome):
    """The last of them, the newest first; an entry shows `day`, `amount` and `state`."""

    payments: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class PaymentPaid(Outcome):
    """It was paid that day."""

    day: date
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentComing(Outcome):
    """It is on its way, or due that day."""

    day: date
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentReturned(Outcome):
    """It did not reach her."""

    day: date
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentGone(Outcome):
    """The ministry lists it no longer."""
