"""Finding places of the pack: by words in any spelling, by service, by kind, and by how near they are."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from domain.position import Position
from i18n.letters import plain
from services.listed_places import ListedPlace


@dataclass(frozen=True, slots=True)
class Found:
    """A place, and how far it is in metres; None where nobody asked, or the pack does not know where it stands."""

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


def find(places: Sequence[ListedPlace], wanted: Wanted) -> list[Found]:
    """Those that fit, in the order given; with `near` the nearest first, and those that are on no map last."""
    words = folded(wanted.words).split()
    fitting = [
        Found(listed, _metres(listed, wanted.near))
        for listed in places
        if (not wanted.service or wanted.service in listed.services)
        and (not wanted.kind or wanted.kind == listed.kind)
        and _says(listed, words)
    ]
    if wanted.near is None:
        return fitting
    if wanted.within is not None:
        fitting = [found for found in fitting if found.metres is not None and found.metres <= wanted.within]
    return sorted(fitting, key=lambda found: (found.metres is None, found.metres or 0))


def folded(words: str) -> str:
    """Letters as a basic keyboard writes them, so that `Gence` finds `Gəncə`."""
    apart = unicodedata.normalize("NFKD", plain(words.casefold()).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _says(listed: ListedPlace, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = folded(f"{listed.place.name} {listed.place.address}")
    return all(word in text for word in words)


def _metres(listed: ListedPlace, near: Position | None) -> int | None:
    return near.metres_to(listed.at) if near is not None and listed.at is not None else None
