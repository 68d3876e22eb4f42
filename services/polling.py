"""Where a ministry cannot push: its list of changes becomes the same events, one row for each change.

Entry point: `poll(desk, source)`, every `source.poll_seconds`. What stood in the list before the first look is old
news and tells nobody.
"""

from datetime import datetime, timedelta

import msgspec

from domain.deadline import Deadline
from services.desk import Desk
from services.event_cases import POLL
from services.event_ports import Progress
from services.event_sources import Source
from services.events import EventType, KeptEvent, Taken, digest
from services.values import Change

READ_SECONDS = 10.0
# A ministry may list a change later than its time says: so far back is read again. What is known is known by its id.
OVERLAP = timedelta(minutes=5)


async def poll(desk: Desk, source: Source) -> int:
    """Look once; gives how many changes were new to us. Any number of workers may look: a change is one row.

    A service that cannot be read stops no other; the failure of the first of them is raised at the end.
    """
    found = 0
    failure: Exception | None = None
    for service in source.services:
        try:
            found += await _look(desk, source, service)
        except Exception as failed:
            failure = failure or failed
    if failure is not None:
        raise failure
    return found


async def _look(desk: Desk, source: Source, service: str) -> int:
    name, cursor, found = POLL + source.name, cursor_of(service), 0
    async with desk.open_records() as records:
        come = await records.events.progress(name, cursor)
        if come is None or come.happened_at is None:
            await records.events.came_to(name, cursor, Progress("poll", happened_at=desk.clock.now()))
            return 0
    changes = await desk.ministries.applications(service).changed(
        service, come.happened_at, Deadline.after(READ_SECONDS, desk.clock)
    )
    async with desk.open_records() as records:
        for change in changes:
            found += await records.events.keep(_event(desk, name, source, service, change)) is Taken.NEW
        # With the rows or not at all. Never back: what was before the first look stays old news.
        since = _since(come.happened_at, desk.clock.now(), [change.at for change in changes])
        await records.events.came_to(name, cursor, Progress("poll", happened_at=since))
    return found


def cursor_of(service: str) -> str:
    """Beside the references, under a name that none has: from when on a service's list is read."""
    return f"(cursor {service})"


def _since(last: datetime, now: datetime, changes: list[datetime]) -> datetime:
    # A ministry whose clock is fast must not make us pass over what it lists next.
    return max(last, min(now, max(changes)) - OVERLAP) if changes else last


def _event(desk: Desk, name: str, source: Source, service: str, change: Change) -> KeptEvent:
    """The same change is the same event, whoever reads it and how often. Thin: the handler asks for what is so."""
    id = desk.fingerprints.change(change.reference, change.at.isoformat())
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
