"""What the tests of the queue stand on: persons, alerts, a recording provider, and a dispatcher over real tables."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text, update

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import SlotValue, TextError
from services.alerts import Alert, AlertKind
from services.records.sealed import Sealed
from services.records.tables import PEOPLE
from sms.config import Caps, Route, Sender, SmsConfig, Waits
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.preparing import Preparing
from sms.records.claiming import SqlClaims
from sms.records.outbox import SqlOutbox
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.segments import Segments, segment
from sms.states import MessageState
from sms.tables import MESSAGES
from sms.telling import Telling
from sms.values import Accepted, Mode, Outbound, SendReceipt
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, ten in the morning in Baku
RING = KeyRing.of({"test": b"k" * 32})
BAKU = ZoneInfo("Asia/Baku")
CONFIG = SmsConfig(
    zone=BAKU,
    currency="AZN",
    service_code="*123#",
    sender=Sender("7575", True, 1_000_000),
    routes=(Route({"recorder": 100}),),
    prices={"recorder": 4500},
    quiet_from=time(20),
    quiet_until=time(8),
    default_caps=Caps(10**12, 10**12),
)


@dataclass(frozen=True, slots=True)
class Worded:
    text: str
    segments: Segments

    @property
    def encoding(self) -> Any:
        return self.segments.encoding

    @property
    def parts(self) -> tuple[str, ...]:
        return self.segments.parts


def compose(text_id: str, values: Mapping[str, SlotValue], language: str) -> Worded:
    if text_id == "sms.unsayable":
        raise TextError(text_id)
    said = f"{text_id} {language} " + " ".join(str(value) for value in values.values())
    return Worded(said, segment(said))


@dataclass
class Recorder:
    """A provider that remembers what it was asked, and answers as told: by default that it accepts."""

    name: str = "recorder"
    mode: Mode = Mode.EMULATOR
    seen: list[Outbound] = field(default_factory=list)
    answers: list[SendReceipt] = field(default_factory=list)
    answer: Callable[[Outbound], SendReceipt] | None = None
    gate: asyncio.Event | None = None

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        self.seen.append(message)
        if self.gate is not None:
            await self.gate.wait()
        if self.answers:
            return self.answers.pop(0)
        if self.answer is not None:
            return self.answer(message)
        return Accepted(tuple(f"{message.id}-{message.attempt}-{at}" for at, _ in enumerate(message.parts)))

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class Counted:
    """An observer and a provider's health that only count."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    adopted: list[UUID] = field(default_factory=list)
    told: list[tuple[UUID, str]] = field(default_factory=list)

    def sent(self, provider: str, language: str, parts: int, cost_millis: int) -> None:
        self.events.append(("sent", provider, language, parts, cost_millis))

    def delivered(self, provider: str, language: str, seconds: float) -> None: ...

    def ended(self, provider: str, state: MessageState) -> None:
        self.events.append(("ended", provider, state.value))

    def handed_over(self, provider: str, seconds: float) -> None: ...

    def ambiguous(self, provider: str) -> None:
        self.events.append(("ambiguous", provider))

    def refused(self, provider: str, why: str) -> None:
        self.events.append(("refused", provider, why))

    def not_sent(self, provider: str, why: str, account: bool) -> None:
        self.events.append(("not_sent", provider, why, account))

    def report(self, provider: str, verdict: str) -> None: ...

    def weighed(self, provider: str, weight: int, paused: bool) -> None: ...

    def saw(self, provider: str, failed: bool) -> None:
        if failed:
            self.events.append(("failed", provider))

    async def rest(self, work: UnitOfWork, provider: str, why: str) -> None:
        self.events.append(("rest", provider, why))

    async def adopt(self, work: UnitOfWork, messages: Sequence[UUID]) -> None:
        self.adopted.extend(messages)

    async def undelivered(self, work: UnitOfWork, event: UUID, reason: str, /) -> None:
        self.told.append((event, reason))


