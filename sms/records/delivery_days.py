"""What became of messages, by provider and language and day, and what sources spent. Never to whom, and never few."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from sms.tables import DELIVERY_DAYS, SPEND
from storage.unit_of_work import UnitOfWork

KEPT = timedelta(days=90)

# By the ids' own order (UUIDv7): a range of the primary key. What waits, or was suppressed, nobody was to hand over.
# First by number, so that what has to be told apart is small when it is summed up.
_COUNT = """
WITH put AS (
  SELECT COALESCE(NULLIF(provider, ''), '-') AS provider, language, recipient_index, count(*) AS messages,
    count(*) FILTER (WHERE state = 'delivered') AS delivered,
    count(*) FILTER (WHERE state = 'undelivered') AS undelivered,
    count(*) FILTER (WHERE state IN ('failed', 'expired')) AS failed
  FROM sms_messages WHERE id >= $1 AND id < $2 AND state NOT IN ('queued', 'held', 'suppressed') GROUP BY 1, 2, 3)
INSERT INTO sms_delivery_days (day, provider, language, messages, delivered, undelivered, failed, people)
SELECT $3::date, COALESCE(provider, ''), COALESCE(language, ''), sum(messages), sum(delivered), sum(undelivered),
  sum(failed), count(DISTINCT recipient_index)
FROM put GROUP BY GROUPING SETS ((provider), (language), (provider, language))
ON CONFLICT (day, provider, language) DO UPDATE SET messages = excluded.messages, delivered = excluded.delivered,
  undelivered = excluded.undelivered, failed = excluded.failed, people = excluded.people
"""
# A day of a country takes its time; behind PgBouncer the role's own few seconds would end it.
_ALONE = "SELECT pg_try_advisory_xact_lock($1) AS alone, set_config('statement_timeout', '60s', true)"
_ONE_COUNTS = 0x6775_6964_656C_6976  # any number that no other advisory lock of ours has


@dataclass(frozen=True, slots=True)
class DeliveryCell:
    """Messages of some days by provider, language, or both; "" for all. `people`: to at least so many numbers."""

    provider: str
    language: str
    messages: int
    delivered: int
    undelivered: int
    failed: int
    people: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a source spent in a period that begins on that day (`day` or `month`), in thousandths of a minor unit."""

    source: str
    period: str
    begins: date
    millis: int


async def count_day(work: UnitOfWork, day: date) -> None:
    """Counts a day (UTC) anew; again is the same. Nothing where another worker is at it: it reads much of a table."""
    if not (await work.fetch(_ALONE, _ONE_COUNTS))[0]["alone"]:
        return
    await work.fetch(_COUNT, _first_id(day), _first_id(day + timedelta(days=1)), day)


async def deliveries_since(work: UnitOfWork, since: date) -> Sequence[DeliveryCell]:
    """Every cell from that day on. Of several days' people only the day with the most is certain."""
    table = DELIVERY_DAYS
    counts = [func.sum(table.c[name]).label(name) for name in ("messages", "delivered", "undelivered", "failed")]
    found = await work.execute(
        select(table.c.provider, table.c.language, *counts, func.max(table.c.people).label("people"))
        .where(table.c.day >= since)
        .group_by(table.c.provider, table.c.language)
        .order_by(table.c.provider, table.c.language)
    )
    return [
        DeliveryCell(
            row.provider,
            row.language,
            int(row.messages),
            int(row.delivered),
            int(row.undelivered),
            int(row.failed),
            row.people,
        )
        for row in found.all()
    ]


async def spent_since(work: UnitOfWork, day: date, month: date) -> Sequence[Spent]:
    """Each source's days from one day on, and its month from that month's first day on."""
    found = await work.execute(
        select(SPEND).where(
            or_(
                (SPEND.c.period == "day") & (SPEND.c.begins >= day),
                (SPEND.c.period == "month") & (SPEND.c.begins >= month),
            )
        )
    )
    return [Spent(row.source, row.period, row.begins, row.millis) for row in found.all()]


async def sweep(work: UnitOfWork, today: date) -> None:
    """Forget days of long ago."""
    await work.execute(delete(DELIVERY_DAYS).where(DELIVERY_DAYS.c.day < today - KEPT))


def _first_id(day: date) -> UUID:
    """No id that was made on the day is smaller, and none of the day before is greater."""
    milliseconds = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
    return UUID(int=milliseconds << 80)
