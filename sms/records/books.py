"""The books: how much waits, where every message is, and whether each event's messages are all there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text, true

from services.records.tables import EVENTS
from sms.states import WAITING, MessageState
from sms.tables import CLAIMS, MESSAGES
from storage.unit_of_work import UnitOfWork

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What waits. `due`: could go out now; `later`: held or not due yet; `oldest`: how long the first of the due has
    been due."""

    due: int
    later: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Unbalanced:
    """An event that told so many persons, and of which so many messages to so many persons are there."""

    event: UUID
    told: int
    persons: int
    messages: int


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
        """Each handled event has one message to each of as many persons as it told: none lost, none twice.

        An event keeps how many it told, not whom. So the persons of its messages are counted, by id (of whoever was
        erased each message stands for one), and no two of them may be one person's. The channel is always SMS; what an
        operator sent once more (`resend_of`) is not counted.
        """
        return not self.unbalanced

    def lines(self) -> Sequence[str]:
        """For an operator to read."""
        counts = [f"{state.value:12} {self.states.get(state, 0):>10}" for state in MessageState]
        events = f"{self.events} events told {self.told} persons: " + ("balanced" if self.balance else "NOT BALANCED")
        wrong = [
            f"event {each.event}: told {each.told}, persons {each.persons}, messages {each.messages}"
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


async def books(work: UnitOfWork) -> Books:
    """All of it; reads whole tables: for operators and tests, not for every minute."""
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
    count = func.count(MESSAGES.c.id)
    persons = func.count(func.coalesce(MESSAGES.c.person_id, MESSAGES.c.id).distinct())
    # What an operator sent once more is no second telling.
    first = and_(MESSAGES.c.event_id == EVENTS.c.id, MESSAGES.c.resend_of.is_(None))
    differing = await work.execute(
        select(EVENTS.c.id, EVENTS.c.told, persons.label("persons"), count.label("messages"))
        .outerjoin_from(EVENTS, MESSAGES, first)
        .where(handled)
        .group_by(EVENTS.c.id, EVENTS.c.told)
        .having(or_(persons != EVENTS.c.told, count != persons))
        .limit(_SHOWN)
    )
    totals = events.one()
    return Books(
        states={MessageState(row.state): row.messages for row in states.all()},
        events=totals.events,
        told=int(totals.told),
        stuck=stuck.scalar_one(),
        unbalanced=tuple(Unbalanced(row.id, row.told, row.persons, row.messages) for row in differing.all()),
    )
