"""The pack's places and mobile units: `places.yaml` and `units.yaml` made the book that use cases look into."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.position import Position
from services.listed_places import Calls, ListedPlace, MobileUnit, Opening, PlaceKind
from services.place_book import Book
from services.values import Place

_Hour = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
# It stands in paths of the API.
_PlaceId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
_At = tuple[Annotated[float, Meta(ge=-90, le=90)], Annotated[float, Meta(ge=-180, le=180)]]


class OpeningFile(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}):
    """Hours for machines. `days`: 1 is Monday."""

    days: frozenset[Annotated[int, Meta(ge=1, le=7)]]
    begin: _Hour
    until: _Hour


class PlaceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One place. `kind`: centre or agent. `at`: north and east, in degrees. `open`: what `hours` say to people.

    `region` and `district`: by which people look for it. `names`, `addresses`: in a language that calls it otherwise.
    """

    kind: Literal["centre", "agent"]
    name: str
    address: str
    hours: dict[str, str]
    names: dict[str, str] = {}
    addresses: dict[str, str] = {}
    services: tuple[str, ...] = ()
    demonstration: bool = False
    at: _At | None = None
    open: tuple[OpeningFile, ...] = ()
    region: str = ""
    district: str = ""
    phone: Annotated[str, Meta(max_length=32)] = ""


class PlacesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`places.yaml`. `areas`: how a language calls regions and districts."""

    places: dict[_PlaceId, PlaceFile] = {}
    areas: dict[str, dict[str, str]] = {}


class StopFile(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}):
    """Where a mobile unit calls: on `first`, and every so many weeks after it (0: that once)."""

    id: _PlaceId
    name: str
    address: str
    first: date
    begin: _Hour
    until: _Hour
    every_weeks: Annotated[int, Meta(ge=0, le=53)] = 0
    at: _At | None = None
    region: str = ""
    district: str = ""


class UnitFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One mobile unit."""

    kind: Literal["bus", "train"]
    name: str
    services: tuple[str, ...]
    stops: tuple[StopFile, ...]
    demonstration: bool = False


class UnitsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`units.yaml`."""

    units: dict[_PlaceId, UnitFile] = {}


def places_of(file: PlacesFile, units: UnitsFile) -> Book:
    """The book."""
    fixed = (
        ListedPlace(
            Place(key, item.name, item.address, item.hours, item.names, item.addresses),
            PlaceKind(item.kind),
            item.services,
            _position(item.at),
            tuple(map(_opening, item.open)),
            region=item.region,
            district=item.district,
            phone=item.phone,
        )
        for key, item in file.places.items()
    )
    mobile = tuple(_unit(key, item) for key, item in units.units.items())
    return Book.of((*fixed, *(place for unit in mobile for place in unit.places)), mobile, file.areas)


def disagreements(file: PlacesFile, units: UnitsFile, services: Mapping[str, object]) -> list[str]:
    """Names that the two files use and nobody has, and ids that stand twice."""
    named = [(f"places.yaml: {key}", item.services) for key, item in file.places.items()]
    named += [(f"units.yaml: {key}", item.services) for key, item in units.units.items()]
    wrong = [
        f"{where}.services: {code!r} is not known" for where, codes in named for code in codes if code not in services
    ]
    seen = set(file.places)
    for key, item in units.units.items():
        for stop in item.stops:
            if stop.id in seen:
                wrong.append(f"units.yaml: {key}.stops: the id {stop.id!r} stands twice")
            seen.add(stop.id)
    hours = [(f"places.yaml: {key}.open", entry) for key, item in file.places.items() for entry in item.open]
    calls = [(f"units.yaml: {stop.id}", stop) for item in units.units.values() for stop in item.stops]
    ends = [(where, entry.begin, entry.until) for where, entry in hours]
    ends += [(where, stop.begin, stop.until) for where, stop in calls]
    return wrong + [f"{where}: ends before it begins" for where, begin, until in ends if until <= begin]


def _unit(key: str, item: UnitFile) -> MobileUnit:
    places = tuple(
        ListedPlace(
            Place(stop.id, stop.name, stop.address),
            PlaceKind.MOBILE_UNIT,
            item.services,
            _position(stop.at),
            unit=key,
            calls=(_calls(stop),),
            region=stop.region,
            district=stop.district,
        )
        for stop in item.stops
    )
    return MobileUnit(key, item.kind, item.name, item.services, places)


def _calls(stop: StopFile) -> Calls:
    return Calls(stop.first, stop.every_weeks, time.fromisoformat(stop.begin), time.fromisoformat(stop.until))


def _opening(entry: OpeningFile) -> Opening:
    return Opening(entry.days, time.fromisoformat(entry.begin), time.fromisoformat(entry.until))


def _position(at: tuple[float, float] | None) -> Position | None:
    return None if at is None else Position(*at)
