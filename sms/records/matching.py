"""Which message a report speaks of whose id nobody knows: the single unanswered one to that number."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from sms.config import Waits
from sms.records.lookups import messages_to
from sms.reports import PartState
from sms.states import WAITING, MessageState
from sms.tables import MESSAGES, PARTS
from storage.unit_of_work import UnitOfWork

UNANSWERED: ColumnElement[bool] = or_(
    MESSAGES.c.state == MessageState.UNKNOWN.value,
    # It waits to be sent once more.
    and_(MESSAGES.c.state.in_([state.value for state in WAITING]), MESSAGES.c.handed_over_at.is_not(None)),
)
"""Messages that a provider may have, and of which it has said nothing."""


async def name_unanswered(
    work: UnitOfWork, provider: str, provider_id: str, numbers: Sequence[bytes], heard_at: datetime, waits: Waits
) -> UUID | None:
    """The one message to that number at that provider whose answer was lost; from now on it is known by this id.

    `numbers`: the blind indexes of the recipient. None where there are two, or where one is being sent right now (the
    report may be about that one). Commits nothing and leaves the message's row locked.
    """
    since = func.coalesce(MESSAGES.c.handed_over_at, MESSAGES.c.due_at - waits.unanswered)
    unknown = and_(
        UNANSWERED,
        # A worker that died is noticed when its lease is over, and the report may have come before that.
        since.between(heard_at - waits.matched, heard_at + 2 * waits.lease),
    )
    candidates = await work.execute(
        select(MESSAGES.c.id, UNANSWERED.label("unanswered"))
        .where(
            messages_to(numbers),
            MESSAGES.c.provider == provider,
            or_(unknown, MESSAGES.c.state == MessageState.SENDING.value),
        )
        .limit(2)
    )
    rows = candidates.all()
    if len(rows) != 1 or not rows[0].unanswered:
        return None
    return await _name(work, rows[0].id, provider, provider_id, heard_at)


async def _name(work: UnitOfWork, message: UUID, provider: str, provider_id: str, at: datetime) -> UUID | None:
    locked = await work.execute(
        select(MESSAGES.c.attempts).where(MESSAGES.c.id == message, UNANSWERED).with_for_update()
    )
    attempt = locked.scalar_one_or_none()
    if attempt is None:  # another report settled it while we waited
        return None
    number = select(func.coalesce(func.max(PARTS.c.part), 0) + 1).where(
        PARTS.c.message_id == message, PARTS.c.attempt == attempt
    )
    await work.execute(
        insert(PARTS)
        .values(
            message_id=message,
            attempt=attempt,
            part=number.scalar_subquery(),
            provider=provider,
            provider_id=provider_id,
            state=PartState.SENT.value,
            created_at=at,
        )
        .on_conflict_do_nothing()
    )
    return message
