"""Confirmed writes to ministries. States only go forward; a write is committed at once, but for its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, delete, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.ports import Intent, IntentState
from services.records.sealed import Sealed
from services.records.tables import INTENTS
from storage.errors import KeyMissing

# How long something done still meets a second confirm from another door.
MEETS_AGAIN = timedelta(minutes=15)
# The worker leaves a prepared intent to its hop for so long.
LEFT_TO_HOP = timedelta(seconds=30)
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
_OPEN = (IntentState.PREPARED.value, IntentState.SENT.value, IntentState.UNKNOWN.value)
_ENDED = (IntentState.DONE, IntentState.REFUSED)


@dataclass(frozen=True, slots=True)
class SqlIntents:
    """`ports.Intents` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def by_token(self, person: UUID, kind: str, token: str) -> Intent | None:
        return await self._one(INTENTS.c.person_id == person, INTENTS.c.kind == kind, INTENTS.c.token == token)

    async def prepare(
        self,
        person: UUID,
        kind: str,
        service: str,
        digest: bytes,
        token: str,
        payload: Mapping[str, object],
        older: Sequence[bytes] = (),
    ) -> Intent:
        same = and_(INTENTS.c.person_id == person, INTENTS.c.kind == kind, INTENTS.c.digest.in_([digest, *older]))
        while True:
            met = await self.by_token(person, kind, token) or await self._fresh(same)
            if met is None:
                met = await self._insert(person, kind, service, digest, token, payload)
            await self.sealed.work.checkpoint()
            if met is not None:
                return met
            # Another confirm was faster by a moment: it is there to be met now.

    async def claim(self, intent: UUID, lease_seconds: float) -> Intent | None:
        now = self.clock.now()
        first = INTENTS.c.state == IntentState.PREPARED.value
        overdue = and_(INTENTS.c.state.in_(_OPEN), INTENTS.c.due_at <= now)
        claimed = await self.sealed.work.execute(
            update(INTENTS)
            .where(INTENTS.c.id == intent, or_(first, overdue))
            .values(
                state=case((first, IntentState.SENT.value), else_=INTENTS.c.state),
                sent_at=case((first, now), else_=INTENTS.c.sent_at),
                attempts=INTENTS.c.attempts + 1,
                due_at=now + timedelta(seconds=lease_seconds),
            )
            .returning(INTENTS)
        )
        row = claimed.first()
        opened = await self._intent(row) if row else None
        await self.sealed.work.checkpoint()
        return opened

    async def sent_again(self, intent: UUID) -> bool:
        sent = await self.sealed.work.execute(
            update(INTENTS)
            .where(INTENTS.c.id == intent, INTENTS.c.state.in_(_OPEN))
            .values(sent_at=self.clock.now())
            .returning(INTENTS.c.id)
        )
        still_open = sent.first() is not None
        await self.sealed.work.checkpoint()
        return still_open

    async def finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        return await self._finish(intent, state, result)

    async def owe(self, intent: UUID) -> bool:
        # Whoever ends it holds the row: either this is seen there, or the end is seen here.
        owed = await self.sealed.work.execute(
            update(INTENTS)
            .where(INTENTS.c.id == intent, INTENTS.c.state.in_(_OPEN))
            .values(owed=True)
            .returning(INTENTS.c.id)
        )
        still_open = owed.first() is not None
        await self.sealed.work.checkpoint()
        return still_open

    async def overtake(self, intent: UUID, result: Mapping[str, object]) -> None:
        await self._finish(intent, IntentState.REFUSED, result)

    async def kept(self, person: UUID, kind: str) -> Sequence[Intent]:
        return await self._all(person, kind)

    async def under_way(self, person: UUID, kind: str) -> Sequence[Intent]:
        return await self._all(person, kind, INTENTS.c.state.in_(_OPEN))

    async def live(self, person: UUID, kind: str) -> Sequence[Intent]:
        fresh = or_(INTENTS.c.ended_at.is_(None), INTENTS.c.ended_at > self.clock.now() - MEETS_AGAIN)
        return await self._all(person, kind, INTENTS.c.live, fresh)

    async def _finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        found = await self.sealed.work.execute(
            select(INTENTS.c.person_id, INTENTS.c.attempts).where(INTENTS.c.id == intent)
        )
        row = found.first()
        if row is None:  # forgotten meanwhile
            return False
        sealed = None
        if result is not None:
            sealed = await self.sealed.seal_map(row.person_id, result, "intents", "result", intent)
        now = self.clock.now()
        finished = await self.sealed.work.execute(
            update(INTENTS)
            .where(INTENTS.c.id == intent, INTENTS.c.state.in_(_before(state)))
            .values(
                state=state.value,
                result=sealed,
                live=state is not IntentState.REFUSED,
                due_at=None if state in _ENDED else now + _pause(row.attempts),
                ended_at=now if state in _ENDED else None,
            )
            .returning(INTENTS.c.id)
        )
        return finished.first() is not None

    async def get(self, intent: UUID) -> Intent | None:
        return await self._one(INTENTS.c.id == intent)

    async def retire(self, intent: UUID) -> None:
        done = INTENTS.c.state == IntentState.DONE.value
        await self.sealed.work.execute(update(INTENTS).where(INTENTS.c.id == intent, done).values(live=False))

    async def open_intents(self, limit: int, kinds: Sequence[str] = ()) -> Sequence[Intent]:
        known = INTENTS.c.kind.in_(kinds) if kinds else true()
        found = await self.sealed.work.execute(
            select(INTENTS)
            .where(INTENTS.c.state.in_(_OPEN), INTENTS.c.due_at <= self.clock.now(), known)
            .order_by(INTENTS.c.due_at)
            .limit(limit)
        )
        opened = []
        for row in found.all():
            try:
                opened.append(await self._intent(row))
            except KeyMissing:
                continue  # its person was forgotten in this very moment: the row goes too
        return opened

    async def sweep(self, before: datetime) -> None:
        """Forget what ended long ago."""
        await self.sealed.work.execute(delete(INTENTS).where(INTENTS.c.ended_at < before))

    async def _fresh(self, same: Any) -> Intent | None:
        """The live one, unless it was done so long ago that the same is meant anew."""
        await self.sealed.work.execute(
            update(INTENTS)
            .where(
                same,
                INTENTS.c.live,
                INTENTS.c.state == IntentState.DONE.value,
                INTENTS.c.ended_at <= self.clock.now() - MEETS_AGAIN,
            )
            .values(live=False)
        )
        return await self._one(same, INTENTS.c.live)

    async def _insert(
        self, person: UUID, kind: str, service: str, digest: bytes, token: str, payload: Mapping[str, object]
    ) -> Intent | None:
        id, now = self.ids.uuid7(), self.clock.now()
        made = await self.sealed.work.execute(
            insert(INTENTS)
            .values(
                id=id,
                person_id=person,
                kind=kind,
                service=service,
                digest=digest,
                token=token,
                payload=await self.sealed.seal_map(person, payload, "intents", "payload", id),
                state=IntentState.PREPARED.value,
                live=True,
                attempts=0,
                due_at=now + LEFT_TO_HOP,
                prepared_at=now,
            )
            .on_conflict_do_nothing()
            .returning(INTENTS)
        )
        row = made.first()
        return await self._intent(row) if row else None

    async def _all(self, person: UUID, kind: str, *conditions: Any) -> Sequence[Intent]:
        found = await self.sealed.work.execute(
            select(INTENTS)
            .where(INTENTS.c.person_id == person, INTENTS.c.kind == kind, *conditions)
            .order_by(INTENTS.c.prepared_at, INTENTS.c.id)
        )
        return [await self._intent(row) for row in found.all()]

    async def _one(self, *conditions: Any) -> Intent | None:
        found = await self.sealed.work.execute(select(INTENTS).where(*conditions).limit(1))
        row = found.first()
        return await self._intent(row) if row else None

    async def _intent(self, row: Row[Any]) -> Intent:
        opened = await self.sealed.open_map(row.person_id, row.payload, "intents", "payload", row.id)
        result = None
        if row.result is not None:
            result = await self.sealed.open_map(row.person_id, row.result, "intents", "result", row.id)
        return Intent(
            id=row.id,
            person=row.person_id,
            kind=row.kind,
            service=row.service,
            state=IntentState(row.state),
            payload=opened,
            prepared_at=row.prepared_at,
            sent_at=row.sent_at,
            result=result,
            attempts=row.attempts,
            owed=row.owed,
        )


def _before(state: IntentState) -> tuple[str, ...]:
    """From which states one may come to this one: never back. A pause may be set again."""
    return _OPEN if state in _ENDED else (IntentState.SENT.value, IntentState.UNKNOWN.value)


def _pause(attempts: int) -> timedelta:
    """Doubling from ten seconds to an hour."""
    doublings = min(max(attempts - 1, 0), 12)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
