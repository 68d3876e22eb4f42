"""How Africa's Talking tells of SIM swaps: in the answer to a question, or later by a callback.

Source: a third party's published course on its Insights API. Not verified on a live account. The answer's entry says
`"status": "Queued"` with a `requestId`; the result is posted as JSON to the address that the account names: `status`
(`Swapped`: lately; `NotSwapped`: not lately; `Pending`, `Failed`, `Error`), `lastSimSwapDate` (`DD-MM-YYYY`, the last
swap's day; "01-01-1900" for long ago or never, beside either word), `providerRefId`, `requestId`,
`transactionId`.

So the day is what counts, and we weigh it ourselves. How lately "lately" is nobody tells: a card changed four days ago
may be `NotSwapped` by then, and is yet newer than what she proved. If word and day contradict each other, she is asked
to prove herself once more, which is the smaller harm. Beside a word that says that the check failed, or
that we do not know, no day is believed.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from domain.errors import InvalidValue
from gateway.aggregators import sms_fields
from services.swap_ports import NotTold, SwapAnswer, SwapTold, ToldDay, ToldLater

_DATES = ("%d-%m-%Y", "%Y-%m-%d")
_LATER = frozenset({"queued", "pending"})
# Of the answer at once only `Queued` was seen: with a day it may as well have no word, or one of the question itself.
_DATED = frozenset({"swapped", "notswapped", "completed", "processed", ""}) | _LATER


class _Callback(msgspec.Struct, frozen=True):
    """What is read of it; other members are theirs."""

    requestId: str  # noqa: N815 - its name on the wire
    status: str
    lastSimSwapDate: str | None = None  # noqa: N815


def read_swap(query: bytes, body: bytes) -> SwapTold:
    """A callback. Raises `InvalidValue` for what is no such JSON, names no question, or tells an impossible date."""
    try:
        told = msgspec.json.decode(body, type=_Callback)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Without its cause: that may quote what came.
        raise InvalidValue("no such callback") from None
    request = sms_fields.required_id(told.requestId)
    day = _day(told.lastSimSwapDate) if told.lastSimSwapDate else None
    if told.lastSimSwapDate and day is None:
        raise InvalidValue("an impossible date")
    return SwapTold(request, _weighed(told.status, day, request))


def swap_answer(entry: Mapping[str, Any]) -> SwapAnswer:
    """An entry of the answer to our question. What cannot be read is not told: the question is paid for."""
    day = _day(str(entry.get("lastSimSwapDate")))
    try:
        request = sms_fields.required_id(str(entry.get("requestId") or ""))
    except InvalidValue:
        request = ""
    return _weighed(str(entry.get("status") or ""), day, request)


def _weighed(status: str, day: date | None, request: str) -> SwapAnswer:
    word = status.strip().lower()
    if day is not None and word in _DATED:
        return ToldDay(day)
    return ToldLater(request) if request and word in _LATER else NotTold()


def _day(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None
