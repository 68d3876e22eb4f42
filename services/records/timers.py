"""Durable timers: rows with a due time, claimed once each by any number of workers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.event_ports import Timer
from services.records.sealed import Sealed
from services.records.tables import TIMERS
from storage.chosen_rows import chosen_once
from storage.errors import KeyMissing, SealBroken

LOG = logging.getLogger(__name__)

TIMER_SUBJECT = "timer_subject"
# Written out, not bound: only so does the planner know that the partial index holds them all.
_IS_WAITING = text("timers.state = 'waiting'")
# A newer version's workers have looked by then.
_NOBODY_KNOWS = timedelta(days=1)


def about_what(service: str, subject: str) -> str:
    """What is indexed of a timer."""
    return f"{service}\0{subject}"


@dataclass(frozen=True, slots=True)
class SqlTimers:
    """`event_ports.Timers` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def set(
        self, person: UUID, kind: str, service: str, subject: str, facts: Mapping[str, object], due_at: datetime
    ) -> None:
        # One that stands under an older key's index would be a second: it goes.
        about = about_what(service, subject)
        await self._forget_older(person, kind, about)
        id = self.ids.uuid7()
        values: dict[str, Any] = {
            "id": id,
            "service": service,
            "sealed": await self.sealed.seal_map(person, facts, "timers", "sealed", id),
            "state": "waiting",
            "attempts": 0,
            "due_at": due_at,
            "claim_token": None,
            "lease_until": None,
            "created_at": self.clock.now(),
        }
        statement = insert(TIMERS).values(
            **values, person_id=person, kind=kind, subject_index=self.sealed.index(about, TIMER_SUBJECT)
        )
        await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[TIMERS.c.person_id, TIMERS.c.kind, TIMERS.c.subject_index], set_=values
            )
        )

    async def drop(self, kind: str, service: str, subject: str, person: UUID | None = None) -> None:
        hers = [TIMERS.c.person_id == person] if person else []
        await self.sealed.work.execute(
            update(TIMERS)
            .where(
                TIMERS.c.subject_index.in_(self.sealed.indexes(about_what(service, subject), TIMER_SUBJECT)),
                TIMERS.c.kind == kind,
                _IS_WAITING,
                *hers,
            )
            .values(state="dropped", claim_token=None, lease_until=None)
        )

    async def claim(self, limit: int, lease_seconds: float, kinds: Sequence[str] = ()) -> Sequence[Timer]:
        now, claim = self.clock.now(), self.ids.uuid7()
        until = now + timedelta(seconds=lease_seconds)
        known = or_(TIMERS.c.kind.in_(kinds), TIMERS.c.due_at <= now - _NOBODY_KNOWS) if kinds else true()
        due = (
            select(TIMERS.c.id)
            .where(_IS_WAITING, TIMERS.c.due_at <= now, known)
            .order_by(TIMERS.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = await self.sealed.work.execute(
            update(TIMERS)
            .where(TIMERS.c.id.in_(chosen_once(due)))
            .values(claim_token=claim, lease_until=until, due_at=until, attempts=TIMERS.c.attempts + 1)
            .returning(TIMERS)
        )
        timers = []
        for row in claimed.all():
            try:
                facts = await self.sealed.open_map(row.person_id, row.sealed, "timers", "sealed", row.id)
            except KeyMissing:
                continue  # its person was forgotten in this very moment: the row goes too
            except (SealBroken, ValueError):
                # It can never fire; what is claimed beside it must.
                LOG.error("timer %s (%s) does not open: it is dropped", row.id, row.kind)
                await self._drop_broken(row.id)
                continue
            timers.append(
                Timer(row.id, row.person_id, row.kind, row.service, facts, row.created_at, row.attempts, claim)
            )
        return timers

    async def done(self, timer: Timer) -> bool:
        return await self._end(timer, state="fired")

    async def again(self, timer: Timer, due_at: datetime) -> bool:
        return await self._end(timer, due_at=due_at)

    async def sweep(self, before: datetime) -> None:
        """Forget what fired or was dropped long ago."""
        await self.sealed.work.execute(delete(TIMERS).where(TIMERS.c.state != "waiting", TIMERS.c.due_at < before))

    async def _end(self, timer: Timer, **values: Any) -> bool:
        ended = await self.sealed.work.execute(
            update(TIMERS)
            .where(TIMERS.c.id == timer.id, TIMERS.c.claim_token == timer.claim, TIMERS.c.state == "waiting")
            .values(claim_token=None, lease_until=None, **values)
            .returning(TIMERS.c.id)
        )
        return ended.first() is not None

    async def _drop_broken(self, id: UUID) -> None:
        dropped = {"state": "dropped", "claim_token": None, "lease_until": None}
        await self.sealed.work.execute(update(TIMERS).where(TIMERS.c.id == id).values(dropped))

    async def _forget_older(self, person: UUID, kind: str, about: str) -> None:
        older = self.sealed.indexes(about, TIMER_SUBJECT)[1:]
        if older:
            await self.sealed.work.execute(
                delete(TIMERS).where(
                    TIMERS.c.person_id == person, TIMERS.c.kind == kind, TIMERS.c.subject_index.in_(older)
                )
            )
