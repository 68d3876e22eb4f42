"""Places where something is done or collected: by words, service or nearness; hours, and stops of mobile units."""

from datetime import datetime

from domain.position import Position
from mobile_api.operations import Answer, Asked, Cache, Op
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.places_values import (
    AreaList,
    AreaShown,
    AreasQuery,
    DistrictShown,
    OpeningShown,
    PlaceList,
    PlaceListed,
    PlacesQuery,
    Point,
    StopShown,
    TodayShown,
    UnitList,
    UnitShown,
)
from mobile_api.shown import PlaceShown, page
from services.finding_places import Found, Wanted, find
from services.listed_places import MobileUnit, PlaceKind
from services.opening_hours import today

PLACE_ID = r"[A-Za-z0-9_-]{1,64}"
# How far ahead stops of mobile units are told.
STOP_DAYS = 28


async def list_places(asked: Asked) -> Answer:
    """The places that fit what was asked."""
    query: PlacesQuery = asked.query
    near = Position.parse(query.near) if query.near else None
    if query.within is not None and near is None:
        raise Problem("invalid_fields", errors=(FieldError("/near", "missing"),))
    within = query.within * 1000 if query.within is not None else None
    wanted = Wanted(query.q, query.service, query.kind or "", near, within, query.region, query.district)
    items, following = page(find(asked.desk.places.index, wanted), query, lambda found: found.listed.place.id)
    return Answer(PlaceList(tuple(_shown(asked, found) for found in items), following))


async def show_place(asked: Asked) -> Answer:
    """One place."""
    listed = asked.desk.places.index.get(asked.path["id"])
    if listed is None:
        raise Problem("not_found")
    return Answer(_shown(asked, Found(listed)))


async def list_areas(asked: Asked) -> Answer:
    """Regions and their districts."""
    query: AreasQuery = asked.query
    index, kind = asked.desk.places.index, query.kind or ""
    return Answer(
        AreaList(
            tuple(
                AreaShown(
                    region.name,
                    region.count,
                    tuple(DistrictShown(area.name, area.count) for area in index.districts(region.name, kind)),
                )
                for region in index.regions(kind)
            )
        )
    )


async def list_units(asked: Asked) -> Answer:
    """The mobile units."""
    return Answer(UnitList(tuple(_unit(asked, unit) for unit in asked.desk.places.units())))


async def show_unit(asked: Asked) -> Answer:
    """One mobile unit."""
    for unit in asked.desk.places.units():
        if unit.id == asked.path["id"]:
            return Answer(_unit(asked, unit))
    raise Problem("not_found")


def _shown(asked: Asked, found: Found) -> PlaceListed:
    listed, services = found.listed, asked.desk.services
    now = asked.desk.clock.now().astimezone(services.zone)
    return PlaceListed(
        PlaceShown.of(listed.place, asked.language),
        listed.services,
        listed.kind,
        Point(listed.at.lat, listed.at.lon) if listed.at else None,
        found.metres,
        tuple(map(OpeningShown.of, listed.opening)),
        listed.is_open(now, services.holidays),
        listed.unit or None,
        tuple(map(StopShown.of, listed.stops(now, STOP_DAYS, services.holidays))),
        listed.region,
        listed.district,
        listed.phone,
        None if listed.unit else TodayShown.of(today(listed, now, services.holidays)),
    )


def _unit(asked: Asked, unit: MobileUnit) -> UnitShown:
    shown = (_shown(asked, Found(place)) for place in unit.places)
    coming = sorted((place for place in shown if place.stops), key=lambda place: place.stops[0].begins)
    return UnitShown(unit.id, unit.kind, unit.name, unit.services, tuple(coming))


_EXAMPLE = PlaceListed(
    PlaceShown("asan-01", "ASAN 1", "Example street 3, Baku", "Mon-Sat 09:00-18:00"),
    ("id_card",),
    PlaceKind.CENTRE,
    Point(40.409, 49.867),
    1240,
    (OpeningShown((1, 2, 3, 4, 5, 6), "09:00", "18:00"),),
    True,
)
_EXAMPLE_STOP = PlaceListed(
    PlaceShown("bus-01-example", "Example town", "Example square", ""),
    ("id_card",),
    PlaceKind.MOBILE_UNIT,
    Point(40.787, 48.152),
    unit="bus-01",
    open_now=False,
    stops=(
        StopShown(
            datetime.fromisoformat("2026-12-08T10:00:00+04:00"), datetime.fromisoformat("2026-12-08T16:00:00+04:00")
        ),
    ),
)
_EXAMPLE_UNIT = UnitShown("bus-01", "bus", "ASAN bus 1", ("id_card",), (_EXAMPLE_STOP,))

OPS: tuple[Op, ...] = (
    Op(
        id="list_places",
        method="GET",
        path="/places",
        summary="Places, by words, by service or by nearness",
        description="Offices, agents who help with forms, and the stops of mobile units. Where somebody is, is not "
        "kept; two or three decimals of a degree are near enough.",
        tag="places",
        act=list_places,
        query=PlacesQuery,
        answers={200: PlaceList},
        cache=Cache.PUBLIC,
        examples={200: PlaceList((_EXAMPLE, _EXAMPLE_STOP), None)},
    ),
    Op(
        id="list_areas",
        method="GET",
        path="/areas",
        summary="Regions and districts that have a place",
        tag="places",
        act=list_areas,
        query=AreasQuery,
        answers={200: AreaList},
        cache=Cache.PUBLIC,
        examples={200: AreaList((AreaShown("Baku", 6, (DistrictShown("Yasamal", 2),)),))},
    ),
    Op(
        id="show_place",
        method="GET",
        path="/places/{id}",
        where={"id": PLACE_ID},
        summary="One place and its hours",
        tag="places",
        act=show_place,
        answers={200: PlaceListed},
        cache=Cache.PUBLIC,
        examples={200: _EXAMPLE},
    ),
    Op(
        id="list_units",
        method="GET",
        path="/units",
        summary="Mobile units, and where they stop",
        tag="places",
        act=list_units,
        answers={200: UnitList},
        cache=Cache.PUBLIC,
        examples={200: UnitList((_EXAMPLE_UNIT,))},
    ),
    Op(
        id="show_unit",
        method="GET",
        path="/units/{id}",
        where={"id": PLACE_ID},
        summary="One mobile unit, and where it stops",
        tag="places",
        act=show_unit,
        answers={200: UnitShown},
        cache=Cache.PUBLIC,
        examples={200: _EXAMPLE_UNIT},
    ),
)
