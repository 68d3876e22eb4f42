"""The questions that a number was asked by SMS: "1" or "yes" answers the last that reached it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import SlotValue
from services.alert_facts import facts_from_json, facts_to_json
from services.questions import Asks, Question
from sms.records.indexes import ABOUT, RECIPIENT
from sms.tables import MESSAGES, PROMPTS
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

LIVES = timedelta(hours=24)
"""For so long a question of a conversation is open; those of alerts say it themselves (`Asks.until`)."""

REMEMBERED = timedelta(days=2)
"""After its end: who answers then is told that it is too late, not that nothing was understood."""


class Mark(StrEnum):
    """What becomes of a question. `YES` and `NO` leave it open, so that she may change her mind; `OVER` ends it.
    `AGAIN`: what she answered could not be done, and may be answered again."""

    YES = "yes"
    NO = "no"
    OVER = "over"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that reached her and is open. `asked_at`: when it went out. `answer`: what she said so far. `token`:
    by this what she confirms is done once."""

    id: UUID
    question: Question
    facts: Mapping[str, SlotValue]
    asked_at: datetime
    expires_at: datetime
    token: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a number was asked. `open`: the last one first. `lapsed`: there was one, and its time is over."""

    open: tuple[Prompt, ...] = ()
    lapsed: bool = False


# An alert asks once it is on its way: what an operator stopped, or quiet hours hold, has asked nobody.
_REACHED = or_(
    PROMPTS.c.message_id.is_(None),
    MESSAGES.c.handed_over_at.is_not(None),
    MESSAGES.c.state.in_(["sending", "unknown"]),
)


@dataclass(frozen=True, slots=True)
class SqlPrompts:
    """Rows of `sms_prompts`; commits nothing."""

    sealer: Sealer
    clock: Clock
    ids: Ids

    async def ask(
        self,
        work: UnitOfWork,
        number: Msisdn,
        question: Question,
        facts: Mapping[str, SlotValue],
        expires_at: datetime | None = None,
        *,
        beside: bool = False,
    ) -> None:
        """The question of the answer that goes with it: those that were asked before are forgotten, but for those of
        alerts where it is asked `beside` them. It is open for a day at most."""
        await (self.close(work, number) if beside else self.forget(work, number))
        latest = self.clock.now() + LIVES
        await work.execute(
            insert(PROMPTS), self._row(number, question, facts, min(latest, expires_at or latest)) | _CONVERSED
        )

    async def ask_with(self, work: UnitOfWork, number: Msisdn, message: UUID, asks: Asks) -> None:
        """The question of an alert: it counts from when that is handed over, and leaves others open till then."""
        about = self.sealer.blind_index(self._about(asks, number), ABOUT) if asks.about else None
        row = self._row(number, asks.question, asks.facts, asks.until)
        await work.execute(insert(PROMPTS), row | {"message_id": message, "about_index": about})

    async def has_agreed(self, work: UnitOfWork, number: Msisdn, asks: Asks) -> bool:
        """Whether she said yes to the same question about the same thing."""
        if not asks.about:
            return False
        found = await work.execute(
            select(PROMPTS.c.id)
            .where(
                PROMPTS.c.about_index.in_(self.sealer.blind_indexes(self._about(asks, number), ABOUT)),
                PROMPTS.c.answer.in_(_AGREED),
            )
            .limit(1)
        )
        return found.first() is not None

    async def standing(self, work: UnitOfWork, number: Msisdn, at: datetime | None = None) -> Standing:
        """The questions that reached her, the last first. `at`: open at that time, if not now."""
        asked_at = func.coalesce(MESSAGES.c.handed_over_at, PROMPTS.c.asked_at)
        found = await work.execute(
            select(PROMPTS, asked_at.label("reached_at"))
            .outerjoin(MESSAGES, MESSAGES.c.id == PROMPTS.c.message_id)
            .where(self._of(number), _REACHED, PROMPTS.c.answer != _CLOSED)
            .order_by(asked_at.desc(), PROMPTS.c.id.desc())
        )
        rows, now = found.all(), at or self.clock.now()
        live = tuple(self._prompt(row) for row in rows if row.expires_at > now)
        return Standing(live, lapsed=bool(rows) and not live)

    async def mark(self, work: UnitOfWork, prompt: UUID, mark: Mark) -> None:
        """What she answered."""
        mine = PROMPTS.c.id == prompt
        if mark is Mark.OVER:
            await work.execute(delete(PROMPTS).where(mine))
        elif mark is Mark.AGAIN:
            await self._renew(work, prompt)
        else:
            await work.execute(update(PROMPTS).where(mine).values(answer=mark.value))

    async def close(self, work: UnitOfWork, number: Msisdn) -> None:
        """Nothing of the conversation is asked any more; an alert's question stands until another is asked."""
        await work.execute(delete(PROMPTS).where(self._of(number), PROMPTS.c.message_id.is_(None)))

    async def forget(self, work: UnitOfWork, number: Msisdn) -> None:
        """Nothing that reached her so far is asked any more; a yes is remembered until its time is over."""
        reached = select(PROMPTS.c.id).outerjoin(MESSAGES, MESSAGES.c.id == PROMPTS.c.message_id)
        of_hers = PROMPTS.c.id.in_(reached.where(self._of(number), _REACHED).scalar_subquery())
        await work.execute(delete(PROMPTS).where(of_hers, PROMPTS.c.answer.not_in(_AGREED)))
        await work.execute(update(PROMPTS).where(of_hers).values(answer=_CLOSED))

    async def sweep(self, work: UnitOfWork) -> int:
        """Forget questions whose time is over; how many."""
        old = PROMPTS.c.expires_at <= self.clock.now() - REMEMBERED
        return (await work.execute(delete(PROMPTS).where(old))).rowcount

    def _row(
        self, number: Msisdn, question: Question, facts: Mapping[str, SlotValue], expires_at: datetime
    ) -> dict[str, Any]:
        id = self.ids.uuid7()
        return {
            "id": id,
            "recipient_index": self.sealer.blind_index(number.e164, RECIPIENT),
            "kind": question.value,
            "answer": "",
            "sealed": self.sealer.seal(json.dumps(facts_to_json(facts)), PROMPTS.name, "sealed", id),
            "asked_at": self.clock.now(),
            "expires_at": expires_at,
        }

    async def _renew(self, work: UnitOfWork, prompt: UUID) -> None:
        """Another token: the attempts are counted beside the facts."""
        mine = PROMPTS.c.id == prompt
        row = (await work.execute(select(PROMPTS.c.id, PROMPTS.c.sealed).where(mine).with_for_update())).one_or_none()
        if row is not None:
            facts = self._opened(row)
            facts[_ATTEMPT] = facts.get(_ATTEMPT, 0) + 1
            sealed = self.sealer.seal(json.dumps(facts), PROMPTS.name, "sealed", prompt)
            await work.execute(update(PROMPTS).where(mine).values(sealed=sealed))

    def _prompt(self, row: Any) -> Prompt:
        facts = self._opened(row)
        attempt = facts.pop(_ATTEMPT, 0)
        token = f"{row.id.hex}-{attempt}" if attempt else row.id.hex
        question, known = Question(row.kind), facts_from_json(facts)
        return Prompt(row.id, question, known, row.reached_at, row.expires_at, token, row.answer)

    def _opened(self, row: Any) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.sealer.unseal(row.sealed, PROMPTS.name, "sealed", row.id))
        return facts

    def _of(self, number: Msisdn) -> ColumnElement[bool]:
        return PROMPTS.c.recipient_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT))

    def _about(self, asks: Asks, number: Msisdn) -> str:
        return f"{asks.question.value}\0{number.e164}\0{asks.about}"


# A yes to a question that is open no more.
_CLOSED = "closed"
# No name of a fact: how often what she answered could not be done.
_ATTEMPT = "#attempt"
_AGREED = (Mark.YES.value, _CLOSED)
_CONVERSED = {"message_id": None, "about_index": None}
