"""Complaints of persons, their words and the answers sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import StoreUnavailable
from domain.ids import Ids
from services.records.satisfaction_tables import COMPLAINTS
from services.records.sealed import Sealed
from services.satisfaction import next_month
from services.satisfaction_ports import About, Complaint, ComplaintCount, ComplaintState
from services.stored import word

_TABLE = COMPLAINTS.name
_DIGITS = 7
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class SqlComplaints:
    """`satisfaction_ports.Complaints` in PostgreSQL."""

    sealed: Sealed
    ids: Ids

    async def open(self, complaint: Complaint, token: str) -> Complaint:
        facts = {"text": complaint.text, "subject": complaint.subject}
        row = {
            "id": complaint.id,
            "person_id": complaint.person,
            "token": token,
            "about": complaint.about.value,
            "service": complaint.service,
            "place": complaint.place,
            "sealed": await self.sealed.seal_map(complaint.person, facts, _TABLE, "sealed", complaint.id),
            "state": ComplaintState.OPEN.value,
            "language": complaint.language,
            "opened_on": complaint.opened_on,
            "due_on": complaint.due_on,
        }
        for _ in range(_ATTEMPTS):
            number = self._number()
            put = await self.sealed.work.execute(
                insert(COMPLAINTS).values(**row, number=number).on_conflict_do_nothing().returning(COMPLAINTS.c.id)
            )
            if put.first() is not None:
                return replace(complaint, number=number)
            if (known := await self.met(complaint.person, token)) is not None:
                return known
        raise StoreUnavailable("no number is free")

    async def met(self, person: UUID, token: str) -> Complaint | None:
        found = await self._all(COMPLAINTS.c.person_id == person, COMPLAINTS.c.token == token)
        return found[0] if found else None

    async def of(self, person: UUID, limit: int) -> Sequence[Complaint]:
        return await self._all(
            COMPLAINTS.c.person_id == person, order=(COMPLAINTS.c.opened_on.desc(), COMPLAINTS.c.id.desc()), limit=limit
        )

    async def by_number(self, number: str) -> Complaint | None:
        found = await self._all(COMPLAINTS.c.number == number)
        return found[0] if found else None

    async def waiting(self, limit: int) -> Sequence[Complaint]:
        return await self._all(_OPEN, order=(COMPLAINTS.c.due_on, COMPLAINTS.c.id), limit=limit)

    async def answer(self, complaint: UUID, answer: str, today: date) -> Complaint | None:
        found = await self._all(COMPLAINTS.c.id == complaint)
        if not found:
            return None
        sealed = await self.sealed.seal(found[0].person, answer, _TABLE, "answer", complaint)
        answered = {"state": ComplaintState.ANSWERED.value, "answer": sealed, "answered_on": today}
        written = await self.sealed.work.execute(
            update(COMPLAINTS).where(COMPLAINTS.c.id == complaint, _OPEN).values(answered).returning(COMPLAINTS.c.id)
        )
        if written.first() is None:
            return None
        return replace(found[0], state=ComplaintState.ANSWERED, answer=answer, answered_on=today)

    async def overdue(self, today: date) -> int:
        found = await self.sealed.work.execute(
            select(func.count()).select_from(COMPLAINTS).where(_OPEN, COMPLAINTS.c.due_on < today)
        )
        return int(found.scalar_one())

    async def counts(self, month: date) -> Sequence[ComplaintCount]:
        answered = COMPLAINTS.c.answered_on
        found = await self.sealed.work.execute(
            select(
                COMPLAINTS.c.service,
                COMPLAINTS.c.place,
                func.count(),
                func.count(answered),
                func.count(case((answered <= COMPLAINTS.c.due_on, 1))),
            )
            .where(COMPLAINTS.c.opened_on >= month, COMPLAINTS.c.opened_on < next_month(month))
            .group_by(COMPLAINTS.c.service, COMPLAINTS.c.place)
        )
        return [ComplaintCount(*row) for row in found.all()]

    async def _all(
        self, *where: ColumnElement[bool], order: tuple[Any, ...] = (), limit: int = 1
    ) -> Sequence[Complaint]:
        found = await self.sealed.work.execute(select(COMPLAINTS).where(*where).order_by(*order).limit(limit))
        return [await self.opened(row) for row in found.all()]

    async def opened(self, row: Row[Any]) -> Complaint:
        """The complaint in a whole row of the table."""
        facts = await self.sealed.open_map(row.person_id, row.sealed, _TABLE, "sealed", row.id)
        answer = ""
        if row.answer is not None:
            answer = await self.sealed.open(row.person_id, row.answer, _TABLE, "answer", row.id)
        return Complaint(
            id=row.id,
            person=row.person_id,
            number=row.number,
            about=About(row.about),
            service=row.service,
            place=row.place,
            subject=word(facts, "subject"),
            text=word(facts, "text"),
            state=ComplaintState(row.state),
            opened_on=row.opened_on,
            due_on=row.due_on,
            language=row.language,
            answer=answer,
            answered_on=row.answered_on,
        )

    def _number(self) -> str:
        """Random: a number tells neither how many there are nor the next one. It begins with no zero."""
        return str(10 ** (_DIGITS - 1) + int(self.ids.token(), 16) % (9 * 10 ** (_DIGITS - 1)))


_OPEN = COMPLAINTS.c.state == ComplaintState.OPEN.value
