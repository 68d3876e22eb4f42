"""Claiming from the queue: rows that are due, in order, judged and leased in one short transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.clock import Clock
from domain.ids import Ids
from services.alerts import AlertKind
from services.ports import Binding
from services.questions import ASKING
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

# One index scan a priority, read only as far as the limit goes. What is due by our clock; leases by the database's.
# `opening.Due` takes the columns as they stand here.
# `ahead`: when the earliest one of its lane that is open is due; but not one that waits for its own hour
# (`not_before`) or for the end of one that does not bind this one, nor one whose answer was lost long enough ago.
_DUE = """
SELECT m.id, m.person_id, m.event_id, m.kind, m.text_id, m.source, m.language, m.sealed, m.recipient_index, m.network,
  m.lane, m.provider, m.expires_at, m.attempts, m.extra_sends, (
    SELECT COALESCE(e.due_at, $1) FROM sms_messages e
    WHERE e.lane = m.lane AND e.id < m.id AND e.phase IN (0, 1)
      AND NOT (e.state = 'queued' AND e.reason = '' AND e.due_at > $1)
      AND NOT (e.state = 'held' AND e.reason IN ('quiet_hours', 'cooling') AND e.due_at > $1)
      AND NOT (e.state = 'unknown' AND (e.extra_sends > 0 OR e.handed_over_at <= $3))
    ORDER BY e.id LIMIT 1
  ) AS ahead, (SELECT k.wrapped FROM person_keys k WHERE k.person_id = m.person_id) AS wrapped
FROM unnest('{0,1,2,3}'::smallint[]) AS p(priority) CROSS JOIN LATERAL (
  SELECT * FROM sms_messages
  WHERE phase = 0 AND priority = p.priority AND state IN ('queued', 'held') AND due_at <= $1
  ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) AS m
LIMIT $2
"""
_NUMBERS = """
SELECT recipient_index, true AS stopped, NULL::timestamptz AS cool_until FROM sms_opt_outs
WHERE ended_at IS NULL AND sender IN ('', $1) AND recipient_index = ANY($2)
UNION ALL
SELECT recipient_index, false, cool_until FROM sms_number_health
WHERE cool_until > $3 AND recipient_index = ANY($2)
"""
_SUSPENDED = "SELECT source, text_id FROM sms_suspensions"
_TAKE = """
WITH held AS (
  INSERT INTO sms_claims (token, lease_until, messages) VALUES ($2, now() + $3::interval, $1::uuid[]))
UPDATE sms_messages SET state = 'sending', reason = '', provider = '', claim_token = $2 WHERE id = ANY($1)
"""
_PUT_ASIDE = """
UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = v.due_at, ended_at = v.ended_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
  AS v(id, state, reason, due_at, ended_at)
