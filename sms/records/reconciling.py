"""After a backup was restored: what providers sent that the database does not know of, and writing it down."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.clock import Clock
from sms.config import SmsConfig
from sms.provider_log import Entry, Reconciled, Waiting, reconcile
from sms.records.indexes import RECIPIENT
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

REASON = "reconcile: may have gone"
_KNOWN = "SELECT provider, provider_id FROM sms_parts WHERE provider_id = ANY($1)"
_WAITING = """
SELECT m.id, m.recipient_index, m.text_id FROM sms_messages m JOIN sms_lookups l ON l.message_id = m.id
WHERE l.recipient_index = ANY($1) AND m.phase IN (0, 1) ORDER BY m.id
"""
# By way of the states that lead there: the database refuses a leap.
_BEGUN = "UPDATE sms_messages SET state = 'sending' WHERE id = ANY($1) AND state IN ('queued', 'held')"
_SENT = """
UPDATE sms_messages m SET state = 'sent', reason = '', provider = v.provider, attempts = m.attempts + 1,
  handed_over_at = v.at, due_at = $6, claim_token = NULL
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS v(id, provider, provider_id, at)
WHERE m.id = v.id AND m.state IN ('sending', 'unknown')
RETURNING m.id, m.attempts, v.provider, v.provider_id, $5::timestamptz AS now
"""
_NAMED = f"""
WITH sent AS ({_SENT})
INSERT INTO sms_parts (message_id, attempt, part, provider, provider_id, state, created_at)
SELECT id, attempts, 1, provider, provider_id, 'sent', now FROM sent ON CONFLICT DO NOTHING RETURNING message_id
"""  # noqa: S608 - both ours
_SHELVED = """
UPDATE sms_messages SET state = CASE state WHEN 'unknown' THEN 'expired' ELSE 'suppressed' END, reason = $2,
  ended_at = $3, due_at = NULL, claim_token = NULL
WHERE id = ANY($1) AND phase IN (0, 1) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class SqlReconciling:
    """Made for one command; works within whoever's unit of work."""

    sealer: Sealer
    clock: Clock
    config: SmsConfig

    async def compare(self, work: UnitOfWork, entries: Sequence[Entry]) -> Reconciled:
        """The entries of providers' logs since the backup, held against parts and queue; changes nothing."""
        rows = await work.fetch(_KNOWN, [entry.id for entry in entries])
        known = {(row["provider"], row["provider_id"]) for row in rows}
        strange = [entry for entry in entries if (entry.provider, entry.id) not in known]
        numbers = {
            index: entry.to for entry in strange for index in self.sealer.blind_indexes(entry.to.e164, RECIPIENT)
        }
        found = await work.fetch(_WAITING, list(numbers))
        waiting = [Waiting(row["id"], numbers[bytes(row["recipient_index"])], row["text_id"]) for row in found]
        return reconcile(strange, waiting)

    async def settle(self, work: UnitOfWork, found: Reconciled) -> tuple[int, int]:
        """What went is written as sent, so that reports find it; what may have gone is ended, to be sent again one by
        one. Gives how many of each."""
        now = self.clock.now()
        ids = [message.id for _, message in found.gone]
        await work.fetch(_BEGUN, ids)
        sent = await work.fetch(
            _NAMED,
            ids,
            [entry.provider for entry, _ in found.gone],
            [entry.id for entry, _ in found.gone],
            [entry.at for entry, _ in found.gone],
            now,
            now + self.config.waits.final,
        )
        shelved = await work.fetch(_SHELVED, [message.id for message in found.unclear], REASON, now)
        return len(sent), len(shelved)
