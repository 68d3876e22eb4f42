"""What Africa's Talking answers to a sending, as a `SendReceipt`: its codes, and the ways it is silent about them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from domain.money import minor_digits
from gateway.aggregators.sms_wire import failure, is_html
from services.backends.wire import RawAnswer
from sms.values import Accepted, NotSent, Refusal, Refused, SendReceipt, Unanswered

_TAKEN = frozenset({100, 101, 102})
# A message that would meet the same under any number is the account's matter: the provider rests, nothing is lost.
_CODES: Mapping[int, SendReceipt] = {
    401: NotSent("RiskHold", account=True),
    402: NotSent("InvalidSenderId", account=True),
    403: Refused(Refusal.NUMBER),
    404: Refused(Refusal.NUMBER),
    405: NotSent("InsufficientBalance", account=True),
    406: Refused(Refusal.BLOCKED),
    407: NotSent("CouldNotRoute"),
    # Nigeria's hours without advertising: they end.
    409: NotSent("DoNotDisturbRejection", after_seconds=3600.0),
    500: NotSent("InternalServerError"),
    501: NotSent("GatewayError"),
    502: NotSent("RejectedByGateway"),
}
# Where a code is missing, its word may be there.
_BY_WORD = {
    "Success": 101,
    "Processed": 100,
    "Sent": 101,
    "Queued": 102,
    "RiskHold": 401,
    "InvalidSenderId": 402,
    "InvalidPhoneNumber": 403,
    "UnsupportedNumberType": 404,
    "InsufficientBalance": 405,
    "UserInBlacklist": 406,
    "CouldNotRoute": 407,
    "DoNotDisturbRejection": 409,
}
_SENT_TO = re.compile(r"Sent to\s+([0-9]{1,9})\s*/", re.IGNORECASE)
_COST = re.compile(r"([A-Z]{3}) (\d{1,9}(?:\.\d{1,6})?)")


def receipt(answer: RawAnswer) -> SendReceipt:
    """The receipt for one message to one number."""
    if not 200 <= answer.status < 300:
        # Also 400: a wrong number has a code of its own; this is a name or a field, the same for every message.
        return failure(answer)
    if is_html(answer):
        return NotSent("a page of HTML")
    # Whatever the content type says: with a charset or without, and its own SDK takes only one of them.
    try:
        told = msgspec.json.decode(bytes(answer.body))["SMSMessageData"]
        recipients = told["Recipients"]
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, RecursionError):
        return Unanswered("an answer that is not understood")
    if recipients == []:
        return _nobody(str(told.get("Message", "")))
    if not isinstance(recipients, list) or not isinstance(recipients[0], dict):
        return Unanswered("an answer that is not understood")
    return _one(recipients[0])


def _nobody(message: str) -> SendReceipt:
    """A success with no recipients: the reason is a word in `Message`, if anywhere."""
    code = _BY_WORD.get(message.strip(), 0)
    sent = _SENT_TO.search(message)
    if code in _TAKEN or (sent and int(sent[1])):
        return Unanswered("taken, it says, and names nobody")
    return _CODES.get(code, NotSent("no recipients"))


def _one(entry: dict[str, Any]) -> SendReceipt:
    code = _code(entry)
    if code in _CODES:
        return _CODES[code]
    if code not in _TAKEN:
        return Unanswered(f"unknown code {code}")
    provider_id = entry.get("messageId")
    if not isinstance(provider_id, str) or not provider_id.isprintable() or provider_id in ("", "None"):
        # It says that it took it: to send again could be to send twice.
        return Unanswered("taken without an id")
    return _accepted(provider_id, entry.get("cost"))


def _accepted(provider_id: str, cost: object) -> Accepted:
    told = _COST.fullmatch(cost) if isinstance(cost, str) else None
    if not told:
        return Accepted((provider_id[:128],))
    # Theirs are whole units of the currency, ours thousandths of its minor unit.
    return Accepted((provider_id[:128],), int(Decimal(told[2]) * 10 ** minor_digits(told[1]) * 1000), told[1])


def _code(entry: dict[str, Any]) -> int:
    try:
        return int(entry["statusCode"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return _BY_WORD.get(str(entry.get("status", "")), 0)
