"""The queue between claim and report: what is begun, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text

from domain.clock import Clock
from sms.claims import Outcome, Ready
from sms.config import SmsConfig
from sms.records.budgets import SqlBudgets
from sms.records.outbox import NAME
from sms.retry import Fate
from sms.states import MessageState
from sms.values import Accepted, NotSent, Refused
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

# Written before the first octet goes out: whoever takes over knows that this may have been sent, and by whom.
# It touches no column of an index, so that PostgreSQL can write it beside the row (HOT). Repeatable: a commit whose
# end nobody heard of is tried again.
_BEGIN = text("""
UPDATE sms_messages m SET provider = v.provider, provider_mode = v.mode, encoding = v.encoding, parts = v.parts,
  cost_millis = v.cost, cost_currency = :currency, attempts = v.attempts
FROM json_to_recordset(CAST(CAST(:rows AS text) AS json)) AS v(id uuid, token uuid, provider text, mode text,
  encoding text, parts smallint, cost bigint, attempts smallint)
WHERE m.id = v.id AND m.claim_token = v.token AND m.state = 'sending' AND m.provider IN ('', v.provider)
  AND m.lease_until > now() + CAST(:call AS interval) AND (m.expires_at IS NULL OR m.expires_at > :now)
RETURNING m.id
""")
# The token fences: a worker whose lease was taken over writes nothing. While the row is `unknown` the token stays, so
# that an answer that comes late is believed after all.
_FINISH = text("""
UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = v.due_at, attempts = v.attempts,
  cost_millis = v.cost, cost_currency = v.currency, sent_text = COALESCE(v.sent_text, m.sent_text),
  handed_over_at = COALESCE(v.handed, m.handed_over_at), ended_at = v.ended_at,
  claim_token = CASE WHEN v.state = 'unknown' THEN m.claim_token END, lease_until = NULL
FROM json_to_recordset(CAST(CAST(:rows AS text) AS json)) AS v(id uuid, token uuid, state text, reason text,
  due_at timestamptz, attempts smallint, cost bigint, currency text, sent_text bytea, handed timestamptz,
  ended_at timestamptz)
WHERE m.id = v.id AND m.claim_token = v.token AND m.state IN ('sending', 'unknown')
RETURNING m.id
""")
_PARTS = text("""
INSERT INTO sms_parts AS p (message_id, attempt, part, provider, provider_id, state, created_at)
SELECT v.message, v.attempt, v.part, v.provider, v.provider_id, 'sent', :now
FROM json_to_recordset(CAST(CAST(:rows AS text) AS json)) AS v(message uuid, attempt smallint, part smallint,
  provider text, provider_id text)
