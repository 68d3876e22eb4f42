"""Africa's Talking: what is sent to it, what it is asked afterwards, and where its key may go."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.errors import InvalidValue
from gateway.aggregators.africastalking.account import account
from gateway.aggregators.africastalking.lookups import LookupFailed, Lookups
from services.backends.wire import HttpWire
from services.swap_ports import NotTold, SwapAnswer, ToldDay, ToldLater
from sms.values import (
    Accepted,
    Mode,
)
from tests.gateway.sms_peers import CUT, HttpPeer, http
from tests.gateway.sms_providers_under_test import (
    HER,
    at,
    outbound,
    soon,
    talking,
)


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
    ("entry", "answer"),
    [
        ({"lastSimSwapDate": "03-05-2026"}, ToldDay(date(2026, 5, 3))),
        ({"lastSimSwapDate": "2026-05-03", "status": "Queued", "requestId": "r"}, ToldDay(date(2026, 5, 3))),
        ({"lastSimSwapDate": None}, NotTold()),
        ({"lastSimSwapDate": ""}, NotTold()),
        ({"lastSimSwapDate": "soon"}, NotTold()),
        ({"status": "Queued", "requestId": "ATSwpid_1"}, ToldLater("ATSwpid_1")),
        ({"status": "Queued"}, NotTold()),
        ({"status": "Queued", "requestId": "r" * 129}, NotTold()),
        ({"status": "Pending", "requestId": "ATSwpid_1"}, ToldLater("ATSwpid_1")),
        ({"status": "Failed", "requestId": "ATSwpid_1"}, NotTold()),
        ({"status": "NotSwapped", "lastSimSwapDate": "03-05-2026"}, ToldDay(date(2026, 5, 3))),
        ({"status": "Failed", "lastSimSwapDate": "03-05-2026"}, NotTold()),
        ({"status": "Borked", "lastSimSwapDate": "03-05-2026"}, NotTold()),
    ],
)
async def test_a_sim_swap_is_told_at_once_or_later_or_not(entry: dict[str, object], answer: SwapAnswer) -> None:
    body = json.dumps({"status": "Processed", "responses": [entry]}).encode()
    async with HttpPeer(http(200, body)) as peer:
        lookups = Lookups(account("guichet", "k", peer.url))
        assert await lookups.check(HER) == answer
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
