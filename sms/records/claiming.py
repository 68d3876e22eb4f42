"""Claiming from the queue: rows that are due, in order, leased in one statement, opened and judged in one pass."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from domain.clock import Clock
from domain.ids import Ids
from services.alerts import AlertKind
from services.ports import Binding
from services.records.people import SILENCE
from services.records.suspensions import is_held, suspended
from sms.claims import Claimed, Unworded
from sms.config import SmsConfig
from sms.holding import UNHINDERED, Conditions, End, Go, Hold, Judgement, judge
from sms.records.bindings import doubts
from sms.records.budgets import SqlBudgets
from sms.records.indexes import RECIPIENT
from sms.records.opening import Due, Opened, Opening, claimed
from sms.records.superseding import NEWS, supersede
from sms.states import MessageState
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

T = TypeVar("T")

# One index scan a priority, read only as far as the limit goes. What is due by our clock; leases by the database's.
# All of it is taken at once, with what is known of it: most may go, and what may not is put aside right after.
# `opening.Due` takes the columns as they stand here.
# `ahead`: when the earliest one of its lane that is open is due; but not one that waits for its own hour
# (`not_before`) or for the end of one that does not bind this one, nor one whose answer was lost long enough ago.
# `stopped`, `cool_until`, `doubted`: of its number. `asked`: sources or texts are suspended, or somebody has spent as
# much as the least cap: then it is asked whom that concerns.
_CLAIM = """
WITH due AS MATERIALIZED (
  SELECT m.id, m.person_id, m.event_id, m.kind, m.text_id, m.source, m.language, m.sealed, m.recipient_index, m.network,
    m.lane, m.provider, m.expires_at, m.attempts, m.extra_sends
  FROM unnest('{0,1,2,3}'::smallint[]) AS p(priority) CROSS JOIN LATERAL (
    SELECT * FROM sms_messages
    WHERE phase = 0 AND priority = p.priority AND state IN ('queued', 'held') AND due_at <= $1
    ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) AS m
  LIMIT $2),
held AS (
  INSERT INTO sms_claims (token, lease_until, messages)
  SELECT $4, now() + $5::interval, array_agg(id) FROM due HAVING count(*) > 0),
taken AS (
  UPDATE sms_messages SET state = 'sending', reason = '', provider = '', claim_token = $4
  WHERE id = ANY(ARRAY(SELECT id FROM due)))
SELECT d.*, (
    SELECT COALESCE(e.due_at, $1) FROM sms_messages e
    WHERE e.lane = d.lane AND e.id < d.id AND e.phase IN (0, 1)
      AND NOT (e.state = 'queued' AND e.reason = '' AND e.due_at > $1)
      AND NOT (e.state = 'held' AND e.reason IN ('quiet_hours', 'cooling') AND e.due_at > $1)
      AND NOT (e.state = 'unknown' AND (e.extra_sends > 0 OR e.handed_over_at <= $3))
    ORDER BY e.id LIMIT 1
  ) AS ahead, (SELECT k.wrapped FROM person_keys k WHERE k.person_id = d.person_id) AS wrapped, (
    SELECT true FROM sms_opt_outs o
    WHERE o.recipient_index = d.recipient_index AND o.sender IN ('', $6) AND o.ended_at IS NULL LIMIT 1
  ) AS stopped, (
    SELECT h.cool_until FROM sms_number_health h WHERE h.recipient_index = d.recipient_index AND h.cool_until > $1
  ) AS cool_until, (
    SELECT true FROM numbers n
    WHERE n.person_id = d.person_id AND (n.state <> 'active' OR n.last_seen < $7) LIMIT 1
  ) AS doubted, EXISTS (SELECT FROM sms_suspensions) OR EXISTS (
    SELECT FROM sms_spend
    WHERE period = 'day' AND begins = $8 AND millis >= $10 OR period = 'month' AND begins = $9 AND millis >= $11
  ) AS asked
FROM due d
"""
_NUMBERS = """
SELECT recipient_index, true AS stopped, NULL::timestamptz AS cool_until FROM sms_opt_outs
WHERE ended_at IS NULL AND sender IN ('', $1) AND recipient_index = ANY($2)
UNION ALL
SELECT recipient_index, false, cool_until FROM sms_number_health
WHERE cool_until > $3 AND recipient_index = ANY($2)
"""
# Back to waiting, under the token, with the provider it had: what may not go now, or never.
_PUT_ASIDE = """
UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = v.due_at, ended_at = v.ended_at,
  provider = v.provider, claim_token = NULL
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[])
  AS v(id, state, reason, due_at, ended_at, provider)
