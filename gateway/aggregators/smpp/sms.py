"""Sending and receiving over SMPP: our own parts with our own headers, receipts by the SMSC's ids."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiosmpplib import SubmitSm
from aiosmpplib.state import NPI, TON, PhoneNumber

from domain.clock import Clock
from domain.deadline import Deadline
from gateway.aggregators import sms_fields
from gateway.aggregators.parts import part_by_part
from gateway.aggregators.smpp import ids, pdus
from gateway.aggregators.smpp.arrivals import LOOK_SECONDS, Arrivals
from gateway.aggregators.smpp.ids import IdForm
from gateway.aggregators.smpp.link import Answer, Link, Lost, NotBound
from gateway.aggregators.udh import header
from gateway.sms_intake import Intake
from sms.values import (
    Accepted,
    DeliveryReport,
    Encoding,
    Mode,
    NotSent,
    Outbound,
    Refusal,
    Refused,
    ReportWord,
    SendReceipt,
    Unanswered,
)

NAME = "smpp"
_UDHI = 0x40
_RECEIPT_WANTED = 0x01
_LONGEST_VALIDITY = timedelta(days=28)
_BIND_SECONDS = 2.0
_THROTTLED = NotSent("throttled", after_seconds=1.0)
_SENDER = NotSent("sender", account=True)

# SMPP 3.4 §5.1.3. Any other status but 0 was not taken either, and another provider may.
_STATUSES: Mapping[int, SendReceipt] = {
    0x01: Refused(Refusal.CONTENT),
    0x0A: _SENDER,
    0x0B: Refused(Refusal.NUMBER),
    0x14: _THROTTLED,
    0x43: Refused(Refusal.CONTENT),
    0x48: _SENDER,
    0x49: _SENDER,
    0x50: Refused(Refusal.NUMBER),
    0x51: Refused(Refusal.NUMBER),
    0x58: _THROTTLED,
}
_WORDS = {
    "ENROUTE": ReportWord.INTERIM,
    "ACCEPTD": ReportWord.INTERIM,
    "DELIVRD": ReportWord.DELIVERED,
    "EXPIRED": ReportWord.UNDELIVERED,
    "DELETED": ReportWord.UNDELIVERED,
    "UNDELIV": ReportWord.UNDELIVERED,
    "REJECTD": ReportWord.UNDELIVERED,
}


@dataclass(frozen=True, slots=True)
class SmppAccount:
    """One account at one SMSC. `window`: parts that may wait for their answer at a time."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    ids: IdForm = IdForm.TEXT
    window: int = 10
    mode: Mode = Mode.LIVE


class Smpp:
    """A `sms.ports.Provider`; what the SMSC delivers goes to `intake`."""

    name = NAME

    def __init__(self, account: SmppAccount, intake: Intake, clock: Clock, look_seconds: float = LOOK_SECONDS) -> None:
        self._account = account
        self._intake = intake
        self._arrivals = Arrivals(NAME, intake, clock, look_seconds)
        self._watching: asyncio.Task[None] | None = None
        self._window = asyncio.Semaphore(account.window)
        self._link: Link | None = None

    @property
    def mode(self) -> Mode:
        return self._account.mode

    async def start(self) -> None:
        """Begins to bind, and goes on trying; a message meanwhile is `NotSent`."""
        account = self._account
        self._link = Link(
            account.host, account.port, account.system_id, account.password, account.system_type, self._deliver
        )
        self._link.open()
        self._watching = asyncio.create_task(self._arrivals.watch())

    async def stop(self) -> None:
        if self._link:
            await self._link.close()
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        return await part_by_part(message, deadline, lambda number: self._send_part(message, number, deadline))

    async def _send_part(self, message: Outbound, number: int, deadline: Deadline) -> SendReceipt:
        link = self._link
        if link is None or not await link.bound(min(_BIND_SECONDS, deadline.remaining())):
            return NotSent("not bound", account=bool(link and link.refused))
        part = _submit(message, number)
        try:
            async with asyncio.timeout(deadline.remaining()):
                await self._window.acquire()
        except TimeoutError:
            return NotSent("the window is full")
        try:
            left = deadline.remaining()
            if left <= 0:
                return NotSent("no time left")
            return self._receipt(await link.submit(part, left))
        except NotBound:
            return NotSent("not bound")
        except Lost as lost:
            return Unanswered(str(lost))
        finally:
            self._window.release()

    def _receipt(self, answer: Answer) -> SendReceipt:
        if answer.status:
            return _STATUSES.get(answer.status, NotSent(f"status {answer.status:#010x}"))
        provider_id = ids.of_answer(answer.id, self._account.ids)
        if not provider_id or not provider_id.isprintable():
            return Unanswered("taken without an id")
        return Accepted((provider_id,))

    async def _deliver(self, delivery: pdus.Delivery) -> None:
        """A receipt or an inbound SMS, made durable. Raises what `Intake` raises, and `InvalidValue`."""
        if delivery.receipt:
            await self._report(delivery)
        else:
            await self._arrivals.take(delivery)

    async def _report(self, delivery: pdus.Delivery) -> None:
        told = pdus.read_receipt(delivery)
        report = DeliveryReport(
            provider=NAME,
            provider_id=sms_fields.required_id(ids.of_receipt(told.id, self._account.ids)),
            word=_WORDS.get(told.state, ReportWord.UNKNOWN),
            raw=sms_fields.word(told.state),
            reason=sms_fields.word(told.error, sms_fields.REASON_LONGEST),
            # A receipt travels the other way: whom it was sent to is its source.
            to=sms_fields.recipient(delivery.source),
        )
        await self._intake.report(report)


def _submit(message: Outbound, number: int) -> SubmitSm:
    """One part, its octets made by us: the library would cut and encode by rules of its own."""
    several = len(message.parts) > 1
    text = message.parts[number - 1]
    gsm7 = message.encoding is Encoding.GSM7
    part = SubmitSm(
        short_message=text or " ",
        source=_source(message.sender),
        destination=PhoneNumber(message.to.e164[1:], TON.INTERNATIONAL, NPI.ISDN),
        esm_class=_UDHI if several else 0,
        registered_delivery=_RECEIPT_WANTED,
        validity_period=min(timedelta(seconds=message.valid_seconds), _LONGEST_VALIDITY),
        encoding=None if gsm7 else "ucs2",
        auto_message_payload=True,
    )
    octets = pdus.encoded(text) if gsm7 else text.encode("utf-16-be")
    part.set_encoded_message((header(message.id, len(message.parts), number) if several else b"") + octets)
    return part


def _source(sender: str) -> PhoneNumber:
    """A name, a number with its "+", or a short code, which has no type of number that all networks agree on."""
    if sender.startswith("+"):
        return PhoneNumber(sender[1:], TON.INTERNATIONAL, NPI.ISDN)
    if sender.isdigit():
        return PhoneNumber(sender, TON.UNKNOWN, NPI.UNKNOWN)
    return PhoneNumber(sender, TON.ALPHANUMERIC, NPI.UNKNOWN)
