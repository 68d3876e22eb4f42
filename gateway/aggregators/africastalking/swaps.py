"""How Africa's Talking tells of SIM swaps: in the answer to a question, or later by a callback.

Source: a third party's published course on its Insights API. Not verified on a live account. The answer's entry says
`"status": "Queued"` with a `requestId`; the result is posted as JSON to the address that the account names: `status`
(`Swapped`, `NotSwapped`, `Failed`), `lastSimSwapDate` (`DD-MM-YYYY`; "01-01-1900" for long ago), `providerRefId`,
`requestId`, `transactionId`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from domain.errors import InvalidValue
from gateway.aggregators import sms_fields
from services.swap_ports import NotTold, SwapAnswer, SwapTold, ToldDay, ToldLater

_DATES = ("%d-%m-%Y", "%Y-%m-%d")
_LATER, _FAILED = "queued", "failed"


class _Callback(msgspec.Struct, frozen=True):
    """What is read of it; other members are theirs."""

    requestId: str  # noqa: N815 - its name on the wire
    status: str
    lastSimSwapDate: str | None = None  # noqa: N815


def read_swap(query: bytes, body: bytes) -> SwapTold:
    """A callback. Raises `InvalidValue` for what is no such JSON, names no question, or tells an impossible date.

    A date counts whatever the word beside it says: `NotSwapped` may mean "not lately", and we weigh the day ourselves.
    """
    try:
        told = msgspec.json.decode(body, type=_Callback)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Without its cause: that may quote what came.
        raise InvalidValue("no such callback") from None
    request, status = sms_fields.required_id(told.requestId), told.status.strip().lower()
    day = _day(told.lastSimSwapDate) if told.lastSimSwapDate else None
    if told.lastSimSwapDate and day is None:
        raise InvalidValue("an impossible date")
    if status == _FAILED:
        return SwapTold(request, NotTold())
    if day is None:
        return SwapTold(request, ToldLater(request) if status == _LATER else NotTold())
    return SwapTold(request, ToldDay(day))


def swap_answer(entry: Mapping[str, Any]) -> SwapAnswer:
    """An entry of the answer to our question. What cannot be read is not told: the question is paid for."""
    day = _day(str(entry.get("lastSimSwapDate")))
    if day is not None:
        return ToldDay(day)
    if str(entry.get("status")).strip().lower() != _LATER:
        return NotTold()
    try:
        return ToldLater(sms_fields.required_id(str(entry.get("requestId") or "")))
    except InvalidValue:
        return NotTold()


def _day(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None
