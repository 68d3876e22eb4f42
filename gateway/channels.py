"""An alert becomes an SMS, a mail or both, as its person chose: one row each, in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from mail.records.addresses import SqlEmails
from mail.records.outbox import SqlMailOutbox
from services.alerts import Alert, AlertKind
from services.email_ports import AlertsBy
from services.ports import Outbox
from services.records.sealed import Sealed
from services.tellings import CONTENTLESS

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
