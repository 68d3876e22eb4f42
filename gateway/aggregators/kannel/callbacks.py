"""What an HTTP SMS gateway calls back with, read by its dialect."""

import re

from domain.errors import InvalidValue
from gateway.aggregators import sms_fields
from gateway.aggregators.kannel.dialect import KANNEL, HttpGateway
from gateway.aggregators.urlencoded import fields, octets
from gateway.aggregators.values import SmsCallbacks
from sms.values import DeliveryReport, InboundSms, ReportWord

# The alphabets that gateways name, and no other codec of Python's: some unpack, some raise.
_ALPHABETS = {
    "utf-8": "utf-8",
    "us-ascii": "utf-8",
    "gsm": "utf-8",
    "utf-16be": "utf-16-be",
    "ucs-2": "utf-16-be",
    "ucs2": "utf-16-be",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
}


def callbacks(gateway: HttpGateway) -> SmsCallbacks:
    """The functions that the doors mount for one gateway."""
    if gateway.report.method != gateway.inbound.method or gateway.report.taken != gateway.inbound.taken:
        raise InvalidValue(f"{gateway.name}: its two callbacks must agree in method and answer")
    return SmsCallbacks(
        gateway.name,
        gateway.report.method,
        lambda query, body: read_inbound(gateway, _form(gateway, query, body)),
        lambda query, body: read_report(gateway, _form(gateway, query, body)),
        taken=gateway.report.taken,
    )


def read_report(gateway: HttpGateway, form: bytes) -> DeliveryReport:
    """A delivery report. Raises `InvalidValue` without an id."""
    shape = gateway.report
    found = fields(form, _names(shape.id, shape.status, shape.reason, shape.to))
    raw = sms_fields.word(found.get(shape.status, ""))
    why = re.search(shape.reason_pattern, found.get(shape.reason, ""))
    return DeliveryReport(
        provider=gateway.name,
        provider_id=sms_fields.required_id(found.get(shape.id, "")),
        word=shape.words.get(raw, ReportWord.UNKNOWN),
        raw=raw,
        reason=sms_fields.word(why[1], sms_fields.REASON_LONGEST) if why else "",
        to=sms_fields.recipient(found.get(shape.to, "")),
    )


def read_inbound(gateway: HttpGateway, form: bytes) -> InboundSms:
    """Somebody's SMS. Raises `InvalidValue` where it names no sender."""
    shape = gateway.inbound
    wanted = _names(shape.sender, shape.to, shape.id, shape.charset, shape.coding, shape.date)
    found = fields(form, wanted)
    by_coding = shape.codings.get(found.get(shape.coding, "").strip(), "utf-8")
    alphabet = _ALPHABETS.get(found.get(shape.charset, "").strip().lower(), by_coding)
    return InboundSms(
        provider=gateway.name,
        provider_id=sms_fields.provider_id(found.get(shape.id, "")),
        sender=sms_fields.sender(found.get(shape.sender, "")),
        to=sms_fields.word(found.get(shape.to, "")),
        text=octets(form, shape.text.encode()).decode(alphabet, "replace"),
        sent_at=sms_fields.date(found.get(shape.date, "")),
    )


def _form(gateway: HttpGateway, query: bytes, body: bytes) -> bytes:
    return query if gateway.report.method == "GET" else body


def _names(*names: str) -> frozenset[str]:
    return frozenset(name for name in names if name)


CALLBACKS = callbacks(KANNEL)
