"""What is done about reports that did not come, or came too early: each chore says how many it settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, text, update

from sms.records.matching import UNANSWERED
from sms.records.reports import SqlReports
from sms.reports import Verdict
from sms.states import WAITING, MessageState
from sms.tables import LOOKUPS, MESSAGES, PARTS, REPORTS
from storage.chosen_rows import chosen_once
from storage.unit_of_work import Database

NO_REPORT = "no_report"
"""The reason of a message that was handed over and of which no final word came in time."""
KEPT = timedelta(days=90)
_WAITING = [state.value for state in WAITING]


@dataclass(frozen=True, slots=True)
class ReportChores:
    """Run by the worker, each every few seconds; any number of workers may."""

    database: Database
    reports: SqlReports

    async def adopt_parked(self, limit: int = 200) -> int:
        """Parked reports whose message is known by now, or was found out to be unanswered."""
        return await self._adopt_known(limit) + await self._match_unanswered(limit)

    async def lose_parked(self) -> int:
        """Parked reports for which nobody waits any more."""
        async with self.database.unit_of_work() as work:
            lost = await work.execute(
                update(REPORTS)
                .where(_PARKED, REPORTS.c.parked_until <= self._now())
                .values(verdict=Verdict.LOST.value, parked_until=None)
                .returning(REPORTS.c.provider)
            )
            providers = [row.provider for row in lost.all()]
        for provider in providers:
            self.reports.observer.report(provider, Verdict.LOST.value)
        return len(providers)

    async def expire(self, limit: int = 1_000) -> int:
        """Messages that were handed over long ago, with no final word: our own clock ends them.

        The ministry hears of those that no provider ever said it took. What one took may well have arrived.
        """
        now = self._now()
        async with self.database.unit_of_work() as work:
            overdue = (
                select(MESSAGES.c.id, MESSAGES.c.state)
                .where(
                    text("phase IN (1, 2)"),
                    MESSAGES.c.state.in_([MessageState.SENT.value, MessageState.UNKNOWN.value]),
                    MESSAGES.c.due_at <= now,
                    func.coalesce(MESSAGES.c.handed_over_at, MESSAGES.c.created_at)
                    <= now - self.reports.config.waits.final,
                )
                .order_by(MESSAGES.c.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
                .cte("overdue")
            )
            found = await work.execute(
                update(MESSAGES)
                .where(MESSAGES.c.id == overdue.c.id)
                .values(
                    state=MessageState.EXPIRED.value,
                    reason=NO_REPORT,
                    due_at=None,
                    ended_at=now,
                    # Whether or not an answer came: it may have been, and a late report is believed.
                    handed_over_at=func.coalesce(MESSAGES.c.handed_over_at, MESSAGES.c.created_at),
                )
                .returning(MESSAGES.c.provider, MESSAGES.c.event_id, overdue.c.state.label("was"))
            )
            ended = found.all()
            if undelivered := self.reports.undelivered:
                for row in ended:
                    if row.event_id is not None and row.was == MessageState.UNKNOWN.value:
                        await undelivered(work, row.event_id, NO_REPORT)
        for row in ended:
            self.reports.observer.ended(row.provider, MessageState.EXPIRED)
        return len(ended)

    async def forget(self, limit: int = 10_000) -> int:
        """Reports older than ninety days, and messages that ended so long ago, with what they said and their parts."""
        before = self._now() - KEPT
        return await self._forget(REPORTS, limit) + await self._forget(MESSAGES, limit, MESSAGES.c.ended_at < before)

    async def _forget(self, table: Table, limit: int, *also: ColumnElement[bool]) -> int:
        # Their ids are UUIDv7: the order of ids is that of time, and the key is indexed.
        oldest = UUID(int=int((self._now() - KEPT).timestamp() * 1000) << 80)
        old = (
            select(table.c.id)
            .where(table.c.id < oldest, *also)
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        forgotten = 0
        while True:
            async with self.database.unit_of_work() as work:
                gone = await work.execute(delete(table).where(table.c.id.in_(chosen_once(old))))
            forgotten += gone.rowcount
            if gone.rowcount < limit:
                return forgotten

    async def _adopt_known(self, limit: int) -> int:
        same = and_(PARTS.c.provider == REPORTS.c.provider, PARTS.c.provider_id == REPORTS.c.provider_id)
        async with self.database.unit_of_work() as work:
            found = await work.execute(
                select(PARTS.c.message_id)
                .distinct()
                .join(REPORTS, same)
                .join(MESSAGES, MESSAGES.c.id == PARTS.c.message_id)
                .where(
                    _PARKED,
                    MESSAGES.c.state != MessageState.SENDING.value,
                    or_(MESSAGES.c.state.not_in(_WAITING), MESSAGES.c.handed_over_at.is_not(None)),
                )
                .limit(limit)
            )
            messages = [row.message_id for row in found.all()]
        adopted = 0
        for message in messages:
            async with self.database.unit_of_work() as work:
                adopted += await self.reports.adopt(work, [message])
        return adopted

    async def _match_unanswered(self, limit: int) -> int:
        unanswered = (
            select(MESSAGES.c.id)
            .join(LOOKUPS, LOOKUPS.c.message_id == MESSAGES.c.id)
            .where(
                LOOKUPS.c.recipient_index == REPORTS.c.recipient_index,
                MESSAGES.c.provider == REPORTS.c.provider,
                UNANSWERED,
            )
            .exists()
        )
        recent = REPORTS.c.received_at >= self._now() - self.reports.config.waits.matched
        async with self.database.unit_of_work() as work:
            found = await work.execute(
                select(REPORTS.c.id).where(_PARKED, recent, unanswered).order_by(REPORTS.c.received_at).limit(limit)
            )
            parked = [row.id for row in found.all()]
        matched = 0
        for report in parked:
            async with self.database.unit_of_work() as work:
                matched += await self.reports.match(work, report)
        return matched

    def _now(self) -> datetime:
        return self.reports.clock.now()


_PARKED: ColumnElement[bool] = REPORTS.c.verdict == Verdict.PARKED.value
