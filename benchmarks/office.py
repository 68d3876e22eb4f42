"""An outbox over a database with everything on, a provider over the one HTTP client, and what a message costs."""

import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import psutil
from sqlalchemy import insert, text

import gateway.tables  # noqa: F401
from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.ids import Ids
from domain.money import Money
from domain.msisdn import Msisdn
from gateway.pack import load_pack
from gateway.words import composer_for, translator_for
from i18n.text import Word
from services.alerts import Alert, AlertKind
from services.backends.wire import HttpWire, WireError
from services.records.sealed import Sealed
from services.records.tables import PEOPLE
from sms.beside import Beside
from sms.claims import Unworded, Written
from sms.config import Caps, Sender, SmsConfig
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.preparing import Preparing, Writing
from sms.records.claiming import Claim, SqlClaims
from sms.records.outbox import SqlOutbox
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.records.reports import SqlReports
from sms.states import MessageState
from sms.tables import MESSAGES
from sms.telling import Telling
from sms.templates import Composer
from sms.values import Accepted, Mode, Outbound, SendReceipt, Unanswered
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.tables import PERSON_KEYS
from storage.unit_of_work import Database, UnitOfWork

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer stub"}
CLOCK = SystemClock()
RING = KeyRing.of({"bench": b"b" * 32})
AT_ONCE = 5000
CLAIMED = 100
CLAIMS = 40
POSTGRES_BUFFERS = "128MB"
"""`shared_buffers` as PostgreSQL has it unless told; in the demo's 32 MB a queue of 20,000 does not fit."""


def unhindered(pack: SmsConfig) -> SmsConfig:
    """The pack's own, but that rate and caps are asked and never reached, and it is never night."""
    return replace(
        pack,
        sender=Sender("7575", True, 1_000_000),
        prices={"stub": 4500},
        default_caps=Caps(10**12, 10**12),
        quiet_from=pack.quiet_until,
    )


@dataclass
class HttpProvider:
    """A provider with a small JSON answer over the one HTTP client. `port`: the stub's; `late`: milliseconds that it
    takes."""

    wire: HttpWire
    port: int
    late: int = 0
    name: str = "stub"
    mode: Mode = Mode.EMULATOR

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt:
        said = {"to": message.to.e164, "from": message.sender, "message": message.text}
        try:
            answer = await self.wire.send(
                "POST",
                f"http://127.0.0.1:{self.port}/messages/{self.late}",
                HEADERS,
                json.dumps(said).encode(),
                connect=5,
                total=deadline.remaining(),
                cap=65536,
            )
        except WireError as failure:
            return Unanswered(failure.why)
        return Accepted((json.loads(answer.body)["id"],))

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Quiet:
    """Counts nothing."""

    def sent(self, provider: str, language: str, parts: int, cost_millis: int) -> None: ...
    def handed_over(self, provider: str, seconds: float) -> None: ...
    def refused(self, provider: str, why: str) -> None: ...
    def not_sent(self, provider: str, why: str, account: bool) -> None: ...
    def delivered(self, provider: str, language: str, seconds: float) -> None: ...
    def ended(self, provider: str, state: MessageState) -> None: ...
    def ambiguous(self, provider: str) -> None: ...
    def report(self, provider: str, verdict: str) -> None: ...
    def weighed(self, provider: str, weight: int, paused: bool) -> None: ...
    def saw(self, provider: str, failed: bool) -> None: ...
    async def rest(self, work: UnitOfWork, provider: str, why: str) -> None: ...


