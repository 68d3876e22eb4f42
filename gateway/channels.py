"""Two channels as one: an alert becomes an SMS, a mail or both, as its person chose, one row each in the same
transaction; and what went out on either is read back in one list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mail.records.addresses import SqlEmails
from mail.records.history import SqlMailHistory
from mail.records.outbox import SqlMailOutbox
from services.alerts import Alert, AlertKind
from services.email_ports import AlertsBy
from services.ports import Outbox, SentMessage
from services.records.sealed import Sealed
from services.tellings import CONTENTLESS
from sms.records.history import SqlHistory

OutboxOf = Callable[[Sealed], Outbox]


@dataclass(frozen=True, slots=True)
class ByHerChoice:
    """`services.ports.Outbox` over both. `kinds`: those that go by mail at all; what to a number in doubt says only
    that there is something goes to that number alone."""

    sms: Outbox
    mail: SqlMailOutbox
    emails: SqlEmails
    kinds: frozenset[AlertKind]

    async def put(self, alert: Alert) -> UUID | None:
        if alert.kind not in self.kinds or alert.text_id == CONTENTLESS:
            return await self.sms.put(alert)
        held = await self.emails.wanted(alert.person)
        if held is None:
            return await self.sms.put(alert)
        alone = held.by is AlertsBy.EMAIL
        mailed = await self.mail.put(alert, held.address, alone=alone)
        return mailed if alone else await self.sms.put(alert) or mailed


@dataclass(frozen=True, slots=True)
class SentOnEither:
    """`services.ports.SentMessages` over both, in the order in which they went out."""

    sms: SqlHistory
    mail: SqlMailHistory

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        than = None
        if before is not None:
            at = await self.sms.handed_over(person, before) or await self.mail.handed_over(person, before)
            than = (at, before) if at is not None else None
        found = [*await self.sms.older(person, limit, than), *await self.mail.older(person, limit, than)]
        return sorted(found, key=lambda message: (message.sent_at, message.id), reverse=True)[:limit]

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        return await self.sms.one(person, message) or await self.mail.one(person, message)
