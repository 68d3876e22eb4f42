"""Where a ministry cannot push: its list of changes becomes the same events, one row for each change.

Entry point: `poll(desk, source)`, every `source.poll_seconds`. What stood in the list before the first look is old
news and tells nobody. A list that is longer than one look reads is gone on with at the next, from where it was left.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from domain.deadline import Deadline
from domain.errors import MinistryContract, MinistryRefused
from services.desk import Desk
from services.event_cases import POLL
from services.event_ports import Progress
from services.event_sources import Source
from services.events import EventType, KeptEvent, Taken, digest
from services.values import Change, ChangePage

LOG = logging.getLogger(__name__)

# For one page; and after how long, or how many of them, a look at one service ends.
READ_SECONDS = 10.0
LOOK_SECONDS = 30.0
MOST_PAGES = 50
# A ministry may list a change later than its time says: so far back is read again. What is known is known by its id.
OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Once through a list, over as many looks as it takes. `since`: the list that is asked for. `began`: when its first
    page was. `newest`: of the changes so far. `place`: where it goes on; empty between two walks."""

    since: datetime
    began: datetime
    newest: datetime
    place: str = ""

    def after(self, page: ChangePage) -> "_Walk":
        newest = max([self.newest, *(change.at for change in page.changes)])
        if page.place:
            return replace(self, newest=newest, place=page.place)
        # Never back: what was before the first look stays old news. And no further than when the walk began: a ministry
        # whose clock is fast must not make us pass over what it lists next, nor what changed behind us on the way.
        since = max(self.since, min(self.began, newest) - OVERLAP)
        return _Walk(since, self.began, since)

    def kept(self) -> Progress:
        facts = {"place": self.place, "began": self.began.isoformat(), "newest": self.newest.isoformat()}
        return Progress("poll", facts if self.place else {}, happened_at=self.since)


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
    walk = await _walk(desk, name, cursor)
    if walk is None:
        return 0
    ministry, look = desk.ministries.applications(service), Deadline.after(LOOK_SECONDS, desk.clock)
    before: tuple[Change, ...] = ()
    for _ in range(MOST_PAGES):
        try:
            page = await ministry.changed(service, walk.since, Deadline.after(READ_SECONDS, desk.clock), walk.place)
        except (MinistryRefused, MinistryContract):
            # A place is not good for ever, and must not keep us from the list: it is begun anew.
            await _keep(desk, name, cursor, replace(walk, place=""))
            raise
        if page.place and page.changes and page.changes == before:
            LOG.warning("changes at %s (%s): the next page is this page: read no further", source.name, service)
            page = ChangePage()
        before, walk = page.changes, walk.after(page)
        async with desk.open_records() as records:
            for change in page.changes:
                found += await records.events.keep(_event(desk, name, source, service, change)) is Taken.NEW
            # With the rows or not at all.
            await records.events.came_to(name, cursor, walk.kept())
        if not walk.place:
            return found
        if not look.remaining():
            break
    LOG.warning("changes at %s (%s): more than one look reads, gone on with at the next", source.name, service)
    return found


async def _walk(desk: Desk, name: str, cursor: str) -> _Walk | None:
    """The one under way, or a new one; None at the very first look, from which it is read."""
    now = desk.clock.now()
    async with desk.open_records() as records:
        come = await records.events.progress(name, cursor)
        if come is None or come.happened_at is None:
            await records.events.came_to(name, cursor, Progress("poll", happened_at=now))
            return None
    return _under_way(come.happened_at, come.facts) or _Walk(come.happened_at, now, come.happened_at)


def _under_way(since: datetime, facts: Mapping[str, str]) -> _Walk | None:
    if "place" not in facts:
        return None
    return _Walk(since, datetime.fromisoformat(facts["began"]), datetime.fromisoformat(facts["newest"]), facts["place"])


async def _keep(desk: Desk, name: str, cursor: str, walk: _Walk) -> None:
    async with desk.open_records() as records:
        await records.events.came_to(name, cursor, walk.kept())


def cursor_of(service: str) -> str:
    """Beside the references, under a name that none has: from when on a service's list is read."""
    return f"(cursor {service})"


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
