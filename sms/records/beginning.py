"""Beginning: the mark on what goes out next, its tokens and its charge, before the first octet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sms.claims import Outcome, Ready
from sms.config import SmsConfig
from sms.records.budgets import SqlBudgets
from sms.records.queue_rows import Mark, Names, as_json
from sms.retry import Fate
from sms.states import MessageState
from storage.unit_of_work import UnitOfWork

# Written before the first octet goes out: whoever takes over knows that this may have been sent, and by whom; and
# charged at once. It touches no column of an index, so that PostgreSQL can write it beside the row (HOT). Repeatable: a
# commit whose end nobody heard of is tried again, and what that one has charged for (it has a provider since) is not
# charged again.
_BEGUN = """
begun AS (
  UPDATE sms_messages m SET provider = v.provider, provider_mode = v.mode, encoding = v.encoding, parts = v.parts,
    cost_millis = v.cost, cost_currency = $2, attempts = v.attempts
  FROM json_to_recordset($1::text::json) AS v(id uuid, token uuid, provider text, mode text, encoding text,
    parts smallint, cost bigint, attempts smallint)
  WHERE m.id = v.id AND m.claim_token = v.token AND m.state = 'sending' AND m.provider IN ('', v.provider)
    AND v.token IN (SELECT token FROM sms_claims WHERE lease_until > now() + $3::interval)
    AND (m.expires_at IS NULL OR m.expires_at > $4){only}
  RETURNING m.id, m.source, v.cost, v.parts,
    (SELECT o.provider = '' FROM sms_messages o WHERE o.id = m.id) AS first),  -- as it was before this statement
charged AS (
  INSERT INTO sms_spend AS s (source, period, begins, millis, parts)
  SELECT source, period, begins, sum(cost), sum(parts)
  FROM begun, (VALUES ('day', $5::date), ('month', $6::date)) AS p(period, begins) WHERE first
  GROUP BY source, period, begins ORDER BY source, period
  ON CONFLICT (source, period, begins) DO UPDATE
  SET millis = s.millis + excluded.millis, parts = s.parts + excluded.parts)
"""
_BEGIN = "".join(("WITH", _BEGUN.format(only=""), "SELECT id FROM begun"))
# All of it in one statement, where there is enough for all: then no other statement has to be waited for while a
# hundred calls are served. It sees the sums as they were before it got the bucket: where another worker has begun since
# (`filled_at`), or not all may go, it does nothing, and the begin goes step by step.
_ENOUGH = """
WITH bucket AS (
  SELECT filled_at, LEAST($9::bigint, millitokens + CAST(
      $8::bigint * 1000 * GREATEST(0, extract(epoch FROM clock_timestamp() - filled_at)) AS bigint)) AS available
  FROM sms_rates WHERE sender = $7 FOR UPDATE),
enough AS (
  SELECT available FROM bucket
  WHERE available >= $10::bigint * 1000 AND filled_at = (SELECT filled_at FROM sms_rates WHERE sender = $7)
    AND NOT EXISTS (
      SELECT FROM sms_spend s JOIN unnest($11::text[], $12::bigint[], $13::bigint[]) AS most(source, day, month)
        ON most.source = s.source
      WHERE s.period = 'day' AND s.begins = $5 AND s.millis > most.day
        OR s.period = 'month' AND s.begins = $6 AND s.millis > most.month)),
took AS (
  UPDATE sms_rates SET filled_at = clock_timestamp(), millitokens = enough.available - $10::bigint * 1000
  FROM enough WHERE sender = $7),
"""
# A row where there was enough, though none of the group may be ours any more: the tokens are taken all the same. Nearly
# always all of it is, and a number says so.
_AT_ONCE = """
SELECT count(id) AS marked, CASE WHEN count(id) < $14 THEN array_agg(id) FILTER (WHERE id IS NOT NULL) END AS ids
FROM enough LEFT JOIN begun ON true HAVING count(*) > 0
"""
_BEGIN_AT_ONCE = "".join((_ENOUGH, _BEGUN.format(only=" AND EXISTS (SELECT FROM enough)"), _AT_ONCE))
_NAMES = """
INSERT INTO sms_parts (message_id, attempt, part, provider, provider_id, state, created_at)
SELECT v.id, v.attempt, p.part, v.provider, p.id, 'sent', $2
FROM json_to_recordset($1::text::json) AS v(id uuid, attempt smallint, provider text, part_ids text[]),
  unnest(v.part_ids) WITH ORDINALITY AS p(id, part)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """`go` may be handed over now. `wait`: no tokens. `held`: its source has spent its cap. `lost`: another has it, or
    its time is over."""

    go: Sequence[Ready] = ()
    wait: Sequence[Ready] = ()
    held: Sequence[Outcome] = ()
    lost: Sequence[Ready] = ()
    credit: int = 0


