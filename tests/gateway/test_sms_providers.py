"""One contract for all providers, against real local servers: what each answer, and each silence, means."""

import asyncio
import contextlib
import inspect
import json
import struct
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmpplib import ESME

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, StoreUnavailable
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.account import account
from gateway.aggregators.africastalking.lookups import LookupFailed, Lookups
from gateway.aggregators.africastalking.sms import AfricasTalking
from gateway.aggregators.kannel.callbacks import callbacks
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
from gateway.aggregators.smpp import pdus
from gateway.aggregators.smpp.ids import IdForm, of_answer, of_receipt
from gateway.aggregators.smpp.sms import Smpp, SmppAccount
from gateway.settings import Settings, SettingsError
from gateway.sms_providers import PROVIDERS, build_providers
from services.backends.wire import HttpWire
from sms.config import Route, Sender, SmsConfig
from sms.ports import Provider
from sms.segments import segment
from sms.values import (
    Accepted,
    DeliveryReport,
    InboundSms,
    Mode,
    NotSent,
    Outbound,
    Refusal,
    Refused,
    ReportWord,
    SendReceipt,
    Unanswered,
)
from tests.gateway.sms_peers import CUT, DRIP, HANG, HttpPeer, Smsc, deliver_sm, free_port, http
from tests.until import until

HER = Msisdn.parse("+994501234501")
ARABIC = "تم قبول طلبك رقم 41000019. يمكنك استلام البطاقة من المكتب ابتداء من يوم الاثنين. " * 2
ENTRIES = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
    if entry["surface"] == "provider_answer"
}

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


