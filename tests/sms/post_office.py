"""A small post office for stories about reports: messages that were sent, reports that come, and who was told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update

from domain.clock import HandClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.records.store import RecordStore
from sms.config import Route, Sender, SmsConfig
from sms.records.indexes import RECIPIENT
from sms.records.report_chores import ReportChores
from sms.records.reports import SqlReports
from sms.reports import Verdict
from sms.states import MessageState
from sms.tables import MESSAGES, PARTS, REPORTS
from sms.values import DeliveryReport, ReportWord
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LEYLA = Msisdn.parse("+994501234567")
KAMRAN = Msisdn.parse("+994557654321")
EVENT = UUID("0192aaaa-0000-7000-8000-000000000001")
CONFIG = SmsConfig(
    zone=ZoneInfo("Asia/Baku"),
    currency="AZN",
    service_code="*123#",
    sender=Sender("7575"),
    routes=(Route({"at": 100}),),
    prices={"at": 4500},
    quiet_from=time(20),
    quiet_until=time(8),
)


@dataclass
class Counted:
    """An `Observer` that remembers."""

    seen: list[tuple[object, ...]] = field(default_factory=list)

    def sent(self, provider: str, language: str, parts: int, cost_millis: int) -> None:
        self.seen.append(("sent", provider, language, parts, cost_millis))

    def delivered(self, provider: str, language: str, seconds: float) -> None:
        self.seen.append(("delivered", provider, language, seconds))

    def ended(self, provider: str, state: MessageState) -> None:
        self.seen.append(("ended", provider, state))

    def handed_over(self, provider: str, seconds: float) -> None: ...

    def ambiguous(self, provider: str) -> None:
        self.seen.append(("ambiguous", provider))

    def refused(self, provider: str, why: str) -> None:
        self.seen.append(("refused", provider, why))

    def not_sent(self, provider: str, why: str, account: bool) -> None:
        self.seen.append(("not_sent", provider, why, account))

    def report(self, provider: str, verdict: str) -> None:
        self.seen.append(("report", provider, verdict))

    def weighed(self, provider: str, weight: int, paused: bool) -> None:
        self.seen.append(("weighed", provider, weight, paused))

    def of(self, what: str) -> list[tuple[object, ...]]:
        return [entry[1:] for entry in self.seen if entry[0] == what]


@dataclass(repr=False)
class PostOffice:
    database: Database
    clock: HandClock = field(default_factory=lambda: HandClock(START))
    told: list[tuple[UUID, str]] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        ring = KeyRing.of({"k1": b"1" * 32})
        self.ids, self.sealer, self.keys = Ids(self.clock), Sealer(ring), PersonKeys(ring, self.clock)
        self.store = RecordStore(self.database, self.sealer, self.keys, self.clock, self.ids)

        async def doubt(work: UnitOfWork, number: Msisdn) -> None:
            await self.store.over(work).people.doubt_number(number)

        async def undelivered(work: UnitOfWork, event: UUID, reason: str) -> None:
            self.told.append((event, reason))

        self.reports = SqlReports(
            self.clock, self.ids, self.sealer, self.keys, CONFIG, self.counted, undelivered, doubt
        )
        self.chores = ReportChores(self.database, self.reports)

    async def message(
        self,
        state: MessageState = MessageState.SENDING,
        to: Msisdn = LEYLA,
        provider: str = "at",
        ids: tuple[str, ...] = (),
        id: UUID | None = None,
        **columns: object,
    ) -> UUID:
        """A message as the queue left it; `ids`: what the provider knows it by."""
        now, id = self.clock.now(), id or self.ids.uuid7()
        over = state not in (MessageState.QUEUED, MessageState.HELD, MessageState.SENDING)
        row = {
            "id": id,
            "kind": "granted",
            "text_id": "sms.granted",
            "source": "vemtas",
            "service": "social_aid",
            "language": "az",
            "priority": 2,
            "recipient_index": self.sealer.blind_index(to.e164, RECIPIENT),
            "network": "",
            "state": state.value,
            "reason": "",
            "due_at": now,
            "attempts": 1,
            "extra_sends": 0,
            "provider": provider,
            "provider_mode": "emulator",
            "encoding": "GSM-7",
            "parts": max(1, len(ids)),
            "cost_millis": 4500,
            "cost_currency": "AZN",
            "created_at": now,
            "handed_over_at": now if over else None,
        }
        async with self.database.unit_of_work() as work:
            await work.execute(insert(MESSAGES).values(row | columns))
            await self._name(work, id, provider, ids)
        return id

    async def answer(self, message: UUID, *ids: str, provider: str = "at") -> int:
        """The provider's answer to the sending is written, as the dispatcher does it."""
        async with self.database.unit_of_work() as work:
            values = {"state": "sent", "handed_over_at": self.clock.now(), "due_at": self.clock.now() + FINAL}
            await work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(values))
            await self._name(work, message, provider, ids)
            return await self.reports.adopt(work, [message])

    async def report(
        self,
        id: str,
        word: ReportWord,
        to: Msisdn | None = LEYLA,
        provider: str = "at",
        raw: str = "",
        reason: str = "",
    ) -> Verdict:
        async with self.database.unit_of_work() as work:
            return await self.reports.take(work, DeliveryReport(provider, id, word, raw, reason, to))

    async def state(self, message: UUID) -> str:
        return (await self.row(message)).state

    async def row(self, message: UUID):
        async with self.database.unit_of_work() as work:
            return (await work.execute(select(MESSAGES).where(MESSAGES.c.id == message))).one()

    async def kept(self) -> list[tuple[str, str, str, int]]:
        """The trail of reports: id, word, verdict, times."""
        async with self.database.unit_of_work() as work:
            rows = await work.execute(select(REPORTS).order_by(REPORTS.c.id))
            return [(row.provider_id, row.word, row.verdict, row.times) for row in rows.all()]

    async def set(self, message: UUID, **columns: object) -> None:
        async with self.database.unit_of_work() as work:
            await work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(columns))

    async def wait(self, by: timedelta) -> None:
        """Time passes, and the worker's chores run."""
        self.clock.advance(by)
        await self.chores.adopt_parked()
        await self.chores.expire()
        await self.chores.lose_parked()

    async def count(self, table) -> int:
        async with self.database.unit_of_work() as work:
            return (await work.execute(select(func.count()).select_from(table))).scalar_one()

    async def _name(self, work: UnitOfWork, message: UUID, provider: str, ids: tuple[str, ...]) -> None:
        for part, id in enumerate(ids, 1):
            await work.execute(
                insert(PARTS).values(
                    message_id=message,
                    attempt=1,
                    part=part,
                    provider=provider,
                    provider_id=id,
                    state="sent",
                    created_at=self.clock.now(),
                )
            )


FINAL = CONFIG.waits.final
