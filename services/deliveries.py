"""What is brought to an address, and what an application costs: as its ministry tells, nothing is paid here."""

from i18n.text import Word
from services.caller import Caller
from services.desk import Desk
from services.outcomes import (
    DocumentComing,
    DocumentDelivered,
    DocumentNotMet,
    DocumentOnTheWay,
    DocumentPrepared,
    DocumentReturned,
    FeeOwed,
    FeeOwedUndated,
    FeePaid,
    NoFeeAsked,
)
from services.reading import NotRead, read
from services.values import Application, DeliveryState
from services.wording import said

Brought = DocumentPrepared | DocumentComing | DocumentOnTheWay | DocumentNotMet | DocumentDelivered | DocumentReturned


def brought(service: Word, application: Application) -> Brought | None:
    """The screen's worth of a document on its way to her; None where nothing is."""
    told = application.delivery
    if told is None:
        return None
    reference, tracking = application.reference, said(told.tracking)
    match told.state:
        case DeliveryState.PREPARED:
            return DocumentPrepared(service, reference, tracking)
        case DeliveryState.ON_THE_WAY if told.on:
            return DocumentComing(service, reference, tracking, told.on)
        case DeliveryState.ON_THE_WAY:
            return DocumentOnTheWay(service, reference, tracking)
        case DeliveryState.NOT_MET:
            return DocumentNotMet(service, reference, tracking)
        case DeliveryState.DELIVERED if told.on:
            return DocumentDelivered(service, reference, tracking, told.on)
        case DeliveryState.RETURNED:
            return DocumentReturned(service, reference, tracking)
    return None


async def fee(desk: Desk, caller: Caller, reference: str) -> FeeOwed | FeeOwedUndated | FeePaid | NoFeeAsked | NotRead:
    """What the application costs, and under which number it is paid, as far as this caller may read its details."""
    found = await read(desk, caller, reference)
    if not isinstance(found, Application):
        return found
    due = found.fee
    if due is None:
        return NoFeeAsked()
    if due.paid:
        return FeePaid(due.amount)
    if due.until is None:
        return FeeOwedUndated(due.amount, said(due.reference))
    return FeeOwed(due.amount, said(due.reference), due.until)
