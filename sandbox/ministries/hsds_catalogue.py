"""What a simulated catalogue holds, and how Open Referral HSDS 3.0 writes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]
Words = Mapping[str, str]


def made_id(*parts: str) -> str:
    """The same id for the same parts, always."""
    return str(uuid5(NAMESPACE_URL, "/".join(("https://guichet.example", *parts))))


# A service that is given in more places leaves them to their own list: nobody wants 13,000 with its fee.
_EMBEDDED = 200


@dataclass(frozen=True)
class Hours:
    """One schedule; `byday` as in RFC 5545. `first` and `last`: the days between which it holds."""

    byday: str
    opens: str
    closes: str
    first: str = ""
    last: str = ""

    def shown(self, id: str) -> Json:
        found = {"id": id, "freq": "WEEKLY", "interval": 1, "byday": self.byday, "opens_at": self.opens}
        found |= {"closes_at": self.closes, "wkst": "MO"}
        if self.first:
            found["valid_from"] = self.first
        if self.last:
            found["valid_to"] = self.last
        return found


@dataclass(frozen=True)
class Spot:
    """A location. `key`: the ministry's own name of it, told as its external identifier. `district`: in the city."""

    key: str
    name: str
    street: str
    city: str
    region: str
    country: str
    lat: float
    lon: float
    hours: tuple[Hours, ...]
    phone: str = ""
    district: str = ""

    def shown(self, id: str) -> Json:
        address = {
            "id": made_id(id, "address"),
            "address_1": self.street,
            "city": self.city,
            "state_province": self.region,
            "postal_code": "00000",
            "country": self.country,
            "address_type": "physical",
        }
        if self.district:
            address["region"] = self.district
        phones = [{"id": made_id(id, "phone"), "number": self.phone}] if self.phone else []
        return {
            "id": id,
            "location_type": "physical",
            "name": self.name,
            "description": "Demonstration: invented",
            "latitude": self.lat,
            "longitude": self.lon,
            "external_identifier": self.key,
            "external_identifier_type": "office",
            "addresses": [address],
            "phones": phones,
            "schedules": [hours.shown(made_id(id, str(number))) for number, hours in enumerate(self.hours)],
        }


@dataclass(frozen=True)
class Offer:
    """A service; `spots`: keys of where it is given. `wait`: HSDS's free text. `fee`: major units, empty: untold."""

    key: str
    organization: str
    name: Words
    papers: tuple[Words, ...] = ()
    fee: str = ""
    currency: str = ""
    wait: str = ""
    status: str = "active"
    spots: tuple[str, ...] = ()

    def shown(self, id: str, organization: str, language: str) -> Json:
        """Only what is one of one."""
        return {
            "id": id,
            "organization_id": organization,
            "name": _said(self.name, language),
            "status": self.status,
            "wait_time": self.wait,
            "application_process": "Demonstration",
        }

    def papers_shown(self, id: str, language: str) -> list[Json]:
        return [
            {"id": made_id(id, "paper", str(number)), "document": _said(paper, language)}
            for number, paper in enumerate(self.papers)
        ]

    def costs_shown(self, id: str) -> list[Json]:
        if not self.fee:
            return []
        return [{"id": made_id(id, "cost"), "option": "fee", "currency": self.currency, "amount": float(self.fee)}]


@dataclass(frozen=True)
class Shelf:
    """All that one catalogue tells. `language`: of what is asked for in none of its own."""

    name: str
    language: str
    organizations: tuple[str, ...]
    offers: tuple[Offer, ...]
    spots: tuple[Spot, ...] = field(repr=False)

    def service_id(self, key: str) -> str:
        return made_id(self.name, "service", key)

    def organization_id(self, name: str) -> str:
        return made_id(self.name, "organization", name)

    @cached_property
    def by_id(self) -> Mapping[str, Offer]:
        return {self.service_id(offer.key): offer for offer in self.offers}

    @cached_property
    def _by_key(self) -> Mapping[str, Spot]:
        return {spot.key: spot for spot in self.spots}

    @cached_property
    def _shown(self) -> dict[str, Json]:
        return {}

    def location(self, key: str) -> Json:
        """By the ministry's own name; 13,000 of them are not written before somebody asks."""
        if key not in self._shown:
            self._shown[key] = self._by_key[key].shown(made_id(self.name, "location", key))
        return self._shown[key]

    @cached_property
    def entries(self) -> list[tuple[str, str, str]]:
        """Id, service id and the location's own name of each service at a location."""
        return [
            (made_id(self.name, "at", offer.key, key), id, key)
            for id, offer in self.by_id.items()
            for key in offer.spots
        ]

    def service(self, id: str, language: str, *, full: bool) -> Json:
        """Raises `KeyError` for an unknown one."""
        offer, said = self.by_id[id], language or self.language
        found = offer.shown(id, self.organization_id(offer.organization), said)
        if full:
            found["organization"] = self.organization(self.organization_id(offer.organization))
            found["required_documents"] = offer.papers_shown(id, said)
            found["cost_options"] = offer.costs_shown(id)
            found["schedules"] = []
            entries = self.entries if len(offer.spots) <= _EMBEDDED else ()
            found["service_at_locations"] = [
                {"id": entry, "location": self.location(key)} for entry, of, key in entries if of == id
            ]
        return found

    def at_location(self, entry: tuple[str, str, str], *, full: bool) -> Json:
        id, service, key = entry
        location = self.location(key)
        found: Json = {"id": id, "service_id": service, "location_id": location["id"]}
        if full:
            found |= {"location": location, "phones": [], "schedules": [], "contacts": []}
        return found

    def organization(self, id: str) -> Json:
        """Raises `KeyError`."""
        names = {self.organization_id(name): name for name in self.organizations}
        return {"id": id, "name": names[id], "description": "Demonstration"}


def _said(words: Words, language: str) -> str:
    return words.get(language) or next(iter(words.values()))
