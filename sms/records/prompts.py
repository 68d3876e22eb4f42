"""The last question that a number was asked by SMS: what "1" or "yes" answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import SlotValue
from sms.facts import facts_from_json, facts_to_json
from sms.records.outbox import RECIPIENT
from sms.tables import PROMPTS
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

LIVES = timedelta(hours=24)


class Question(StrEnum):
    """What may be asked: only answers ask; no alert does."""

    DID_YOU_MEAN = "did_you_mean"
    CANCEL_OR_STOP = "cancel_or_stop"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that is open."""

    id: UUID
    question: Question
    facts: Mapping[str, SlotValue]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class SqlPrompts:
    """Rows of `sms_prompts`, at most one a number; commits nothing."""

    sealer: Sealer
    clock: Clock
    ids: Ids

    async def ask(
        self,
        work: UnitOfWork,
        number: Msisdn,
        question: Question,
        facts: Mapping[str, SlotValue],
        expires_at: datetime | None = None,
    ) -> None:
        """The question of the message that goes with it; an earlier one is forgotten. It is open for a day."""
        now, id = self.clock.now(), self.ids.uuid7()
        await work.execute(delete(PROMPTS).where(self._of(number)))
        values = {
            "id": id,
            "kind": question.value,
            "sealed": self.sealer.seal(json.dumps(facts_to_json(facts)), PROMPTS.name, "sealed", id),
            "asked_at": now,
            "expires_at": min(now + LIVES, expires_at or now + LIVES),
        }
        row = insert(PROMPTS).values(recipient_index=self.sealer.blind_index(number.e164, RECIPIENT), **values)
        await work.execute(row.on_conflict_do_update(index_elements=[PROMPTS.c.recipient_index], set_=values))

    async def last(self, work: UnitOfWork, number: Msisdn) -> Prompt | None:
        """The question that is open."""
        found = await work.execute(
            select(PROMPTS.c.id, PROMPTS.c.kind, PROMPTS.c.sealed, PROMPTS.c.asked_at)
            .where(self._of(number), PROMPTS.c.expires_at > self.clock.now())
            .order_by(PROMPTS.c.asked_at.desc())
            .limit(1)
        )
        row = found.first()
        if row is None:
            return None
        facts = json.loads(self.sealer.unseal(row.sealed, PROMPTS.name, "sealed", row.id))
        return Prompt(row.id, Question(row.kind), facts_from_json(facts), row.asked_at)

    async def take(self, work: UnitOfWork, number: Msisdn) -> Prompt | None:
        """The question that is open, which is answered now."""
        prompt = await self.last(work, number)
        await self.close(work, number)
        return prompt

    async def close(self, work: UnitOfWork, number: Msisdn) -> None:
        """Nothing is asked any more."""
        await work.execute(delete(PROMPTS).where(self._of(number)))

    async def sweep(self, work: UnitOfWork) -> int:
        """Forget questions that nobody answered in time; how many."""
        return (await work.execute(delete(PROMPTS).where(PROMPTS.c.expires_at <= self.clock.now()))).rowcount

    def _of(self, number: Msisdn) -> ColumnElement[bool]:
        return PROMPTS.c.recipient_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT))