class Post:
    """A post office: everything that a test of the queue needs, over one database."""

    def __init__(self, database: Database, config: SmsConfig = CONFIG, at: datetime = NOW) -> None:
        self.database = database
        self.config = config
        self.clock = HandClock(at)
        self.ids = Ids(self.clock)
        self.sealer = Sealer(RING)
        self.keys = PersonKeys(RING, self.clock)
        self.counted = Counted()
        self.provider = Recorder()

    def sealed(self, work: UnitOfWork) -> Sealed:
        return Sealed(work, self.sealer, self.keys)

    async def person(self) -> UUID:
        id = self.ids.uuid7()
        async with self.database.unit_of_work() as work:
            await work.execute(
                insert(PEOPLE).values(id=id, language="az", applicant=self.ids.token(), created_at=self.clock.now())
            )
            await self.keys.create(work, id)
        return id

    async def put(self, person: UUID, **fields: Any) -> UUID | None:
        async with self.database.unit_of_work() as work:
            return await SqlOutbox(self.sealed(work), self.clock, self.ids).put(alert(person, **fields))

    def dispatcher(
        self,
        provider: Recorder | None = None,
        *,
        keys: PersonKeys | None = None,
        pace: Pace | None = None,
        names_parts: frozenset[str] = frozenset(),
        **waits: Any,
    ) -> Dispatcher:
        """A worker's dispatcher; each is as good as one on another machine."""
        config = replace(self.config, waits=replace(self.config.waits, **waits))
        provider = provider or self.provider
        preparing = Preparing(
            compose,
            lambda kind, to, network, avoid: provider.name,
            {provider.name: provider},
            config,
            self.clock,
            self.ids,
            names_parts,
        )
        return Dispatcher(
            self.database,
            SqlClaims(self.sealer, keys or self.keys, self.clock, self.ids, config),
            SqlQueue(self.sealer, self.clock, config),
            preparing,
            SqlOverdue(self.clock, config),
            Telling(self.counted.adopt, self.counted, self.counted, self.counted.undelivered),
            pace or Pace(),
        )

    async def rows(self) -> Sequence[Any]:
        """All messages in the order in which they were put."""
        async with self.database.unit_of_work() as work:
            return (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all()

    async def row(self, id: UUID | None) -> Any:
        return next(row for row in await self.rows() if row.id == id)

    async def states(self) -> list[str]:
        return [f"{row.state} {row.reason}".strip() for row in await self.rows()]

    async def change(self, id: UUID | None, **values: Any) -> None:
        async with self.database.unit_of_work() as work:
            await work.execute(update(MESSAGES).where(MESSAGES.c.id == id).values(**values))

    async def lease_over(self) -> None:
        """As if every worker had been dead for longer than its leases: these go by the database's clock."""
        async with self.database.unit_of_work() as work:
            await work.execute(text("UPDATE sms_claims SET lease_until = now() - interval '1 second'"))

    async def pass_waits(self) -> None:
        """As if the wait for a report were over."""
        async with self.database.unit_of_work() as work:
            await work.execute(update(MESSAGES).where(MESSAGES.c.state == "unknown").values(due_at=self.clock.now()))

    def texts(self) -> list[str]:
        return [message.text for message in self.provider.seen]


@asynccontextmanager
async def being_changed(post: Post, id: UUID | None, **values: Any) -> AsyncIterator[None]:
    """A worker has the row locked meanwhile, and these are written at the end."""
    async with post.database.unit_of_work() as work:
        await work.execute(update(MESSAGES).where(MESSAGES.c.id == id).values(**values))
        yield


async def waits(database: Database) -> bool:
    """Whether some transaction waits for another."""
    async with database.unit_of_work() as work:
        return bool((await work.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))).scalar_one())


def alert(person: UUID, **fields: Any) -> Alert:
    given: dict[str, Any] = {
        "to": Msisdn("+994501234567"),
        "kind": AlertKind.GRANTED,
        "text_id": "sms.granted",
        "values": {"reference": "48213"},
        "language": "az",
        "source": "vemtas",
        "subject": "48213",
    }
    return Alert(person=person, **(given | fields))


def quick(unanswered: float = 0.3, call: float = 0.5) -> Waits:
    """Waits so short that a test can sit them out."""
    return Waits(
        lease=timedelta(seconds=2 * call), unanswered=timedelta(seconds=unanswered), call=timedelta(seconds=call)
    )
