"""The port `Guide` over an iCalendar feed: where mobile units call in the coming weeks."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import MinistryContract, MinistryRefused
from domain.position import Position
from services.backends.icalendar_config import FeedConfig, FeedUnit
from services.backends.icalendar_events import Happening, Reading, happenings
from services.backends.reading import Misread, zone_of
from services.backends.transport import Call, Transport
from services.folding import slug
from services.listed_places import Calls, ListedPlace, PlaceKind
from services.values import Place, ServiceInfo

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")
_END_OF_DAY = time(23, 59)


@dataclass
class _Stop:
    """One unit at one place."""

    unit: str
    unit_name: str
    kind: str
    services: tuple[str, ...]
    location: str
    at: Position | None = None
    calls: set[Calls] = field(default_factory=set)


class FeedGuide:
    """Fulfils `services.ports.Guide`; tells of no services."""

    def __init__(self, transport: Transport, config: FeedConfig, clock: Clock) -> None:
        self._transport, self._config, self._clock = transport, config, clock
        self._zone = zone_of(config.zone)

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        return None

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        """The stops, each with the days on which its unit calls there."""
        kind = self._config.content_type
        call = Call("feed.get", "GET", self._config.path, headers={"accept": kind}, kind=kind)
        answer = await self._transport.request(call, deadline)
        if answer.status in (401, 404, 407, 410):
            raise MinistryContract(self._transport.ministry, str(answer.status))
        if not answer.ok:
            raise MinistryRefused(self._transport.ministry, str(answer.status))
        if not isinstance(answer.json, str):
            raise self._transport.misread("no iCalendar text")
        try:
            # Rules are counted out: that would hold up everybody else on this loop.
            return await asyncio.to_thread(self._read, answer.json, deadline)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    def _read(self, text: str, deadline: Deadline) -> tuple[ListedPlace, ...]:
        today = self._clock.now().astimezone(self._zone).date()
        reading = Reading(
            self._zone,
            today,
            today + timedelta(days=self._config.days),
            timedelta(minutes=self._config.minutes),
            self._config.most_events,
            deadline.check,
        )
        stops: dict[tuple[str, str], _Stop] = {}
        for happening in happenings(text, reading):
            stop = self._stop(happening)
            known = stops.setdefault((stop.unit, stop.location), stop)
            known.at = known.at or happening.at
            known.calls.update(self._calls(happening))
        return tuple(self._place(stop) for stop in stops.values())

    def _stop(self, happening: Happening) -> _Stop:
        if not happening.summary or not happening.location:
            raise Misread("an event without SUMMARY or LOCATION")
        config = self._config
        told = config.units.get(happening.summary, FeedUnit())
        kinds = {"BUS", "TRAIN"}.intersection(happening.categories)
        return _Stop(
            told.id or slug(_IN_BRACKETS.sub("", happening.summary))[:40] or "unit",
            happening.summary,
            told.kind or (min(kinds).lower() if kinds else config.kind),
            told.services or config.services,
            happening.location,
        )

    def _calls(self, happening: Happening) -> Iterator[Calls]:
        """One for each day that it stands there."""
        day = happening.begins.date()
        while datetime.combine(day, time()) < happening.ends:
            opens = happening.begins.time() if day == happening.begins.date() else time()
            closes = happening.ends.time() if day == happening.ends.date() else _END_OF_DAY
            if opens < closes:
                yield Calls(day, 0, _minute(opens), _minute(closes), self._config.on_holidays)
            day += timedelta(days=1)

    def _place(self, stop: _Stop) -> ListedPlace:
        name, _, address = (part.strip() for part in stop.location.partition(","))
        region, district = self._config.regions.get(name, ("", ""))
        place_id = f"{stop.unit}-{slug(_IN_BRACKETS.sub('', name)) or 'stop'}"[:64]
        return ListedPlace(
            Place(place_id, name, address),
            PlaceKind.MOBILE_UNIT,
            stop.services,
            stop.at,
            unit=stop.unit,
            calls=tuple(sorted(stop.calls, key=lambda calls: (calls.first, calls.opens))),
            region=region,
            district=district,
            unit_kind=stop.kind,
            unit_name=stop.unit_name,
        )


def _minute(at: time) -> time:
    return at.replace(second=0, microsecond=0)
