"""Complaints on their way to a ministry: columns of theirs, what the ministry is told sealed under her key."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update

from domain.clock import Clock
from services.records.complaints import SqlComplaints
from services.records.satisfaction_tables import COMPLAINTS
from services.report_ports import Handing, OnItsWay
from services.satisfaction_ports import ComplaintState
from services.stored import mapping, word

_SENT = [OnItsWay.WAITING.value, OnItsWay.SENDING.value, OnItsWay.UNSURE.value]
_FACTS = ("title", "contact", "number", "token", "words")


@dataclass(frozen=True, slots=True)
class SqlHandings:
    """`report_ports.Handings` in PostgreSQL."""

    complaints: SqlComplaints
    clock: Clock

    async def begin(self, handing: Handing) -> None:
        await self._write(handing, COMPLAINTS.c.report_state.is_(None))

    async def get(self, complaint: UUID) -> Handing | None:
        found = await self._all(COMPLAINTS.c.id == complaint)
        return found[0] if found else None

    async def of(self, person: UUID, limit: int) -> Sequence[Handing]:
        newest = (COMPLAINTS.c.opened_on.desc(), COMPLAINTS.c.id.desc())
        return await self._all(COMPLAINTS.c.person_id == person, order=newest, limit=limit)

    async def to_send(self, limit: int) -> Sequence[UUID]:
        found = await self.complaints.sealed.work.execute(
            select(COMPLAINTS.c.id)
            .where(COMPLAINTS.c.report_state.in_(_SENT), self._is_due())
            .order_by(COMPLAINTS.c.report_due_at)
            .limit(limit)
        )
        return list(found.scalars())

    async def claim(self, complaint: UUID, until: datetime) -> Handing | None:
        mine = select(COMPLAINTS).where(
            COMPLAINTS.c.id == complaint, COMPLAINTS.c.report_state.in_(_SENT), self._is_due()
        )
        row = (await self.complaints.sealed.work.execute(mine.with_for_update(skip_locked=True))).first()
        if row is None:
            return None
        claimed = {"report_state": OnItsWay.SENDING.value, "report_tries": row.report_tries + 1, "report_due_at": until}
        await self.complaints.sealed.work.execute(
            update(COMPLAINTS).where(COMPLAINTS.c.id == complaint).values(claimed)
        )
        return replace(await self._opened(row), tries=row.report_tries + 1)

    async def settle(self, handing: Handing) -> bool:
        same = COMPLAINTS.c.report_tries == handing.tries
        return await self._write(handing, COMPLAINTS.c.report_state.in_([*_SENT, OnItsWay.FOLLOWED.value]) & same)

    async def to_follow(self, limit: int, until: datetime) -> Sequence[Handing]:
        open_ = COMPLAINTS.c.state == ComplaintState.OPEN.value
        followed = COMPLAINTS.c.report_state == OnItsWay.FOLLOWED.value
        found = await self.complaints.sealed.work.execute(
            select(COMPLAINTS)
            .where(followed, open_, self._is_due())
            .order_by(COMPLAINTS.c.report_due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = found.all()
        await self.complaints.sealed.work.execute(
            update(COMPLAINTS).where(COMPLAINTS.c.id.in_([row.id for row in rows])).values(report_due_at=until)
        )
        return [replace(await self._opened(row), due_at=until) for row in rows]

    def _is_due(self) -> ColumnElement[bool]:
        return COMPLAINTS.c.report_due_at <= self.clock.now()

    async def _write(self, handing: Handing, where: ColumnElement[bool]) -> bool:
        facts: dict[str, object] = {name: getattr(handing, name) for name in _FACTS}
        facts["answers"] = dict(handing.answers or {})
        id, person = handing.complaint.id, handing.complaint.person
        sealed = await self.complaints.sealed.seal_map(person, facts, COMPLAINTS.name, "report", id)
        values = {
            "report": sealed,
            "report_state": handing.state.value,
            "report_sent_at": handing.sent_at,
            "report_due_at": handing.due_at,
        }
        written = await self.complaints.sealed.work.execute(
            update(COMPLAINTS).where(COMPLAINTS.c.id == id, where).values(values).returning(COMPLAINTS.c.id)
        )
        return written.first() is not None

    async def _all(self, *where: ColumnElement[bool], order: tuple[Any, ...] = (), limit: int = 1) -> Sequence[Handing]:
        found = await self.complaints.sealed.work.execute(
            select(COMPLAINTS).where(COMPLAINTS.c.report_state.is_not(None), *where).order_by(*order).limit(limit)
        )
        return [await self._opened(row) for row in found.all()]

    async def _opened(self, row: Row[Any]) -> Handing:
        facts = await self.complaints.sealed.open_map(row.person_id, row.report, COMPLAINTS.name, "report", row.id)
        title, contact, number, token, words = (word(facts, name) for name in _FACTS)
        return Handing(
            await self.complaints.opened(row),
            OnItsWay(row.report_state),
            title,
            mapping(facts, "answers"),
            contact,
            number,
            token,
            words,
            row.report_tries,
            row.report_sent_at,
            row.report_due_at,
        )