WHERE m.id = v.id
"""
_GIVE_BACK = """
UPDATE sms_messages SET state = 'queued', claim_token = NULL
WHERE id = ANY($1) AND claim_token = ANY($2) AND state = 'sending' AND provider = ''
"""


# Of messages that say only that there is something: their questions are asked of nobody.
_UNASKED = "DELETE FROM sms_prompts WHERE message_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim found. `taken`, to be gone through once: each is made as it is asked for, and need not wait in
    memory for its words. `seen`: rows that were due, also those that may not go now; `ended` of them for good."""

    taken: Iterable[Unworded]
    seen: int = 0
    ended: Sequence[tuple[UUID | None, End]] = ()


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

    async def claim(self, work: UnitOfWork, limit: int) -> Claim:
        """At most `limit` messages that may go now, most urgent first; those that may not are put aside."""
        now = self.clock.now()
        rows = [Due(*row.values()) for row in await work.fetch(_DUE, now, limit, now - self.config.waits.blocks)]
        if not rows:
            return Claim(())
        opened, judged = Opening(self.sealer, self.keys).open(rows, now)
        doubted = await doubts(work, self.sealer, [one for one in opened if one.due.kind not in _UNDOUBTED], now)
        verdicts = await self._judge(work, opened, doubted, now)
        going = [one for one, verdict in zip(opened, verdicts, strict=True) if isinstance(verdict, Go)]
        judged += [(one.due, said) for one, said in zip(opened, verdicts, strict=True) if not isinstance(said, Go)]
        token = self.ids.uuid7()
        if going:
            await work.fetch(_TAKE, [one.due.id for one in going], token, self.config.waits.lease)
        await _put_aside(work, judged, now)
        if doubted and (unsaid := [one.due.id for one in going if one.due.id in doubted]):
            await work.fetch(_UNASKED, unsaid)
        taken = (claimed(one, token, bool(doubted) and one.due.id in doubted) for one in going)
        ended = [(due.event, judgement) for due, judgement in judged if isinstance(judgement, End)]
        news = [(one.due.lane, one.due.id) for one in going if one.due.kind in _NEWS and one.due.lane]
        ended += await supersede(work, news, now)
        return Claim(taken, len(rows), ended)

    async def give_back(self, work: UnitOfWork, claims: Sequence[Claimed]) -> None:
        """Back into the queue, as if never claimed: what no provider was asked for."""
        ids, tokens = [claim.id for claim in claims], list({claim.token for claim in claims})
        await work.fetch(_GIVE_BACK, ids, tokens)

    async def _judge(
        self, work: UnitOfWork, opened: Sequence[Opened], doubted: Mapping[UUID, Binding], now: datetime
    ) -> list[Judgement]:
        """One verdict for each of those."""
        if not opened:
            return []
        stopped, cooling = await self._numbers(work, opened, now)
        suspended = {(row["source"], row["text_id"]) for row in await work.fetch(_SUSPENDED)}
        left = await SqlBudgets(self.config).left(work, {one.due.source for one in opened}, now)
        spent_out = {source: of.again for source, of in left.items() if of.millis <= 0}
        special = bool(stopped or cooling or suspended or spent_out or doubted)
        alike: dict[str, Judgement] = {}
        verdicts: list[Judgement] = []
        for one in opened:
            due, id = one.due, one.due.id
            if not special and due.ahead is None and (due.expires_at is None or due.expires_at > now):
                # Nothing but its kind decides, and that is the same for hundreds.
                verdict = alike.get(due.kind)
                if verdict is None:
                    verdict = alike[due.kind] = judge(one.kind, None, UNHINDERED, self.config, now)
                verdicts.append(verdict)
                continue
            if doubted.get(id) is Binding.ENDED:
                verdicts.append(End(MessageState.SUPPRESSED, "wrong_number"))
                continue
            conditions = Conditions(
                opted_out=id in stopped,
                suspended=_is_suspended(suspended, due.source, due.text_id),
                cool_until=cooling.get(id),
                spent_out=spent_out.get(due.source),
                ahead=due.ahead,
            )
            verdicts.append(judge(one.kind, due.expires_at, conditions, self.config, now))
        return verdicts

    async def _numbers(
        self, work: UnitOfWork, opened: Sequence[Opened], now: datetime
    ) -> tuple[set[UUID], Mapping[UUID, datetime | None]]:
        """Which messages are to numbers that said STOP, and until when numbers cool."""
        indexes = [self._indexes(one) for one in opened]
        found = await work.fetch(_NUMBERS, self.config.sender.id, [index for each in indexes for index in each], now)
        stopped: set[UUID] = set()
        cooling: dict[UUID, datetime | None] = {}
        named: dict[bytes, list[UUID]] = {}
        if found:
            for one, each in zip(opened, indexes, strict=True):
                for index in each:
                    named.setdefault(index, []).append(one.due.id)
        for row in found:
            messages = named[row["recipient_index"]]
            if row["stopped"]:
                stopped.update(messages)
            else:
                cooling |= dict.fromkeys(messages, row["cool_until"])
        return stopped, cooling

    def _indexes(self, one: Opened) -> tuple[bytes, ...]:
        """As its number may be written elsewhere: under every listed key, while keys are rotated."""
        if len(self.sealer.ring.ids) == 1:
            return (one.due.recipient_index,)
        return self.sealer.blind_indexes(one.to.e164, RECIPIENT)


async def _put_aside(work: UnitOfWork, judged: Sequence[tuple[Due, Judgement]], now: datetime) -> None:
    aside = [
        (due.id, judgement.state.value, judgement.reason, None, now)
        if isinstance(judgement, End)
        else (due.id, MessageState.HELD.value, judgement.reason, judgement.until, None)
        for due, judgement in judged
        if isinstance(judgement, (End, Hold))
    ]
    if aside:
        await work.fetch(_PUT_ASIDE, *zip(*aside, strict=True))


def _is_suspended(suspended: set[tuple[str, str]], source: str, text_id: str) -> bool:
    """`sms.granted*` names every text that begins so, and a name also the same text with a question in it."""
    names = ("", text_id, text_id.removesuffix(ASKING))
    return any(
        of in ("", source) and (text_id.startswith(named[:-1]) if named.endswith("*") else named in names)
        for of, named in suspended
    )