# What each says for each row of the contract; a missing row is one that it cannot express.
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "africastalking": {
        "accepted": http(201, at(101)),
        "charset in the content type": http(201, at(100), "application/json; charset=utf-8"),
        "text as content type": http(201, at(102), "text/plain"),
        "bad number": http(201, at(403, "InvalidPhoneNumber", "None")),
        "blocked": http(201, at(406, "UserInBlacklist", "None")),
        "bad account": http(401, b"The supplied authentication is invalid", "text/plain"),
        "no money": http(201, at(405, "InsufficientBalance", "None")),
        "throttled": http(429, b"", retry_after="7"),
        "no route": http(201, at(407, "CouldNotRoute", "None")),
        "broken there": http(502, b"<html>", "text/html"),
        "html": http(200, b"<html>502</html>", "text/html"),
        "truncated": http(201, at(101)[:40]),
        "unknown words": http(201, at(999, "Borked")),
        "no id": http(201, at(101, message_id="None")),
        "redirected": http(302, b"", Location="http://127.0.0.1:9/"),
        "JSON called HTML": http(200, at(101), "text/html"),
        "slip in a setting": http(400, b"Supplied username is invalid", "text/plain"),
        "unavailable": http(503, b"<html>503</html>", "text/html"),
        "unavailable for a while": http(503, b"<html>503</html>", "text/html", retry_after="7"),
        "only accepted": http(202, b"Accepted", "text/plain"),
        "accepted, as a page": http(201, b"<html>ok</html>", "text/html"),
        "no content": http(204, b""),
        "a part of it": http(206, at(101)[:40]),
        "sent, to nobody named": http(201, nobody("Sent to 1/1 Total Cost: KES 0.8000")),
        "success, nobody named": http(201, nobody("Success")),
        "hung": HANG,
        "cut": CUT,
        "drip": DRIP,
    },
    "kannel": {
        "accepted": http(202, b"0: Accepted for delivery", "text/html"),
        "charset in the content type": http(202, b"3: Queued for later delivery", "text/plain; charset=utf-8"),
        "bad account": http(403, b"Authorization failed for sendsms", "text/html"),
        "throttled": http(503, b"Temporal failure, try again later.", "text/html", retry_after="7"),
        "no route": http(403, b"Not routable. Do not try again.", "text/html"),
        "broken there": http(500, b"", "text/html"),
        "html": http(200, b"<html>502</html>", "text/html"),
        "truncated": http(202, b"", "text/plain"),
        "unknown words": http(202, b"7: Who knows", "text/html"),
        "refused": http(400, b"Number(s) has/have been denied by white- and/or black-lists.", "text/html"),
        "slip in a setting": http(400, b"Sender missing and no global set, rejected", "text/html"),
        "unavailable": http(503, b"<html>503</html>", "text/html"),
        "unavailable for a while": http(503, b"<html>503</html>", "text/html", retry_after="7"),
        "temporal failure": http(503, b"Temporal failure, try again later.", "text/html"),
        "redirected": http(302, b"", Location="http://127.0.0.1:9/"),
        "hung": HANG,
        "cut": CUT,
        "drip": DRIP,
    },
    "jasmin": {
        "accepted": http(200, b'Success "07033084-5cfd"', "text/plain"),
        "bad account": http(403, b'Error "Authentication failure"', "text/plain"),
        "no route": http(412, b'Error "No route found"', "text/plain"),
        "throttled": http(503, b"", retry_after="7"),
        "broken there": http(500, b'Error "?"', "text/plain"),
        "unavailable": http(503, b"", "text/plain"),
        "truncated": http(200, b'Succ', "text/plain"),
        "no id": http(200, b'Success "', "text/plain"),
        "hung": HANG,
        "cut": CUT,
        "drip": DRIP,
    },
    "smpp": {
        "accepted": (0, "0000abcd"),
        "bad number": (0x0B, ""),
        "bad account": (0x0A, ""),
        "throttled": (0x58, ""),
        "no route": (0x45, ""),
        "vendor's own status": (0x0403, ""),
        "no id": (0, ""),
        "hung": HANG,
        "cut": CUT,
    },
}  # fmt: skip
MEANS: Mapping[str, Any] = {
    "accepted": Accepted,
    "charset in the content type": Accepted,
    "text as content type": Accepted,
    "bad number": Refused(Refusal.NUMBER),
    "blocked": Refused(Refusal.BLOCKED),
    "bad account": ("account", True),
    "no money": ("account", True),
    "throttled": NotSent,
    "no route": ("account", False),
    "vendor's own status": ("account", False),
    "broken there": Unanswered,
    "html": ("account", False),
    "truncated": Unanswered,
    "unknown words": Unanswered,
    "no id": Unanswered,
    "redirected": ("account", True),
    "JSON called HTML": Accepted,
    "refused": Refused(Refusal.OTHER),
    "slip in a setting": ("account", True),
    "unavailable": Unanswered,
    "unavailable for a while": NotSent("status 503", after_seconds=7.0),
    "temporal failure": NotSent("busy"),
    "only accepted": Unanswered,
    "accepted, as a page": Unanswered,
    "no content": Unanswered,
    "a part of it": Unanswered,
    "sent, to nobody named": Unanswered,
    "success, nobody named": Unanswered,
    "hung": Unanswered,
    "cut": Unanswered,
    "drip": Unanswered,
}
ROWS = [(name, row) for name, answers in ANSWERS.items() for row in answers]


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


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    async with HttpWire() as wire:
        yield wire


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


# --- the contract ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row}" for name, row in ROWS])
async def test_what_an_answer_means(name: str, row: str, wire: HttpWire) -> None:
    answer = ANSWERS[name][row]
    async with talking(name, answer, wire) as (provider, peer):
        receipt = await provider.send(outbound(), soon(1.0 if answer in (HANG, DRIP) else 20.0))
        assert len(peer.seen) == 1, "written once, followed nowhere"
    assert_means(receipt, MEANS[row])
    if row == "throttled":
        assert isinstance(receipt, NotSent) and not receipt.account and (receipt.after_seconds or 0) >= 1


@pytest.mark.parametrize("name", list(ANSWERS))
async def test_nobody_there_is_not_sent(name: str, wire: HttpWire) -> None:
    provider = provider_for(name, free_port(), wire)
    await provider.start()
    receipt = await provider.send(outbound(), soon(5.0))
    await provider.stop()
    assert isinstance(receipt, NotSent) and not receipt.account


@pytest.mark.parametrize("name", list(ANSWERS))
async def test_no_time_left_is_not_sent(name: str, wire: HttpWire) -> None:
    async with talking(name, ANSWERS[name]["accepted"], wire) as (provider, peer):
        assert isinstance(await provider.send(outbound(), soon(0.0)), NotSent)
        assert peer.seen == []


