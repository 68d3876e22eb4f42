"""What operators see of ministries' events: by reference, the dead letters with their reason, and replaying them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.clock import Clock
from services.records.events import SUBJECT
from services.records.tables import EVENTS
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One event without anything personal. `outcome`: what came of it, or why it is parked or dead."""

    id: UUID
    source: str
    type: str
    state: str
    outcome: str
    told: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class EventInspection:
    """For `guichet messages`; commits nothing."""

    sealer: Sealer
    clock: Clock

    async def of_subject(self, work: UnitOfWork, *spelt: str) -> Sequence[EventSeen]:
        """Every event about a reference, in any of its spellings (`domain.reference.spellings`), earliest first."""
        indexes = [index for reference in spelt for index in self.sealer.blind_indexes(reference, SUBJECT)]
        ours = EVENTS.c.subject_index.in_(indexes)
        found = await work.execute(select(EVENTS).where(ours).order_by(EVENTS.c.received_at, EVENTS.c.id))
        return [_seen(row) for row in found.all()]

    async def dead(self, work: UnitOfWork, limit: int) -> Sequence[EventSeen]:
        """The dead letters, newest first."""
        newest = EVENTS.c.received_at.desc(), EVENTS.c.id.desc()
        found = await work.execute(select(EVENTS).where(EVENTS.c.state == "dead").order_by(*newest).limit(limit))
        return [_seen(row) for row in found.all()]

    async def replay(self, work: UnitOfWork, id: UUID | None) -> int:
        """A dead letter (or all) is due again, as if it had just come; gives how many. Others are left alone."""
        now = self.clock.now()
        chosen = [EVENTS.c.id == id] if id else []
        woken = await work.execute(
            update(EVENTS)
            .where(EVENTS.c.state == "dead", EVENTS.c.body.is_not(None), *chosen)
            # It came when it came; patience begins anew.
            .values(state="received", outcome="", attempts=0, due_at=now, replayed_at=now, ended_at=None)
            .returning(EVENTS.c.id)
        )
        return len(woken.all())


def _seen(row: Any) -> EventSeen:
    return EventSeen(row.id, row.source, row.type, row.state, row.outcome, row.told, row.received_at)
