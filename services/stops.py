"""The next stop of a bus or train near her, and the promise to tell her when it comes.

A telephone tells no position: she says where she is by region and district, or by the first letters of her town.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.errors import InvalidValue
from domain.outcomes import Item
from domain.position import Position
from services.caller import Caller
from services.coming_stops import coming
from services.desk import Desk
from services.listed_places import ListedPlace, PlaceKind, Stop
from services.opening_hours import said_hours
from services.outcomes import (
    NoPlaceFound,
    NoStops,
    NoStopsAwaited,
    PinNeeded,
    PlaceDistricts,
    PlaceGone,
    PlaceRegions,
    StopAwaited,
    StopAwaitedUnplanned,
    StopPromised,
    StopsAwaited,
    StopsFull,
    StopsListed,
    StopsNearby,
    StopUntold,
    StopWithdrawn,
)
from services.place_index import Area
from services.places import MOST_AREAS
from services.stop_ports import StopPromise
from services.wording import said

MOST_PROMISES = 5
MOST_LISTED = 20
# So many places are looked through for the town that was typed.
_LOOKED_THROUGH = 200

Near = StopsListed | StopsNearby | NoStops


async def regions(desk: Desk, caller: Caller) -> PlaceRegions | StopsListed | NoStops:
    """Every region that has any place, for she may live where no unit calls; the stops at once where there are few."""
    known = _coming(desk, desk.places.all())
    areas = desk.places.index.regions()
    if not 2 <= len(areas) <= MOST_AREAS or len(known) <= 1:
        return _listed(caller, known)
    return PlaceRegions(_areas(desk, caller, areas, desk.places.index.regions(PlaceKind.MOBILE_UNIT)))


async def districts(desk: Desk, caller: Caller, region: str) -> PlaceDistricts | Near:
    """The districts of a region; the stops near it where it has one district, or more than a list holds."""
    areas = desk.places.index.districts(region)
    if 2 <= len(areas) <= MOST_AREAS:
        calling = desk.places.index.districts(region, PlaceKind.MOBILE_UNIT)
        return PlaceDistricts(_areas(desk, caller, areas, calling))
    return await near(desk, caller, region, "")


async def near(desk: Desk, caller: Caller, region: str, district: str) -> Near:
    """The next stops in the district, the earliest first; where there are none, those nearest to it."""
    there = desk.places.index.within(region, district)
    if own := _coming(desk, there):
        return _listed(caller, own)
    around = there if any(listed.at for listed in there) else desk.places.index.within(region)
    return _nearby(desk, caller, _middle(around))


async def search(desk: Desk, caller: Caller, words: str) -> Near | NoPlaceFound:
    """The next stops in the town that begins with these letters; where there are none, those nearest to it."""
    found = desk.places.index.matching(words, _LOOKED_THROUGH)
    if not found:
        return NoPlaceFound()
    if own := _coming(desk, found):
        return _listed(caller, own)
    return _nearby(desk, caller, _middle(found[:1]) or _middle(found))


async def promise(
    desk: Desk, caller: Caller, place_id: str
) -> StopPromised | StopsFull | StopUntold | PlaceGone | PinNeeded:
    """She will be told each time before the unit calls there; to ask twice is to ask once."""
    if caller.has_account and not caller.bound:
        return PinNeeded()
    listed = desk.places.index.get(place_id)
    if listed is None or not listed.unit:
        return PlaceGone()
    if not desk.notices.can_send() or not caller.msisdn.e164:
        return StopUntold()
    person = await desk.person(caller)
    wanted = StopPromise(desk.ids.uuid7(), person.id, place_id, listed.unit, listed.place.name)
    if await desk.records.stops.make(wanted, MOST_PROMISES) is None:
        return StopsFull(MOST_PROMISES)
    return StopPromised(said(listed.place.called(caller.language)), unit_name(desk, listed.unit))


async def mine(desk: Desk, caller: Caller) -> StopsAwaited | NoStopsAwaited | PinNeeded:
    """Of which she is to be told."""
    if caller.must_prove:
        return PinNeeded()
    items = tuple(Item(each.promise.id.hex, {"place": each.name}) for each in await hers(desk, caller))
    return StopsAwaited(items) if items else NoStopsAwaited()


async def open(
    desk: Desk, caller: Caller, promise: str
) -> StopAwaited | StopAwaitedUnplanned | NoStopsAwaited | PinNeeded:
    """One of those, with the next day on which the unit calls there."""
    if caller.must_prove:
        return PinNeeded()
    found = next((each for each in await hers(desk, caller) if each.promise.id.hex == promise), None)
    if found is None:
        return NoStopsAwaited()
    unit = unit_name(desk, found.promise.unit)
    if found.next is None:
        return StopAwaitedUnplanned(promise, found.name, unit)
    return StopAwaited(promise, found.name, unit, found.next.begins.date(), hours_of(found.next))


async def withdraw(desk: Desk, caller: Caller, promise: str) -> StopWithdrawn | NoStopsAwaited | PinNeeded:
    """She is told of it no more."""
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return NoStopsAwaited()
    done = await desk.records.stops.withdraw(caller.person.id, _id(promise))
    return StopWithdrawn() if done else NoStopsAwaited()


@dataclass(frozen=True, slots=True)
class Awaited:
    """A promise of hers: the place in her language, and the unit's next stop there, None while none is planned."""

    promise: StopPromise
    name: str
    next: Stop | None


