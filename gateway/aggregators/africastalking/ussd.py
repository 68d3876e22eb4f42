"""USSD by Africa's Talking: form in, `CON …` or `END …` out (developers.africastalking.com, "USSD")."""

import re

from domain.digits import fold
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.history import History
from gateway.aggregators.urlencoded import fields
from gateway.aggregators.values import SessionEnd, WireReply
from ussd_menus.turn import UssdReply, UssdTurn

NAME = "africastalking"
METHOD = "POST"

_HOP_FIELDS = frozenset({b"sessionId", b"serviceCode", b"phoneNumber", b"networkCode", b"text"})
_END_FIELDS = frozenset(
    {
        b"sessionId",
        b"phoneNumber",
        b"networkCode",
        b"status",
        b"cost",
        b"durationInMillis",
        b"hopsCount",
        b"hopsMetadata",
    }
)
_SESSION_LONGEST = 128
_METADATA_LONGEST = 99
_NOT_METADATA = re.compile(r"[^ -{}~]")


def read_hop(query: bytes, body: bytes) -> UssdTurn:
    """One hop. Raises `InvalidValue` where session, number or service code are missing or impossible."""
    form = fields(body, _HOP_FIELDS)
    return UssdTurn(
        aggregator=NAME,
        session=_session(form),
        msisdn=Msisdn.parse(form.get(b"phoneNumber", "")),
        service_code=fold(form.get(b"serviceCode", "")),
        network=fold(form.get(b"networkCode", ""))[:8] or None,
        wire=History(form.get(b"text", "")),
    )


def begins(turn: UssdTurn, service_code: str) -> bool:
    """Nothing was typed yet."""
    return turn.wire.is_first


def write_reply(reply: UssdReply) -> WireReply:
    """The screen with its prefix; its name travels in the header that comes back at the next hop and the end."""
    prefix = "CON " if reply.goes_on else "END "
    name = _NOT_METADATA.sub("_", reply.screen)[:_METADATA_LONGEST]
    return WireReply((prefix + reply.text).encode(), ((b"at-ussd-hop-metadata", name.encode("ascii", "replace")),))


def read_end(query: bytes, body: bytes) -> SessionEnd:
    """The end-of-session event. `input` and `lastAppResponse` are never read: they hold PINs and answers."""
    form = fields(body, _END_FIELDS)
    return SessionEnd(
        aggregator=NAME,
        session=_session(form),
        msisdn=Msisdn.parse(form.get(b"phoneNumber", "")),
        network=fold(form.get(b"networkCode", ""))[:8] or None,
        outcome=fold(form.get(b"status", "")).lower()[:16] or "unknown",
        duration_ms=_count(form.get(b"durationInMillis")),
        hops=_count(form.get(b"hopsCount")),
        cost=fold(form.get(b"cost", ""))[:32] or None,
        screens=tuple(name[:_METADATA_LONGEST] for name in fold(form.get(b"hopsMetadata", "")).split("|")[:64] if name),
    )


def _session(form: dict[bytes, str]) -> str:
    session = form.get(b"sessionId", "")
    if not 0 < len(session) <= _SESSION_LONGEST or not session.isprintable():
        raise InvalidValue("sessionId is missing or impossible")
    return session


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
