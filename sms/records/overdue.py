"""What nobody holds any more: messages of workers that died, waits that are over, texts kept long enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.clock import Clock
from services.alerts import POLICIES, AlertKind
from sms.config import SmsConfig
from sms.records.queue import ENDED
from sms.retry import EXTRA_SENDS, Fate, after_attempt, after_silence
from sms.states import MessageState
from sms.values import Unanswered
from storage.unit_of_work import UnitOfWork

_DEAD = text("""
SELECT m.id, m.kind, m.event_id, m.provider, m.attempts, m.extra_sends
FROM sms_claims c CROSS JOIN unnest(c.messages) AS h(id) JOIN sms_messages m ON m.id = h.id AND m.claim_token = c.token
WHERE c.lease_until < now() AND m.state = 'sending' AND m.kind = ANY(CAST(:kinds AS text[]))
ORDER BY c.lease_until LIMIT :limit FOR UPDATE OF m SKIP LOCKED
""")
# A claim of which nothing is left.
_OVER = text("""
DELETE FROM sms_claims c
WHERE c.lease_until < now() AND NOT EXISTS (
  SELECT FROM unnest(c.messages) AS h(id) JOIN sms_messages m ON m.id = h.id AND m.claim_token = c.token
  WHERE m.state = 'sending')
""")
_SILENT = text("""
SELECT id, kind, event_id, provider, attempts, extra_sends, COALESCE(expires_at <= :now, false) AS over
FROM sms_messages
WHERE phase IN (1, 2) AND state = 'unknown' AND due_at <= :now AND kind = ANY(CAST(:kinds AS text[]))
ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")
# Another kind is a newer version's, whose workers look after it.
_KINDS = [kind.value for kind in AlertKind]
_MOVE = text("""
UPDATE sms_messages m SET state = v.state, reason = v.reason, due_at = COALESCE(v.due_at, m.due_at),
  extra_sends = v.extra, handed_over_at = COALESCE(v.handed, m.handed_over_at), ended_at = v.ended_at,
  claim_token = CASE WHEN v.state = 'unknown' THEN m.claim_token END
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:due AS timestamptz[]),
            CAST(:extra AS smallint[]), CAST(:handed AS timestamptz[]), CAST(:ended AS timestamptz[]))
  AS v(id, state, reason, due_at, extra, handed, ended_at)
WHERE m.id = v.id
""")
_FORGET_TEXTS = text("""
UPDATE sms_messages SET sent_text = NULL WHERE id = ANY(ARRAY(
  SELECT id FROM sms_messages WHERE sent_text IS NOT NULL AND handed_over_at < :before
  ORDER BY handed_over_at LIMIT :limit FOR UPDATE SKIP LOCKED))
""")


@dataclass(frozen=True, slots=True)
class Moved:
    """A message that a sweep moved. `provider` is "" where nothing had been begun."""

    id: UUID
    event: UUID | None
    provider: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class SqlOverdue:
    """The sweeps of the queue, each in the unit of work it is given; any number may run at once."""

    clock: Clock
    config: SmsConfig

    async def take_over(self, work: UnitOfWork, limit: int = 500) -> Sequence[Moved]:
        """Messages of workers that died: back into the queue where nothing was begun, else as if unanswered."""
        now, waits = self.clock.now(), self.config.waits
        moved = []
        for row in await work.execute(_DEAD, {"limit": limit, "kinds": _KINDS}):
            if row.provider:
                policy = POLICIES[AlertKind(row.kind)]
                died = Unanswered("worker died")
                fate = after_attempt(policy, died, row.attempts, row.extra_sends, waits, now)
            else:
                fate = Fate(MessageState.QUEUED, now)
            moved.append((row, fate, 0))
        taken = await self._move(work, moved, now - waits.lease)
        await work.execute(_OVER)
        return taken

    async def look_again(self, work: UnitOfWork, limit: int = 500) -> Sequence[Moved]:
        """`unknown` messages whose wait for a report is over: sent once more, or given up."""
        now, waits = self.clock.now(), self.config.waits
        moved = []
        for row in await work.execute(_SILENT, {"limit": limit, "now": now, "kinds": _KINDS}):
            # What is not worth sending any more, or was taken back, does not go another time.
            extra_sends = EXTRA_SENDS if row.over else row.extra_sends
            fate = after_silence(POLICIES[AlertKind(row.kind)], extra_sends, waits, now)
            moved.append((row, fate, 1 if fate.state is MessageState.QUEUED else 0))
        return await self._move(work, moved, now)

    async def forget_texts(self, work: UnitOfWork, limit: int = 5000) -> int:
        """Empties what was sent once its days are over."""
        before = self.clock.now() - self.config.waits.text_kept
        return (await work.execute(_FORGET_TEXTS, {"before": before, "limit": limit})).rowcount

    async def _move(
        self, work: UnitOfWork, moved: Sequence[tuple[Any, Fate, int]], handed_over_at: datetime
    ) -> Sequence[Moved]:
        if not moved:
            return ()
        now = self.clock.now()
        values: Mapping[str, list[Any]] = {
            "ids": [row.id for row, _, _ in moved],
            "states": [fate.state.value for _, fate, _ in moved],
            "reasons": [fate.reason for _, fate, _ in moved],
            "due": [fate.due_at for _, fate, _ in moved],
            "extra": [row.extra_sends + extra for row, _, extra in moved],
            "handed": [handed_over_at if fate.handed_over else None for _, fate, _ in moved],
            "ended": [now if fate.state in ENDED else None for _, fate, _ in moved],
        }
        await work.execute(_MOVE, values)
        return [Moved(row.id, row.event_id, row.provider, fate) for row, fate, _ in moved]
