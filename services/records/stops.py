"""Promises to tell of a mobile unit's stops, sealed under their persons' keys."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from domain.clock import Clock
from domain.errors import InvalidValue
from services.listed_places import Stop
from services.records.sealed import Sealed
from services.records.stop_tables import STOP_PROMISES
from services.records.tables import PEOPLE
from services.stop_ports import StopPromise
from services.stored import word
from storage.errors import KeyMissing, SealBroken

LOG = logging.getLogger(__name__)

# Longer than any unit stays away from a place that it still calls at.
LIVES = timedelta(days=400)
_TABLE = STOP_PROMISES.name


@dataclass(frozen=True, slots=True)
class SqlStopPromises:
    """`stop_ports.StopPromises` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def of(self, person: UUID) -> Sequence[StopPromise]:
        rows = await self.sealed.work.execute(
            select(STOP_PROMISES).where(STOP_PROMISES.c.person_id == person).order_by(STOP_PROMISES.c.id)
        )
        return await self._opened(rows.all())

    async def make(self, promise: StopPromise, most: int) -> StopPromise | None:
        # Two at once are one after the other.
        await self.sealed.work.execute(select(PEOPLE.c.id).where(PEOPLE.c.id == promise.person).with_for_update())
        hers = await self.of(promise.person)
        if same := next((each for each in hers if (each.place, each.unit) == (promise.place, promise.unit)), None):
            return same
        if len(hers) >= most:
            return None
        now = self.clock.now()
        row = {"id": promise.id, "person_id": promise.person, "look_at": now, "renewed_at": now}
        await self.sealed.work.execute(insert(STOP_PROMISES).values(**row, sealed=await self._seal(promise)))
        return promise

    async def withdraw(self, person: UUID, promise: UUID) -> bool:
        gone = await self.sealed.work.execute(
            delete(STOP_PROMISES)
            .where(STOP_PROMISES.c.id == promise, STOP_PROMISES.c.person_id == person)
            .returning(STOP_PROMISES.c.id)
        )
        return gone.first() is not None

    async def due(self, limit: int) -> Sequence[StopPromise]:
        rows = await self.sealed.work.execute(
            select(STOP_PROMISES)
            .where(STOP_PROMISES.c.look_at <= self.clock.now())
            .order_by(STOP_PROMISES.c.look_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return await self._opened(rows.all())

    async def looked(self, promise: StopPromise, look_at: datetime, *, told: bool = False) -> None:
        renewed = {"renewed_at": self.clock.now()} if told else {}
        await self.sealed.work.execute(
            update(STOP_PROMISES)
            .where(STOP_PROMISES.c.id == promise.id)
            .values(sealed=await self._seal(promise), look_at=look_at, **renewed)
        )

    async def sweep(self, before: datetime) -> None:
        """Forget those of which nothing was to be told for so long."""
        await self.sealed.work.execute(delete(STOP_PROMISES).where(STOP_PROMISES.c.renewed_at < before))

    async def _opened(self, rows: Sequence[Row[Any]]) -> list[StopPromise]:
        found = []
        for row in rows:
            try:
                facts = await self.sealed.open_map(row.person_id, row.sealed, _TABLE, "sealed", row.id)
                found.append(_promise(row, facts))
            except KeyMissing:
                continue  # its person was forgotten in this very moment: the row goes too
            except (SealBroken, InvalidValue, ValueError):
                # It can never be kept; those beside it must.
                LOG.error("promise %s does not open: it is dropped", row.id)
                await self.sealed.work.execute(delete(STOP_PROMISES).where(STOP_PROMISES.c.id == row.id))
        return found

    async def _seal(self, promise: StopPromise) -> bytes:
        told = promise.told
        facts = {
            "place": promise.place,
            "unit": promise.unit,
            "name": promise.name,
            "told": [told.begins.isoformat(), told.ends.isoformat()] if told else [],
            "reminded": promise.reminded,
        }
        return await self.sealed.seal_map(promise.person, facts, _TABLE, "sealed", promise.id)


def _promise(row: Row[Any], facts: dict[str, Any]) -> StopPromise:
    told = [datetime.fromisoformat(moment) for moment in facts.get("told", ())]
    return StopPromise(
        row.id,
        row.person_id,
        word(facts, "place"),
        word(facts, "unit"),
        word(facts, "name"),
        Stop(told[0], told[1]) if len(told) == 2 else None,
        bool(facts.get("reminded")),
    )
