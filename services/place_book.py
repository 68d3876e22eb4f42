"""The place book: all places of a country in memory, the pack's and those that ministries' guides tell of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.listed_places import ListedPlace, MobileUnit, PlaceKind
from services.place_index import PlaceIndex
from services.values import Localised, Place


@dataclass(frozen=True)
class Book:
    """Fulfils `services.ports.PlaceBook`. `by_id`: those that stay where they are."""

    index: PlaceIndex
    mobile: tuple[MobileUnit, ...] = ()
    by_id: Mapping[str, Place] = field(default_factory=dict)
    services: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    helpers: tuple[ListedPlace, ...] = ()

    @classmethod
    def of(
        cls,
        listed: Iterable[ListedPlace],
        mobile: Sequence[MobileUnit] = (),
        areas: Mapping[str, Localised] | None = None,
    ) -> "Book":
        """The book of these places, the stops of `mobile` among them; of other units a place names the kind itself.

        `areas`: as `PlaceIndex` takes them."""
        index = PlaceIndex(listed, areas)
        fixed = [item for item in index.places if not item.unit]
        offered: dict[str, list[Place]] = {}
        for item in fixed:
            for code in item.services if item.kind is PlaceKind.CENTRE else ():
                offered.setdefault(code, []).append(item.place)
        return cls(
            index,
            _units(index.places, mobile),
            {item.place.id: item.place for item in fixed},
            {code: tuple(places) for code, places in offered.items()},
            tuple(item for item in fixed if item.kind is PlaceKind.AGENT),
        )

    def get(self, place_id: str) -> Place | None:
        return self.by_id.get(place_id)

    def offering(self, service: str) -> Sequence[Place]:
        """Where a visit can be booked for it: neither with agents nor at stops."""
        return self.services.get(service, ())

    def agents(self) -> Sequence[ListedPlace]:
        return self.helpers

    def nearest_agent(self, region: str = "", district: str = "") -> Place | None:
        """One in the district, else in the region, else the first of all: USSD tells no position."""
        near = max(self.helpers, key=lambda item: _nearness(item, region, district), default=None)
        return near.place if near else None

    def all(self) -> Sequence[ListedPlace]:
        return self.index.places

    def units(self) -> Sequence[MobileUnit]:
        return self.mobile

    @property
    def complete(self) -> bool:
        return True


def merged(pack: Sequence[ListedPlace], told: Iterable[ListedPlace]) -> list[ListedPlace]:
    """The pack's places in their order, then the others. Of a place in both, the ministry's word counts; what it does
    not tell stays as the pack has it."""
    places = {listed.place.id: listed for listed in pack}
    for listed in told:
        known = places.get(listed.place.id)
        places[listed.place.id] = listed if known is None else _filled(listed, known)
    return list(places.values())


def _filled(told: ListedPlace, pack: ListedPlace) -> ListedPlace:
    place = replace(
        told.place,
        address=told.place.address or pack.place.address,
        hours=told.place.hours,
        names=told.place.names or pack.place.names,
        addresses=told.place.addresses or pack.place.addresses,
    )
    if not told.place.hours and (not told.opening or told.opening == pack.opening):
        place = replace(place, hours=pack.place.hours)
    return replace(
        told,
        place=place,
        services=tuple(dict.fromkeys((*told.services, *pack.services))),
        at=told.at or pack.at,
        opening=told.opening or pack.opening,
        region=told.region or pack.region,
        district=told.district or pack.district,
        phone=told.phone or pack.phone,
    )


def _nearness(listed: ListedPlace, region: str, district: str) -> int:
    in_region = not region or listed.region == region
    return 2 * bool(district and listed.district == district and in_region) + bool(region and listed.region == region)


def _units(places: Sequence[ListedPlace], mobile: Sequence[MobileUnit]) -> tuple[MobileUnit, ...]:
    told: dict[str, list[ListedPlace]] = {}
    for listed in places:
        if listed.unit:
            told.setdefault(listed.unit, []).append(listed)
    known = [replace(unit, places=tuple(told.pop(unit.id, unit.places))) for unit in mobile]
    return (*known, *(_unit(id, stops) for id, stops in told.items()))


def _unit(id: str, stops: list[ListedPlace]) -> MobileUnit:
    services = dict.fromkeys(code for stop in stops for code in stop.services)
    return MobileUnit(id, stops[0].unit_kind or "bus", stops[0].unit_name or id, tuple(services), tuple(stops))
