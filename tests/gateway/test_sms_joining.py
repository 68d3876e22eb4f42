"""What an SMSC brings in parts: whole, incomplete, or of nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.clock import HandClock, SystemClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, StoreUnavailable
from domain.msisdn import Msisdn
from gateway.aggregators.smpp import joining
from gateway.aggregators.smpp.sms import Smpp, SmppAccount
from sms.keyword_words import Intent
from sms.keywords import Perhaps, Said, Unclear, understand, vocabulary
from sms.values import GAP, DeliveryReport, Encoding, InboundSms, Outbound
from tests.gateway.sms_peers import Smsc, deliver_sm

HER, HIS = "994501234501", "994501234502"
LATER = timedelta(seconds=601)


class Kept:
    """An intake; `away`: it cannot store; `refuses`: what it says of a text that it will never take."""

    def __init__(self) -> None:
        self.inbox: list[InboundSms] = []
        self.away = False
        self.refuses = ""

    async def inbound(self, sms: InboundSms) -> None:
        if self.away:
            raise StoreUnavailable("away")
        if self.refuses and self.refuses in sms.text:
            raise InvalidValue("never")
        self.inbox.append(sms)

    async def report(self, report: DeliveryReport) -> None:
        raise AssertionError("no report was sent")

    @property
    def texts(self) -> list[str]:
        return [sms.text for sms in self.inbox]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))


@pytest.fixture
async def smsc(kept: Kept, clock: HandClock) -> AsyncIterator[Smsc]:
    """An SMSC to which we are bound."""
    async with Smsc() as smsc:
        account = SmppAccount("127.0.0.1", smsc.port, "guichet", "secret")
        provider = Smpp(account, kept, clock, look_seconds=0.01)  # type: ignore[arg-type]
        await provider.start()
        plain = Outbound(UUID(int=1), 1, Msisdn.parse("+" + HER), "7575", "Salam", Encoding.GSM7, ("Salam",), 60)
        await provider.send(plain, Deadline.after(20, SystemClock()))
        yield smsc
        await provider.stop()


def part(number: int, text: str, total: int = 2, reference: int = 9, source: str = HER) -> bytes:
    return deliver_sm(bytes((5, 0, 3, reference, total, number)) + text.encode(), source=source, esm=0x40)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not done():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("source", ["", " ", "\x01\x02"])
async def test_a_part_of_nobody_is_refused_and_stands_in_nobodys_way(
    source: str, kept: Kept, clock: HandClock, smsc: Smsc
) -> None:
    assert await smsc.deliver(part(1, "Salam", source=source)) == 0x65
    clock.advance(LATER)
    assert await smsc.deliver(deliver_sm(b"HELP")) == 0
    assert kept.texts == ["HELP"]


async def test_an_overdue_part_comes_without_waiting_for_anybody(kept: Kept, clock: HandClock, smsc: Smsc) -> None:
    assert await smsc.deliver(part(1, "Salam")) == 0
    clock.advance(timedelta(seconds=599))
    assert kept.texts == []
    clock.advance(timedelta(seconds=2))
    await until(lambda: bool(kept.inbox))
    assert [(sms.sender, sms.to, sms.text) for sms in kept.inbox] == [("+" + HER, "7575", f"Salam {GAP}")]


async def test_what_can_never_be_stored_is_dropped_and_the_next_comes(kept: Kept, clock: HandClock, smsc: Smsc) -> None:
    kept.refuses = "odd"
    assert await smsc.deliver(part(1, "odd")) == 0
    assert await smsc.deliver(part(1, "Salam", source=HIS)) == 0
    clock.advance(LATER)
    await until(lambda: kept.texts == [f"Salam {GAP}"])
    assert await smsc.deliver(deliver_sm(b"HELP")) == 0


async def test_an_overdue_part_waits_for_the_store(kept: Kept, clock: HandClock, smsc: Smsc) -> None:
    assert await smsc.deliver(part(2, "Salam")) == 0
    kept.away = True
    clock.advance(LATER)
    for _ in range(5):
        assert await smsc.deliver(deliver_sm(b"HELP")) == 0x64
    kept.away = False
    await until(lambda: kept.texts == [f"{GAP} Salam"])


async def test_one_message_too_many_gives_the_oldest_on(
    kept: Kept, smsc: Smsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "MOST", 2)
    for reference in (1, 2):
        assert await smsc.deliver(part(1, f"m{reference}", reference=reference)) == 0
    assert await smsc.deliver(part(1, "m3", reference=3)) == 0
    assert kept.texts == [f"m1 {GAP}"]
    assert await smsc.deliver(part(2, " whole", reference=2)) == 0
    assert kept.texts == [f"m1 {GAP}", "m2 whole"]
    assert await smsc.deliver(part(1, "m4", reference=4)) == 0
    kept.away = True
    assert await smsc.deliver(part(1, "m5", reference=5)) == 0x64, "no more than so many are held"
    assert len(kept.inbox) == 2


@pytest.mark.parametrize(
    ("came", "total", "text"),
    [
        ({2: "STOP"}, 2, f"{GAP} STOP"), ({1: "a"}, 3, f"a {GAP}"), ({3: "c"}, 3, f"{GAP} c"),
        ({1: "a", 3: "c"}, 3, f"a {GAP} c"), ({2: "b", 3: "c"}, 4, f"{GAP} bc {GAP}"),
        ({1: "a", 4: "d"}, 4, f"a {GAP} d"), ({1: "a", 2: "b"}, 2, "ab"),
    ],
)  # fmt: skip
def test_gaps_are_marked_where_they_are(came: dict[int, str], total: int, text: str) -> None:
    waiting = joining.Waiting(("a", "b", 1, total), 0.0)
    for number, letters in came.items():
        waiting.parts[number] = joining.Delivery("a", "b", letters.encode(), 0, receipt=False)
    assert waiting.joined().text == text


def test_what_is_incomplete_does_nothing() -> None:
    words = vocabulary()
    stop = understand("STOP", words)
    assert isinstance(stop, Said) and stop.intent is Intent.STOP
    asked = understand(f"{GAP} STOP", words)
    assert isinstance(asked, Perhaps) and asked.intent is Intent.STOP, "asked back"
    for text in ("STATUS 41000019", "41000019", "1", "yes", "START", "WRONG", "MENU", ""):
        for cut in (f"{GAP} {text}", f"{text} {GAP}"):
            assert understand(cut, words) == Unclear(), cut