def assert_means(receipt: SendReceipt, meaning: Any) -> None:
    if isinstance(meaning, type):
        assert isinstance(receipt, meaning), receipt
    elif isinstance(meaning, tuple):
        assert isinstance(receipt, NotSent) and receipt.account is meaning[1], receipt
    else:
        assert receipt == meaning


# --- the catalogue of bad answers --------------------------------------------------------------------------


async def test_every_provider_answer_of_the_catalogue(wire: HttpWire) -> None:
    """Each entry's own `expect`, by Africa's Talking, whose answers they are."""
    for entry, name in ENTRIES.items():
        given = ENTRIES[entry]
        answer, seconds = http(201, given.get("value", "").encode()), 20.0
        if entry == "provider_answer-001":
            answer = http(200, given["value"].encode(), "text/html")
        elif "gen" in given:
            answer, seconds = HANG, 0.5
        elif "headers" in given:
            answer = http(302, b"", **given["headers"])
        async with talking("africastalking", answer, wire) as (provider, peer):
            receipt = await provider.send(outbound(), soon(seconds))
            assert len(peer.seen) == 1
        match given["expect"]:
            case "temporary error; not 'sent'":
                assert isinstance(receipt, NotSent) and not receipt.account
            case "not sent; classified from Message":
                assert receipt == NotSent("no recipients")
            case "AMBIGUOUS: not re-sent blindly" | "state 'unknown'; re-send only by policy; duplicates <= bound":
                assert isinstance(receipt, Unanswered)
            case "not followed":
                assert isinstance(receipt, NotSent) and receipt.account
            case "handled":
                assert receipt == Accepted(("1",))
            case other:
                pytest.fail(f"{name}: nothing asserts {other!r}")
    print(f"provider_answer: {len(ENTRIES)} entries")
    assert len(ENTRIES) == 6


@pytest.mark.parametrize("word", ["InvalidSenderId", "InsufficientBalance"])
async def test_201_without_recipients_says_why_in_its_message(word: str, wire: HttpWire) -> None:
    async with talking("africastalking", http(201, nobody(word)), wire) as (provider, _):
        assert await provider.send(outbound(), soon()) == NotSent(word, account=True)


# --- Africa's Talking --------------------------------------------------------------------------------------


async def test_the_form_that_africas_talking_gets(wire: HttpWire) -> None:
    async with talking("africastalking", http(201, at(101)), wire) as (provider, peer):
        receipt = await provider.send(outbound("Bir + iki & üç", sender="GUICHET"), soon())
    assert receipt == Accepted(("ATXid_1",), 80_000, "KES")
    sent = {**peer.seen[0], "message": peer.seen[0]["message"].encode("latin-1").decode()}
    assert sent == {"username": "guichet", "to": HER.e164, "message": "Bir + iki & üç", "from": "GUICHET",
                    "bulkSMSMode": "1"}  # fmt: skip
    assert "apikey: key-of-ours" in peer.headers[0]
    assert peer.paths == ["/version1/messaging"]


@pytest.mark.parametrize(
    ("cost", "expected"),
    [("KES 0.8000", (80_000, "KES")), ("XOF 12.0000", (12_000, "XOF")), ("0", (None, "")), ("KES -1", (None, "")),
     (7, (None, ""))],
)  # fmt: skip
async def test_what_it_cost_is_in_thousandths_of_the_minor_unit(cost: Any, expected: object, wire: HttpWire) -> None:
    async with talking("africastalking", http(201, at(101, cost=cost)), wire) as (provider, _):
        receipt = await provider.send(outbound(), soon())
    assert isinstance(receipt, Accepted)
    assert (receipt.cost_millis, receipt.currency) == expected


def test_where_a_key_may_go() -> None:
    assert account("guichet", "k").mode is Mode.LIVE
    assert account("guichet", "k").api_url == "https://api.africastalking.com/version1"
    assert account("sandbox", "k").mode is Mode.SANDBOX
    assert "sandbox.africastalking.com" in account("sandbox", "k").api_url
    assert account("guichet", "k", "http://127.0.0.1:8001").mode is Mode.EMULATOR
    assert account("guichet", "k", "http://[::1]:8001").mode is Mode.EMULATOR
    assert account("guichet", "k", "http://sandbox.internal", emulator=True).mode is Mode.EMULATOR
    for elsewhere in ("http://sandbox.internal", "https://api.africastalking.com.example", "http://127.0.0.1.example"):
        with pytest.raises(InvalidValue):
            account("guichet", "k", elsewhere)
    assert "k3y" not in repr(account("guichet", "k3y"))


