"""One report applied to one message: its parts, its state, its number's health, and who hears of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from domain.msisdn import Msisdn
from sms.config import SmsConfig
from sms.ports import Observer, OfNumber, Undelivered
from sms.records.number_health import count_delivered, count_undelivered
from sms.reports import ACCOUNT, BLOCKED, PartKey, PartState, Standing, Verdict, judge
from sms.states import FINAL, MessageState
from sms.tables import MESSAGES, PARTS
from sms.values import ReportWord
from storage.errors import KeyMissing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

NOT_DELIVERED = "not_delivered"
"""The reason of a message whose provider says that it did not arrive; the provider's own word is on the report."""

_COLUMNS = (
    MESSAGES.c.id,
    MESSAGES.c.state,
    MESSAGES.c.person_id,
    MESSAGES.c.event_id,
    MESSAGES.c.provider,
    MESSAGES.c.language,
    MESSAGES.c.recipient_index,
    MESSAGES.c.sealed,
    MESSAGES.c.handed_over_at,
    MESSAGES.c.due_at,
)


@dataclass(frozen=True, slots=True)
class Settling:
    """Writes what `sms.reports.judge` decides."""

    sealer: Sealer
    keys: PersonKeys
    config: SmsConfig
    observer: Observer
    undelivered: Undelivered | None
    doubt: OfNumber | None
    blocked: OfNumber | None

    async def apply(
        self, work: UnitOfWork, message: UUID, part: PartKey, word: ReportWord, reason: str, at: datetime
    ) -> Verdict:
        """Say the word of that part; `at` is when it was heard. Commits nothing."""
        row = await self._lock(work, message)
        if row is None:
            return Verdict.NOTED
        found = await work.execute(
            select(PARTS.c.attempt, PARTS.c.part, PARTS.c.state).where(PARTS.c.message_id == message)
        )
        parts = {(known.attempt, known.part): PartState(known.state) for known in found.all()}
        was = MessageState(row.state)
        judged = judge(Standing(was, parts, row.handed_over_at is not None), part, word)
        if judged.part is not parts[part]:
            await work.execute(
                update(PARTS)
                .where(PARTS.c.message_id == message, PARTS.c.attempt == part[0], PARTS.c.part == part[1])
                .values(state=judged.part.value)
            )
        if judged.state is not was:
            await self._move(work, row, judged.state, at)
            if judged.state in FINAL:
                await self._ended(work, row, judged.state, reason, at)
        return judged.verdict

    async def _lock(self, work: UnitOfWork, message: UUID) -> Row[Any] | None:
        """The message's row, locked until the unit of work ends. Rows of reports are locked after it, never before."""
        found = await work.execute(select(*_COLUMNS).where(MESSAGES.c.id == message).with_for_update())
        return found.first()

    async def _move(self, work: UnitOfWork, row: Row[Any], state: MessageState, at: datetime) -> None:
        final = state in FINAL
        handed_over = row.handed_over_at or at
        await work.execute(
            update(MESSAGES)
            .where(MESSAGES.c.id == row.id)
            .values(
                state=state.value,
                reason=NOT_DELIVERED if state is MessageState.UNDELIVERED else "",
                due_at=None if final else handed_over + self.config.waits.final,
                handed_over_at=handed_over,
                ended_at=at if final else None,
                # Nobody waits for the answer any more.
                claim_token=None,
            )
        )

    async def _ended(self, work: UnitOfWork, row: Row[Any], state: MessageState, reason: str, at: datetime) -> None:
        provider, language, since = row.provider, row.language, row.handed_over_at
        work.after_commit(lambda: self.observer.ended(provider, state))
        if state is MessageState.DELIVERED:
            if since is not None:
                # A report may overtake the answer to the sending.
                seconds = max(0.0, (at - since).total_seconds())
                work.after_commit(lambda: self.observer.delivered(provider, language, seconds))
            if await count_delivered(work, row.recipient_index, at, self.config.cooling):
                await self._say(self.doubt, work, row)
            return
        if reason == BLOCKED:
            await self._say(self.blocked, work, row)
        elif reason != ACCOUNT:
            await count_undelivered(work, row.recipient_index, at, self.config.cooling)
        if self.undelivered is not None and row.event_id is not None:
            await self.undelivered(work, row.event_id, NOT_DELIVERED)

    async def _say(self, what: OfNumber | None, work: UnitOfWork, row: Row[Any]) -> None:
        """Of the number that the message is to, to whoever wants to know."""
        if what is None or row.person_id is None or row.sealed is None:
            return
        try:
            key = await self.keys.load(work, row.person_id)
        except KeyMissing:  # she was forgotten meanwhile
            return
        facts = json.loads(self.sealer.unseal_text(row.sealed, MESSAGES.name, "sealed", row.id, key))
        await what(work, Msisdn.parse(facts["to"]))
