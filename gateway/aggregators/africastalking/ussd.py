"""USSD by Africa's Talking: form in, `CON …` or `END …` out (developers.africastalking.com, "USSD")."""

import re
from functools import lru_cache

from domain.digits import fold
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.history import History
from gateway.aggregators.urlencoded import fields
from gateway.aggregators.values import SessionEnd, WireReply
from ussd_menus.turn import UssdReply, UssdTurn

NAME = "africastalking"
METHOD = "POST"

_HOP_FIELDS = frozenset({"sessionId", "serviceCode", "phoneNumber", "networkCode", "text"})
_END_FIELDS = frozenset(
    {
        "sessionId",
        "phoneNumber",
        "networkCode",
        "status",
        "cost",
        "durationInMillis",
        "hopsCount",
        "hopsMetadata",
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
        msisdn=Msisdn.parse(form.get("phoneNumber", "")),
        service_code=fold(form.get("serviceCode", "")),
        network=fold(form.get("networkCode", ""))[:8] or None,
        wire=History(form.get("text", "")),
    )


def begins(turn: UssdTurn, service_code: str) -> bool:
    """Nothing was typed yet."""
    return turn.wire.is_first


def write_reply(reply: UssdReply) -> WireReply:
    """The screen with its prefix; its name travels in the header that comes back at the next hop and the end."""
    prefix = "CON " if reply.goes_on else "END "
    return WireReply((prefix + reply.text).encode(), _named(reply.screen))


@lru_cache(maxsize=4096)  # screens are few
def _named(screen: str) -> tuple[tuple[bytes, bytes], ...]:
    name = _NOT_METADATA.sub("_", screen)[:_METADATA_LONGEST]
    return ((b"at-ussd-hop-metadata", name.encode("ascii", "replace")),)


def read_end(query: bytes, body: bytes) -> SessionEnd:
    """The end-of-session event. `input` and `lastAppResponse` are never read: they hold PINs and answers."""
    form = fields(body, _END_FIELDS)
    return SessionEnd(
        aggregator=NAME,
        session=_session(form),
        msisdn=Msisdn.parse(form.get("phoneNumber", "")),
        network=fold(form.get("networkCode", ""))[:8] or None,
        outcome=fold(form.get("status", "")).lower()[:16] or "unknown",
        duration_ms=_count(form.get("durationInMillis")),
        hops=_count(form.get("hopsCount")),
        cost=fold(form.get("cost", ""))[:32] or None,
        screens=tuple(name[:_METADATA_LONGEST] for name in fold(form.get("hopsMetadata", "")).split("|")[:64] if name),
    )


def _session(form: dict[str, str]) -> str:
    session = form.get("sessionId", "")
    if not 0 < len(session) <= _SESSION_LONGEST or not session.isprintable():
        raise InvalidValue("sessionId is missing or impossible")
    return session


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
