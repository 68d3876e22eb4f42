"""Claiming from the queue: rows that are due, in order, judged and leased in one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain.clock import Clock
from domain.ids import Ids
from services.alerts import AlertKind
from services.ports import Binding
from sms.claims import Claimed
from sms.config import SmsConfig
from sms.holding import UNHINDERED, Conditions, End, Go, Hold, Judgement, judge
from sms.records.bindings import Addressed, doubts
from sms.records.budgets import SqlBudgets
from sms.records.opening import Opened, Opening, claimed
from sms.records.outbox import RECIPIENT
from sms.records.superseding import NEWS, supersede
from sms.states import MessageState
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

# One index scan a priority, read only as far as the limit goes. What is due by our clock; leases by the database's.
# `ahead`: when the earliest one of its lane that is open is due; but not one that waits for its own hour
# (`not_before`) or for the end of one that does not bind this one, nor one whose answer was lost long enough ago.
_DUE = text("""
SELECT m.id, m.person_id, m.event_id, m.kind, m.text_id, m.source, m.language, m.sealed, m.recipient_index, m.network,
  m.lane, m.provider, m.expires_at, m.attempts, m.extra_sends, (
    SELECT COALESCE(e.due_at, :now) FROM sms_messages e
    WHERE e.lane = m.lane AND e.id < m.id AND e.state IN ('queued', 'held', 'sending', 'unknown')
      AND NOT (e.state = 'queued' AND e.reason = '' AND e.due_at > :now)
      AND NOT (e.state = 'held' AND e.reason IN ('quiet_hours', 'cooling') AND e.due_at > :now)
      AND NOT (e.state = 'unknown' AND (e.extra_sends > 0 OR e.handed_over_at <= :unblocks))
    ORDER BY e.id LIMIT 1
  ) AS ahead
FROM unnest(CAST('{0,1,2,3}' AS smallint[])) AS p(priority) CROSS JOIN LATERAL (
  SELECT * FROM sms_messages
  WHERE priority = p.priority AND state IN ('queued', 'held') AND due_at <= :now
  ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED) AS m
LIMIT :limit
""")
_NUMBERS = text("""
SELECT recipient_index, true AS stopped, NULL AS cool_until FROM sms_opt_outs
WHERE ended_at IS NULL AND sender IN ('', :sender) AND recipient_index = ANY(CAST(:indexes AS bytea[]))
UNION ALL
SELECT recipient_index, false, cool_until FROM sms_number_health
WHERE cool_until > :now AND recipient_index = ANY(CAST(:indexes AS bytea[]))
""")
_SUSPENDED = text("SELECT source, text_id FROM sms_suspensions")
_TAKE = text("""
UPDATE sms_messages SET state = 'sending', reason = '', provider = '', claim_token = :token,
  lease_until = now() + CAST(:lease AS interval)
WHERE id = ANY(CAST(:ids AS uuid[]))
""")
_PUT_ASIDE = text("""
UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = v.due_at, ended_at = v.ended_at
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
            CAST(:due AS timestamptz[]), CAST(:ended AS timestamptz[])) AS v(id, state, reason, due_at, ended_at)
