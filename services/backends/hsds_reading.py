"""Services and places out of HSDS 3.0 objects: right, or absent, or `Misread`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from domain.errors import InvalidValue
from domain.money import Money
from domain.position import Position
from services.backends.hsds_config import HsdsConfig
from services.backends.hsds_schedules import openings
from services.backends.reading import Misread, Pick, money, needed, record, records, text, zone_of
from services.listed_places import ListedPlace, Opening, PlaceKind
from services.values import Localised, Place, ServiceInfo

Json = Mapping[str, object]
ACTIVE = "active"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# "15", "15 working days", "P15D"; a range ("10-15 days") is as long as its end.
_COUNT = re.compile(r"\d{1,4}")
_ALONE = re.compile(r"\s*(\d{1,4}|P\d{1,4}D)\s*")


def is_active(service: Json) -> bool:
    """Whether anybody is served. Absent counts as yes: lists may leave it out."""
    return text(service.get("status"), "service status").lower() in ("", ACTIVE)


def info_of(code: str, told: Sequence[tuple[str, Json]], config: HsdsConfig) -> ServiceInfo:
    """What it asks of people; `told`: the same service by language, "" where there is one text for all."""
    service = told[0][1]
    return ServiceInfo(code, _documents(told), _fee(service, config.currency), _days(service, config.day_words))


def _documents(told: Sequence[tuple[str, Json]]) -> tuple[Localised, ...]:
    """The n-th of each language are one document, unless their ids say otherwise."""
    by_id: dict[str, dict[str, str]] = {}
    for language, service in told:
        for number, item in enumerate(_listed(service, "required_documents")):
            words = text(item.get("document"), "document") or text(item.get("name"), "document")
            if words:
                by_id.setdefault(text(item.get("id"), "document id") or str(number), {})[language] = words
    return tuple(by_id.values())


def _fee(service: Json, currency: str) -> Money | None:
    """The first cost that has an amount; None where the ministry does not tell."""
    for cost in _listed(service, "cost_options"):
        amount = cost.get("amount")
        if isinstance(amount, float) and amount == int(amount):
            amount = int(amount)
        found = money(amount, cost.get("currency") or currency, "cost")
        if found is not None:
            return found
    return None


def _days(service: Json, day_words: Sequence[str]) -> int | None:
    """Days out of the free text `wait_time`; None where it names none, or does not count in days."""
    wait = text(service.get("wait_time"), "wait_time")
    found = _COUNT.findall(wait)
    words = wait.casefold().split()
    in_days = _ALONE.fullmatch(wait) or any(word.startswith(tuple(day_words)) for word in words)
    return int(found[-1]) if found and in_days else None


@dataclass
class PlaceReader:
    """Reads the services at locations one by one, and joins those of one location. `codes`: service id → ours."""

    config: HsdsConfig
    today: date
    _found: dict[str, ListedPlace] = field(default_factory=dict)
    _shared: dict[tuple[Opening, ...], tuple[Opening, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        picks = self.config.picks
        self._codes = {service_id: code for code, service_id in self.config.services.items()}
        self._zone = zone_of(self.config.zone)
        named = {"id": picks.id, "name": picks.name, "region": picks.region, "district": picks.district}
        self._picks = {name: Pick(path) for name, path in named.items()}
        self._kind = Pick(picks.kind) if picks.kind else None

    def places(self) -> tuple[ListedPlace, ...]:
        """All that were read."""
        return tuple(self._found.values())

    def read(self, entry: Json, service: Json) -> None:
        """One service at a location; those that nobody can walk to are passed over."""
        location = record(entry.get("location"), "location")
        if text(location.get("location_type"), "location_type").lower() not in ("", "physical"):
            return
        address = _address(location)
        seen = {"location": location, "address": address, "service": service, "entry": entry}
        kind = self._kind_of(seen)
        if kind is None:
            return
        place_id = needed(self._picks["id"](seen), "location id")
        if not _ID.fullmatch(place_id):
            raise Misread("a location's id is no id")
        code = self._codes.get(text(service.get("id"), "service id"), "")
        known = self._found.get(place_id)
        if known is None:
            known = self._place(place_id, kind, seen, _listed(entry, "schedules") + _listed(location, "schedules"))
        services = known.services if not code or code in known.services else (*known.services, code)
        self._found[place_id] = _with_services(known, services)

    def _kind_of(self, seen: Json) -> PlaceKind | None:
        told = text(self._kind(seen), "kind") if self._kind else ""
        kind = self.config.kinds.get(told, self.config.kind)
        return None if kind == "leave_out" else PlaceKind(kind)

    def _place(self, place_id: str, kind: PlaceKind, seen: Json, schedules: list[Json]) -> ListedPlace:
        location, address = record(seen["location"], "location"), record(seen["address"], "address")
        hours = tuple(
            dict.fromkeys(opening for schedule in schedules for opening in openings(schedule, self._zone, self.today))
        )
        said = next(filter(None, (text(item.get("description"), "schedule") for item in schedules)), "")
        return ListedPlace(
            Place(
                place_id,
                needed(self._picks["name"](seen), "location name"),
                _written(address),
                {"": said} if said else {},
            ),
            kind,
            at=_position(location),
            # Thousands of offices share a dozen timetables.
            opening=self._shared.setdefault(hours, hours),
            region=text(self._picks["region"](seen), "region"),
            district=text(self._picks["district"](seen), "district"),
            phone=_phone(location, record(seen["entry"], "entry")),
        )


def _with_services(known: ListedPlace, services: tuple[str, ...]) -> ListedPlace:
    return known if known.services == services else replace(known, services=services)


def _address(location: Json) -> Json:
    """The first address that is no postal one; empty where it has none."""
    for address in _listed(location, "addresses"):
        if text(address.get("address_type"), "address_type").lower() != "postal":
            return address
    return {}


def _written(address: Json) -> str:
    parts = (text(address.get(name), name) for name in ("address_1", "address_2", "city"))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _phone(*holders: Json) -> str:
    for holder in holders:
        for phone in _listed(holder, "phones"):
            number = text(phone.get("number"), "phone")
            if number:
                return number[:32]
    return ""


def _position(location: Json) -> Position | None:
    """Both, or nowhere: 0 and 0 is where those stand that nobody measured."""
    lat, lon = (_degrees(location.get(name), name) for name in ("latitude", "longitude"))
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None
    try:
        return Position(lat, lon)
    except InvalidValue:
        raise Misread("latitude and longitude are on no map") from None


def _degrees(value: object, what: str) -> float | None:
    written = text(value, what)
    try:
        return float(written) if written else None
    except ValueError:
        raise Misread(f"{what} is not a number") from None


def _listed(holder: Json, name: str) -> list[Json]:
    """The objects under a name; absent or null: none."""
    value = holder.get(name)
    return [] if value is None else records(value, name)


def entries_of(service: Json) -> Iterable[Json]:
    """The services at locations that a fully nested service brings with it."""
    return _listed(service, "service_at_locations")
