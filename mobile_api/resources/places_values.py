"""What is asked and told about places: hours, stops, areas, and how it stands today."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from mobile_api.operations import Output, Query
from mobile_api.shown import PageQuery, PlaceShown
from services.listed_places import Opening, PlaceKind, Stop
from services.opening_hours import Now, Today, said_hours

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
