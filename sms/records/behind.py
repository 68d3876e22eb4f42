"""Which ministries' events messages stand for, as it is written now."""

from collections.abc import Sequence
from uuid import UUID

from storage.unit_of_work import UnitOfWork

_EVENTS = "SELECT id, event_id FROM sms_messages WHERE id = ANY($1) AND event_id IS NOT NULL"


async def events_behind(work: UnitOfWork, messages: Sequence[UUID]) -> Sequence[tuple[UUID, UUID]]:
    """Each message that has one, with its event: a promise's comes to stand for an event after it was put."""
    return [(row["id"], row["event_id"]) for row in await work.fetch(_EVENTS, messages)]
