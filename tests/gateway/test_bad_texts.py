"""Every `sms_body` entry of the catalogue of bad inputs, as an aggregator delivers it: its own `expect`."""

import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.callbacks import read_inbound
from gateway.aggregators.kannel.callbacks import read_inbound as read_kannel
from gateway.aggregators.kannel.dialect import KANNEL
from gateway.aggregators.smpp.joining import Joiner
from gateway.aggregators.smpp.pdus import Delivery, Part
from sms.keyword_words import Intent
from sms.keywords import Said, understand
from sms.records.opt_outs import SqlOptOuts
from sms.tables import INBOUND, MESSAGES
from sms.values import InboundSms
from tests.canaries import everything_logged
from tests.gateway.texting import Exchange
from tests.whole import Whole

CATALOGUE = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
ENTRIES: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in CATALOGUE if entry["surface"] == "sms_body"}
HER = "+994505520042"
WRONG_CHECK = "STATUS 41000018"

Check = Callable[[Exchange, dict[str, Any]], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def asserts(*numbers: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        CHECKS.update({f"sms_body-{number}": check for number in numbers})
        return check

    return add


def text_of(entry: dict[str, Any]) -> str:
    if "gen" in entry:
        letter, times = entry["gen"].split("*")
        return str(letter.strip("'") * int(times))
    return str(entry["value"])


async def deliver(exchange: Exchange, **form: str) -> bool:
    """A form of Africa's Talking, read by its own reader and taken as the door takes it."""
    told = {"from": HER, "to": "7575", "text": "", "date": "2026-11-23 06:00:00", "id": "", **form}
    return await take(exchange, read_inbound(b"", urlencode(told).encode()))


async def take(exchange: Exchange, sms: InboundSms) -> bool:
    async with exchange.whole.parts.database.unit_of_work() as work:
        return await exchange.received.take(work, sms)


async def kept(exchange: Exchange) -> list[dict[str, str]]:
    """Everything that was taken, opened."""
    async with exchange.whole.parts.database.unit_of_work() as work:
        rows = (await work.execute(select(INBOUND.c.id, INBOUND.c.sealed).order_by(INBOUND.c.id))).all()
    return [json.loads(exchange.sealer.unseal(row.sealed, "sms_inbound", "sealed", row.id)) for row in rows]


async def answers(exchange: Exchange, text: str) -> list[str]:
    await deliver(exchange, text=text, id="1")
    await exchange.handle()
    return [composed.text for composed in await exchange.messages(HER)]


@pytest.fixture
def exchange(gateway_whole: Whole) -> Exchange:
    return Exchange(gateway_whole)


@pytest.mark.parametrize("id", ENTRIES)
async def test_every_entry_meets_its_expectation(id: str, exchange: Exchange) -> None:
    with everything_logged() as log:
        await CHECKS[id](exchange, ENTRIES[id])
    assert not [line for line in log.lines if HER in line or "Traceback" in line or "broke" in line]


def test_no_entry_is_left_out() -> None:
    print(f"{len(CHECKS)} of {len(ENTRIES)} sms_body entries asserted")
    assert set(CHECKS) == set(ENTRIES)
    assert len(ENTRIES) == 19


@asserts("001", "002")
async def blank_is_helped_once(exchange: Exchange, entry: dict[str, Any]) -> None:
    (reply,) = await answers(exchange, text_of(entry))
    assert "STATUS" in reply


@asserts("003", "004")
async def etat_in_every_spelling(exchange: Exchange, entry: dict[str, Any]) -> None:
    assert understand(text_of(entry), exchange.whole.parts.pack.keywords) == Said(Intent.STATUS, language="fr")
    (reply,) = await answers(exchange, text_of(entry))
    assert "STATUT" in reply


@asserts("007")
async def a_wrong_check_digit_asks_no_ministry(exchange: Exchange, entry: dict[str, Any]) -> None:
    await exchange.whole.parts.wire.__aexit__(None, None, None)
    (reply,) = await answers(exchange, text_of(entry))
    assert "Nömre düz deyil" in reply
    await deliver(exchange, text=WRONG_CHECK, id="2")
    await exchange.handle()
    assert [composed.text for composed in await exchange.messages(HER)] == [reply, reply]


@asserts("008")
async def an_opt_out_is_kept_and_confirmed_once(exchange: Exchange, entry: dict[str, Any]) -> None:
    (reply,) = await answers(exchange, text_of(entry))
    assert "décisions" in reply, "which messages go on is said there, and in docs/sms-keywords.md"
    assert await is_stopped(exchange)
    await deliver(exchange, text=text_of(entry), id="2")
    await exchange.handle()
    assert len(await exchange.messages(HER)) == 1


@asserts("009")
async def a_sentence_with_stop_asks_back(exchange: Exchange, entry: dict[str, Any]) -> None:
    """The entry expects an opt-out. Decided is: the whole message, exactly. The decision wins; one more key stops."""
    (reply,) = await answers(exchange, text_of(entry))
    assert "STOP" in reply
    assert not await is_stopped(exchange)
    await deliver(exchange, text="1", id="2")
    await exchange.handle()
    assert await is_stopped(exchange)


async def is_stopped(exchange: Exchange) -> bool:
    opt_outs = SqlOptOuts(exchange.sealer, exchange.whole.clock, exchange.whole.parts.desk.ids)
    async with exchange.whole.parts.database.unit_of_work() as work:
        return await opt_outs.is_stopped(work, Msisdn.parse(HER), "7575")


@asserts("013")
async def ten_parts_are_kept_whole(exchange: Exchange, entry: dict[str, Any]) -> None:
    assert len(await answers(exchange, text_of(entry))) == 1
    assert [len(facts["text"]) for facts in await kept(exchange)] == [1530]


@asserts("014")
async def arabic_keywords_are_understood(exchange: Exchange, entry: dict[str, Any]) -> None:
    assert understand(text_of(entry), exchange.whole.parts.pack.keywords) == Said(Intent.STATUS, language="ar")
    (reply,) = await answers(exchange, text_of(entry))
    assert "STATUS" in reply, "in the pack's language: it has no Arabic texts"


@asserts("015")
async def dotted_and_dotless_i(exchange: Exchange, entry: dict[str, Any]) -> None:
    (reply,) = await answers(exchange, text_of(entry))
    assert "STATUS" in reply
    assert (await exchange.rows())[0] == ("answered", "status")


@asserts("017")
async def small_c_cedilla(exchange: Exchange, entry: dict[str, Any]) -> None:
    (reply,) = await answers(exchange, text_of(entry))
    assert [facts["text"] for facts in await kept(exchange)] == [text_of(entry)]
    assert "francais" in reply
    (composed,) = await exchange.messages(HER)
    assert (composed.encoding.value, len(composed.parts)) == ("GSM-7", 1), "the ç would have cost UCS-2"


@asserts("019")
async def a_broken_part_of_ucs2(exchange: Exchange, entry: dict[str, Any]) -> None:
    octets = bytes.fromhex(entry["hex"])
    shape = KANNEL.inbound
    form = f"{shape.sender}={quote_from_bytes(HER.encode())}&{shape.to}=7575&{shape.text}={quote_from_bytes(octets)}"
    form += f"&{shape.charset}=UTF-16BE&{shape.coding}=2"
    assert await take(exchange, read_kannel(KANNEL, form.encode()))
    assert [facts["text"] for facts in await kept(exchange)] == ["A\ufffd"]
    await exchange.handle()
    assert len(await exchange.messages(HER)) == 1


@asserts("021")
async def no_log_line_is_forged(exchange: Exchange, entry: dict[str, Any]) -> None:
    with everything_logged() as log:
        logging.getLogger("guichet.sms").debug("listening")
        await answers(exchange, text_of(entry))
    assert not [line for line in log.lines if "db deleted" in line]


@asserts("022")
async def the_same_id_again(exchange: Exchange, entry: dict[str, Any]) -> None:
    ids = [one.removeprefix("id=") for one in entry["seq"]]
    assert [await deliver(exchange, text="HELP", id=id) for id in ids] == [True, False]
    await exchange.handle()
    assert len(await exchange.messages(HER)) == 1


@asserts("023")
async def the_same_text_without_an_id(exchange: Exchange, entry: dict[str, Any]) -> None:
    """The window is four seconds, and our answer ends it: a second "1" to the next question is another message."""
    clock = exchange.whole.clock
    assert await deliver(exchange, text="1")
    clock.advance(timedelta(seconds=1))
    assert not await deliver(exchange, text="1"), "the provider sends it again"
    await exchange.handle()
    assert await deliver(exchange, text="1"), "answered meanwhile: she typed it again"
    clock.advance(timedelta(seconds=5))
    assert await deliver(exchange, text="1"), "the window is over"
    assert await deliver(exchange, text="2")


@asserts("024")
async def parts_out_of_order(exchange: Exchange, entry: dict[str, Any]) -> None:
    """Aggregators join parts; from an SMSC we do. (Our wait is ten minutes, not thirty: then what came is given on.)"""
    joiner = Joiner(exchange.whole.clock.monotonic)
    parts = {"part 1": (1, "ST"), "part 2": (2, "OP")}
    joined = None
    for name in entry["seq"]:
        number, text = parts[name]
        octets = text.encode("utf-16-be")
        joined = joiner.put(Delivery(HER, "7575", octets, 8, receipt=False, part=Part(77, 2, number)))
    assert joined
    await take(exchange, InboundSms("smpp", "", joined.source, joined.destination, joined.text))
    await exchange.handle()
    assert await is_stopped(exchange)


@asserts("026")
async def a_name_is_no_number(exchange: Exchange, entry: dict[str, Any]) -> None:
    assert await deliver(exchange, **entry["form"])
    await exchange.handle()
    assert await exchange.rows() == [("quarantined", "")]
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert (await work.execute(select(MESSAGES.c.id))).all() == []


@asserts("027", "028")
async def whatever_the_date_says(exchange: Exchange, entry: dict[str, Any]) -> None:
    assert await deliver(exchange, **entry["form"] | {"from": HER})  # one of this country: others are not answered
    ((arrived,),) = await exchange.rows(INBOUND.c.received_at)
    assert arrived == exchange.whole.clock.now(), "ours orders; theirs is kept beside it"
    said = (await kept(exchange))[0]["date"]
    assert said == ("2099-01-01T00:00:00+00:00" if "2099" in entry["form"]["date"] else "")
    await exchange.handle()
    assert len(await exchange.messages(HER)) == 1
