"""One contract for all providers, against real local servers: what each answer, and each silence, means."""

import inspect
import json
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from aiosmpplib import ESME

from domain.clock import SystemClock
from gateway.aggregators.kannel.callbacks import callbacks
from gateway.settings import Settings, SettingsError
from gateway.sms_providers import PROVIDERS, build_providers
from services.backends.wire import HttpWire
from sms.config import Route, Sender, SmsConfig
from sms.values import (
    Accepted,
    NotSent,
    Refusal,
    Refused,
    ReportWord,
    SendReceipt,
    Unanswered,
)
from tests.gateway.sms_peers import CUT, DRIP, HANG, HttpPeer, http
from tests.gateway.sms_providers_under_test import (
    ARABIC,
    HER,
    JASMIN,
    Kept,
    at,
    nobody,
    outbound,
    provider_for,
    soon,
    talking,
)
from tests.ports import Port

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
    if entry["surface"] == "provider_answer"
}

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
async def test_nobody_there_is_not_sent(name: str, wire: HttpWire, port: Port) -> None:
    provider = provider_for(name, port(), wire)
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


# --- the libraries ---------------------------------------------------------------------------------------------


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
