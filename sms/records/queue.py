"""The queue between claim and report: what is begun (`sms.records.beginning`), and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.clock import Clock
from sms.claims import Outcome, Ready
from sms.config import SmsConfig
from sms.records.beginning import Beginning, Begun
from sms.records.budgets import SqlBudgets
from sms.records.outbox import NAME
from sms.records.queue_rows import Names, Result, as_json
from sms.states import MessageState
from sms.values import Accepted, NotSent, Refused
from storage.sealing import Sealer, SealingKey
from storage.unit_of_work import UnitOfWork

# The token fences: a worker whose lease was taken over writes nothing. While the row is `unknown` the token stays, so
# that an answer that comes late is believed after all.
_FINISH = """
WITH v AS (
  SELECT * FROM json_to_recordset($1::text::json) AS v(id uuid, token uuid, state text, reason text,
    due_at timestamptz, attempts smallint, cost bigint, currency text, sent_text bytea, handed timestamptz,
    ended_at timestamptz, attempt smallint, provider text, provider_ids text[])),
done AS (
  UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = v.due_at, attempts = v.attempts,
    cost_millis = v.cost, cost_currency = v.currency, sent_text = COALESCE(v.sent_text, m.sent_text),
    handed_over_at = COALESCE(v.handed, m.handed_over_at), ended_at = v.ended_at,
    claim_token = CASE WHEN v.state = 'unknown' THEN m.claim_token END
  FROM v WHERE m.id = v.id AND m.claim_token = v.token AND m.state IN ('sending', 'unknown')
  RETURNING m.id),
named AS (
  INSERT INTO sms_parts (message_id, attempt, part, provider, provider_id, state, created_at)
  SELECT v.id, v.attempt, p.part, v.provider, p.id, 'sent', $2
  FROM done JOIN v USING (id), unnest(v.provider_ids) WITH ORDINALITY AS p(id, part)
  ON CONFLICT DO NOTHING)
SELECT count(*) AS written, CASE WHEN count(*) < $3 THEN array_agg(id) END AS ids FROM done
"""
# Of what was certainly not handed over: its attempt does not always count, and the next may have the same number.
_FORGET_NAMES = """
DELETE FROM sms_parts p USING json_to_recordset($1::text::json) AS v(id uuid, attempt smallint)
WHERE p.message_id = v.id AND p.attempt = v.attempt AND p.state = 'sent'
"""
ENDED = frozenset({MessageState.FAILED, MessageState.EXPIRED, MessageState.SUPPRESSED})


@dataclass(frozen=True, slots=True)
class SqlQueue:
    """All but the claim itself (`sms.records.claiming`)."""

    sealer: Sealer
    clock: Clock
    config: SmsConfig

    async def begin(self, work: UnitOfWork, group: Sequence[Ready], credit: int, named: frozenset[str]) -> Begun:
        """Marks the group as being sent and charges for it, as far as tokens and caps go.

        `credit`: parts granted, unused. `named`: providers that report by the names that we give to parts: those are
        written down now. Where all may go it is one statement, written once it returns (`UnitOfWork.alone`).
        """
        return await Beginning(self.config).begin(work, group, credit, named, self.clock.now())

    async def finish(self, work: UnitOfWork, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Writes what came of claims; gives those that were still ours to write. What was not sent costs nothing."""
        now = self.clock.now()
        if not outcomes:
            return ()
        rows = as_json([self._result(outcome, now) for outcome in outcomes])
        # What a provider took concerns nobody else: no other statement has to be written with it.
        taken = all(isinstance(outcome.receipt, Accepted) for outcome in outcomes)
        [found] = await (work.alone if taken else work.fetch)(_FINISH, rows, now, len(outcomes))
        ours = outcomes
        if found["written"] < len(outcomes):
            written = set(found["ids"] or ())
            ours = [outcome for outcome in outcomes if outcome.claim.id in written]
        unsent = [one.ready for one in ours if one.ready and isinstance(one.receipt, (NotSent, Refused))]
        if unsent:
            refunds = {source: (-millis, -parts) for source, (millis, parts) in _sums(unsent).items()}
            await SqlBudgets(self.config).charge(work, refunds, now)
        forgotten = [one.ready for one in ours if one.ready and isinstance(one.receipt, NotSent)]
        if names := [Names.of(ready) for ready in forgotten if ready.part_ids]:
            await work.fetch(_FORGET_NAMES, as_json(names))
        return ours

    def seal(self, said: str, message: UUID, key: SealingKey) -> bytes:
        """What will have been sent, as it is kept."""
        return self.sealer.seal(said, NAME, "sent_text", message, key)

    def _result(self, outcome: Outcome, now: datetime) -> Result:
        claim, fate, ready, receipt = outcome.claim, outcome.fate, outcome.ready, outcome.receipt
        cost, currency = (ready.cost_millis, self.config.currency) if ready else (0, "")
        if isinstance(receipt, Accepted) and receipt.cost_millis is not None:
            cost, currency = receipt.cost_millis, receipt.currency
        elif isinstance(receipt, (NotSent, Refused)):
            cost, currency = 0, ""
        return Result(
            claim.id,
            claim.token,
            fate.state,
            fate.reason,
            fate.due_at,
            claim.attempts + (1 if fate.counts else 0),
            cost,
            currency,
            "\\x" + ready.sealed.hex() if ready and fate.handed_over else None,
            (outcome.handed_over_at or now) if fate.handed_over else None,
            now if fate.state in ENDED else None,
            claim.attempts + 1,
            ready.provider.name if ready else "",
            receipt.provider_ids if isinstance(receipt, Accepted) else (),
        )


def _sums(messages: Sequence[Ready]) -> dict[str, tuple[int, int]]:
    """Cost and parts by source."""
    sums: dict[str, tuple[int, int]] = {}
    for ready in messages:
        millis, parts = sums.get(ready.claim.source, (0, 0))
        sums[ready.claim.source] = millis + ready.cost_millis, parts + ready.parts
    return sums
