"""Where a ministry cannot push: its list of changes becomes the same events, one row for each change.

Entry point: `poll(desk, source)`, every `source.poll_seconds`. What stood in the list before the first look is old
news and tells nobody.
"""

import msgspec

from domain.deadline import Deadline
from services.desk import Desk
from services.event_cases import POLL
from services.event_ports import Progress
from services.event_sources import Source
from services.events import EventType, KeptEvent, Taken, digest
from services.values import Change

READ_SECONDS = 10.0
# The cursor is kept beside the references, under a name that none has.
_CURSOR = "(cursor)"


async def poll(desk: Desk, source: Source) -> int:
    """Look once; gives how many changes were new to us. Any number of workers may look: a change is one row."""
    name, now = POLL + source.name, desk.clock.now()
    async with desk.open_records() as records:
        cursor = await records.events.progress(name, _CURSOR)
        if cursor is None or cursor.happened_at is None:
            await records.events.came_to(name, _CURSOR, Progress("poll", happened_at=now))
            return 0
    since, latest, found = cursor.happened_at, cursor.happened_at, 0
    for service in source.services:
        ministry = desk.ministries.applications(service)
        changes = await ministry.changed(service, since, Deadline.after(READ_SECONDS, desk.clock))
        async with desk.open_records() as records:
            for change in changes:
                found += await records.events.keep(_event(name, source, service, change)) is Taken.NEW
        latest = max([latest, *(change.at for change in changes)])
    # Only once all of them are rows: what failed half-way is read again, and known again.
    async with desk.open_records() as records:
        await records.events.came_to(name, _CURSOR, Progress("poll", happened_at=latest))
    return found


def _event(name: str, source: Source, service: str, change: Change) -> KeptEvent:
    """The same change is the same event, whoever reads it and how often. Thin: the handler asks for what is so."""
    id = f"{change.reference}@{change.at.isoformat()}"
    members: dict[str, object] = {
        "specversion": "1.0",
        "id": id,
        "source": source.source,
        "type": EventType.CHANGED.value,
        "subject": change.reference,
        "time": change.at.isoformat(),
        "data": {"service": service},
    }
    body = msgspec.json.encode(members)
    return KeptEvent(name, id, EventType.CHANGED.value, change.reference, digest(body), body)
