"""The books: how much waits, where every message is, and whether each event's messages are all there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, text, true, union_all

from services.records.tables import EVENTS
from sms.records.lookups import messages_of
from sms.states import WAITING, MessageState
from sms.tables import CLAIMS, MESSAGES
from storage.unit_of_work import UnitOfWork

_SHOWN = 100
# What an operator sent once more is no second telling.
_FIRST = and_(MESSAGES.c.event_id.is_not(None), MESSAGES.c.resend_of.is_(None))


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What waits. `due`: could go out now; `later`: held or not due yet; `oldest`: how long the first of the due has
    been due."""

    due: int
    later: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Unbalanced:
    """An event that told so many persons, and of which so many messages and letters to so many persons are there."""

    event: UUID
    told: int
    persons: int
    messages: int
    letters: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """`states`: messages by state. `stuck`: being sent although the lease is over. `unbalanced`: at most a hundred."""

    states: Mapping[MessageState, int]
    events: int
    told: int
    stuck: int
    unbalanced: tuple[Unbalanced, ...]

    @property
    def balance(self) -> bool:
        """Each handled event has a message, a letter or both to each of as many persons as it told: none lost, none
        twice.

        An event keeps how many it told, not whom. So the persons of its messages and letters are counted, by id (of
        whoever was erased each message stands for one), and on one channel no two of them may be one person's. A letter
        says whether an SMS is to stand beside it: where one is, it must; where none is, only after the letter was given
        up. What an operator sent once more (`resend_of`) is not counted.
        """
        return not self.unbalanced

    def lines(self) -> Sequence[str]:
        """For an operator to read."""
        counts = [f"{state.value:12} {self.states.get(state, 0):>10}" for state in MessageState]
        events = f"{self.events} events told {self.told} persons: " + ("balanced" if self.balance else "NOT BALANCED")
        wrong = [
            f"event {each.event}: told {each.told}, persons {each.persons}, messages {each.messages}, "
            f"letters {each.letters}"
            for each in self.unbalanced
        ]
        return [*counts, f"sending, lease over: {self.stuck}", events, *wrong]


async def queue_now(work: UnitOfWork, now: datetime) -> QueueNow:
    """How much waits to be sent; reads the queue's own index, however large the table is."""
    due = MESSAGES.c.due_at <= now
    found = await work.execute(
        select(
            func.count().filter(due).label("due"),
            func.count().filter(~due).label("later"),
            func.min(MESSAGES.c.due_at).filter(due).label("first"),
        ).where(text("phase = 0"), MESSAGES.c.state.in_([state.value for state in WAITING]))
    )
    row = found.one()
    return QueueNow(row.due, row.later, now - row.first if row.first else timedelta())


async def books(work: UnitOfWork, letters: Select[Any] | None = None) -> Books:
    """All of it; reads whole tables: for operators and tests, not for every minute.

    `letters`: what events told by another channel: `event_id`, `person_id`, `alone` (no SMS beside it) and `given_up`
    (one may have told it afterwards).
    """
    states = await work.execute(select(MESSAGES.c.state, func.count().label("messages")).group_by(MESSAGES.c.state))
    stuck = await work.execute(
        select(func.count())
        .select_from(MESSAGES)
        .outerjoin(CLAIMS, CLAIMS.c.token == MESSAGES.c.claim_token)
        .where(
            MESSAGES.c.state == MessageState.SENDING.value,
            # Leases run by the database's clock.
            func.coalesce(CLAIMS.c.lease_until < func.now(), true()),
        )
    )
    handled = EVENTS.c.state == "handled"
    events = await work.execute(
        select(func.count().label("events"), func.coalesce(func.sum(EVENTS.c.told), 0).label("told")).where(handled)
    )
    hers = _by_person(letters).subquery()
    persons = func.count(hers.c.person)
    differing = await work.execute(
        select(
            EVENTS.c.id,
            EVENTS.c.told,
            persons.label("persons"),
            func.coalesce(func.sum(hers.c.messages), 0).label("messages"),
            func.coalesce(func.sum(hers.c.letters), 0).label("letters"),
        )
        .outerjoin_from(EVENTS, hers, hers.c.event_id == EVENTS.c.id)
        .where(handled)
        .group_by(EVENTS.c.id, EVENTS.c.told)
        .having(or_(persons != EVENTS.c.told, func.bool_or(hers.c.wrong)))
        .limit(_SHOWN)
    )
    totals = events.one()
    return Books(
        states={MessageState(row.state): row.messages for row in states.all()},
        events=totals.events,
        told=int(totals.told),
        stuck=stuck.scalar_one(),
        unbalanced=tuple(
            Unbalanced(row.id, row.told, row.persons, int(row.messages), int(row.letters)) for row in differing.all()
        ),
    )


async def told_by_sms(work: UnitOfWork, person: UUID) -> frozenset[UUID]:
    """The events of which a message to this person is there."""
    found = await work.execute(select(MESSAGES.c.event_id).where(messages_of(person), _FIRST))
    return frozenset(found.scalars())


def _by_person(letters: Select[Any] | None) -> Select[Any]:
    """What each event told each person, and whether that is too much or too little."""
    person = func.coalesce(MESSAGES.c.person_id, MESSAGES.c.id).label("person")
    sent = select(
        MESSAGES.c.event_id, person, true().label("sms"), false().label("alone"), true().label("given_up")
    ).where(_FIRST)
    told = sent.subquery()
    if letters is not None:
        other = letters.subquery().c
        posted = select(other.event_id, other.person_id.label("person"), false(), other.alone, other.given_up)
        told = union_all(sent, posted).subquery()
    by_sms = func.count().filter(told.c.sms)
    by_mail = func.count().filter(~told.c.sms)
    alone = func.bool_or(told.c.alone)
    wrong: ColumnElement[bool] = or_(
        by_sms > 1,
        by_mail > 1,
        and_(by_mail > 0, by_sms == 0, ~alone),
        and_(by_sms > 0, alone, ~func.bool_and(told.c.given_up)),
    )
    return select(
        told.c.event_id, told.c.person, by_sms.label("messages"), by_mail.label("letters"), wrong.label("wrong")
    ).group_by(told.c.event_id, told.c.person)
