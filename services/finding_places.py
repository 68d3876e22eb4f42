"""Finding places: by the first letters of words, by service, kind and area, and by how near they are."""

from dataclasses import dataclass

from domain.position import Position
from services.listed_places import ListedPlace
from services.place_index import PlaceIndex

MOST_NEAR = 500
"""Who looks for the nearest wants none of the rest."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place, and how far it is in metres; None where nobody asked, or nobody knows where it stands."""

    listed: ListedPlace
    metres: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; what is empty fits everything. `within`: metres from `near`."""

    words: str = ""
    service: str = ""
    kind: str = ""
    near: Position | None = None
    within: float | None = None
    region: str = ""
    district: str = ""

    def fits(self, listed: ListedPlace) -> bool:
        """By service and kind."""
        return (not self.service or self.service in listed.services) and (not self.kind or self.kind == listed.kind)


def find(places: PlaceIndex, wanted: Wanted) -> list[Found]:
    """Those that fit, in the order given; with `near` the nearest first, at most `MOST_NEAR`, and those that are on no
    map last."""
    fits = wanted.fits if wanted.service or wanted.kind else None
    near = wanted.near
    if near is not None and not (wanted.words or wanted.region or wanted.district) and len(places.places) > MOST_NEAR:
        fitting = places.nearest(near, MOST_NEAR, fits)
    elif wanted.words:
        fitting = places.matching(wanted.words, None, wanted.region, wanted.district, fits)
    else:
        fitting = places.within(wanted.region, wanted.district, fits)
    found = [Found(listed, None if near is None else _metres(near, listed)) for listed in fitting]
    if near is None:
        return found
    if wanted.within is not None:
        found = [each for each in found if each.metres is not None and each.metres <= wanted.within]
    return sorted(found, key=lambda each: (each.metres is None, each.metres or 0))[:MOST_NEAR]


def _metres(near: Position, listed: ListedPlace) -> int | None:
    """How far; None where nobody knows where it stands."""
    return None if listed.at is None else near.metres_to(listed.at)