async def test_missed_messages_are_fetched_through_the_sdk() -> None:
    entries = [
        {"linkId": "l1", "text": "STATUS 41000019", "to": "7575", "id": 15071, "date": "2017-05-03 06:04:45",
         "from": "+994501234501"},
        {"text": "no sender", "to": "7575", "id": 15072, "date": "?", "from": ""},
        {"text": "Salam", "to": "7575", "id": 15073, "date": "2017-05-03T06:04:46Z", "from": "MPESA"},
        {"text": "no sender at all", "id": 15074},
        {"text": "no id", "from": "+994501234501"},
        "no message",
    ]  # fmt: skip
    body = json.dumps({"SMSMessageData": {"Messages": entries}}).encode()
    async with HttpPeer(http(200, body, "application/json; charset=utf-8")) as peer:
        lookups = Lookups(account("guichet", "key-of-ours", peer.url))
        found = await lookups.received_since("15070")
        again = await lookups.received_since("")
        lookups.close()
    assert [(sms.provider_id, sms.sender, sms.text, sms.sent_at) for sms in found.messages] == [
        ("15071", "+994501234501", "STATUS 41000019", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("15073", "MPESA", "Salam", datetime(2017, 5, 3, 6, 4, 46, tzinfo=UTC)),
    ]
    assert found.last_id == "15074", "what cannot be read is not asked for again"
    assert again == found
    assert peer.seen[0] == {"username": "guichet", "lastReceivedId": "15070"}
    assert peer.seen[1] == {"username": "guichet"}
    assert "apikey: key-of-ours" in peer.headers[0]


@pytest.mark.parametrize(
    ("told", "day"),
    [("03-05-2026", date(2026, 5, 3)), ("2026-05-03", date(2026, 5, 3)), (None, None), ("", None), ("soon", None)],
)
async def test_a_sim_swap_is_told_where_the_network_tells_it(told: str | None, day: date | None) -> None:
    body = json.dumps({"status": "Processed", "responses": [{"status": "Queued", "lastSimSwapDate": told}]}).encode()
    async with HttpPeer(http(200, body)) as peer:
        lookups = Lookups(account("guichet", "k", peer.url))
        assert await lookups.check(HER) == day
        lookups.close()
    assert peer.paths == ["/v1/sim-swap"]


@pytest.mark.parametrize("answer", [http(401, b"The supplied authentication is invalid", "text/plain"),
                                    http(200, b"<html>", "text/html"), http(200, b"[]"), CUT,
                                    http(200, b'{"SMSMessageData": {"Messages": "none"}}')])  # fmt: skip
async def test_a_lookup_that_fails_says_so_without_the_key(answer: bytes) -> None:
    async with HttpPeer(answer) as peer:
        lookups = Lookups(account("guichet", "k3y", peer.url))
        with pytest.raises(LookupFailed) as failed:
            await lookups.received_since("")
        lookups.close()
    assert "k3y" not in str(failed.value) and failed.value.__cause__ is None


def test_the_seams_of_the_libraries_are_where_we_stand_on_them() -> None:
    from africastalking.Service import Service
    from africastalking.SMS import SMSService

    assert list(inspect.signature(Service._make_request).parameters) == [
        "self", "url", "method", "headers", "data", "params", "callback", "timeout",
    ]  # fmt: skip
    assert "_init_service" in vars(SMSService)
    seams = ("_end_task", "_get_pdu", "_handle_request", "_handle_response", "_receive_data", "_send_data")
    for seam in (*seams, "connect", "start"):
        assert inspect.iscoroutinefunction(getattr(ESME, seam)), seam


# --- part by part ------------------------------------------------------------------------------------------


async def test_kannel_gets_our_parts_each_with_its_header_and_its_name(wire: HttpWire) -> None:
    message = outbound(ARABIC)
    assert len(message.parts) == 3
    async with talking("kannel", ANSWERS["kannel"]["accepted"], wire) as (provider, peer):
        receipt = await provider.send(message, soon())
    assert receipt == Accepted(message.part_ids), "our names: it gives none"
    for number, sent in enumerate(peer.seen):
        assert sent["text"].encode("latin-1").decode("utf-16-be") == message.parts[number]
        assert sent["udh"].encode("latin-1") == bytes((5, 0, 3, 0xA7, 3, number + 1))
        assert sent["dlr-url"] == (
            f"http://10.0.0.1:8000/kannel/s3cret/delivery-reports?id={message.part_ids[number]}&status=%d&answer=%A&to=%p"
        )
        assert (sent["coding"], sent["dlr-mask"], sent["validity"]) == ("2", "31", "60")


async def test_gsm_letters_go_to_kannel_as_utf_8_without_a_header_where_one_part_is_enough(wire: HttpWire) -> None:
    async with talking("kannel", ANSWERS["kannel"]["accepted"], wire) as (provider, peer):
        await provider.send(outbound("10 € [ß]"), soon())
    sent = peer.seen[0]
    assert sent["text"].encode("latin-1").decode() == "10 € [ß]"
    assert (sent["coding"], sent["charset"], "udh" in sent) == ("0", "UTF-8", False)


async def test_another_gateway_is_data(wire: HttpWire) -> None:
    async with talking("jasmin", ANSWERS["jasmin"]["accepted"], wire) as (provider, peer):
        assert await provider.send(outbound("Gözəl"), soon()) == Accepted(("07033084-5cfd",))
    sent = peer.seen[0]
    assert (sent["to"], sent["coding"], sent["dlr"]) == (HER.e164[1:], "8", "yes")
    assert bytes.fromhex(sent["hex-content"]).decode("utf-16-be") == "Gözəl"
    read = callbacks(JASMIN)
    assert read.taken == b"ACK/Jasmin"
    report = read.read_report(b"id=07033084-5cfd&message_status=DELIVRD", b"")
    assert (report.provider, report.word) == ("jasmin", ReportWord.DELIVERED)


async def test_what_was_half_sent_is_unanswered_and_what_never_began_is_not(wire: HttpWire) -> None:
    taken, route = ANSWERS["kannel"]["accepted"], ANSWERS["kannel"]["bad account"]
    async with HttpPeer(taken, route) as peer:
        receipt = await provider_for("kannel", peer.port, wire).send(outbound(ARABIC), soon(2.0))
        assert isinstance(receipt, Unanswered)
        assert [sent["udh"][-1] for sent in peer.seen].count("\x01") == 1, "the first part only once"
    async with HttpPeer(route) as peer:
        receipt = await provider_for("kannel", peer.port, wire).send(outbound(ARABIC), soon())
        assert isinstance(receipt, NotSent) and len(peer.seen) == 1


async def test_a_part_that_was_throttled_follows_the_others(wire: HttpWire) -> None:
    taken, busy = ANSWERS["kannel"]["accepted"], ANSWERS["kannel"]["throttled"]
    async with HttpPeer(taken, busy, taken, taken) as peer:
        message = outbound(ARABIC)
        assert await provider_for("kannel", peer.port, wire).send(message, soon()) == Accepted(message.part_ids)
        assert [sent["udh"][-1] for sent in peer.seen] == ["\x01", "\x02", "\x02", "\x03"]


# --- SMPP --------------------------------------------------------------------------------------------------


async def test_an_smsc_gets_our_octets(wire: HttpWire) -> None:
    message = outbound(ARABIC, sender="GUICHET")
    async with Smsc() as smsc:
        provider = provider_for("smpp", smsc.port, wire)
        await provider.start()
        assert await provider.send(message, soon()) == Accepted(("00000001", "00000002", "00000003"))
        await provider.send(outbound("a{b€", sender="+994501110000"), soon())
        await provider.stop()
    for number, sent in enumerate(smsc.seen[:3]):
        assert sent.octets[:6] == bytes((5, 0, 3, 0xA7, 3, number + 1))
        assert sent.octets[6:].decode("utf-16-be") == message.parts[number]
        assert (sent.esm_class, sent.coding, sent.registered, sent.destination) == (0x40, 8, 1, HER.e164[1:])
        assert sent.validity == "000000010000000R"
    last = smsc.seen[3]
    assert (last.octets, last.esm_class, last.coding, last.source) == (b"a\x1b(b\x1be", 0, 0, "994501110000")


async def test_a_refused_bind_is_the_accounts_matter(wire: HttpWire) -> None:
    async with Smsc(bind_status=0x0E) as smsc:
        provider = provider_for("smpp", smsc.port, wire)
        await provider.start()
        receipt = await provider.send(outbound(), soon())
        await provider.stop()
    assert receipt == NotSent("not bound", account=True)


async def test_it_binds_again_when_the_smsc_comes_back(wire: HttpWire) -> None:
    smsc = Smsc()
    async with smsc:
        provider = provider_for("smpp", smsc.port, wire)
        await provider.start()
        assert isinstance(await provider.send(outbound(), soon()), Accepted)
    assert isinstance(await provider.send(outbound(), soon(1.0)), NotSent)
    again = Smsc()
    again.port = smsc.port
    async with again:
        receipt: SendReceipt = NotSent("not yet")
        for _ in range(30):
            if isinstance(receipt := await provider.send(outbound(), soon()), Accepted):
                break
        assert isinstance(receipt, Accepted) and len(again.seen) == 1
        await provider.stop()


async def test_a_message_under_way_when_the_line_breaks_is_unanswered_at_once(wire: HttpWire) -> None:
    async with talking("smpp", HANG, wire) as (provider, smsc):
        sending = asyncio.create_task(provider.send(outbound(), soon(600.0)))
        await until(lambda: smsc.seen, sending)
        smsc.lines[0].transport.abort()
        assert isinstance(await asyncio.wait_for(sending, 30), Unanswered)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("id:00abcd sub:001 dlvrd:001 submit date:2605030604 done date:260503060455 stat:DELIVRD err:00A text:Salam",
         IdForm.TEXT, ("00abcd", ReportWord.DELIVERED, "00A")),
        ("id:0000000255 stat:UNDELIV err:8", IdForm.HEX_THEN_DECIMAL, ("255", ReportWord.UNDELIVERED, "8")),
        ("id:FF stat:EXPIRED", IdForm.DECIMAL_THEN_HEX, ("255", ReportWord.UNDELIVERED, "")),
        ("id:7 stat:ENROUTE", IdForm.DECIMAL, ("7", ReportWord.INTERIM, "")),
        ("id:7 stat:BORKED", IdForm.DECIMAL, ("7", ReportWord.UNKNOWN, "")),
    ],
)  # fmt: skip
async def test_receipts_are_taken_as_smscs_write_them(
    text: str, form: IdForm, expected: tuple[str, ReportWord, str], wire: HttpWire
) -> None:
    kept = Kept()
    async with talking("smpp", (0, "1"), wire, kept=kept, ids=form) as (provider, smsc):
        await provider.send(outbound(), soon())
        assert await smsc.deliver(deliver_sm(text.encode(), esm=0x04)) == 0
    report = kept.reports[0]
    assert (report.provider_id, report.word, report.reason) == expected
    assert report.to == HER


