"""SMPP, against an SMSC of few lines: octets, binds that break, receipts and messages that come in parts."""

import asyncio
import struct

import pytest

from gateway.aggregators.smpp import pdus
from gateway.aggregators.smpp.ids import IdForm, of_answer, of_receipt
from services.backends.wire import HttpWire
from sms.values import (
    Accepted,
    NotSent,
    ReportWord,
    SendReceipt,
    Unanswered,
)
from tests.gateway.sms_peers import HANG, Smsc, deliver_sm
from tests.gateway.sms_providers_under_test import (
    ARABIC,
    HER,
    Kept,
    outbound,
    provider_for,
    soon,
    talking,
)
from tests.ports import Port
from tests.until import until


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


async def test_it_binds_again_when_the_smsc_comes_back(wire: HttpWire, port: Port) -> None:
    smsc, again = Smsc(), Smsc()
    smsc.port = again.port = port()
    async with smsc:
        provider = provider_for("smpp", smsc.port, wire)
        await provider.start()
        assert isinstance(await provider.send(outbound(), soon()), Accepted)
    assert isinstance(await provider.send(outbound(), soon(1.0)), NotSent)
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
