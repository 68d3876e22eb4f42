"""Up to where a provider's list of received messages has been read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from sms.tables import FETCHES
from storage.unit_of_work import UnitOfWork


async def last_fetched(work: UnitOfWork, provider: str) -> str | None:
    """The id of the last message read; None where the list was never read."""
    found = await work.execute(select(FETCHES.c.last_id).where(FETCHES.c.provider == provider))
    last: str | None = found.scalar_one_or_none()
    return last


async def fetched_up_to(work: UnitOfWork, provider: str, last_id: str, now: datetime) -> None:
    """Remember the place. Commits nothing."""
    put = insert(FETCHES).values(provider=provider, last_id=last_id, fetched_at=now)
    await work.execute(
        put.on_conflict_do_update(index_elements=[FETCHES.c.provider], set_={"last_id": last_id, "fetched_at": now})
    )