def test_one_id_written_two_ways_is_one_id() -> None:
    assert of_answer("0FF", IdForm.HEX_THEN_DECIMAL) == of_receipt("0000255", IdForm.HEX_THEN_DECIMAL) == "255"
    assert of_answer("255", IdForm.DECIMAL_THEN_HEX) == of_receipt("ff", IdForm.DECIMAL_THEN_HEX)
    assert of_answer("00ab", IdForm.HEX) == of_receipt("AB", IdForm.HEX)
    assert of_answer("00ab", IdForm.TEXT) != of_receipt("AB", IdForm.TEXT)
    assert of_answer("a-b", IdForm.DECIMAL) == "a-b"


async def test_what_could_not_be_stored_is_asked_for_again(wire: HttpWire) -> None:
    kept = Kept()
    async with talking("smpp", (0, "1"), wire, kept=kept) as (provider, smsc):
        await provider.send(outbound(), soon())
        kept.away = True
        assert await smsc.deliver(deliver_sm(b"id:1 stat:DELIVRD", esm=0x04)) == 0x64
        kept.away = False
        assert await smsc.deliver(deliver_sm(b"id:1 stat:DELIVRD", esm=0x04)) == 0
        assert await smsc.deliver(deliver_sm(b"stat:DELIVRD", esm=0x04)) == 0x65, "a receipt of nothing: never again"
        assert await smsc.deliver(b"\0\1") == 0x65
        assert isinstance(await provider.send(outbound(), soon()), Accepted), "the line lives on"
    assert len(kept.reports) == 1


