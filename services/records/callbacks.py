"""What ministries are told of their own events: rows written with what they tell, delivered later."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.callbacks import Callback
from services.event_cases import POLL
from services.records.tables import CALLBACKS, EVENTS
from storage.chosen_rows import chosen_once
from storage.errors import SealBroken
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

LOG = logging.getLogger(__name__)

TYPE = "message.undelivered"
# As which CloudEvents `source` we speak.
OURSELVES = "guichet"
# Written out, not bound: only so does the planner know that the partial index holds them all.
_IS_WAITING = text("ministry_callbacks.state = 'waiting'")


@dataclass(frozen=True, slots=True)
class SqlCallbacks:
    """`callbacks.Callbacks`, and what writes them. `sources`: those with an address to tell."""

    sealer: Sealer
    clock: Clock
    ids: Ids
    sources: frozenset[str] = frozenset()

    async def undelivered(self, work: UnitOfWork, event: UUID, reason: str) -> None:
        """Within the transaction in which a message of that event ended without arriving. `reason`: a code of ours.

        Nobody is told of what no ministry's event was behind, or of one that was swept. An event is told of once, by
        an id made of its own: a message that expired and was reported lost, or was sent again, says nothing new.
        """
        if not self.sources:
            return
        found = await work.execute(
            select(EVENTS.c.id, EVENTS.c.source, EVENTS.c.event_id, EVENTS.c.body).where(
                EVENTS.c.id == event, EVENTS.c.source.in_([*self.sources, *(POLL + name for name in self.sources)])
            )
        )
        row = found.first()
        if row is None:
            return
        id = uuid5(event, TYPE)
        told = {
            "specversion": "1.0",
            "id": str(id),
            "source": OURSELVES,
            "type": TYPE,
            "subject": self._subject(row),
            "time": self.clock.now().isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "data": {"event": row.event_id, "reason": reason},
        }
        now = self.clock.now()
        await work.execute(
            insert(CALLBACKS)
            .values(
                id=id,
                source=row.source.removeprefix(POLL),
                body=self.sealer.seal(json.dumps(told), "ministry_callbacks", "body", id),
                state="waiting",
                attempts=0,
                due_at=now,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )

    async def claim(self, work: UnitOfWork, limit: int, lease_seconds: float) -> Sequence[Callback]:
        """Those that are due, taken for one attempt each."""
        now, claim = self.clock.now(), self.ids.uuid7()
        due = (
            select(CALLBACKS.c.id)
            .where(_IS_WAITING, CALLBACKS.c.due_at <= now)
            .order_by(CALLBACKS.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = await work.execute(
            update(CALLBACKS)
            .where(CALLBACKS.c.id.in_(chosen_once(due)))
            .values(
                claim_token=claim,
                due_at=now + timedelta(seconds=lease_seconds),
                attempts=CALLBACKS.c.attempts + 1,
            )
            .returning(CALLBACKS)
        )
        due_now = []
        for row in claimed.all():
            try:
                body = self.sealer.unseal(row.body, "ministry_callbacks", "body", row.id)
            except SealBroken:
                # It can never be sent; what is claimed beside it must.
                LOG.error("callback %s to %s does not open: it is buried", row.id, row.source)
                await work.execute(update(CALLBACKS).where(CALLBACKS.c.id == row.id).values(state="dead"))
                continue
            due_now.append(Callback(row.id, row.source, body, row.attempts, claim))
        return due_now

    async def taken(self, work: UnitOfWork, callback: Callback) -> None:
        """The ministry has it."""
        await self._end(work, callback, state="taken")

    async def again(self, work: UnitOfWork, callback: Callback, seconds: float) -> None:
        """To be tried once more in so many seconds."""
        await self._end(work, callback, due_at=self.clock.now() + timedelta(seconds=seconds))

    async def bury(self, work: UnitOfWork, callback: Callback) -> None:
        """It is given up."""
        await self._end(work, callback, state="dead")

    async def sweep(self, work: UnitOfWork, days: int = 30) -> None:
        """Forget what ended long ago."""
        before = self.clock.now() - timedelta(days=days)
        await work.execute(delete(CALLBACKS).where(CALLBACKS.c.state != "waiting", CALLBACKS.c.created_at < before))

    async def _end(self, work: UnitOfWork, callback: Callback, **values: Any) -> None:
        await work.execute(
            update(CALLBACKS)
            .where(CALLBACKS.c.id == callback.id, CALLBACKS.c.claim_token == callback.claim)
            .values(claim_token=None, **values)
        )

    def _subject(self, row: Any) -> str:
        """The ministry's reference, from its own event."""
        try:
            body = self.sealer.unseal(row.body, "ministry_events", "body", row.id) if row.body else b"{}"
            found = msgspec.json.decode(body)
        except (SealBroken, msgspec.MsgspecError):
            return ""
        return str(found.get("subject", "")) if isinstance(found, dict) else ""
