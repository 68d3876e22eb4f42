"""Ministries' events: kept by the door, claimed by workers, ended once; and how far each reference has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.reference import ReferenceRule, spellings
from services.event_ports import Progress, StoredEvent
from services.events import KeptEvent, Taken
from services.records.reindexed_rows import Twin, twin
from services.records.sealed import Sealed
from services.records.tables import EVENTS, SUBJECTS
from storage.chosen_rows import chosen_once
from storage.errors import SealBroken

_OPEN = ("received", "parked")
# Written out, not bound: only so does the planner know that the partial index holds them all.
_IS_OPEN = text("ministry_events.state IN ('received', 'parked')")
# What a reference is found by; operators look with it too.
SUBJECT = "event_subject"
SUBJECT_TWIN = Twin(SUBJECTS, "subject_index", "subject", SUBJECT, along=("told_digest",))


@dataclass(frozen=True, slots=True)
class SqlEvents:
    """`event_ports.Events` in PostgreSQL, with what the door needs besides."""

    sealed: Sealed
    clock: Clock
    ids: Ids
    # As the pack has them: an event is found by its reference however the ministry spaced it.
    references: tuple[ReferenceRule, ...] = ()

    async def keep(self, event: KeptEvent) -> Taken:
        """The door's one insert: new, the same once more, or another body under an id that is taken."""
        id, now = self.ids.uuid7(), self.clock.now()
        values = {
            "id": id,
            "source": event.source,
            "event_id": event.event_id,
            "digest": event.digest,
            "type": event.type,
            "subject_index": self._subject_index(event.subject),
            # Whose it is nobody knows yet: sealed under the ring's own key.
            "body": self.sealed.sealer.seal(event.body, "ministry_events", "body", id),
            "state": "received",
            "outcome": "",
            "told": 0,
            "attempts": 0,
            "due_at": now,
            "received_at": now,
        }
        made = await self.sealed.work.execute(
            insert(EVENTS).values(values).on_conflict_do_nothing().returning(EVENTS.c.id)
        )
        if made.first() is not None:
            return Taken.NEW
        there = await self.sealed.work.execute(
            select(EVENTS.c.digest).where(EVENTS.c.source == event.source, EVENTS.c.event_id == event.event_id)
        )
        return Taken.SAME if bytes(there.scalar_one()) == event.digest else Taken.OTHER_BODY

    async def waiting(self, most: int) -> int:
        """How many are not ended, counted no further than `most`."""
        some = select(EVENTS.c.id).where(_IS_OPEN).limit(most).subquery()
        counted = await self.sealed.work.execute(select(func.count()).select_from(some))
        return int(counted.scalar_one())

    async def claim(self, limit: int, lease_seconds: float) -> Sequence[StoredEvent]:
        now, claim = self.clock.now(), self.ids.uuid7()
        until = now + timedelta(seconds=lease_seconds)
        due = (
            select(EVENTS.c.id)
            .where(_IS_OPEN, EVENTS.c.due_at <= now)
            .order_by(EVENTS.c.due_at, EVENTS.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = await self.sealed.work.execute(
            update(EVENTS)
            .where(EVENTS.c.id.in_(chosen_once(due)))
            # Due again when the lease ends: a worker that dies leaves nothing to clear up.
            .values(claim_token=claim, lease_until=until, due_at=until, attempts=EVENTS.c.attempts + 1)
            .returning(EVENTS)
        )
        rows = sorted(claimed.all(), key=lambda row: row.id)
        return [
            StoredEvent(
                row.id,
                row.source,
                row.event_id,
                row.type,
                self._open(row),
                row.attempts,
                row.replayed_at or row.received_at,
                claim,
            )
            for row in rows
        ]

    async def handled(self, event: StoredEvent, outcome: str, told: int) -> bool:
        return await self._end(event, state="handled", outcome=outcome, told=told, ended_at=self.clock.now())

    async def park(self, event: StoredEvent, why: str, due_at: datetime) -> bool:
        return await self._end(event, state="parked", outcome=why, due_at=due_at)

    async def bury(self, event: StoredEvent, why: str) -> bool:
        return await self._end(event, state="dead", outcome=why, ended_at=self.clock.now())

    async def sweep(self, bodies_before: datetime, dead_before: datetime, rows_before: datetime) -> None:
        """Forget what ended long ago: what it said (dead letters later: they may be replayed), then that it was."""
        ended = EVENTS.c.ended_at
        old = or_(and_(EVENTS.c.state == "handled", ended < bodies_before), ended < dead_before)
        await self.sealed.work.execute(update(EVENTS).where(old, EVENTS.c.body.is_not(None)).values(body=None))
        await self.sealed.work.execute(delete(EVENTS).where(ended < rows_before))

    async def progress(self, source: str, subject: str, *, lock: bool = False) -> Progress | None:
        statement = select(SUBJECTS).where(self._is(source, subject)).limit(1)
        if lock:
            statement = statement.with_for_update()
        row = (await self.sealed.work.execute(statement)).first()
        if row is None and lock:
            # What is not there cannot be locked: two first events of a reference meet at this row.
            index, kept = twin(self.sealed.sealer, SUBJECT_TWIN, subject)
            values = {"source": source, "subject_index": index, "subject": kept, "told_type": ""}
            await self.sealed.work.execute(
                insert(SUBJECTS).values(**values, changed_at=self.clock.now()).on_conflict_do_nothing()
            )
            row = (await self.sealed.work.execute(statement)).first()
        if row is None or not row.told_type:
            return None
        return Progress(row.told_type, self._facts(row), row.sequence, row.happened_at)

    async def came_to(self, source: str, subject: str, progress: Progress) -> None:
        await self.progress(source, subject, lock=True)
        index, kept = twin(self.sealed.sealer, SUBJECT_TWIN, subject)
        await self.sealed.work.execute(
            update(SUBJECTS)
            .where(self._is(source, subject))
            .values(
                # Kept under an older key, the row goes over to the newest.
                subject_index=index,
                subject=kept,
                sequence=progress.sequence,
                happened_at=progress.happened_at,
                told_type=progress.told_type,
                told_digest=self._sealed_facts(progress.facts, index),
                changed_at=self.clock.now(),
            )
        )

    async def _end(self, event: StoredEvent, **values: Any) -> bool:
        ended = await self.sealed.work.execute(
            update(EVENTS)
            .where(EVENTS.c.id == event.id, EVENTS.c.claim_token == event.claim, EVENTS.c.state.in_(_OPEN))
            .values(claim_token=None, lease_until=None, **values)
            .returning(EVENTS.c.id)
        )
        return ended.first() is not None

    def _open(self, row: Any) -> bytes:
        """Empty where it cannot be opened any more: the handler buries it."""
        try:
            return self.sealed.sealer.unseal(row.body, "ministry_events", "body", row.id) if row.body else b""
        except SealBroken:
            return b""

    def _subject_index(self, subject: str) -> bytes | None:
        return self.sealed.index(spellings(subject, self.references)[0], SUBJECT) if subject else None

    def _sealed_facts(self, facts: Mapping[str, str], index: bytes) -> bytes | None:
        """Sealed: an amount is soon guessed from its digest. The row is known by its index."""
        if not facts:
            return None
        return self.sealed.sealer.seal(json.dumps(facts), SUBJECTS.name, "told_digest", UUID(bytes=index[:16]))

    def _facts(self, row: Any) -> Mapping[str, str]:
        if row.told_digest is None:
            return {}
        place = SUBJECTS.name, "told_digest", UUID(bytes=row.subject_index[:16])
        try:
            opened: dict[str, str] = json.loads(self.sealed.sealer.unseal(row.told_digest, *place))
        except SealBroken:
            return {}  # sealed under a key that is gone: of this news nothing is told anew
        return opened

    def _is(self, source: str, subject: str) -> ColumnElement[bool]:
        return and_(SUBJECTS.c.source == source, SUBJECTS.c.subject_index.in_(self.sealed.indexes(subject, SUBJECT)))