WHERE m.id = v.id AND m.claim_token = $1 AND m.state = 'sending' RETURNING m.id
"""
_GIVE_BACK = """
UPDATE sms_messages SET state = 'queued', claim_token = NULL
WHERE id = ANY($1) AND claim_token = ANY($2) AND state = 'sending' AND provider = ''
"""
_LET_GO = """
UPDATE sms_messages SET state = 'queued', claim_token = NULL
WHERE id = ANY(ARRAY(SELECT unnest(messages) FROM sms_claims WHERE token = $1)) AND claim_token = $1
  AND state = 'sending' AND provider = ''
"""
# Of messages that say only that there is something: their questions are asked of nobody.
_UNASKED = "DELETE FROM sms_prompts WHERE message_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Claim(Generic[T]):
    """What one claim found. `taken`: may go, each as it was made. `seen`: rows that were due, also those that may not
    go now; `ended` of them for good."""

    taken: Sequence[T] = ()
    seen: int = 0
    ended: Sequence[tuple[UUID | None, End]] = ()


@dataclass(frozen=True, slots=True)
class _Hindered:
    """What holds messages of this claim back, besides their hour and their lane. `stopped`, `cooling`, `doubted`: by
    message; `spent_out`: when a source may spend again."""

    stopped: set[UUID] = field(default_factory=set)
    cooling: dict[UUID, datetime | None] = field(default_factory=dict)
    doubted: Mapping[UUID, Binding] = field(default_factory=dict)
    suspended: Collection[tuple[str, str]] = ()
    spent_out: Mapping[str, datetime] = field(default_factory=dict)


# What a number itself has just asked for goes there, whoever holds it: it tells no more than the number may know.
_ASKED_BY_NUMBER = frozenset({AlertKind.CODE, AlertKind.CONSENT, AlertKind.REPLY, AlertKind.OPT_OUT})
# By their texts: an enum's own hash is Python, and asked for every message.
_UNDOUBTED, _NEWS = ({kind.value for kind in kinds} for kinds in (_ASKED_BY_NUMBER, NEWS))


@dataclass(frozen=True, slots=True)
class SqlClaims:
    """Claims for one worker."""

    sealer: Sealer
    keys: PersonKeys
    clock: Clock
    ids: Ids
    config: SmsConfig

    def token(self) -> UUID:
        """For one claim, a new one."""
        return self.ids.uuid7()

    async def claim(self, work: UnitOfWork, token: UUID, limit: int, make: Callable[[Unworded], T]) -> Claim[T]:
        """At most `limit` messages that may go now, most urgent first; those that may not are put aside.

        They are taken by a statement of its own (`UnitOfWork.alone`): should the rest fail, they are given back by the
        token (`let_go`), or come back when the lease ends. `make` is handed each that may go as soon as it is open,
        while it is at hand.
        """
        now = self.clock.now()
        rows = [Due(*row.values()) for row in await work.alone(_CLAIM, *self._asked_for(now, limit, token))]
        if not rows:
            return Claim()
        opening = Opening(self.sealer, self.keys)
        hindered = await self._hindered(work, rows, opening, now)
        doubted = hindered.doubted if hindered else {}
        taken: list[T] = []
        judged: list[tuple[Due, Judgement]] = []
        news: list[tuple[bytes, UUID]] = []
        alike: dict[str, Judgement] = {}
        for due in rows:
            found = opening.open(due, now)
            verdict = self._judge(found, hindered, alike, now) if isinstance(found, Opened) else found
            if isinstance(found, Opened) and isinstance(verdict, Go):
                taken.append(make(claimed(found, token, due.id in doubted)))
                if due.kind in _NEWS and due.lane:
                    news.append((due.lane, due.id))
            else:
                judged.append((due, verdict))
        ended = await _put_aside(work, judged, token, now) if judged else []
        aside = {due.id for due, _ in judged}
        if doubted and (unsaid := [due.id for due in rows if due.id in doubted and due.id not in aside]):
            await work.fetch(_UNASKED, unsaid)
        ended += await supersede(work, news, now)
        return Claim(taken, len(rows), ended)

    async def give_back(self, work: UnitOfWork, claims: Sequence[Claimed]) -> None:
        """Back into the queue, as if never claimed: what no provider was asked for."""
        ids, tokens = [claim.id for claim in claims], list({claim.token for claim in claims})
        await work.fetch(_GIVE_BACK, ids, tokens)

    async def let_go(self, work: UnitOfWork, token: UUID) -> None:
        """As `give_back`, all that was taken under the token and is not put aside: of a claim that failed half-way."""
        await work.fetch(_LET_GO, token)

    def _asked_for(self, now: datetime, limit: int, token: UUID) -> tuple[object, ...]:
        waits, budgets = self.config.waits, SqlBudgets(self.config)
        leases = (token, waits.lease)
        return now, limit, now - waits.blocks, *leases, self.config.sender.id, now - SILENCE, *budgets.least(now)

    async def _hindered(
        self, work: UnitOfWork, rows: Sequence[Due], opening: Opening, now: datetime
    ) -> _Hindered | None:
        """None where nothing but its hour and its lane can hold any of them: then nothing more is asked."""
        rotated = len(self.sealer.ring.ids) > 1
        if not (rotated or any(due.stopped or due.cool_until or due.doubted or due.asked for due in rows)):
            return None
        hindered = _Hindered(
            {due.id for due in rows if due.stopped}, {due.id: due.cool_until for due in rows if due.cool_until}
        )
        if rotated:
            await self._numbers(work, opening.all(rows, now), hindered, now)
        unsure = opening.all([due for due in rows if due.doubted and due.kind not in _UNDOUBTED], now)
        hindered = replace(hindered, doubted=await doubts(work, self.sealer, unsure, now))
        if not rows[0].asked:
            return hindered
        stopped = await suspended(work)
        left = await SqlBudgets(self.config).left(work, {due.source for due in rows}, now)
        spent_out = {source: of.again for source, of in left.items() if of.millis <= 0}
        return replace(hindered, suspended=stopped, spent_out=spent_out)

    def _judge(self, one: Opened, hindered: _Hindered | None, alike: dict[str, Judgement], now: datetime) -> Judgement:
        due, id = one.due, one.due.id
        if hindered is None:
            if due.ahead is None and (due.expires_at is None or due.expires_at > now):
                # Nothing but its kind decides, and that is the same for hundreds.
                verdict = alike.get(due.kind)
                if verdict is None:
                    verdict = alike[due.kind] = judge(one.kind, None, UNHINDERED, self.config, now)
                return verdict
            return judge(one.kind, due.expires_at, Conditions(ahead=due.ahead), self.config, now)
        if hindered.doubted.get(id) is Binding.ENDED:
            return End(MessageState.SUPPRESSED, "wrong_number")
        conditions = Conditions(
            opted_out=id in hindered.stopped,
            suspended=is_held(hindered.suspended, due.source, due.text_id),
            cool_until=hindered.cooling.get(id),
            spent_out=hindered.spent_out.get(due.source),
            ahead=due.ahead,
        )
        return judge(one.kind, due.expires_at, conditions, self.config, now)

    async def _numbers(self, work: UnitOfWork, opened: Sequence[Opened], hindered: _Hindered, now: datetime) -> None:
        """Adds which messages are to numbers that said STOP, and until when numbers cool, while keys are rotated: a
        number may be written elsewhere under each key that is listed."""
        named: dict[bytes, list[UUID]] = {}
        for one in opened:
            for index in self.sealer.blind_indexes(one.to.e164, RECIPIENT):
                named.setdefault(index, []).append(one.due.id)
        for row in await work.read(_NUMBERS, self.config.sender.id, list(named), now):
            messages = named[row["recipient_index"]]
            if row["stopped"]:
                hindered.stopped.update(messages)
            else:
                hindered.cooling.update(dict.fromkeys(messages, row["cool_until"]))


async def _put_aside(
    work: UnitOfWork, judged: Sequence[tuple[Due, Judgement]], token: UUID, now: datetime
) -> list[tuple[UUID | None, End]]:
    """Those that are ended by it."""
    aside = [
        (due.id, judgement.state.value, judgement.reason, None, now, due.provider)
        if isinstance(judgement, End)
        else (due.id, MessageState.HELD.value, judgement.reason, judgement.until, None, due.provider)
        for due, judgement in judged
        if isinstance(judgement, (End, Hold))
    ]
    ours = {row["id"] for row in await work.fetch(_PUT_ASIDE, token, *zip(*aside, strict=True))}
    return [(due.event, judged) for due, judged in judged if isinstance(judged, End) and due.id in ours]
