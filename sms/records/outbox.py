"""Messages to be: one row each, in the transaction of what they tell, with their facts sealed."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.alert_facts import facts_to_json
from services.alerts import POLICIES, Alert, AlertKind
from services.records.sealed import Sealed
from sms.holding import LIVES
from sms.records.indexes import LANE, RECIPIENT, SUBJECT, lane
from sms.records.prompts import SqlPrompts
from sms.records.same_news import Ended, SameNews, gist_to_json
from sms.states import MessageState
from sms.tables import MESSAGES

NAME = MESSAGES.name
_ONCE = text("event_id IS NOT NULL AND resend_of IS NULL")


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """`services.ports.Outbox` in PostgreSQL. `two_way`: whether its sender can be replied to, so that it may ask.
    `ended`: hears of messages that one which is put ends."""

    sealed: Sealed
    clock: Clock
    ids: Ids
    two_way: bool = False
    ended: Ended | None = None

    async def put(self, alert: Alert) -> UUID | None:
        """Raises `KeyMissing` for a person who was forgotten, `InvalidValue` for facts of no slot's kind."""
        news = SameNews(self.sealed, self.clock, self.ended)
        if told := await news.told(alert):
            return told.by
        if alert.asks is None:
            made = await self._put(alert)
            if made is not None and alert.kind is AlertKind.PROMISED:
                await news.end_older(alert, made)
            return made
        prompts, asks, work = self._prompts(), alert.asks, self.sealed.work
        if not self.two_way or await prompts.has_agreed(work, alert.to, asks):
            return await self._put(alert)
        id = await self._put(replace(alert, text_id=asks.text_id))
        if id is not None:
            await prompts.ask_with(work, alert.to, id, asks)
        return id

    async def put_again(self, alert: Alert, resend_of: UUID) -> UUID | None:
        """As `put`; `resend_of`: the message that an operator sends once more, which its event does not forbid."""
        return await self._put(alert, resend_of)

    async def _put(self, alert: Alert, resend_of: UUID | None = None) -> UUID | None:
        put = await self.sealed.work.execute(_PUT, await self.row(alert, resend_of))
        return put.scalar_one_or_none()

    def _prompts(self) -> SqlPrompts:
        return SqlPrompts(self.sealed.sealer, self.clock, self.ids)

    async def row(self, alert: Alert, resend_of: UUID | None = None) -> dict[str, Any]:
        """What is written for an alert."""
        now, id = self.clock.now(), self.ids.uuid7()
        due = max(now, alert.not_before or now)
        facts = {
            "to": alert.to.e164,
            "values": facts_to_json(alert.values),
            "subject": alert.subject,
            "link_id": alert.link_id,
            "tags": dict(alert.tags),
            **gist_to_json(alert),
        }
        return {
            "id": id,
            "person_id": alert.person,
            "event_id": alert.event,
            "kind": alert.kind.value,
            "text_id": alert.text_id,
            "source": alert.source,
            "service": alert.service,
            "language": alert.language,
            "priority": POLICIES[alert.kind].priority.value,
            "sealed": await self.sealed.seal_map(alert.person, facts, NAME, "sealed", id),
            "recipient_index": self.sealed.index(alert.to.e164, RECIPIENT),
            "subject_index": self.sealed.index(alert.subject, SUBJECT) if alert.subject else None,
            "lane": self._lane(alert),
            "network": alert.network,
            "state": MessageState.QUEUED.value,
            "due_at": due,
            "expires_at": alert.expires_at or due + LIVES[alert.kind],
            "resend_of": resend_of,
            "created_at": now,
        } | _UNTOUCHED

    def _lane(self, alert: Alert) -> bytes | None:
        """Codes, answers, what she asked for and what has no subject wait for nothing."""
        if not alert.subject or POLICIES[alert.kind].always:
            return None
        return self.sealed.index(lane(alert.to, alert.subject), LANE)


_UNTOUCHED = {
    "reason": "",
    "attempts": 0,
    "extra_sends": 0,
    "provider": "",
    "provider_mode": "",
    "encoding": "",
    "parts": 0,
    "cost_millis": 0,
    "cost_currency": "",
}
_PUT = (
    insert(MESSAGES)
    .on_conflict_do_nothing(index_elements=["event_id", "person_id"], index_where=_ONCE)
    .returning(MESSAGES.c.id)
)
