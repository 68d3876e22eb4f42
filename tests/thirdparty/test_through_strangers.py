"""A three-part Arabic message, its reports and an inbound answer: to npm's SMSC directly, and through Kannel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.aggregators.kannel.dialect import KANNEL
from gateway.aggregators.kannel.sms import HttpGatewayProvider
from gateway.aggregators.smpp.ids import IdForm
from gateway.aggregators.smpp.sms import Smpp, SmppAccount
from gateway.doors.asgi import Gatekeeper
from gateway.doors.sms import sms_routes
from gateway.metrics import Metrics
from gateway.sms_intake import Intake
from services.backends.wire import HttpWire
from sms.segments import segment
from sms.values import Accepted, DeliveryReport, Encoding, InboundSms, Outbound, ReportWord
from storage.engine import create_engine
from storage.unit_of_work import Database, UnitOfWork
from tests.listening import listening
from tests.thirdparty.conftest import KannelProcess, SmscProcess

HER = Msisdn.parse("+994501234501")
ARABIC = "تم قبول طلبك رقم 41000019. يمكنك استلام البطاقة من المكتب ابتداء من يوم الاثنين. " * 2
ANSWER = "متى أستلم البطاقة؟"
SECRET = "s3cret-of-the-path"


class Taken:
    """What came to us, whichever way."""

    def __init__(self) -> None:
        self.reports: list[DeliveryReport] = []
        self.inbox: list[InboundSms] = []
        nowhere = Database(create_engine("postgresql+asyncpg://nobody@/none?host=/nowhere"))
        self.intake = Intake(nowhere.unit_of_work, self._inbound, self._report, self._report)

    async def _inbound(self, work: UnitOfWork, sms: InboundSms) -> None:
        self.inbox.append(sms)

    async def _report(self, work: UnitOfWork, report: Any) -> None:
        self.reports.append(report)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
async def doors_url(taken: Taken) -> AsyncIterator[str]:
    """Our doors for Kannel, on a socket."""
    app = Starlette(routes=sms_routes(taken.intake, Gatekeeper((SECRET,), (), ()), Metrics()))
    async with listening(app) as port:
        yield f"http://127.0.0.1:{port}/kannel/{SECRET}"


def message() -> Outbound:
    cut = segment(ARABIC)
    assert (cut.encoding, len(cut.parts)) == (Encoding.UCS2, 3)
    names = ("cGFydC0x-0", "cGFydC0x-1", "cGFydC0x-2")
    identity = UUID("0198c0de-0000-7000-8000-0000000000a7")
    return Outbound(identity, 1, HER, "7575", ARABIC, cut.encoding, cut.parts, 3600, part_ids=names)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


async def assert_three_parts_arrive(smsc: SmscProcess) -> list[int]:
    """As a telephone would put them together, whichever came first; the SMSC's ids."""
    came = [await smsc.next("submit_sm") for _ in range(3)]
    parts = sorted(came, key=lambda part: part["udh"])
    assert [part["udh"][-6:] for part in parts] == ["a70301", "a70302", "a70303"]
    assert "".join(part["text"] for part in parts) == ARABIC
    for part in parts:
        assert (part["from"], part["to"].lstrip("+")) == ("7575", HER.e164[1:])
        assert (part["esm_class"] & 0x40, part["data_coding"], part["registered"] & 1) == (0x40, 8, 1)
    return [part["id"] for part in parts]


@pytest.mark.smpp
async def test_over_smpp_to_the_smsc(smsc: SmscProcess, taken: Taken) -> None:
    account = SmppAccount("127.0.0.1", smsc.port, "guichet", "secret", ids=IdForm.HEX_THEN_DECIMAL)
    provider = Smpp(account, taken.intake, SystemClock())
    await provider.start()
    receipt = await provider.send(message(), Deadline.after(60, SystemClock()))
    ids = await assert_three_parts_arrive(smsc)
    assert receipt == Accepted(tuple(map(str, ids))), "answered in hexadecimal, kept in decimal"
    await until(lambda: len(taken.reports) == 3)
    assert {(report.provider_id, report.word) for report in taken.reports} == {
        (str(smsc_id), ReportWord.DELIVERED) for smsc_id in ids
    }
    assert {report.to for report in taken.reports} == {HER}
    smsc.say(HER.e164[1:], "7575", ANSWER)
    assert (await smsc.next("deliver_sm_resp"))["status"] == 0
    assert taken.inbox == [InboundSms("smpp", "", HER.e164, "7575", ANSWER)]
    await provider.stop()


@pytest.mark.smpp
@pytest.mark.kannel
async def test_through_kannel_to_the_smsc(
    smsc: SmscProcess, kannel: KannelProcess, doors_url: str, taken: Taken
) -> None:
    async with HttpWire() as wire:
        provider = HttpGatewayProvider(KANNEL, kannel.url, kannel.username, kannel.password, doors_url, wire)
        receipt = await provider.send(message(), Deadline.after(60, SystemClock()))
        assert receipt == Accepted(message().part_ids)
        await assert_three_parts_arrive(smsc)
        plain = Outbound(message().id, 2, HER, "GUICHET", "10 € {ok} ÇàΔ", Encoding.GSM7, ("10 € {ok} ÇàΔ",), 3600,
                         part_ids=("cGxhaW4",))  # fmt: skip
        assert await provider.send(plain, Deadline.after(60, SystemClock())) == Accepted(("cGxhaW4",))
        arrived = await smsc.next("submit_sm")
        assert (arrived["text"], arrived["data_coding"], arrived["udh"]) == ("10 € {ok} ÇàΔ", 0, "")
        wrong = HttpGatewayProvider(KANNEL, kannel.url, "user", "wrong", doors_url, wire)
        refused = await wrong.send(message(), Deadline.after(60, SystemClock()))
    assert getattr(refused, "account", False), "the password is the account's matter"
    names = {*message().part_ids, "cGxhaW4"}
    await until(lambda: {r.provider_id for r in taken.reports if r.word is ReportWord.DELIVERED} == names)
    assert {report.provider_id for report in taken.reports} == names
    smsc.say(HER.e164[1:], "7575", ANSWER)
    assert (await smsc.next("deliver_sm_resp"))["status"] == 0
    await until(lambda: bool(taken.inbox))
    [sms] = taken.inbox
    assert (sms.sender, sms.to, sms.text) == (HER.e164, "7575", ANSWER)
    assert sms.provider_id, "what doubles are known by"
