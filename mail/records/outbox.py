"""Mails to be: one row each, in the transaction of what they tell, with their facts sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.email_address import EmailAddress
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import SlotValue
from mail.states import MailState
from mail.tables import MAILS
from services.alert_facts import facts_from_json, facts_to_json
from services.alerts import POLICIES, Alert, AlertKind
from services.records.sealed import Sealed

NAME = MAILS.name
CODE_TEXT = "mail.code"
SOURCE = "guichet"
LIFE = timedelta(days=1)
"""What could not be mailed within it goes by SMS, where no SMS has told the same."""


@dataclass(frozen=True, slots=True)
class SqlMailOutbox:
    """Puts mails; commits nothing."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def put(self, alert: Alert, to: EmailAddress, *, alone: bool) -> UUID | None:
        """The mail's id; None where this event was mailed to this person already. `alone`: no SMS tells the same."""
        now = self.clock.now()
        due = max(now, alert.not_before or now)
        facts = {
            "to": to.text,
            "number": alert.to.e164,
            "values": facts_to_json(alert.values),
            "subject": alert.subject,
            "network": alert.network,
            "expires": alert.expires_at.isoformat() if alert.expires_at else "",
        }
        return await self._put(
            facts,
            person_id=alert.person,
            event_id=alert.event,
            kind=alert.kind.value,
            text_id=alert.text_id,
            source=alert.source,
            service=alert.service,
            language=alert.language,
            lane=self.sealed.index(f"{to.folded}\0{alert.subject}", "mail_lane") if alert.subject else None,
            alone=alone,
            due_at=due,
            expires_at=min(due + LIFE, alert.expires_at or due + LIFE),
        )

    async def put_code(
        self, person: UUID, to: EmailAddress, code: str, minutes: int, language: str, expires_at: datetime
    ) -> None:
        """The code that binds the address."""
        values: Mapping[str, SlotValue] = {"one_time": code, "minutes": minutes}
        await self._put(
            {"to": to.text, "values": facts_to_json(values)},
            person_id=person,
            event_id=None,
            kind=AlertKind.CODE.value,
            text_id=CODE_TEXT,
            source=SOURCE,
            service="",
            language=language,
            lane=None,
            alone=False,
            due_at=self.clock.now(),
            expires_at=expires_at,
        )

    async def _put(self, facts: Mapping[str, object], **row: Any) -> UUID | None:
        id = self.ids.uuid7()
        if row["kind"] == AlertKind.CODE.value:
            # Under the gateway's key: who asks for all that is held about her must not read there what only the
            # mailbox may tell.
            octets = self.sealed.sealer.seal(json.dumps(facts), NAME, "sealed", id)
        else:
            octets = await self.sealed.seal_map(row["person_id"], facts, NAME, "sealed", id)
        row |= {
            "id": id,
            "priority": POLICIES[AlertKind(row["kind"])].priority.value,
            "sealed": octets,
            "state": MailState.QUEUED.value,
            "reason": "",
            "attempts": 0,
            "extra_sends": 0,
            "created_at": self.clock.now(),
        }
        put = await self.sealed.work.execute(
            insert(MAILS)
            .values(row)
            .on_conflict_do_nothing(index_elements=["event_id", "person_id"])
            .returning(MAILS.c.id)
        )
        return put.scalar_one_or_none()


async def facts_of(sealed: Sealed, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was sealed with a mail. Raises `KeyMissing`, `SealBroken`."""
    if row["kind"] == AlertKind.CODE.value:
        opened: dict[str, Any] = json.loads(sealed.sealer.unseal_text(row["sealed"], NAME, "sealed", row["id"]))
        return opened
    return await sealed.open_map(row["person_id"], row["sealed"], NAME, "sealed", row["id"])


def alert_of(row: Mapping[str, Any], facts: Mapping[str, Any]) -> Alert:
    """The alert that was put, without what it asked: to be told by SMS instead."""
    return Alert(
        person=row["person_id"],
        to=Msisdn(facts["number"]),
        kind=AlertKind(row["kind"]),
        text_id=row["text_id"],
        values=facts_from_json(facts["values"]),
        language=row["language"],
        source=row["source"],
        service=row["service"],
        subject=facts["subject"],
        event=row["event_id"],
        expires_at=datetime.fromisoformat(facts["expires"]) if facts["expires"] else None,
        network=facts["network"],
    )
