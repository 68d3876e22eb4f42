"""Places where something is done or collected: by words, service or nearness; hours, and stops of mobile units."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from domain.position import Position
from mobile_api.operations import Answer, Asked, Cache, Op, Output, Query
from mobile_api.problems import FieldError, Problem
from mobile_api.shown import PageQuery, PlaceShown, page
from services.finding_places import Found, Wanted, find
from services.listed_places import MobileUnit, Opening, PlaceKind, Stop
from services.opening_hours import Now, Today, said_hours, today

PLACE_ID = r"[A-Za-z0-9_-]{1,64}"
# How far ahead stops of mobile units are told.
STOP_DAYS = 28
_NEAR = r"^-?([0-8]?[0-9](\.[0-9]{1,10})?|90),-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,10})?|180)$"
_Hour = Annotated[str, Meta(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]


class PlacesQuery(PageQuery, frozen=True):
    """Which places. What is left out fits every place."""

    q: Annotated[str, Meta(max_length=100, description="First letters of words of name or address.")] = ""
    service: Annotated[str, Meta(max_length=64, description="The code of a service given there.")] = ""
    kind: Literal["centre", "agent", "mobile_unit"] | None = None
    near: Annotated[str, Meta(pattern=_NEAR, description="North and east in degrees: nearest first.")] | None = None
    within: Annotated[float, Meta(gt=0, le=20_100, description="Kilometres from `near`.")] | None = None
    region: Annotated[str, Meta(max_length=100, description="As `GET /areas` names it.")] = ""
    district: Annotated[str, Meta(max_length=100, description="As `GET /areas` names it.")] = ""


class AreasQuery(Query, frozen=True):
    """Which places count."""

    kind: Literal["centre", "agent", "mobile_unit"] | None = None


class Point(Output, frozen=True):
    """On the map: degrees by WGS 84, north and east positive."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class OpeningShown(Output, frozen=True):
    """Open on these days of the week (1 is Monday), in the country's time; not on public holidays.

    `first` and `last`: the days between which that holds; null where it has no end.
    """

    days: tuple[Annotated[int, Meta(ge=1, le=7)], ...]
    opens: _Hour
    closes: _Hour
    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, opening: Opening) -> "OpeningShown":
        return cls(
            tuple(sorted(opening.days)),
            f"{opening.opens:%H:%M}",
            f"{opening.closes:%H:%M}",
            opening.first,
            opening.last,
        )


class TodayShown(Output, frozen=True):
    """How it stands today in the country's time; `later` is closed now and open again today, `over` closed for today.

    `hours`: of today, empty when it is closed all day. `opens`: the next day on which it opens, with the hours of then.
    """

    now: Now
    hours: str
    opens: date | None = None
    opens_hours: str = ""

    @classmethod
    def of(cls, today: Today) -> "TodayShown":
        return cls(today.now, said_hours(today.hours), today.opens, said_hours(today.opens_hours))


class StopShown(Output, frozen=True):
    """When a mobile unit stands there."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, stop: Stop) -> "StopShown":
        return cls(stop.begins, stop.ends)


class PlaceListed(Output, frozen=True):
    """A place, and the codes of the services given, or by an agent helped with, there.

    `distance_m`: from the `near` that was asked for. `opening`, `open_now`: empty and null where only people are told
    the hours; `today` says more. Of a mobile unit: `unit` and its `stops` of the next four weeks.
    """

    place: PlaceShown
    services: tuple[str, ...]
    kind: PlaceKind = PlaceKind.CENTRE
    at: Point | None = None
    distance_m: Annotated[int, Meta(ge=0)] | None = None
    opening: tuple[OpeningShown, ...] = ()
    open_now: bool | None = None
    unit: str | None = None
    stops: tuple[StopShown, ...] = ()
    region: str = ""
    district: str = ""
    phone: str = ""
    today: TodayShown | None = None


class PlaceList(Output, frozen=True):
    """Places, the nearest first where `near` was asked for. `next`: the cursor of the next page, null on the last."""

    items: tuple[PlaceListed, ...]
    next: str | None


class DistrictShown(Output, frozen=True):
    """A district, and how many places it has."""

    name: str
    places: int


class AreaShown(Output, frozen=True):
    """A region, how many places it has, and its districts."""

    region: str
    places: int
    districts: tuple[DistrictShown, ...]


class AreaList(Output, frozen=True):
    """All regions with a place, by the alphabet."""

    items: tuple[AreaShown, ...]
    next: None = None


class UnitShown(Output, frozen=True):
    """A mobile unit, and where it stops in the next four weeks, the earliest first."""

    id: str
    kind: str
    name: str
    services: tuple[str, ...]
    stops: tuple[PlaceListed, ...]


class UnitList(Output, frozen=True):
    """All mobile units."""

    items: tuple[UnitShown, ...]
    next: None = None


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