async def test_parts_of_an_inbound_message_become_one_even_when_a_store_is_away_at_the_last(wire: HttpWire) -> None:
    kept = Kept()
    text = "سؤال: متى أستلم بطاقتي؟ 😀"
    octets = text.encode("utf-16-be")
    head, tail = bytes((5, 0, 3, 9, 2)), (octets[:49], octets[49:])
    second = deliver_sm(head + b"\2" + tail[1], esm=0x40, coding=8)
    async with talking("smpp", (0, "1"), wire, kept=kept) as (provider, smsc):
        await provider.send(outbound(), soon())
        assert await smsc.deliver(second) == 0, "in any order"
        kept.away = True
        assert await smsc.deliver(deliver_sm(head + b"\1" + tail[0], esm=0x40, coding=8)) == 0x64
        kept.away = False
        assert await smsc.deliver(deliver_sm(head + b"\1" + tail[0], esm=0x40, coding=8)) == 0
        sar = struct.pack("!HHH", 0x020C, 2, 7) + struct.pack("!HHB", 0x020E, 1, 1) + struct.pack("!HHB", 0x020F, 1, 1)
        assert await smsc.deliver(deliver_sm(b"1", source="7000", options=sar)) == 0
    assert [(sms.sender, sms.to, sms.text) for sms in kept.inbox] == [(HER.e164, "7575", text), ("7000", "7575", "1")]


