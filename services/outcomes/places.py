"""What comes of looking for a place."""

from dataclasses import dataclass
from datetime import date

from domain.outcomes import Item, Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class PlaceRegions(Outcome):
    """Where there are any; an entry shows `area` and `count`."""

    regions: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class PlaceDistricts(Outcome):
    """Of one region; an entry shows `area` and `count`."""

    districts: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class PlacesListed(Outcome):
    """Those found, few enough for a list; an entry shows `place`."""

    found: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class TooManyPlaces(Outcome):
    """More than a list holds: some letters of the name would tell which, in that area ("": anywhere)."""

    region: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class NoPlaceFound(Outcome):
    """None is called so, or is there."""


@dataclass(frozen=True, slots=True)
class PlaceGone(Outcome):
    """It is not in the book any more."""


@dataclass(frozen=True, slots=True)
class PlaceOpen(Outcome):
    """Open today, now or later; `hours` as digits. `phone`: "" where it has none. `serves`: what is done there is
    known."""

    place: str
    address: str
    phone: str
    hours: str
    serves: bool


@dataclass(frozen=True, slots=True)
class PlaceClosed(Outcome):
    """Not open any more today; `why` is a word. `day` and `hours`: when it opens next."""

    place: str
    address: str
    phone: str
    why: Word
    day: date
    hours: str
    serves: bool


@dataclass(frozen=True, slots=True)
class PlaceHours(Outcome):
    """Only people were told the hours, in words; or nobody was."""

    place: str
    address: str
    phone: str
    hours: str
    serves: bool


@dataclass(frozen=True, slots=True)
class UnitComes(Outcome):
    """A mobile unit calls there: when next."""

    place: str
    address: str
    unit: str
    day: date
    hours: str
    serves: bool


@dataclass(frozen=True, slots=True)
class UnitNotPlanned(Outcome):
    """A mobile unit calls there; no day is known in the coming weeks."""

    place: str
    address: str
    unit: str
    serves: bool


@dataclass(frozen=True, slots=True)
class PlaceServices(Outcome):
    """What is done there; an entry shows `service`."""

    services: tuple[Item, ...]
