"""Payments: what a ministry paid out, or will, for an application that was granted."""

from collections.abc import Sequence
from datetime import date

from domain.outcomes import Item
from i18n.text import Word
from services.caller import Caller
from services.desk import Desk
from services.outcomes import (
    NoPayments,
    PaymentComing,
    PaymentGone,
    PaymentPaid,
    PaymentReturned,
    PaymentsListed,
    PinNeeded,
)
from services.reading import NotRead, read
from services.values import Application, Payment, PaymentState

LAST = 5


async def of(desk: Desk, caller: Caller, reference: str) -> PaymentsListed | NoPayments | NotRead:
    """The last of them, as far as this caller may read the application's details."""
    found = await read_all(desk, caller, reference)
    if not isinstance(found, tuple):
        return found
    items = tuple(
        Item(payment.id, {"day": day, "amount": payment.amount, "state": state_word(payment)})
        for day, payment in _dated(found)
    )
    return PaymentsListed(items[:LAST]) if items else NoPayments()


async def open(
    desk: Desk, caller: Caller, reference: str, payment: str
) -> PaymentPaid | PaymentComing | PaymentReturned | PaymentGone | NotRead:
    """One of them, and what can be done about it."""
    found = await read_all(desk, caller, reference)
    if not isinstance(found, tuple):
        return found
    for day, one in _dated(found):
        if one.id == payment:
            return _shown(day, one)
    return PaymentGone()


async def read_all(desk: Desk, caller: Caller, reference: str) -> tuple[Payment, ...] | NotRead:
    """All that its ministry tells, the newest first; none where nobody pays anything out for the service.

    Like where it is collected, it is for her own eyes: to an agent nothing is told. Raises `MinistryError`.
    """
    if caller.agent:
        return PinNeeded()
    found = await read(desk, caller, reference)
    if not isinstance(found, Application):
        return found
    ministry = desk.ministries.payments(found.service)
    if ministry is None:
        return ()
    await desk.records.settle()
    return tuple(await ministry.of(found.service, found.reference, desk.for_ministry()) or ())


def state_word(payment: Payment) -> Word:
    """The word that shows how it stands."""
    return Word(f"payment.{payment.state.value}")


def _dated(payments: Sequence[Payment]) -> list[tuple[date, Payment]]:
    """A sum without a day says nothing that she could look for on her account."""
    return [(payment.on, payment) for payment in payments if payment.on is not None]


def _shown(day: date, payment: Payment) -> PaymentPaid | PaymentComing | PaymentReturned:
    match payment.state:
        case PaymentState.PAID:
            return PaymentPaid(day, payment.amount)
        case PaymentState.FAILED:
            return PaymentReturned(day, payment.amount)
    return PaymentComing(day, payment.amount)
