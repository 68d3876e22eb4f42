"""Blind indexes of SMS brought from older keys to the newest: for a number that is known."""

from collections.abc import Sequence

from sqlalchemy import exists, update

from domain.msisdn import Msisdn
from sms.records.indexes import RECIPIENT
from sms.records.lookups import messages_to
from sms.tables import INBOUND, MESSAGES, NUMBER_HEALTH, OPT_OUTS, REPORTS
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork


async def reindex_number(work: UnitOfWork, sealer: Sealer, number: Msisdn) -> None:
    """What was stored of the number under an older key is found under the newest from now on. That she wants no
    messages goes first: it must outlive every key."""
    newest, *older = sealer.blind_indexes(number.e164, RECIPIENT)
    if not older:
        return
    await _opt_outs(work, newest, older)
    there = NUMBER_HEALTH.alias()
    await work.execute(
        update(NUMBER_HEALTH)
        .where(
            NUMBER_HEALTH.c.recipient_index.in_(older),
            ~exists().where(there.c.recipient_index == newest),
        )
        .values(recipient_index=newest)
    )
    await work.execute(update(MESSAGES).where(messages_to(older)).values(recipient_index=newest))
    for column in (REPORTS.c.recipient_index, INBOUND.c.sender_index):
        await work.execute(update(column.table).where(column.in_(older)).values({column.name: newest}))


async def _opt_outs(work: UnitOfWork, newest: bytes, older: Sequence[bytes]) -> None:
    """One that was said again under the newest key stands there already."""
    there = OPT_OUTS.alias()
    again = exists().where(
        there.c.recipient_index == newest, there.c.sender == OPT_OUTS.c.sender, there.c.ended_at.is_(None)
    )
    await work.execute(
        update(OPT_OUTS)
        .where(OPT_OUTS.c.recipient_index.in_(older), ~(again & OPT_OUTS.c.ended_at.is_(None)))
        .values(recipient_index=newest)
    )
