"""The two dialects in which the simulated operators speak to the gateway.

Africa's Talking: POST form, the whole history joined by `*`, replies begin with `CON ` or `END `.
Comviva Flares (HTTP pull): GET, the latest input only, replies say `Freeflow: FC` (go on) or `FB` (end).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sandbox.calls import Call, Status

METADATA = "at-ussd-hop-metadata"
LONGEST_METADATA = 99


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to the gateway; `fields` travel as a form (POST) or as the query (GET)."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A screen as the door understood it; `warnings` are things that a real operator would object to."""

    text: str
    goes_on: bool
    metadata: str | None = None
    warnings: tuple[str, ...] = ()


class BadReply(Exception):
    """The gateway's answer is not one that this operator can show; the session is lost."""


class Door(Protocol):
    """How one kind of operator sends a hop, reads the answer and tells that a session is over."""

    label: str

    def session_id(self, token: str) -> str: ...
    def hop(self, secret: str, call: Call) -> Request: ...
    def read(self, status: int, headers: Mapping[str, str], body: str) -> Reply: ...
    def ended(
        self, secret: str, call: Call, status: Status, error: str, at: datetime, millis: int
    ) -> Request | None: ...


class AfricasTalking:
    """Africa's Talking: cumulative text, `CON `/`END `, hop metadata echoed, an event when a session ends."""

    label = "Africa's Talking"

    def session_id(self, token: str) -> str:
        return f"ATUid_{token}"

    def hop(self, secret: str, call: Call) -> Request:
        fields = (
            ("sessionId", call.session),
            ("serviceCode", call.service_code),
            ("phoneNumber", call.msisdn),
            ("networkCode", call.network.code),
            # A `*` that the citizen typed is not escaped: the real aggregator does not either.
            ("text", "*".join(call.inputs)),
        )
        echoed = ((METADATA, call.metadata[-1]),) if call.metadata else ()
        return Request("POST", f"/africastalking/{secret}/ussd", fields, echoed)

    def read(self, status: int, headers: Mapping[str, str], body: str) -> Reply:
        if status != 200:
            raise BadReply(f"HTTP {status}: Africa's Talking ends the session")
        start, text = body[:4], body[4:]
        if start not in ("CON ", "END "):
            raise BadReply("the answer does not begin with 'CON ' or 'END '")
        if not text.strip():
            raise BadReply("the screen is empty")
        metadata, warnings = headers.get(METADATA), _plain_text(headers)
        if metadata is not None and (len(metadata) > LONGEST_METADATA or "|" in metadata):
            warnings.append(f"{METADATA} is over {LONGEST_METADATA} characters or holds '|'")
        return Reply(text, start == "CON ", metadata, tuple(warnings))

    def ended(self, secret: str, call: Call, status: Status, error: str, at: datetime, millis: int) -> Request | None:
        fields = [
            ("date", at.strftime("%Y-%m-%d %H:%M:%S")),
            ("sessionId", call.session),
            ("serviceCode", call.service_code),
            ("networkCode", call.network.code),
            ("phoneNumber", call.msisdn),
            ("status", status),
            ("cost", f"AZN {call.hops * 0.02:.4f}"),
            ("durationInMillis", str(millis)),
            ("hopsCount", str(call.hops)),
            ("hopsMetadata", "|".join(call.metadata)),
            ("input", "*".join(call.inputs)),
            ("lastAppResponse", call.last_response),
        ]
        if error:
            fields.append(("errorMessage", error))
        return Request("POST", f"/africastalking/{secret}/ussd-end", tuple(fields))


class Flares:
    """Comviva Flares HTTP pull: no history, no turn number; a clean-up call only when a session breaks.

    `MSC` names a switch of the operator's; here it is the network code, so that the gateway knows the network.
    """

    label = "Flares (operator)"

    def session_id(self, token: str) -> str:
        return str(int(token[:15], 16))

    def hop(self, secret: str, call: Call) -> Request:
        first = call.dialled.removeprefix("*").removesuffix("#")
        fields = (
            ("SessionID", call.session),
            ("MSISDN", call.msisdn.removeprefix("+")),
            ("MSC", call.network.code),
            ("input", call.inputs[-1] if call.hops else first),
        )
        return Request("GET", f"/flares/{secret}/ussd", fields)

    def read(self, status: int, headers: Mapping[str, str], body: str) -> Reply:
        if status != 200:
            raise BadReply(f"HTTP {status}: the operator ends the session")
        flow = headers.get("Freeflow", "")
        if flow not in ("FC", "FB"):
            raise BadReply("the header Freeflow is neither FC nor FB")
        if not body.strip():
            raise BadReply("the screen is empty")
        return Reply(body, flow == "FC", None, tuple(_plain_text(headers)))

    def ended(self, secret: str, call: Call, status: Status, error: str, at: datetime, millis: int) -> Request | None:
        if status == "Success":
            return None
        fields = (
            ("SessionID", call.session),
            ("msisdn", call.msisdn.removeprefix("+")),
            ("clean", "clean-session"),
            ("error", "522"),
        )
        return Request("GET", f"/flares/{secret}/ussd-end", fields)


def _plain_text(headers: Mapping[str, str]) -> list[str]:
    kind = headers.get("Content-Type", "")
    return [] if kind.startswith("text/plain") else [f"the answer is '{kind}', not text/plain"]


DOORS: dict[str, Door] = {"africastalking": AfricasTalking(), "flares": Flares()}
