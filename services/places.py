"""Finding the nearest place: region, district, place, or the first letters of its name; then whether it is open.

A telephone without a map tells no position, so people say where they are. All of it is looked up in memory: nobody is
asked, nobody's position is kept.
"""

from collections.abc import Sequence

from domain.outcomes import Item
from i18n.text import Word
from services.caller import Caller
from services.desk import Desk, service_word
from services.finding_places import Wanted
from services.listed_places import ListedPlace
from services.opening_hours import Now, Today, said_hours, today
from services.outcomes import (
    NoPlaceFound,
    PlaceClosed,
    PlaceDistricts,
    PlaceGone,
    PlaceHours,
    PlaceOpen,
    PlaceRegions,
    PlaceServices,
    PlacesListed,
    TooManyPlaces,
    UnitComes,
    UnitNotPlanned,
)
from services.place_index import Area
from services.values import in_language
from services.wording import said

# A list holds so many entries (menus number them, and 98 turns the page).
MOST_LISTED = 97
# Of names with a count behind them one fewer: then 97 pages are enough even on the smallest screens.
MOST_AREAS = 96
# So few need no further question: they stand on one screen.
ONE_SCREEN = 5
STOP_DAYS = 62
ANY = "any"
"""The kind that fits every place."""

Found = PlacesListed | TooManyPlaces | NoPlaceFound


async def regions(desk: Desk, caller: Caller, kind: str) -> PlaceRegions | PlacesListed | TooManyPlaces | NoPlaceFound:
    """Where there are places of the kind; the places themselves where the country has but one region, or few."""
    index, wanted = desk.places.index, _wanted(kind)
    places = index.regions(wanted.kind)
    if len(places) < 2 or sum(area.count for area in places) <= ONE_SCREEN:
        return _listed(caller, index.within("", "", wanted.fits))
    return PlaceRegions(_areas(desk, caller, places)) if len(places) <= MOST_AREAS else TooManyPlaces()


async def districts(desk: Desk, caller: Caller, kind: str, region: str) -> PlaceDistricts | Found:
    """The districts of a region; its places where it has one district, or few places."""
    index, wanted = desk.places.index, _wanted(kind)
    areas = index.districts(region, wanted.kind)
    places = index.within(region, "", wanted.fits)
    if len(areas) < 2 or len(places) <= ONE_SCREEN:
        return _listed(caller, places, region)
    return PlaceDistricts(_areas(desk, caller, areas)) if len(areas) <= MOST_AREAS else TooManyPlaces(region)


async def within(desk: Desk, caller: Caller, kind: str, region: str, district: str) -> Found:
    """The places of a district."""
    return _listed(caller, desk.places.index.within(region, district, _wanted(kind).fits), region, district)


async def search(desk: Desk, caller: Caller, kind: str, words: str) -> Found:
    """By the first letters of words of name, address or area, with marks or without, in the whole country."""
    return _listed(caller, desk.places.index.matching(words, MOST_LISTED, "", "", _wanted(kind).fits))


async def search_area(desk: Desk, caller: Caller, kind: str, region: str, district: str, words: str) -> Found:
    """The same in a region, or in one of its districts."""
    found = desk.places.index.matching(words, MOST_LISTED, region, district, _wanted(kind).fits)
    return _listed(caller, found, region, district)


async def open(
    desk: Desk, caller: Caller, place_id: str
) -> PlaceOpen | PlaceClosed | PlaceHours | UnitComes | UnitNotPlanned | PlaceGone:
    """One place as it stands today, holidays included."""
    listed = desk.places.index.get(place_id)
    if listed is None:
        return PlaceGone()
    name, address = listed.place.called(caller.language), said(listed.place.located(caller.language))
    serves = bool(_services(desk, listed))
    now = desk.clock.now().astimezone(desk.services.zone)
    if listed.unit:
        unit = next((unit.name for unit in desk.places.units() if unit.id == listed.unit), listed.unit)
        stops = listed.stops(now, STOP_DAYS, desk.services.holidays)
        if not stops:
            return UnitNotPlanned(name, address, unit, serves)
        hours = said_hours([(stops[0].begins.time(), stops[0].ends.time())])
        return UnitComes(name, address, unit, stops[0].begins.date(), hours, serves)
    standing, phone = today(listed, now, desk.services.holidays), listed.phone.strip()
    if standing.now in (Now.OPEN, Now.LATER):
        return PlaceOpen(name, address, phone, said_hours(standing.hours), serves)
    if standing.opens is None:
        return PlaceHours(name, address, phone, said(in_language(listed.place.hours, caller.language)), serves)
    return PlaceClosed(name, address, phone, _why(standing), standing.opens, said_hours(standing.opens_hours), serves)


async def services(desk: Desk, caller: Caller, place_id: str) -> PlaceServices | PlaceGone:
    """What is done there."""
    listed = desk.places.index.get(place_id)
    codes = _services(desk, listed) if listed else ()
    if not codes:
        return PlaceGone()
    return PlaceServices(tuple(Item(code, {"service": service_word(code)}) for code in codes[:MOST_LISTED]))


def _services(desk: Desk, listed: ListedPlace) -> tuple[str, ...]:
    return tuple(code for code in listed.services if code in desk.services.services)


def _wanted(kind: str) -> Wanted:
    return Wanted(kind="" if kind == ANY else kind)


def _listed(caller: Caller, places: Sequence[ListedPlace], region: str = "", district: str = "") -> Found:
    if not places:
        return NoPlaceFound()
    if len(places) > MOST_LISTED:
        return TooManyPlaces(region, district)
    return PlacesListed(
        tuple(Item(listed.place.id, {"place": listed.place.called(caller.language)}) for listed in places)
    )


def _areas(desk: Desk, caller: Caller, areas: Sequence[Area]) -> tuple[Item, ...]:
    called = desk.places.index.area_called
    return tuple(
        Item(area.name, {"area": called(area.name, caller.language), "count": min(area.count, 9999)}) for area in areas
    )


def _why(standing: Today) -> Word:
    return Word(f"place_closed.{standing.now.value}")