WHERE m.id = v.id
""")
_GIVE_BACK = text("""
UPDATE sms_messages SET state = 'queued', claim_token = NULL, lease_until = NULL
WHERE id = ANY(CAST(:ids AS uuid[])) AND claim_token = ANY(CAST(:tokens AS uuid[])) AND state = 'sending'
  AND provider = ''
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim found. `seen`: rows that were due, also those that may not go now; `ended` of them for good."""

    taken: Sequence[Claimed]
    seen: int = 0
    ended: Sequence[tuple[UUID | None, End]] = ()


# What a number itself has just asked for goes there, whoever holds it: it tells no more than the number may know.
_ASKED_BY_NUMBER = frozenset({AlertKind.CODE, AlertKind.REPLY, AlertKind.OPT_OUT})


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
        due = {"now": now, "limit": limit, "unblocks": now - self.config.waits.blocks}
        rows = (await work.execute(_DUE, due)).all()
        if not rows:
            return Claim(())
        opened, judged = await Opening(self.sealer, self.keys).open(work, rows, now)
        addressed = [
            Addressed(one.row.id, one.row.person_id, one.to) for one in opened if one.kind not in _ASKED_BY_NUMBER
        ]
        doubted = await doubts(work, self.sealer, addressed, now)
        judged += await self._judge(work, opened, doubted, now)
        token = self.ids.uuid7()
        going = {row.id for row, judgement in judged if isinstance(judgement, Go)}
        if going:
            lease = {"token": token, "ids": list(going), "lease": self.config.waits.lease}
            await work.execute(_TAKE, lease)
        await _put_aside(work, judged, now)
        taken = [claimed(one, token, one.row.id in doubted) for one in opened if one.row.id in going]
        ended = [(row.event_id, judgement) for row, judgement in judged if isinstance(judgement, End)]
        news = [one.row for one in opened if one.kind in NEWS and one.row.lane and one.row.id in going]
        ended += await supersede(work, [(row.lane, row.id) for row in news], now)
        return Claim(taken, len(rows), ended)

    async def give_back(self, work: UnitOfWork, claims: Sequence[Claimed]) -> None:
        """Back into the queue, as if never claimed: what no provider was asked for."""
        ids, tokens = [claim.id for claim in claims], list({claim.token for claim in claims})
        await work.execute(_GIVE_BACK, {"ids": ids, "tokens": tokens})

    async def _judge(
        self, work: UnitOfWork, opened: Sequence[Opened], doubted: Mapping[UUID, Binding], now: datetime
    ) -> list[tuple[Row[Any], Judgement]]:
        if not opened:
            return []
        stopped, cooling = await self._numbers(work, opened, now)
        suspended = {(row.source, row.text_id) for row in await work.execute(_SUSPENDED)}
        left = await SqlBudgets(self.config).left(work, {one.row.source for one in opened}, now)
        spent_out = {source: of.again for source, of in left.items() if of.millis <= 0}
        judged: list[tuple[Row[Any], Judgement]] = []
        for one in opened:
            row = one.row
            if doubted.get(row.id) is Binding.ENDED:
                judged.append((row, End(MessageState.SUPPRESSED, "wrong_number")))
                continue
            conditions = UNHINDERED
            if row.ahead or suspended or row.id in stopped or row.id in cooling or row.source in spent_out:
                conditions = Conditions(
                    opted_out=row.id in stopped,
                    suspended=_is_suspended(suspended, row.source, row.text_id),
                    cool_until=cooling.get(row.id),
                    spent_out=spent_out.get(row.source),
                    ahead=row.ahead,
                )
            judged.append((row, judge(one.kind, row.expires_at, conditions, self.config, now)))
        return judged

    async def _numbers(
        self, work: UnitOfWork, opened: Sequence[Opened], now: datetime
    ) -> tuple[set[UUID], dict[UUID, datetime]]:
        """Which messages are to numbers that said STOP, and until when numbers cool."""
        named: dict[bytes, list[UUID]] = {}
        for one in opened:
            for index in self._indexes(one):
                named.setdefault(index, []).append(one.row.id)
        found = await work.execute(_NUMBERS, {"sender": self.config.sender.id, "indexes": list(named), "now": now})
        stopped: set[UUID] = set()
        cooling: dict[UUID, datetime] = {}
        for row in found:
            messages = named[row.recipient_index]
            if row.stopped:
                stopped.update(messages)
            else:
                cooling.update(dict.fromkeys(messages, row.cool_until))
        return stopped, cooling

    def _indexes(self, one: Opened) -> tuple[bytes, ...]:
        """As its number may be written elsewhere: under every listed key, while keys are rotated."""
        if len(self.sealer.ring.ids) == 1:
            return (one.row.recipient_index,)
        return self.sealer.blind_indexes(one.to.e164, RECIPIENT)


async def _put_aside(work: UnitOfWork, judged: Sequence[tuple[Row[Any], Judgement]], now: datetime) -> None:
    aside = [
        (row.id, judgement.state.value, judgement.reason, None, now)
        if isinstance(judgement, End)
        else (row.id, MessageState.HELD.value, judgement.reason, judgement.until, None)
        for row, judgement in judged
        if isinstance(judgement, (End, Hold))
    ]
    if aside:
        names = ("ids", "states", "reasons", "due", "ended")
        await work.execute(_PUT_ASIDE, dict(zip(names, map(list, zip(*aside, strict=True)), strict=True)))


def _is_suspended(suspended: set[tuple[str, str]], source: str, text_id: str) -> bool:
    """`sms.granted*` names every text that begins so."""
    return any(
        of in ("", source) and (text_id.startswith(named[:-1]) if named.endswith("*") else named in ("", text_id))
        for of, named in suspended
    )
