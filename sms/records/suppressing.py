"""Taking back what is on its way: to a number whose holder is another, or what an operator cancels."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, null, update

from domain.msisdn import Msisdn
from sms.records.indexes import RECIPIENT
from sms.records.lookups import messages_to
from sms.states import WAITING, MessageState
from sms.tables import MESSAGES
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

WAITS = MESSAGES.c.state.in_([state.value for state in WAITING])
UNDER_WAY = MESSAGES.c.state.in_([MessageState.SENDING.value, MessageState.UNKNOWN.value])


async def suppress(work: UnitOfWork, sealer: Sealer, number: Msisdn, reason: str, now: datetime) -> int:
    """Nothing that waits goes out any more; how many. What is with a provider already is not sent a second time."""
    to = messages_to(sealer.blind_indexes(number.e164, RECIPIENT))
    found = await work.execute(
        update(MESSAGES).where(to, WAITS | UNDER_WAY).values(taken_back(reason, now)).returning(MESSAGES.c.state)
    )
    return sum(state == MessageState.SUPPRESSED.value for state in found.scalars())


def taken_back(reason: str, now: datetime) -> dict[str, Any]:
    """The columns of what waits or is under way: the first is ended, the second is over for whoever would send it.

    One statement for both: a worker may be claiming it, or putting it aside, and then it is the row as the worker left
    it that decides. Of two statements neither would find it.
    """
    columns = MESSAGES.c
    ended = {"state": MessageState.SUPPRESSED.value, "reason": reason, "ended_at": now, "due_at": null()}
    values = {name: case((WAITS, value), else_=columns[name]) for name, value in ended.items()}
    return {**values, "expires_at": case((WAITS, columns.expires_at), else_=now)}
