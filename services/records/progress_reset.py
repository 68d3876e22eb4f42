"""Forgetting how far every reference has come: for the demonstration, whose ministries begin each day anew."""

from sqlalchemy import delete

from services.records.tables import SUBJECTS
from storage.unit_of_work import UnitOfWork


async def forget_progress(work: UnitOfWork) -> None:
    """What the ministries tell from now on is news, also what they have told before."""
    await work.execute(delete(SUBJECTS))