@dataclass(frozen=True, slots=True)
class Beginning:
    """Marks groups of messages. It locks the sender's bucket before the sources' sums, as all workers do."""

    config: SmsConfig

    async def begin(
        self, work: UnitOfWork, group: Sequence[Ready], credit: int, named: frozenset[str], now: datetime
    ) -> Begun:
        """As `SqlQueue.begin`."""
        names = [Names.of(ready) for ready in group if ready.provider.name in named]
        if not names and (begun := await self._at_once(work, group, credit, now)):
            return begun
        chosen = await self._chosen(work, group, credit, now)
        begun = _sorted_out(chosen, await self._mark(work, chosen.go, now))
        if names := [Names.of(ready) for ready in begun.go if ready.provider.name in named]:
            await work.fetch(_NAMES, as_json(names), now)
        return begun

    async def _at_once(self, work: UnitOfWork, group: Sequence[Ready], credit: int, now: datetime) -> Begun | None:
        """None where not all of it may go, or where somebody else begins: then nothing was done."""
        sums: dict[str, int] = {}
        parts = 0
        for ready in group:
            parts += ready.parts
            source = ready.claim.source
            sums[source] = sums.get(source, 0) + ready.cost_millis
        budgets, wanted = SqlBudgets(self.config), max(0, parts - credit)
        most = budgets.room_for(sums)
        if any(day < 0 or month < 0 for _, day, month in most):
            return None
        bucket = (*budgets.bucket, wanted)
        found = await work.alone(_BEGIN_AT_ONCE, *self._marks(group, now), *bucket, *_columns(most), len(group))
        if not found:
            return None
        chosen = Begun(group, credit=credit + wanted - parts)
        return chosen if found[0]["marked"] == len(group) else _sorted_out(chosen, found[0]["ids"] or ())

    async def _chosen(self, work: UnitOfWork, group: Sequence[Ready], credit: int, now: datetime) -> Begun:
        """Which of them may go: as far as tokens and caps go."""
        budgets = SqlBudgets(self.config)
        wanted = sum(ready.parts for ready in group) - credit
        credit += await budgets.tokens(work, max(0, wanted))
        left = {
            source: (of.millis, of.again)
            for source, of in (await budgets.left(work, {ready.claim.source for ready in group}, now)).items()
        }
        going: list[Ready] = []
        wait: list[Ready] = []
        held: list[Outcome] = []
        for ready in group:
            source, cost = ready.claim.source, ready.cost_millis
            millis, again = left.get(source, (cost, now))
            if cost > millis:
                fate = Fate(MessageState.HELD, again, "spend_cap", counts=False)
                held.append(Outcome(ready.claim, fate))
            elif wait or ready.parts > credit:
                wait.append(ready)
            else:
                credit -= ready.parts
                if source in left:
                    left[source] = millis - cost, again
                going.append(ready)
        return Begun(going, wait, held, (), credit)

    async def _mark(self, work: UnitOfWork, going: Sequence[Ready], now: datetime) -> Sequence[UUID]:
        if not going:
            return ()
        return [row["id"] for row in await work.fetch(_BEGIN, *self._marks(going, now))]

    def _marks(self, going: Sequence[Ready], now: datetime) -> tuple[object, ...]:
        rows = as_json([Mark.of(ready) for ready in going])
        return rows, self.config.currency, self.config.waits.call, now, *SqlBudgets(self.config).periods(now)


def _sorted_out(chosen: Begun, marked: Sequence[UUID]) -> Begun:
    """What was not marked is lost, and has used no tokens."""
    if len(marked) == len(chosen.go):
        return chosen
    ours = set(marked)
    lost = [ready for ready in chosen.go if ready.claim.id not in ours]
    going = [ready for ready in chosen.go if ready.claim.id in ours]
    return replace(chosen, go=going, lost=lost, credit=chosen.credit + sum(ready.parts for ready in lost))


def _columns(rows: Sequence[tuple[str, int, int]]) -> Sequence[Sequence[object]]:
    return tuple(zip(*rows, strict=True)) or ((), (), ())
