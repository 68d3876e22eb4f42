"""What the tests of the queue of mails stand on: persons with addresses, alerts, and a dispatcher over real tables."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from domain.clock import HandClock
from domain.email_address import EmailAddress
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import Word
from mail.config import MailConfig, MailServer, Waits
from mail.dispatch import MailDispatcher
from mail.letters import Letters
from mail.records.outbox import SqlMailOutbox
from mail.records.queue import SqlMailQueue
from mail.smtp import SmtpLink
from mail.states import MailState
from mail.tables import ADDRESSES, MAILS
from services.alerts import Alert, AlertKind
from services.records.sealed import Sealed
from services.records.tables import CONSENTS, PEOPLE
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork
from tests.read_once import load_pack, translator_for

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RING = KeyRing.of({"test": b"k" * 32})
PACK = load_pack("azerbaijan")
TRANSLATOR = translator_for(PACK)
HERS = EmailAddress.parse("leyla@example.org")


@dataclass
class Post:
    """One country's mail on one database."""

    database: Database
    port: int = 1
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))
    by_sms: list[Alert] = field(default_factory=list)
    ended: list[MailState] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids, self.sealer, self.keys = Ids(self.clock), Sealer(RING), PersonKeys(RING, self.clock)
        self.config: MailConfig = replace(PACK.mail, waits=Waits(call=timedelta(seconds=2)))  # type: ignore[type-var]

    def dispatcher(self, password: str = "", seconds: float = 5.0, port: int | None = None) -> MailDispatcher:
        async def instead(work: UnitOfWork, alert: Alert) -> None:
            self.by_sms.append(alert)

        server = MailServer("127.0.0.1", port or self.port, "us" if password else "", password, starttls=False)
        return MailDispatcher(
            self.database,
            SqlMailQueue(self.sealer, self.keys, self.clock, self.ids, self.config),
            Letters(TRANSLATOR, "*123#", {"service.rehabilitation_equipment"}),
            SmtpLink(server, seconds),
            instead,
            self.ended.append,
        )

    def instead(self) -> "BySms":
        """Where goes what came back."""
        return BySms(self.by_sms)

    def sealed(self, work: UnitOfWork) -> Sealed:
        return Sealed(work, self.sealer, self.keys)

    async def person(self, by: str = "email", address: EmailAddress = HERS) -> UUID:
        """Somebody who is told there."""
        person, id = self.ids.uuid7(), self.ids.uuid7()
        async with self.database.unit_of_work() as work:
            await work.execute(
                insert(PEOPLE).values(id=person, language="en", applicant=self.ids.token(), created_at=NOW)
            )
            await self.keys.create(work, person)
            sealed = self.sealed(work)
            await work.execute(
                insert(ADDRESSES).values(
                    id=id,
                    person_id=person,
                    address=await sealed.seal(person, address.text, ADDRESSES.name, "address", id),
                    address_index=sealed.index(address.folded, "email"),
                    alerts_by=by,
                    since=NOW,
                )
            )
            await work.execute(
                insert(CONSENTS).values(
                    id=self.ids.uuid7(), person_id=person, purpose="email", words="mail.code@1", language="en",
                    given_at=NOW,
                )
            )  # fmt: skip
        return person

    async def put(
        self, person: UUID, reference: str = "41000035", *, alone: bool = True, to: EmailAddress = HERS, **changed: Any
    ) -> UUID | None:
        async with self.database.unit_of_work() as work:
            outbox = SqlMailOutbox(self.sealed(work), self.clock, self.ids)
            return await outbox.put(replace(alert(person, reference), **changed), to, alone=alone)

    async def put_code(self, person: UUID) -> None:
        async with self.database.unit_of_work() as work:
            outbox = SqlMailOutbox(self.sealed(work), self.clock, self.ids)
            await outbox.put_code(person, HERS, "123456", 10, "en", self.clock.now() + timedelta(minutes=10))

    async def rows(self, *columns: str) -> list[Any]:
        async with self.database.unit_of_work() as work:
            found = await work.execute(select(*(MAILS.c[name] for name in columns)).order_by(MAILS.c.id))
            return [tuple(row) if len(columns) > 1 else row[0] for row in found]

    async def lease_over(self) -> None:
        async with self.database.unit_of_work() as work:
            await work.execute(update(MAILS).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


@dataclass
class BySms:
    """An outbox that keeps what is put."""

    told: list[Alert]

    async def put(self, alert: Alert) -> UUID | None:
        self.told.append(alert)
        return None


def alert(person: UUID, reference: str = "41000035") -> Alert:
    return Alert(
        person=person,
        to=Msisdn.parse("+994501234567"),
        kind=AlertKind.READY_FOR_PICKUP,
        text_id="sms.ready",
        values={
            "service": Word("service.social_aid"),
            "reference": reference,
            "place": "Nəsimi filialı",
            "address": "Bakı, Nizami küç. 5, http://bad.example/x",
        },
        language="en",
        source="vemtas",
        service="social_aid",
        subject=reference,
    )
