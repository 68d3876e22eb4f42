"""What one HTTP SMS gateway wants and says, as data: another of the kind is another value, not another program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import InvalidValue
from sms.values import Encoding, ReportWord


class Meaning(StrEnum):
    """What an answer means. `ROUTE`: not by this gateway; `ACCOUNT`: nothing by this account; `BUSY`: later."""

    TAKEN = "taken"
    BUSY = "busy"
    ROUTE = "no route"
    ACCOUNT = "account"
    REFUSED = "refused"


class Octets(StrEnum):
    """How a text becomes a field: its octets percent-encoded, or as hexadecimal digits."""

    UTF8 = "utf-8"
    UTF16BE = "utf-16-be"
    HEX_UTF16BE = "hex of utf-16-be"


@dataclass(frozen=True, slots=True)
class Coding:
    """How one encoding travels: which field takes the text, as which octets, and what is said beside it."""

    text: str
    octets: Octets
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """The first rule whose statuses and pattern (searched in the body) fit says what an answer means."""

    statuses: frozenset[int]
    meaning: Meaning
    body: str = ""

    def fits(self, status: int, body: str) -> bool:
        return status in self.statuses and bool(re.search(self.body, body))


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The fields of a delivery report, and what its words mean; `taken` is the body it wants for an answer.

    `reason_pattern`: its first group is kept of the reason, for a receipt's text quotes the message.
    """

    method: str
    id: str
    status: str
    words: Mapping[str, ReportWord]
    reason: str = ""
    reason_pattern: str = r"(.*)"
    to: str = ""
    taken: bytes = b""


@dataclass(frozen=True, slots=True)
class InboundForm:
    """The fields of an inbound SMS. `text` holds octets: their alphabet is told by `charset`, or else by `coding`
    through `codings`."""

    method: str
    sender: str
    to: str
    text: str
    id: str
    charset: str
    coding: str
    codings: Mapping[str, str]
    date: str = ""
    taken: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """One kind of gateway.

    `fields`: its name for each of ours (`to`, `sender`, `udh`, `report_url`, `validity`, `username`, `password`);
    one that it lacks is left out. `id`: a pattern whose group is the id in the answer; where empty it gives none,
    and ours rides in the address it reports to, with `report_template` behind it. `validity_unit`: in seconds.
    """

    name: str
    method: str
    path: str
    fields: Mapping[str, str]
    codings: Mapping[Encoding, Coding]
    rules: tuple[Rule, ...]
    report: ReportForm
    inbound: InboundForm
    constants: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    report_template: str = ""
    plus: bool = True
    validity_unit: int = 60

    def __post_init__(self) -> None:
        if not self.id and "report_url" not in self.fields:
            raise InvalidValue(f"{self.name}: no id in its answer, and none can ride along")


# Kannel 1.4.5 user guide, "sendsms" and "delivery reports"; %-words are filled in by it.
KANNEL = HttpGateway(
    name="kannel",
    method="GET",
    path="/cgi-bin/sendsms",
    fields={
        "username": "username",
        "password": "password",
        "to": "to",
        "sender": "from",
        "udh": "udh",
        "report_url": "dlr-url",
        "validity": "validity",
    },
    constants={"dlr-mask": "31"},
    codings={
        Encoding.GSM7: Coding("text", Octets.UTF8, {"coding": "0", "charset": "UTF-8"}),
        Encoding.UCS2: Coding("text", Octets.UTF16BE, {"coding": "2"}),
    },
    rules=(
        Rule(frozenset({200, 202}), Meaning.TAKEN, r"^(0: Accepted|3: Queued)"),
        Rule(frozenset({403}), Meaning.ROUTE, r"^Not routable"),
        Rule(frozenset({401, 403}), Meaning.ACCOUNT),
        # A 503 in other words is some proxy's.
        Rule(frozenset({503}), Meaning.BUSY, r"^Temporal failure"),
        Rule(frozenset({400}), Meaning.REFUSED, r"^Number\(s\)"),
        # Every other 400 speaks of a field or of the sender, which the next message will have as well.
        Rule(frozenset({400}), Meaning.ACCOUNT),
        Rule(frozenset({413}), Meaning.REFUSED),
    ),
    report_template="&status=%d&answer=%A&to=%p",
    report=ReportForm(
        method="GET",
        id="id",
        status="status",
        reason="answer",
        reason_pattern=r"(?:\berr:|^NACK/)(\S+)",
        to="to",
        words={
            "1": ReportWord.DELIVERED,
            "2": ReportWord.UNDELIVERED,
            "4": ReportWord.INTERIM,
            "8": ReportWord.INTERIM,
            "16": ReportWord.UNDELIVERED,
            "32": ReportWord.INTERIM,
        },
    ),
    inbound=InboundForm(
        method="GET",
        sender="from",
        to="to",
        text="text",
        id="id",
        charset="charset",
        coding="coding",
        codings={"0": "utf-8", "2": "utf-16-be"},
        date="date",
    ),
)