class Office:
    """The outbox over a database, with everything on."""

    def __init__(self, database: Database, composer: Composer, config: SmsConfig) -> None:
        self.database = database
        self.composer = composer
        self.config = config
        self.ids = Ids(CLOCK)
        self.sealer = Sealer(RING)
        self.keys = PersonKeys(RING, CLOCK)
        self.beside: Beside | None = None

    async def fill(self, count: int, done: bool = False) -> None:
        """So many alerts, each to a person of her own, three ministries in turn; `done`: delivered long ago."""
        for start in range(0, count, AT_ONCE):
            await self._fill(start, min(AT_ONCE, count - start), done)

    async def _fill(self, start: int, count: int, done: bool) -> None:
        persons = [self.ids.uuid7() for _ in range(count)]
        now = CLOCK.now()
        people = [{"id": id, "language": "az", "applicant": id.hex, "created_at": now} for id in persons]
        wrapped = [
            {
                "person_id": id,
                "wrapped": self.keys._wrap(secrets.token_bytes(32), id),
                "wrapping_key_id": RING.newest,
                "created_at": now,
            }
            for id in persons
        ]
        async with self.database.unit_of_work() as work:
            await work.execute(insert(PEOPLE), people)
            await work.execute(insert(PERSON_KEYS), wrapped)
        async with self.database.unit_of_work() as work:
            known = await PersonKeys(RING, CLOCK).load_many(work, persons)
            outbox = SqlOutbox(Sealed(work, self.sealer, _Known(known)), CLOCK, self.ids)  # type: ignore[arg-type]
            rows = [await outbox.row(alert(id, start + at)) for at, id in enumerate(persons)]
            if done:
                rows = [row | {"state": "delivered", "due_at": None, "handed_over_at": now} for row in rows]
            await work.execute(insert(MESSAGES), rows)

    def dispatcher(self, provider: HttpProvider, pace: Pace) -> Dispatcher:
        preparing = Preparing(
            self.composer.compose,
            lambda kind, to, network, avoid: provider.name,
            {provider.name: provider},
            self.config,
            CLOCK,
            self.ids,
        )
        quiet = Quiet()
        reports = SqlReports(CLOCK, self.ids, self.sealer, self.keys, self.config, quiet)
        return Dispatcher(
            self.database,
            self.claims(),
            SqlQueue(self.sealer, CLOCK, self.config),
            preparing,
            SqlOverdue(CLOCK, self.config),
            Telling(reports.adopt, quiet, quiet),
            pace,
            beside=self.beside,
        )

    def claims(self) -> SqlClaims:
        return SqlClaims(self.sealer, self.keys, CLOCK, self.ids, self.config)

    async def write(self, token: UUID, most: int) -> Claim[Written]:
        """What the process beside does."""
        writing = Writing(self.composer.compose, SqlQueue(self.sealer, CLOCK, self.config).seal)
        async with self.database.unit_of_work() as work:
            return await self.claims().claim(work, token, most, writing.written)

    async def claim_and_give_back(self, count: int) -> float:
        """Seconds of a claim of so many; they wait again afterwards."""
        claims, began = self.claims(), time.perf_counter()
        async with self.database.unit_of_work() as work:
            claim = await claims.claim(work, claims.token(), count, _unworded)
        took = time.perf_counter() - began
        if len(claim.taken) != count:
            raise RuntimeError(f"{len(claim.taken)} messages of {count} were claimed")
        async with self.database.unit_of_work() as work:
            await claims.give_back(work, [unworded.claim for unworded in claim.taken])
        return took

    async def verify(self, count: int) -> None:
        """Every message went out once, and is written down."""
        async with self.database.unit_of_work() as work:
            query = "SELECT count(*), count(DISTINCT m.id), sum(m.attempts) FROM sms_messages m JOIN sms_parts p"
            found = (
                await work.execute(
                    text(f"{query} ON p.message_id = m.id WHERE m.state = 'sent' AND m.sent_text IS NOT NULL")
                )
            ).one()
        if tuple(found) != (count, count, count):
            raise RuntimeError(f"of {count} messages, rows, sent and attempts are {tuple(found)}")

    async def clean(self) -> None:
        """No messages; what the sender and the sources have used so far stands, as it does in a worker's life."""
        async with self.database.unit_of_work() as work:
            await work.execute(
                text("TRUNCATE people, person_keys, sms_messages, sms_lookups, sms_parts, sms_claims CASCADE")
            )

    async def analyse(self) -> None:
        async with self.database.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.exec_driver_sql("SET statement_timeout = 0")
            await free.exec_driver_sql("VACUUM ANALYZE")

    async def settle(self, rest: float) -> None:
        """What filling left to write is written, and `rest` seconds pass: outside a benchmark a queue is not filled in
        one go just before it is emptied."""
        async with self.database.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.exec_driver_sql("SET statement_timeout = 0")
            await free.exec_driver_sql("CHECKPOINT")
        await asyncio.sleep(rest)


def _unworded(unworded: Unworded) -> Unworded:
    return unworded


class _Known:
    """Keys that are at hand."""

    def __init__(self, keys: dict[UUID, Any]) -> None:
        self._keys = keys

    async def load(self, work: UnitOfWork, person: UUID) -> Any:
        return self._keys[person]


def alert(person: UUID, at: int) -> Alert:
    return Alert(
        person=person,
        to=Msisdn(f"+99450{1000000 + at % 9000000}"),
        kind=AlertKind.GRANTED,
        text_id="sms.granted_amount_until",
        values={
            "service": Word("service.social_aid"),
            "reference": f"{40000000 + at}",
            "amount": Money(35000 + at % 1000, "AZN"),
            "until": date(2028, 11, 12),
        },
        language=("az", "en", "fr")[at % 3],
        source=("vemtas", "asan", "visa")[at % 3],
        subject=f"{40000000 + at}",
    )


@dataclass(frozen=True)
class Cost:
    """Processor time of this process and of the processes of PostgreSQL, so far, in seconds."""

    ours: float
    server: float

    @classmethod
    def now(cls) -> "Cost":
        return cls(time.process_time(), sum(map(_spent, psutil.Process().children(recursive=True))))

    def since(self, before: "Cost", count: int) -> tuple[float, float]:
        """Microseconds a message, ours and PostgreSQL's."""
        return (self.ours - before.ours) / count * 1e6, (self.server - before.server) / count * 1e6


def _spent(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        if process.name() == "postgres":
            times = process.cpu_times()
            return float(times.user + times.system)
    return 0.0


def office_at(url: str) -> Office:
    pack = load_pack("azerbaijan")
    composer = composer_for(pack, translator_for(pack))
    return Office(Database(create_engine(url, statement_timeout=60)), composer, unhindered(pack.sms))
