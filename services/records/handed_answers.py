"""Which survey answers a ministry was handed: how many of each, beside how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, tuple_, update

from services.records.satisfaction_tables import SURVEY_ANSWERS
from services.report_ports import GivenAnswers
from services.satisfaction_ports import CellKey
from storage.unit_of_work import UnitOfWork

_T = SURVEY_ANSWERS.c
_KEY = (_T.month, _T.kind, _T.service, _T.place, _T.language, _T.first, _T.second)


@dataclass(frozen=True, slots=True)
class SqlHandedAnswers:
    """`report_ports.HandedAnswers` in PostgreSQL."""

    work: UnitOfWork

    async def take(self, since: date, kinds: Sequence[str]) -> GivenAnswers | None:
        left = _T["count"] > _T.handed_in
        # In no order that tells which was given last.
        found = await self.work.execute(
            select(*_KEY)
            .where(left, _T.month >= since, _T.kind.in_(kinds))
            .order_by(func.random())
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = found.first()
        if row is None:
            return None
        await self._count(tuple_(*_KEY) == tuple_(*row), 1)
        return GivenAnswers(row.month, CellKey(row.kind, row.service, row.place, row.language), row.first, row.second)

    async def give_back(self, given: GivenAnswers) -> None:
        about = given.about
        key = given.month, about.kind, about.service, about.place, about.language, given.first, given.second
        await self._count((tuple_(*_KEY) == tuple_(*key)) & (_T.handed_in > 0), -1)

    async def _count(self, where: ColumnElement[bool], by: int) -> None:
        await self.work.execute(update(SURVEY_ANSWERS).where(where).values(handed_in=_T.handed_in + by))