ON CONFLICT DO NOTHING
""")
# Of what was certainly not handed over: its attempt does not always count, and the next may have the same number.
_FORGET_NAMES = text("""
DELETE FROM sms_parts p USING json_to_recordset(CAST(CAST(:rows AS text) AS json)) AS v(message uuid, attempt smallint)
WHERE p.message_id = v.message AND p.attempt = v.attempt AND p.state = 'sent'
""")
ENDED = frozenset({MessageState.FAILED, MessageState.EXPIRED, MessageState.SUPPRESSED})


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
class SqlQueue:
    """All but the claim itself (`sms.records.claiming`)."""

    sealer: Sealer
    clock: Clock
    config: SmsConfig

    async def begin(self, work: UnitOfWork, group: Sequence[Ready], credit: int, named: frozenset[str]) -> Begun:
        """Marks the group as being sent, as far as tokens and caps go. `credit`: parts granted earlier, unused.

        It locks the sender's bucket: charge what it lets go (`charge`) after it, never before, in the same transaction.
        `named`: providers that report by the names that we give to parts: those are written down now.
        """
        now = self.clock.now()
        budgets = SqlBudgets(self.config)
        wanted = sum(ready.parts for ready in group) - credit
        credit += await budgets.tokens(work, wanted) if wanted > 0 else 0
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
        begun = await self._mark(work, going)
        lost = [ready for ready in going if ready.claim.id not in begun]
        credit += sum(ready.parts for ready in lost)
        going = [ready for ready in going if ready.claim.id in begun]
        await self._write_parts(work, [(ready, ready.part_ids) for ready in going if ready.provider.name in named])
        return Begun(going, wait, held, lost, credit)

    async def finish(self, work: UnitOfWork, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Writes what came of claims; gives those that were still ours to write. `charge` gives back their costs."""
        now = self.clock.now()
        if not outcomes:
            return ()
        rows = _rows(self._result(outcome, now) for outcome in outcomes)
        written = {row.id for row in await work.execute(_FINISH, {"rows": rows})}
        ours = [outcome for outcome in outcomes if outcome.claim.id in written]
        await self._write_parts(
            work,
            [
                (outcome.ready, outcome.receipt.provider_ids)
                for outcome in ours
                if outcome.ready and isinstance(outcome.receipt, Accepted)
            ],
        )
        if unsent := [one for one in ours if one.ready and one.ready.part_ids and isinstance(one.receipt, NotSent)]:
            names = ({"message": one.claim.id, "attempt": one.claim.attempts + 1} for one in unsent)
            await work.execute(_FORGET_NAMES, {"rows": _rows(names)})
        return ours

    async def charge(self, work: UnitOfWork, going: Sequence[Ready], ours: Sequence[Outcome]) -> None:
        """What is begun costs, what was not sent after all does not. Once in a transaction, and last: all workers
        take the sender's bucket before the sources' sums."""
        sums = _sums(going)
        unsent = [one.ready for one in ours if one.ready and isinstance(one.receipt, (NotSent, Refused))]
        for source, (millis, parts) in _sums(unsent).items():
            had = sums.get(source, (0, 0))
            sums[source] = had[0] - millis, had[1] - parts
        await SqlBudgets(self.config).charge(work, sums, self.clock.now())

    async def _mark(self, work: UnitOfWork, going: Sequence[Ready]) -> set[UUID]:
        if not going:
            return set()
        rows = _rows(
            {
                "id": ready.claim.id,
                "token": ready.claim.token,
                "provider": ready.provider.name,
                "mode": ready.provider.mode,
                "encoding": ready.worded.encoding,
                "parts": ready.parts,
                "cost": ready.cost_millis,
                "attempts": ready.claim.attempts + 1,
            }
            for ready in going
        )
        values = {
            "rows": rows,
            "currency": self.config.currency,
            "call": self.config.waits.call,
            "now": self.clock.now(),
        }
        return {row.id for row in await work.execute(_BEGIN, values)}

    def _result(self, outcome: Outcome, now: datetime) -> dict[str, object]:
        claim, fate, ready, receipt = outcome.claim, outcome.fate, outcome.ready, outcome.receipt
        cost, currency = (ready.cost_millis, self.config.currency) if ready else (0, "")
        if isinstance(receipt, Accepted) and receipt.cost_millis is not None:
            cost, currency = receipt.cost_millis, receipt.currency
        elif isinstance(receipt, (NotSent, Refused)):
            cost, currency = 0, ""
        sealed = None
        if ready is not None and fate.handed_over:
            sealed = self.sealer.seal(ready.worded.text, NAME, "sent_text", claim.id, claim.key)
        return {
            "id": claim.id,
            "token": claim.token,
            "state": fate.state,
            "reason": fate.reason,
            "due_at": fate.due_at,
            "attempts": claim.attempts + (1 if fate.counts else 0),
            "cost": cost,
            "currency": currency,
            "sent_text": f"\\x{sealed.hex()}" if sealed else None,
            "handed": (outcome.handed_over_at or now) if fate.handed_over else None,
            "ended_at": now if fate.state in ENDED else None,
        }

    async def _write_parts(self, work: UnitOfWork, sent: Sequence[tuple[Ready, Sequence[str]]]) -> None:
        now = self.clock.now()
        rows = [
            {
                "message": ready.claim.id,
                "attempt": ready.claim.attempts + 1,
                "part": part,
                "provider": ready.provider.name,
                "provider_id": provider_id,
            }
            for ready, provider_ids in sent
            for part, provider_id in enumerate(provider_ids, 1)
        ]
        if rows:
            await work.execute(_PARTS, {"now": now, "rows": _rows(rows)})


def _rows(rows: Iterable[Mapping[str, object]]) -> str:
    """As one parameter: it costs a fifth of an array for each column."""
    return msgspec.json.encode(list(rows)).decode()


def _sums(messages: Sequence[Ready]) -> dict[str, tuple[int, int]]:
    """Cost and parts by source."""
    sums: dict[str, tuple[int, int]] = {}
    for ready in messages:
        millis, parts = sums.get(ready.claim.source, (0, 0))
        sums[ready.claim.source] = millis + ready.cost_millis, parts + ready.parts
    return sums
