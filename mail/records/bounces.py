"""What becomes of a letter that came back: it failed, it is told by SMS, and its address gets no more."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text, update

from domain.clock import Clock
from domain.email_address import EmailAddress
from domain.errors import InvalidValue
from domain.ids import Ids
from mail.bounces import Bounce
from mail.records.addresses import SqlEmails
from mail.records.outbox import NAME, alert_of
from mail.states import BOUNCED
from mail.tables import ADDRESSES
from services.alerts import AlertKind
from services.known_ports import ChangeKind, Changes
from services.ports import Outbox
from services.records.sealed import Sealed
from storage.errors import KeyMissing, SealBroken

# Once: a second report finds it ended. One that is being sent again at this moment comes back again.
_CAME_BACK = text("""
UPDATE mail_messages SET state = 'failed', reason = :reason, due_at = NULL, claim_token = NULL,
  ended_at = COALESCE(ended_at, :now)
WHERE id = :id AND handed_over_at IS NOT NULL
  AND (state IN ('sent', 'unknown', 'queued') OR (state = 'failed' AND reason = 'unanswered'))
RETURNING id, person_id, event_id, kind, text_id, source, service, language, sealed, alone, created_at
""")


class CameBack(StrEnum):
    """What was done about a report."""

    UNKNOWN = "unknown"
    NOTED = "noted"
    TOLD_BY_SMS = "told_by_sms"


@dataclass(frozen=True, slots=True)
class SqlBounces:
    """Commits nothing. `sms`: where goes what could not be mailed."""

    sealed: Sealed
    sms: Outbox
    changes: Changes
    clock: Clock
    ids: Ids

    async def took(self, bounce: Bounce) -> CameBack:
        """`UNKNOWN`: no letter of ours that was handed over, or one that came back before. `NOTED`: nothing more to
        tell, since an SMS told the same, or since it was a code."""
        found = await self.sealed.work.execute(
            _CAME_BACK, {"id": bounce.letter, "reason": BOUNCED, "now": self.clock.now()}
        )
        row = found.mappings().first()
        if row is None:
            return CameBack.UNKNOWN
        # A code's address is nobody's yet, and she sees that nothing comes.
        if row["kind"] == AlertKind.CODE.value or row["sealed"] is None:
            return CameBack.NOTED
        try:
            facts = await self.sealed.open_map(row["person_id"], row["sealed"], NAME, "sealed", row["id"])
            alert, to = alert_of(dict(row), facts), EmailAddress(facts["to"])
        except (KeyMissing, SealBroken, InvalidValue):
            return CameBack.NOTED
        if bounce.for_good:
            held = await SqlEmails(self.sealed, self.clock, self.ids).of(alert.person)
            if held is not None and held.address == to:
                await self._mark(alert.person, row["created_at"])
        if not row["alone"]:
            return CameBack.NOTED
        await self.sms.put(alert)
        return CameBack.TOLD_BY_SMS

    async def _mark(self, person: UUID, put: datetime) -> None:
        """Not where she has proven the address anew since the letter was put."""
        await self.sealed.work.execute(
            update(ADDRESSES)
            .where(ADDRESSES.c.person_id == person, ADDRESSES.c.since <= put)
            .values(failed_at=self.clock.now())
        )
        await self.changes.touch(person, ChangeKind.ME, "")
