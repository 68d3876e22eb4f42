"""What an aggregator's folder gives the doors, and takes from them."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from domain.msisdn import Msisdn
from services.swap_ports import SwapTold
from sms.values import DeliveryReport, InboundSms, OptOutNotice
from ussd_menus.turn import UssdReply, UssdTurn


class WireReply(msgspec.Struct, frozen=True):
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

    `read_hop` and `read_end` take the query string and the body, and raise `InvalidValue`. `begins` tells of a hop and
    our service code whether a call looks to begin with it: for the door's limit, not for the conversation.
    """

    name: str
    method: str
    read_hop: Callable[[bytes, bytes], UssdTurn]
    begins: Callable[[UssdTurn, str], bool]
    write_reply: Callable[[UssdReply], WireReply]
    read_end: Callable[[bytes, bytes], SessionEnd]


@dataclass(frozen=True, slots=True)
class SmsCallbacks:
    """How one aggregator calls back about SMS and numbers: plain functions of query string and body, that the doors
    mount.

    Each raises `InvalidValue`. `taken` is the body that tells it to be done: some try again for want of a word.
    """

    name: str
    method: str
    read_inbound: Callable[[bytes, bytes], InboundSms]
    read_report: Callable[[bytes, bytes], DeliveryReport]
    read_opt_out: Callable[[bytes, bytes], OptOutNotice] | None = None
    taken: bytes = b""
    read_swap: Callable[[bytes, bytes], SwapTold] | None = None
