"""Delivery reports: kept once each, and what they do to a message, under the lock of its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from sms.config import SmsConfig
from sms.ports import Observer, OfNumber, Undelivered
from sms.records.indexes import RECIPIENT
from sms.records.matching import name_unanswered
from sms.records.settling import Settling
from sms.reports import PartKey, Verdict
from sms.tables import INBOUND, PARTS, REPORTS
from sms.values import DeliveryReport, ReportWord, came_at
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Record, UnitOfWork

# A verdict that may still become another.
_OPEN = (Verdict.PARKED.value, Verdict.LOST.value)

# Asked after every commit of the dispatcher: hence written out, and as one array.
_OVERTOOK = """
SELECT r.id, r.provider, r.word, r.reason, r.received_at, p.message_id AS of, p.attempt, p.part
FROM sms_parts p JOIN sms_reports r ON r.provider = p.provider AND r.provider_id = p.provider_id
WHERE p.message_id = ANY($1) AND r.verdict = 'parked'
ORDER BY p.message_id, r.received_at, r.id
"""


@dataclass(frozen=True, slots=True)
class _Heard:
    """A report as it is kept."""

    provider: str
    id: str
    word: ReportWord
    kept_word: str
    reason: str
    network: str
    numbers: tuple[bytes, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SqlReports:
    """Takes reports in the unit of work that a door opened, and those that overtook the answer to their sending.

    `undelivered` hears of a message that a ministry's event was behind; `doubt` of a number that came back after
    failing for long; `blocked` of one that its provider keeps from us.
    """

    clock: Clock
    ids: Ids
    sealer: Sealer
    keys: PersonKeys
    config: SmsConfig
    observer: Observer
    undelivered: Undelivered | None = None
    doubt: OfNumber | None = None
    blocked: OfNumber | None = None

    async def take(self, work: UnitOfWork, report: DeliveryReport) -> Verdict:
        """What became of the report. Commits nothing; the same report any number of times does what it does once."""
        heard = self._heard(report)
        verdict, message = await self._judged(work, heard) if heard.id else (Verdict.NOTED, None)
        if heard.id:
            await self._keep(work, heard, verdict, message)
        work.after_commit(lambda: self.observer.report(heard.provider, verdict.value))
        return verdict

    async def adopt(self, work: UnitOfWork, messages: Sequence[UUID]) -> int:
        """Apply what was parked for these messages, whose parts are known by now: how many. Commits nothing.

        Called right after the answers to their sendings were written (`SqlQueue.finish`: in that transaction, or once
        it is over), by whoever holds their rows locked, and by a chore for who died before it could.
        """
        if not messages:
            return 0
        adopted = 0
        for row in await work.read(_OVERTOOK, messages):
            part, word = (row["attempt"], row["part"]), ReportWord(row["word"])
            verdict = await self._settling().apply(work, row["of"], part, word, row["reason"], row["received_at"])
            if verdict is not Verdict.PARKED:
                adopted += await self._adopted(work, row, verdict)
        return adopted

    async def match(self, work: UnitOfWork, report: UUID) -> bool:
        """Try a parked report on the one unknown message that it may speak of. Commits nothing."""
        found = await work.execute(
            select(REPORTS).where(REPORTS.c.id == report, REPORTS.c.verdict == Verdict.PARKED.value)
        )
        row = found.first()
        if row is None:
            return False
        message = await name_unanswered(
            work, row.provider, row.provider_id, (row.recipient_index,), row.received_at, self.config.waits
        )
        return message is not None and await self.adopt(work, [message]) > 0

    async def _judged(self, work: UnitOfWork, heard: _Heard) -> tuple[Verdict, UUID | None]:
        known = await self._known(work, heard)
        if known is None and heard.word is not ReportWord.UNKNOWN:
            if await self._is_inbound(work, heard):
                return Verdict.NOTED, None
            await name_unanswered(work, heard.provider, heard.id, heard.numbers, heard.at, self.config.waits)
            # Asked again whatever that found: another report of the same may have been faster by a moment.
            known = await self._known(work, heard)
        if known is None:
            return Verdict.UNKNOWN_WORD if heard.word is ReportWord.UNKNOWN else Verdict.PARKED, None
        message, part = known
        # What came earlier is heard first, though it may have had to wait.
        await self.adopt(work, [message])
        return await self._settling().apply(work, message, part, heard.word, heard.reason, heard.at), message

    async def _known(self, work: UnitOfWork, heard: _Heard) -> tuple[UUID, PartKey] | None:
        found = await work.execute(
            select(PARTS.c.message_id, PARTS.c.attempt, PARTS.c.part).where(
                PARTS.c.provider == heard.provider, PARTS.c.provider_id == heard.id
            )
        )
        row = found.first()
        return (row.message_id, (row.attempt, row.part)) if row else None

    async def _is_inbound(self, work: UnitOfWork, heard: _Heard) -> bool:
        found = await work.execute(
            select(INBOUND.c.id).where(INBOUND.c.provider == heard.provider, INBOUND.c.dedupe == heard.id)
        )
        return found.first() is not None

    async def _keep(self, work: UnitOfWork, heard: _Heard, verdict: Verdict, message: UUID | None) -> None:
        """One row a report, however often it comes; its first verdict stays, unless it had only been waiting."""
        put = insert(REPORTS).values(
            id=self.ids.uuid7(),
            provider=heard.provider,
            provider_id=heard.id,
            word=heard.kept_word,
            reason=heard.reason,
            network=heard.network,
            recipient_index=heard.numbers[0] if heard.numbers else None,
            message_id=message,
            verdict=verdict.value,
            times=1,
            received_at=heard.at,
            parked_until=heard.at + self.config.waits.parked if verdict is Verdict.PARKED else None,
        )
        waited = REPORTS.c.verdict.in_(_OPEN) & (put.excluded.verdict != Verdict.PARKED.value)
        await work.execute(
            put.on_conflict_do_update(
                index_elements=[REPORTS.c.provider, REPORTS.c.provider_id, REPORTS.c.word],
                set_={
                    "times": REPORTS.c.times + 1,
                    "verdict": case((waited, put.excluded.verdict), else_=REPORTS.c.verdict),
                    "message_id": func.coalesce(REPORTS.c.message_id, put.excluded.message_id),
                    "parked_until": case((waited, None), else_=REPORTS.c.parked_until),
                },
            )
        )

    async def _adopted(self, work: UnitOfWork, row: Record, verdict: Verdict) -> int:
        changed = await work.execute(
            update(REPORTS)
            .where(REPORTS.c.id == row["id"], REPORTS.c.verdict == Verdict.PARKED.value)
            .values(verdict=verdict.value, message_id=row["of"], parked_until=None)
            .returning(REPORTS.c.id)
        )
        if changed.first() is None:  # another adopted it while we waited for the message
            return 0
        work.after_commit(lambda: self.observer.report(row["provider"], verdict.value))
        return 1

    def _heard(self, report: DeliveryReport) -> _Heard:
        known = report.word is not ReportWord.UNKNOWN
        return _Heard(
            provider=report.provider,
            id=_plain(report.provider_id, 128),
            word=report.word,
            # A word of theirs never looks like one of ours.
            kept_word=report.word.value if known else _plain(f"?{report.raw}", 32),
            reason=_plain(report.reason, 48),
            network=_plain(report.network, 8),
            numbers=self.sealer.blind_indexes(report.to.e164, RECIPIENT) if report.to else (),
            at=came_at(report, self.clock.now()),
        )

    def _settling(self) -> Settling:
        return Settling(self.sealer, self.keys, self.config, self.observer, self.undelivered, self.doubt, self.blocked)


def _plain(text: str, longest: int) -> str:
    """What PostgreSQL can keep and an operator can read."""
    return "".join(letter for letter in text if letter.isprintable())[:longest]
