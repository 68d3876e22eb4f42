"""Africa's Talking's SMS callbacks: forms it posts until it is answered 200 (developers.africastalking.com, "SMS").

What it tells of SIM swaps comes beside them, as JSON.
"""

from domain.msisdn import Msisdn
from gateway.aggregators import sms_fields
from gateway.aggregators.africastalking.swaps import read_swap
from gateway.aggregators.urlencoded import fields
from gateway.aggregators.values import SmsCallbacks
from sms.reports import ACCOUNT, BLOCKED
from sms.values import DeliveryReport, InboundSms, OptOutNotice, ReportWord

NAME = "africastalking"

_INBOUND_FIELDS = frozenset({"from", "to", "text", "date", "id", "linkId", "networkCode"})
_REPORT_FIELDS = frozenset({"id", "status", "phoneNumber", "networkCode", "failureReason"})
_OPT_OUT_FIELDS = frozenset({"senderId", "phoneNumber"})

# `Expired` and `AbsentSubscriber` are in no list of theirs, and come nevertheless.
_WORDS = {
    "sent": ReportWord.INTERIM,
    "submitted": ReportWord.INTERIM,
    "buffered": ReportWord.INTERIM,
    "success": ReportWord.DELIVERED,
    "rejected": ReportWord.UNDELIVERED,
    "failed": ReportWord.UNDELIVERED,
    "expired": ReportWord.UNDELIVERED,
    "absentsubscriber": ReportWord.UNDELIVERED,
}
# Reasons that speak of our account, not of her number; and that she is on the provider's own list.
_REASONS = {
    "insufficientcredit": ACCOUNT,
    "useraccountsuspended": ACCOUNT,
    "invalidlinkid": ACCOUNT,
    "userinblacklist": BLOCKED,
}


def read_inbound(query: bytes, body: bytes) -> InboundSms:
    """Somebody's SMS. Raises `InvalidValue` where it names no sender, or its id is impossible."""
    form = fields(body, _INBOUND_FIELDS)
    return InboundSms(
        provider=NAME,
        provider_id=sms_fields.provider_id(form.get("id", "")),
        sender=sms_fields.sender(form.get("from", "")),
        to=sms_fields.word(form.get("to", "")),
        text=form.get("text", ""),
        sent_at=sms_fields.date(form.get("date", "")),
        network=sms_fields.network(form.get("networkCode", "")),
        link_id=sms_fields.provider_id(form.get("linkId", "")),
    )


def read_report(query: bytes, body: bytes) -> DeliveryReport:
    """A delivery report; a word it never told us of is `UNKNOWN`. Raises `InvalidValue` without an id."""
    form = fields(body, _REPORT_FIELDS)
    raw = sms_fields.word(form.get("status", ""))
    reason = sms_fields.word(form.get("failureReason", ""), sms_fields.REASON_LONGEST)
    return DeliveryReport(
        provider=NAME,
        provider_id=sms_fields.required_id(form.get("id", "")),
        word=_WORDS.get(raw.lower(), ReportWord.UNKNOWN),
        raw=raw,
        reason=_REASONS.get(reason.lower(), reason),
        to=sms_fields.recipient(form.get("phoneNumber", "")),
        network=sms_fields.network(form.get("networkCode", "")),
    )


def read_opt_out(query: bytes, body: bytes) -> OptOutNotice:
    """A subscriber who blocked a sender of ours there. Raises `InvalidValue` without a number."""
    form = fields(body, _OPT_OUT_FIELDS)
    return OptOutNotice(
        provider=NAME,
        sender=sms_fields.word(form.get("senderId", ""), 16),
        number=Msisdn.parse(form.get("phoneNumber", "")),
    )


CALLBACKS = SmsCallbacks(NAME, "POST", read_inbound, read_report, read_opt_out, read_swap=read_swap)
