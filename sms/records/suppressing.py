"""Taking back what is on its way to a number whose holder is another."""

from datetime import datetime

from sqlalchemy import update

from domain.msisdn import Msisdn
from sms.records.indexes import RECIPIENT
from sms.states import WAITING, MessageState
from sms.tables import MESSAGES
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork


async def suppress(work: UnitOfWork, sealer: Sealer, number: Msisdn, reason: str, now: datetime) -> int:
    """Nothing that waits goes out any more; how many. What is with a provider already is not sent a second time."""
    to = MESSAGES.c.recipient_index.in_(sealer.blind_indexes(number.e164, RECIPIENT))
    waiting = await work.execute(
        update(MESSAGES)
        .where(to, MESSAGES.c.state.in_([state.value for state in WAITING]))
        .values(state=MessageState.SUPPRESSED.value, reason=reason, ended_at=now, due_at=None)
    )
    under_way = [MessageState.SENDING.value, MessageState.UNKNOWN.value]
    await work.execute(update(MESSAGES).where(to, MESSAGES.c.state.in_(under_way)).values(expires_at=now))
    return waiting.rowcount
