"""What may be sent: the rate of a sender, a token bucket shared by all workers, and what each source may spend."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sms.config import SmsConfig
from sms.holding import next_day, next_month
from storage.unit_of_work import UnitOfWork

# The lock on the bucket's row is held until the end of the transaction, so that all workers begin one after another
# and none spends what another has just spent.
_TAKE = """
WITH bucket AS (
  SELECT LEAST($3::bigint, millitokens + CAST(
      $2::bigint * 1000 * GREATEST(0, extract(epoch FROM clock_timestamp() - filled_at)) AS bigint)) AS available
  FROM sms_rates WHERE sender = $1 FOR UPDATE)
UPDATE sms_rates SET filled_at = clock_timestamp(),
  millitokens = bucket.available - LEAST(bucket.available / 1000, $4::bigint) * 1000
FROM bucket WHERE sms_rates.sender = $1
RETURNING LEAST(bucket.available / 1000, $4::bigint) AS taken
"""
_FIRST = """
INSERT INTO sms_rates (sender, millitokens, filled_at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING
"""
_SPENT = """
SELECT source, period, millis FROM sms_spend
WHERE source = ANY($1) AND (period = 'day' AND begins = $2 OR period = 'month' AND begins = $3)
"""
_CHARGE = """
INSERT INTO sms_spend AS s (source, period, begins, millis, parts)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::bigint[])
  AS v(source, period, begins, millis, parts)
ORDER BY source, period
ON CONFLICT (source, period, begins) DO UPDATE
SET millis = s.millis + excluded.millis, parts = s.parts + excluded.parts
"""
_NO_CAP = 10**15


@dataclass(frozen=True, slots=True)
class Left:
    """What a source may spend still, in thousandths of a minor unit, and when it may again if that is too little."""

    millis: int
    again: datetime


@dataclass(frozen=True, slots=True)
class SqlBudgets:
    """Tokens and money, in one unit of work with what they are for."""

    config: SmsConfig

    async def tokens(self, work: UnitOfWork, want: int) -> int:
        """Takes so many parts' worth of the sender's rate, or what there is of them."""
        sender, per_second, capacity = self.bucket
        taken = await work.fetch(_TAKE, sender, per_second, capacity, want)
        if not taken:
            await work.fetch(_FIRST, sender, capacity)
            taken = await work.fetch(_TAKE, sender, per_second, capacity, want)
        return int(taken[0]["taken"])

    async def left(self, work: UnitOfWork, sources: Collection[str], now: datetime) -> dict[str, Left]:
        """Of each source that has caps; one without may spend what it likes."""
        caps = {source: cap for source in sources if (cap := self.config.caps.get(source, self.config.default_caps))}
        if not caps:
            return {}
        day, month = self.periods(now)
        rows = await work.fetch(_SPENT, list(caps), day, month)
        spent = {(row["source"], row["period"]): row["millis"] for row in rows}
        zone = self.config.zone
        left = {}
        for source, cap in caps.items():
            of_day = cap.day * 1000 - spent.get((source, "day"), 0)
            of_month = cap.month * 1000 - spent.get((source, "month"), 0)
            again = next_month(now, zone) if of_month <= of_day else next_day(now, zone)
            left[source] = Left(min(of_day, of_month), again)
        return left

    def least(self, now: datetime) -> tuple[date, date, int, int]:
        """The day and the month, and what nobody has spent in each as long as no source can be at its cap."""
        caps = [cap for cap in (self.config.default_caps, *self.config.caps.values()) if cap is not None]
        day = min((cap.day for cap in caps), default=_NO_CAP)
        return *self.periods(now), day * 1000, min((cap.month for cap in caps), default=_NO_CAP) * 1000

    def room_for(self, costs: Mapping[str, int]) -> list[tuple[str, int, int]]:
        """What each source that has caps may have spent in the day and in the month, that this cost fits in still."""
        caps = {source: self.config.caps.get(source, self.config.default_caps) for source in costs}
        return [
            (source, cap.day * 1000 - costs[source], cap.month * 1000 - costs[source])
            for source, cap in caps.items()
            if cap
        ]

    async def charge(self, work: UnitOfWork, spent: Mapping[str, tuple[int, int]], now: datetime) -> None:
        """Adds (thousandths of a minor unit, parts) to each source's day and month; gives back what is below nought."""
        if not spent:
            return
        day, month = self.periods(now)
        rows = [
            (source, period, begins, *sums)
            for source, sums in spent.items()
            for period, begins in (("day", day), ("month", month))
        ]
        await work.fetch(_CHARGE, *zip(*rows, strict=True))

    @property
    def bucket(self) -> tuple[str, int, int]:
        """The sender, its parts a second, and the most that goes out at once in thousandths of a part: a quarter of a
        second's worth."""
        sender = self.config.sender
        return sender.id, sender.per_second, max(self.config.longest, sender.per_second // 4) * 1000

    def periods(self, now: datetime) -> tuple[date, date]:
        """The day and the month that a sum of now belongs to, each by its first day."""
        today = now.astimezone(self.config.zone).date()
        return today, today.replace(day=1)
