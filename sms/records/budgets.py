"""What may be sent: the rate of a sender, a token bucket shared by all workers, and what each source may spend."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from sms.config import SmsConfig
from sms.holding import next_day, next_month
from storage.unit_of_work import UnitOfWork

# The lock on the bucket's row is held until the end of the transaction, so that all workers begin one after another
# and none spends what another has just spent.
_TAKE = text("""
WITH bucket AS (
  SELECT LEAST(CAST(:capacity AS bigint), millitokens + CAST(
      CAST(:rate AS bigint) * 1000 * GREATEST(0, extract(epoch FROM clock_timestamp() - filled_at)) AS bigint)
    ) AS available
  FROM sms_rates WHERE sender = :sender FOR UPDATE)
UPDATE sms_rates SET filled_at = clock_timestamp(),
  millitokens = bucket.available - LEAST(bucket.available / 1000, CAST(:want AS bigint)) * 1000
FROM bucket WHERE sms_rates.sender = :sender
RETURNING LEAST(bucket.available / 1000, CAST(:want AS bigint))
""")
_FIRST = text("""
INSERT INTO sms_rates (sender, millitokens, filled_at) VALUES (:sender, :capacity, clock_timestamp())
ON CONFLICT DO NOTHING
""")
_SPENT = text("""
SELECT source, period, millis FROM sms_spend
WHERE source = ANY(CAST(:sources AS text[]))
  AND (period = 'day' AND begins = :day OR period = 'month' AND begins = :month)
""")
_CHARGE = text("""
INSERT INTO sms_spend AS s (source, period, begins, millis, parts)
SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:periods AS text[]), CAST(:begins AS date[]),
                     CAST(:millis AS bigint[]), CAST(:parts AS bigint[])) AS v(source, period, begins, millis, parts)
ORDER BY source, period
ON CONFLICT (source, period, begins) DO UPDATE
SET millis = s.millis + excluded.millis, parts = s.parts + excluded.parts
""")


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
        sender = self.config.sender
        values = {"sender": sender.id, "rate": sender.per_second, "want": want, "capacity": self._capacity()}
        taken = (await work.execute(_TAKE, values)).scalar_one_or_none()
        if taken is None:
            await work.execute(_FIRST, {"sender": sender.id, "capacity": values["capacity"]})
            taken = (await work.execute(_TAKE, values)).scalar_one()
        return int(taken)

    async def left(self, work: UnitOfWork, sources: Collection[str], now: datetime) -> dict[str, Left]:
        """Of each source that has caps; one without may spend what it likes."""
        caps = {source: cap for source in sources if (cap := self.config.caps.get(source, self.config.default_caps))}
        if not caps:
            return {}
        day, month = self._periods(now)
        rows = await work.execute(_SPENT, {"sources": list(caps), "day": day, "month": month})
        spent = {(row.source, row.period): row.millis for row in rows}
        zone = self.config.zone
        left = {}
        for source, cap in caps.items():
            of_day = cap.day * 1000 - spent.get((source, "day"), 0)
            of_month = cap.month * 1000 - spent.get((source, "month"), 0)
            again = next_month(now, zone) if of_month <= of_day else next_day(now, zone)
            left[source] = Left(min(of_day, of_month), again)
        return left

    async def charge(self, work: UnitOfWork, spent: Mapping[str, tuple[int, int]], now: datetime) -> None:
        """Adds (thousandths of a minor unit, parts) to each source's day and month; gives back what is below nought."""
        if not spent:
            return
        day, month = self._periods(now)
        rows = [
            (source, period, begins, *sums)
            for source, sums in spent.items()
            for period, begins in (("day", day), ("month", month))
        ]
        names = ("sources", "periods", "begins", "millis", "parts")
        await work.execute(_CHARGE, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def _capacity(self) -> int:
        """A quarter of a second's worth: the most that goes out at once."""
        return max(self.config.longest, self.config.sender.per_second // 4) * 1000

    def _periods(self, now: datetime) -> tuple[date, date]:
        today = now.astimezone(self.config.zone).date()
        return today, today.replace(day=1)
