"""USSD by Comviva Flares HTTP pull: GET in, text with `Freeflow: FC|FB` out, no history sent.

The first `input` of a session is the dialled code without `*` and `#` at its ends. There is no hop number:
a GET that the operator sends twice reads as typed twice, and confirmed writes are guarded by their intents.
"""

from dataclasses import dataclass

from domain.digits import fold
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from gateway.aggregators.urlencoded import fields
from gateway.aggregators.values import SessionEnd, WireReply
from ussd_menus.turn import Began, Mark, Progress, Recogniser, Typed, UssdReply, UssdTurn

NAME = "flares"
METHOD = "GET"

_HOP_FIELDS = frozenset({"SessionID", "MSISDN", "MSC", "input"})
_END_FIELDS = frozenset({"SessionID", "msisdn", "clean", "error"})
_LONGEST = 128
_MOST_INPUTS = 12


@dataclass(frozen=True, slots=True)
class LatestInput:
    """The newest input alone."""

    text: str

    @property
    def is_first(self) -> bool:
        return False

    def begin(self, macs: Recogniser) -> Began:
        dialled = tuple(self.text.strip("*#").split("*"))
        return Began(dialled[1 : 1 + _MOST_INPUTS], Mark())

    def since(self, mark: Mark, macs: Recogniser) -> Progress:
        return Typed(self.text, mark)


def read_hop(query: bytes, body: bytes) -> UssdTurn:
    """One hop. Raises `InvalidValue` where session or number are missing or impossible."""
    sent = fields(query, _HOP_FIELDS)
    text = sent.get("input", "")
    return UssdTurn(
        aggregator=NAME,
        session=_session(sent),
        msisdn=Msisdn.parse(sent.get("MSISDN", "")),
        # The service code is told only by the first input; the door is given to one code alone.
        service_code="",
        network=fold(sent.get("MSC", ""))[:8] or None,
        wire=LatestInput(text),
    )


def begins(turn: UssdTurn, service_code: str) -> bool:
    """The input begins with our code. Who types that in answer to a screen is taken for a newcomer, no more."""
    wire = turn.wire
    return isinstance(wire, LatestInput) and wire.text.strip("*#").partition("*")[0] == service_code.strip("*#")


def write_reply(reply: UssdReply) -> WireReply:
    """`FC` goes on, `FB` breaks the flow; nothing is charged to the citizen."""
    flow = b"FC" if reply.goes_on else b"FB"
    return WireReply(reply.text.encode(), ((b"Freeflow", flow), (b"charge", b"N"), (b"amount", b"0")))


def read_end(query: bytes, body: bytes) -> SessionEnd:
    """The operator's clean-up call."""
    sent = fields(query, _END_FIELDS)
    error = fold(sent.get("error", ""))[:16]
    return SessionEnd(
        aggregator=NAME,
        session=_session(sent),
        msisdn=Msisdn.parse(sent.get("msisdn", "")),
        network=None,
        outcome="failed" if error not in ("", "0") else "success",
    )


def _session(sent: dict[str, str]) -> str:
    session = sent.get("SessionID", "")
    if not 0 < len(session) <= _LONGEST or not session.isprintable():
        raise InvalidValue("SessionID is missing or impossible")
    return session