def test_gsm_letters_there_and_back() -> None:
    every = "".join(letter for letter in "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¡Ä§¿äà^{}\\[~]|€ aZ09\n\r")
    assert pdus.decoded(pdus.encoded(every), 0) == every
    assert pdus.decoded("é".encode("latin-1"), 3) == "é"
    assert pdus.decoded(b"\xff\x1b", 0) == "\N{REPLACEMENT CHARACTER} "


# --- the table ---------------------------------------------------------------------------------------------


def config(*names: str) -> SmsConfig:
    return SmsConfig(UTC, "AZN", "*123#", Sender("7575"), (Route(dict.fromkeys(names, 1)),), {})


def test_providers_are_built_from_settings_for_the_routes_that_name_them() -> None:
    settings, _ = Settings.read(
        {
            "GUICHET_AFRICASTALKING_USERNAME": "guichet",
            "GUICHET_AFRICASTALKING_API_KEY": "k",
            "GUICHET_KANNEL_URL": "http://127.0.0.1:13013",
            "GUICHET_KANNEL_USERNAME": "u",
            "GUICHET_KANNEL_PASSWORD": "p",
            "GUICHET_KANNEL_CALLBACK_URL": "http://127.0.0.1:8000/kannel/secret",
            "GUICHET_SMPP_HOST": "127.0.0.1",
            "GUICHET_SMPP_SYSTEM_ID": "guichet",
            "GUICHET_SMPP_IDS": "hex-then-decimal",
        }
    )
    around: tuple[Any, ...] = (HttpWire(), SystemClock(), Kept())
    built = build_providers(settings, config(*PROVIDERS), *around)
    assert {name: provider.name for name, provider in built.items()} == {name: name for name in PROVIDERS}
    assert list(build_providers(settings, config("kannel"), *around)) == ["kannel"]
    assert build_providers(Settings(), config(*PROVIDERS), *around) == {}
    with pytest.raises(SettingsError, match="carrier-pigeon"):
        build_providers(settings, config("carrier-pigeon"), *around)
    with pytest.raises(SettingsError, match="GUICHET_KANNEL_USERNAME"):
        build_providers(Settings(kannel_url="http://127.0.0.1:1"), config("kannel"), *around)
    with pytest.raises(SettingsError, match="GUICHET_AFRICASTALKING_BASE_URL"):
        elsewhere = Settings(africastalking_username="g", africastalking_api_key="k",
                             africastalking_base_url="http://other.example")  # fmt: skip
        build_providers(elsewhere, config("africastalking"), *around)
    with pytest.raises(SettingsError, match="GUICHET_SMPP_PASSWORD"):
        Settings.read({"GUICHET_SMPP_PASSWORD": "nine chars"})
