"""How well a number takes what is sent to it: one that keeps failing rests, and one that comes back is doubted."""

from datetime import datetime

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from sms.config import Cooling
from sms.tables import NUMBER_HEALTH
from storage.unit_of_work import UnitOfWork

# More are not counted: the column is small, and nothing follows from a thousandth.
_COUNTED = 1_000


async def count_undelivered(work: UnitOfWork, number: bytes, at: datetime, cooling: Cooling) -> None:
    """One more did not arrive. `number`: the recipient's blind index. Commits nothing."""
    failures = func.least(NUMBER_HEALTH.c.failures + 1, _COUNTED)
    rests = literal(at + cooling.rest)
    first = cooling.failures <= 1
    await work.execute(
        insert(NUMBER_HEALTH)
        .values(recipient_index=number, failures=1, failed_at=at, cool_until=rests if first else None)
        .on_conflict_do_update(
            index_elements=[NUMBER_HEALTH.c.recipient_index],
            set_={
                "failures": failures,
                "failed_at": at,
                "cool_until": case((failures >= cooling.failures, rests), else_=NUMBER_HEALTH.c.cool_until),
            },
        )
    )


async def count_delivered(work: UnitOfWork, number: bytes, at: datetime, cooling: Cooling) -> bool:
    """One arrived: the number rests no longer. True where so many had failed in a row before that somebody else may
    hold it now (`decisions.md`: failing deliveries, then success). Commits nothing.
    """
    # Numbers that never failed have no row, and get none.
    found = await work.execute(
        select(NUMBER_HEALTH.c.failures).where(NUMBER_HEALTH.c.recipient_index == number).with_for_update()
    )
    failures = found.scalar_one_or_none()
    if failures is None:
        return False
    await work.execute(
        update(NUMBER_HEALTH)
        .where(NUMBER_HEALTH.c.recipient_index == number)
        .values(failures=0, cool_until=None, delivered_at=at)
    )
    return bool(failures >= cooling.failures)
