"""What all processes count together, how they find ministries, and dead letters: read by the operations page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.records.operation_tables import BREAKERS, MINUTES
from services.records.tables import EVENTS
from storage.unit_of_work import UnitOfWork

MINUTES_KEPT = timedelta(days=2)
SILENT = timedelta(minutes=2)
"""A process that has said nothing for so long is gone, and its breakers with it."""
BREAKERS_KEPT = timedelta(hours=1)

CountKey = tuple[str, str, str]
"""Measure (`hops`, `hop_seconds`, `calls`, `call_seconds`), aggregator or ministry, and result or bucket."""

_ADD = """
INSERT INTO counted_minutes AS c (minute, measure, name, word, count)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) AS v(measure, name, word, count)
ORDER BY measure, name, word
ON CONFLICT (minute, measure, name, word) DO UPDATE SET count = c.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many within one step of time, all processes together."""

    at: datetime
    measure: str
    name: str
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class BreakerSeen:
    """Of how many processes a ministry's breaker stands so."""

    ministry: str
    state: str
    processes: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Events of one source that nobody will hear of, by why."""

    source: str
    why: str
    count: int
    oldest: datetime


async def add_counts(work: UnitOfWork, at: datetime, counts: Mapping[CountKey, int]) -> None:
    """Adds to the minute of `at`; in one order, so that processes never wait for each other in a circle."""
    if not counts:
        return
    rows = [(*key, count) for key, count in sorted(counts.items())]
    await work.fetch(_ADD, at.replace(second=0, microsecond=0), *map(list, zip(*rows, strict=True)))


async def counted(work: UnitOfWork, since: datetime, until: datetime, step: timedelta) -> Sequence[Counted]:
    """What was counted in steps of that length, counted from the epoch; earliest first."""
    # Named once: bound in two places, PostgreSQL would take it for two expressions.
    begins = func.date_bin(step, MINUTES.c.minute, func.to_timestamp(0)).label("begins")
    inner = (
        select(begins, MINUTES.c.measure, MINUTES.c.name, MINUTES.c.word, MINUTES.c.count)
        .where(MINUTES.c.minute >= since, MINUTES.c.minute < until)
        .subquery()
    )
    keys = [inner.c.begins, inner.c.measure, inner.c.name, inner.c.word]
    total = func.sum(inner.c.count).label("total")
    found = await work.execute(select(*keys, total).group_by(*keys).order_by(*keys))
    return [Counted(row.begins, row.measure, row.name, row.word, int(row.total)) for row in found.all()]


async def put_breakers(work: UnitOfWork, process: UUID, states: Mapping[str, str], now: datetime) -> None:
    """How this process finds each ministry now."""
    if not states:
        return
    put = insert(BREAKERS).values(
        [
            {"process": process, "ministry": name, "state": state, "seen_at": now}
            for name, state in sorted(states.items())
        ]
    )
    await work.execute(
        put.on_conflict_do_update(
            index_elements=[BREAKERS.c.process, BREAKERS.c.ministry],
            set_={"state": put.excluded.state, "seen_at": put.excluded.seen_at},
        )
    )


async def breakers(work: UnitOfWork, now: datetime) -> Sequence[BreakerSeen]:
    """Of the processes that are heard from."""
    found = await work.execute(
        select(BREAKERS.c.ministry, BREAKERS.c.state, func.count().label("processes"))
        .where(BREAKERS.c.seen_at > now - SILENT)
        .group_by(BREAKERS.c.ministry, BREAKERS.c.state)
    )
    return [BreakerSeen(row.ministry, row.state, row.processes) for row in found.all()]


async def dead_letters(work: UnitOfWork, since: datetime) -> Sequence[DeadLetters]:
    """Those received since then that wait for somebody to look, the most first."""
    count, oldest = func.count().label("count"), func.min(EVENTS.c.received_at).label("oldest")
    found = await work.execute(
        select(EVENTS.c.source, EVENTS.c.outcome, count, oldest)
        # In words of SQL, not as a parameter: so that the index of the few dead ones is seen to fit.
        .where(text("state = 'dead'"), EVENTS.c.received_at >= since)
        .group_by(EVENTS.c.source, EVENTS.c.outcome)
        .order_by(count.desc(), EVENTS.c.source, EVENTS.c.outcome)
    )
    return [DeadLetters(row.source, row.outcome, row[2], row.oldest) for row in found.all()]


async def sweep(work: UnitOfWork, now: datetime) -> None:
    """Forget minutes and processes of long ago."""
    await work.execute(delete(MINUTES).where(MINUTES.c.minute < now - MINUTES_KEPT))
    await work.execute(delete(BREAKERS).where(BREAKERS.c.seen_at < now - BREAKERS_KEPT))
