"""Surveys of persons, and the answers that are kept for the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from services.records.satisfaction_tables import SURVEY_ANSWERS, SURVEYS, SURVEYS_ASKED
from services.records.sealed import Sealed
from services.satisfaction import SurveyKind
from services.satisfaction_ports import CellKey, OpenSurvey, SurveyAnswers

# Past SQLAlchemy (`UnitOfWork.read`): asked of whoever calls, and most have none.
_ANY_OPEN = "SELECT FROM surveys WHERE person_id = $1 AND state = 'open' AND expires_at > $2 LIMIT 1"
SURVEY_SUBJECT = "survey_subject"
_TABLE = SURVEYS.name
_CELL = ("month", "kind", "service", "place", "language")


@dataclass(frozen=True, slots=True)
class SqlSurveys:
    """`satisfaction_ports.Surveys` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def may_ask(self, person: UUID, since: datetime) -> bool:
        found = await self.sealed.work.execute(
            select(SURVEYS.c.id)
            .where(SURVEYS.c.person_id == person, or_(SURVEYS.c.state == "refused", SURVEYS.c.asked_at > since))
            .limit(1)
        )
        return found.first() is None

    async def open(self, survey: OpenSurvey, subject: str) -> bool:
        row = {
            "id": survey.id,
            "person_id": survey.person,
            "subject_index": self.sealed.index(subject, SURVEY_SUBJECT),
            **_cell_of(survey),
            "state": "open",
            "asked_at": self.clock.now(),
            "expires_at": survey.expires_at,
        }
        put = await self.sealed.work.execute(
            insert(SURVEYS).values(row).on_conflict_do_nothing().returning(SURVEYS.c.id)
        )
        if put.first() is None:
            return False
        counted = insert(SURVEYS_ASKED).values(**_cell_of(survey), asked=1)
        await self.sealed.work.execute(
            counted.on_conflict_do_update(index_elements=_CELL, set_={"asked": SURVEYS_ASKED.c.asked + 1})
        )
        return True

    async def waiting(self, person: UUID) -> Sequence[OpenSurvey]:
        if not await self.sealed.work.read(_ANY_OPEN, person, self.clock.now()):
            return ()
        found = await self.sealed.work.execute(
            select(SURVEYS).where(self._is_open(person)).order_by(SURVEYS.c.asked_at.desc(), SURVEYS.c.id.desc())
        )
        return [await self._opened(row) for row in found.all()]

    async def keep(self, survey: OpenSurvey) -> None:
        sealed = await self._seal(survey)
        await self.sealed.work.execute(
            update(SURVEYS).where(SURVEYS.c.id == survey.id, SURVEYS.c.state == "open").values(sealed=sealed)
        )

    async def close(self, answers: SurveyAnswers) -> None:
        survey = answers.survey
        over: dict[str, Any] = {"state": "over"}
        if survey.anonymous:
            # That she was asked stays, so that she is not asked again so soon; about what does not.
            over |= {"sealed": None, "subject_index": None, "service": "", "place": "", "language": ""}
        else:
            over["sealed"] = await self._seal(survey, answers.comment)
        closed = await self.sealed.work.execute(
            update(SURVEYS)
            .where(SURVEYS.c.id == survey.id, SURVEYS.c.state == "open")
            .values(over)
            .returning(SURVEYS.c.id)
        )
        if closed.first() is None:
            return
        first, second = (*survey.answers, 0, 0)[:2]
        row = insert(SURVEY_ANSWERS).values(**_cell_of(survey), first=first, second=second, count=1)
        await self.sealed.work.execute(
            row.on_conflict_do_update(
                index_elements=[*_CELL, "first", "second"], set_={"count": SURVEY_ANSWERS.c["count"] + 1}
            )
        )

    async def stop(self, person: UUID, id: UUID) -> None:
        closed = await self.sealed.work.execute(
            update(SURVEYS)
            .where(SURVEYS.c.person_id == person, SURVEYS.c.state == "open")
            .values(state="refused", sealed=None)
            .returning(SURVEYS.c.id)
        )
        if closed.first() is None:
            await self._remember_no(person, id)

    async def _remember_no(self, person: UUID, id: UUID) -> None:
        """A no without a question: a row about nothing, once for each person."""
        refused = select(SURVEYS.c.id).where(SURVEYS.c.person_id == person, SURVEYS.c.state == "refused").limit(1)
        if (await self.sealed.work.execute(refused)).first() is not None:
            return
        now = self.clock.now()
        month, kind = now.date().replace(day=1), SurveyKind.DECISION.value
        nothing = {"month": month, "kind": kind, "service": "", "place": "", "language": ""}
        row = {"id": id, "person_id": person, "state": "refused", "asked_at": now, "expires_at": now, **nothing}
        await self.sealed.work.execute(insert(SURVEYS).values(row))

    async def asked(self, month: date) -> Mapping[CellKey, int]:
        found = await self.sealed.work.execute(select(SURVEYS_ASKED).where(SURVEYS_ASKED.c.month == month))
        return {_key(row): row["asked"] for row in found.mappings()}

    async def answered(self, month: date) -> Mapping[CellKey, Mapping[tuple[int, ...], int]]:
        found = await self.sealed.work.execute(select(SURVEY_ANSWERS).where(SURVEY_ANSWERS.c.month == month))
        counts: dict[CellKey, dict[tuple[int, ...], int]] = {}
        for row in found.mappings():
            counts.setdefault(_key(row), {})[row["first"], row["second"]] = row["count"]
        return counts

    async def comments(self, month: date) -> Sequence[tuple[CellKey, str]]:
        """What people wrote beside their answers, for the staff: about what, never who."""
        found = await self.sealed.work.execute(
            select(SURVEYS).where(SURVEYS.c.month == month, SURVEYS.c.state == "over", SURVEYS.c.sealed.is_not(None))
        )
        said = []
        for row in found.all():
            facts = await self.sealed.open_map(row.person_id, row.sealed, _TABLE, "sealed", row.id)
            if facts.get("comment"):
                said.append((_key(row._mapping), str(facts["comment"])))
        return sorted(said)

    async def sweep(self, before: datetime) -> None:
        """What nobody finished in time is over: the answers that were given count. What was asked long ago goes,
        but for the wish to be asked no more."""
        late = await self.sealed.work.execute(
            select(SURVEYS).where(SURVEYS.c.state == "open", SURVEYS.c.expires_at <= self.clock.now())
        )
        for row in late.all():
            survey = await self._opened(row)
            if survey.answers:
                await self.close(SurveyAnswers(survey))
            else:
                await self.sealed.work.execute(
                    update(SURVEYS).where(SURVEYS.c.id == row.id).values(state="over", sealed=None)
                )
        await self.sealed.work.execute(delete(SURVEYS).where(SURVEYS.c.state == "over", SURVEYS.c.asked_at < before))

    def _is_open(self, person: UUID) -> ColumnElement[bool]:
        return and_(SURVEYS.c.person_id == person, SURVEYS.c.state == "open", SURVEYS.c.expires_at > self.clock.now())

    async def _opened(self, row: Row[Any]) -> OpenSurvey:
        facts: dict[str, Any] = {}
        if row.sealed is not None:
            facts = await self.sealed.open_map(row.person_id, row.sealed, _TABLE, "sealed", row.id)
        return OpenSurvey(
            row.id,
            row.person_id,
            SurveyKind(row.kind),
            row.service,
            row.place,
            row.language,
            row.month,
            row.expires_at,
            tuple(facts.get("answers", ())),
            facts.get("anonymous") is True,
        )

    async def _seal(self, survey: OpenSurvey, comment: str = "") -> bytes:
        facts = {"answers": list(survey.answers), "anonymous": survey.anonymous, "comment": comment}
        return await self.sealed.seal_map(survey.person, facts, _TABLE, "sealed", survey.id)


def _cell_of(survey: OpenSurvey) -> dict[str, Any]:
    return {
        "month": survey.month,
        "kind": survey.kind.value,
        "service": survey.service,
        "place": survey.place,
        "language": survey.language,
    }


def _key(row: Mapping[Any, Any]) -> CellKey:
    return CellKey(row["kind"], row["service"], row["place"], row["language"])
