"""What an aggregator's folder gives the doors, and takes from them."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.msisdn import Msisdn
from ussd_menus.turn import UssdReply, UssdTurn


@dataclass(frozen=True, slots=True)
class WireReply:
    """The body and the extra headers of an answer; status 200 and `text/plain` are the door's."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended, as the aggregator tells it; nothing of what was typed or shown."""

    aggregator: str
    session: str
    msisdn: Msisdn
    network: str | None
    outcome: str
    duration_ms: int | None = None
    hops: int | None = None
    cost: str | None = None
    screens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UssdDialect:
    """One aggregator's USSD: plain functions, that the doors mount.

    `read_hop` and `read_end` take the query string and the body, and raise `InvalidValue`.
    """

    name: str
    method: str
    read_hop: Callable[[bytes, bytes], UssdTurn]
    write_reply: Callable[[UssdReply], WireReply]
    read_end: Callable[[bytes, bytes], SessionEnd]