async def hers(desk: Desk, caller: Caller) -> Sequence[Awaited]:
    """Her promises; nothing for a number in doubt."""
    if caller.person is None or not caller.bound:
        return ()
    return await of_person(desk, caller.person.id, caller.language)


async def of_person(desk: Desk, person: UUID, language: str) -> Sequence[Awaited]:
    """Those of a person, in the order of asking."""
    return [_awaited(desk, each, language) for each in await desk.records.stops.of(person)]


def unit_name(desk: Desk, unit: str) -> str:
    """What people call it."""
    return said(next((known.name for known in desk.places.units() if known.id == unit), unit))


def hours_of(stop: Stop) -> str:
    """`10:00-16:00`."""
    return said_hours([(stop.begins.time(), stop.ends.time())])


def _awaited(desk: Desk, promise: StopPromise, language: str) -> Awaited:
    listed = desk.places.index.get(promise.place)
    name = listed.place.called(language) if listed else promise.name
    return Awaited(promise, said(name), next(iter(_stops(desk, listed)), None))


def _stops(desk: Desk, listed: ListedPlace | None) -> Sequence[Stop]:
    return coming(listed, desk.clock.now().astimezone(desk.services.zone), desk.services)


def _coming(desk: Desk, places: Sequence[ListedPlace]) -> list[tuple[ListedPlace, Stop]]:
    """Those of the places where a unit will call, each with its next stop."""
    units = ((listed, _stops(desk, listed)) for listed in places if listed.unit)
    return [(listed, stops[0]) for listed, stops in units if stops]


def _listed(caller: Caller, found: Sequence[tuple[ListedPlace, Stop]]) -> StopsListed | NoStops:
    earliest = sorted(found, key=lambda each: (each[1].begins, each[0].place.id))
    return StopsListed(_items(caller, earliest)) if found else NoStops()


def _nearby(desk: Desk, caller: Caller, at: Position | None) -> StopsNearby | NoStops:
    """The nearest first; where nobody knows where she is, the earliest."""
    known = _coming(desk, desk.places.all())
    if at is None:
        known.sort(key=lambda each: each[1].begins)
    else:
        known.sort(key=lambda each: at.metres_to(each[0].at) if each[0].at else float("inf"))
    return StopsNearby(_items(caller, known)) if known else NoStops()


def _items(caller: Caller, found: Sequence[tuple[ListedPlace, Stop]]) -> tuple[Item, ...]:
    return tuple(
        Item(listed.place.id, {"place": listed.place.called(caller.language), "day": stop.begins.date()})
        for listed, stop in found[:MOST_LISTED]
    )


def _areas(desk: Desk, caller: Caller, areas: Sequence[Area], calling: Sequence[Area]) -> tuple[Item, ...]:
    """`calling`: in how many places of each a unit calls."""
    counts = {area.name: min(area.count, 9999) for area in calling}
    called = desk.places.index.area_called
    return tuple(
        Item(area.name, {"area": called(area.name, caller.language), "count": counts.get(area.name, 0)})
        for area in areas
    )


def _middle(places: Sequence[ListedPlace]) -> Position | None:
    """About where they stand; None where nobody knows of any."""
    known = [listed.at for listed in places if listed.at]
    if not known:
        return None
    return Position(sum(at.lat for at in known) / len(known), sum(at.lon for at in known) / len(known))


def _id(hex: str) -> UUID:
    """Raises `InvalidValue` for what is no id."""
    try:
        return UUID(hex)
    except ValueError:
        raise InvalidValue("no id of a promise") from None
