"""The providers, each with its other side on a real socket."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.errors import StoreUnavailable
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.account import account
from gateway.aggregators.africastalking.sms import AfricasTalking
from gateway.aggregators.kannel.dialect import (
    KANNEL,
    Coding,
    HttpGateway,
    InboundForm,
    Meaning,
    Octets,
    ReportForm,
    Rule,
)
from gateway.aggregators.kannel.sms import HttpGatewayProvider
from gateway.aggregators.smpp.ids import IdForm
from gateway.aggregators.smpp.sms import Smpp, SmppAccount
from services.backends.wire import HttpWire
from sms.ports import Provider
from sms.segments import segment
from sms.values import (
    DeliveryReport,
    InboundSms,
    Outbound,
    ReportWord,
)
from tests.gateway.sms_peers import HttpPeer, Smsc

HER = Msisdn.parse("+994501234501")
ARABIC = "تم قبول طلبك رقم 41000019. يمكنك استلام البطاقة من المكتب ابتداء من يوم الاثنين. " * 2
# Another gateway of Kannel's kind, as data alone. (Jasmin's HTTP API.)
JASMIN = HttpGateway(
    name="jasmin",
    method="POST",
    path="/send",
    fields={"username": "username", "password": "password", "to": "to", "sender": "from", "validity": "validity-period",
            "report_url": "dlr-url"},
    constants={"dlr": "yes", "dlr-level": "2", "dlr-method": "GET"},
    codings={
        next(iter(KANNEL.codings)): Coding("content", Octets.UTF8, {"coding": "0"}),
        list(KANNEL.codings)[1]: Coding("hex-content", Octets.HEX_UTF16BE, {"coding": "8"}),
    },
    rules=(
        Rule(frozenset({200}), Meaning.TAKEN, r'^Success "'),
        Rule(frozenset({412}), Meaning.ROUTE),
        Rule(frozenset({403}), Meaning.ACCOUNT),
        Rule(frozenset({400}), Meaning.REFUSED),
    ),
    id=r'^Success "([^"]+)"',
    plus=False,
    report=ReportForm("GET", "id", "message_status", {"DELIVRD": ReportWord.DELIVERED}, taken=b"ACK/Jasmin"),
    inbound=InboundForm("GET", "from", "to", "content", "id", "charset", "coding", {"0": "utf-8"}, taken=b"ACK/Jasmin"),
)  # fmt: skip


def at(code: int, word: str = "Success", message_id: str = "ATXid_1", **more: Any) -> bytes:
    entry = {"statusCode": code, "number": HER.e164, "status": word, "cost": "KES 0.8000", "messageId": message_id}
    return json.dumps({"SMSMessageData": {"Message": "Sent", "Recipients": [{**entry, **more}]}}).encode()


def nobody(message: str) -> bytes:
    return json.dumps({"SMSMessageData": {"Message": message, "Recipients": []}}).encode()


class Kept:
    """An intake that keeps what it is given, or refuses while `away`."""

    def __init__(self) -> None:
        self.reports: list[DeliveryReport] = []
        self.inbox: list[InboundSms] = []
        self.away = False

    async def report(self, report: DeliveryReport) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.reports.append(report)

    async def inbound(self, sms: InboundSms) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.inbox.append(sms)


def outbound(text: str = "Salam!", sender: str = "7575") -> Outbound:
    cut = segment(text)
    names = tuple(f"part{number}-Zm9vYmFy" for number in range(len(cut.parts)))
    message = UUID("0198c0de-0000-7000-8000-0000000000a7")
    return Outbound(message, 1, HER, sender, text, cut.encoding, cut.parts, 3600, part_ids=names)


def soon(seconds: float = 20.0) -> Deadline:
    return Deadline.after(seconds, SystemClock())


def provider_for(name: str, port: int, wire: HttpWire, kept: Kept | None = None, ids: IdForm = IdForm.TEXT) -> Provider:
    url = f"http://127.0.0.1:{port}"
    if name == "africastalking":
        return AfricasTalking(account("guichet", "key-of-ours", url), wire)
    if name == "smpp":
        smsc = SmppAccount("127.0.0.1", port, "guichet", "secret", ids=ids)
        return Smpp(smsc, kept or Kept(), SystemClock())  # type: ignore[arg-type]
    gateway = {"kannel": KANNEL, "jasmin": JASMIN}[name]
    return HttpGatewayProvider(gateway, url, "user", "pass", "http://10.0.0.1:8000/kannel/s3cret", wire)


@contextlib.asynccontextmanager
async def talking(name: str, answer: Any, wire: HttpWire, **more: Any) -> AsyncIterator[tuple[Provider, Any]]:
    """A provider, started, and its other side."""
    peer: Any = Smsc(lambda number: answer) if name == "smpp" else HttpPeer(answer)
    async with peer:
        provider = provider_for(name, peer.port, wire, **more)
        await provider.start()
        try:
            yield provider, peer
        finally:
            await provider.stop()
