"""What was paid out for an application of hers, or will be. As with pickups, no agent reads it for her."""

from datetime import date

from domain.money import Money
from mobile_api.operations import Answer, Asked, Cache, Op, Output, Security, unforeseen
from mobile_api.problems import Problem
from mobile_api.resources.applications_values import REFERENCE
from mobile_api.shown import Amount
from services import payments
from services.outcomes import NotFound, PinNeeded, ReferenceMalformed, StateOnly, TooManyTries
from services.values import Payment, PaymentState

TAG = "applications"
_A_DAY = 24 * 3600


class PaymentShown(Output, frozen=True):
    """One sum. `day`: on which it was paid, came back, or is due; null where its ministry does not say."""

    id: str
    day: date | None
    amount: Amount
    state: PaymentState
    state_name: str


class PaymentList(Output, frozen=True):
    """The newest first; none where nothing is paid out for it, or nothing yet."""

    items: tuple[PaymentShown, ...]
    next: None = None


async def list_payments(asked: Asked) -> Answer:
    """Hers, asked of the ministry that pays."""
    match await payments.read_all(asked.desk, asked.caller, asked.path["reference"]):
        case tuple() as found:
            return Answer(PaymentList(tuple(_shown(asked, payment) for payment in found)))
        case PinNeeded():
            raise Problem("pin_needed")
        case TooManyTries():
            raise Problem("too_many_tries", after_seconds=_A_DAY)
        case NotFound() | StateOnly() | ReferenceMalformed():
            raise Problem("not_found")
        case other:
            raise unforeseen(other)


def _shown(asked: Asked, payment: Payment) -> PaymentShown:
    name = asked.say(payments.state_word(payment))
    return PaymentShown(payment.id, payment.on, Amount.of(payment.amount), payment.state, name)


_EXAMPLE = PaymentShown("41000070-002", date(2026, 11, 11), Amount.of(Money(18000, "AZN")), PaymentState.PAID, "paid")

OPS: tuple[Op, ...] = (
    Op(
        id="list_payments",
        method="GET",
        path="/applications/{reference}/payments",
        where={"reference": REFERENCE},
        summary="What was paid out for one application, and what comes next",
        description="From the register of the ministry that pays; who may read the application may read it. One that "
        "is not yours is not found, and counts as a guess.",
        tag=TAG,
        act=list_payments,
        answers={200: PaymentList},
        problems=("pin_needed", "too_many_tries", "ministry_unavailable", "ministry_refused"),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: PaymentList((_EXAMPLE,))},
    ),
)
