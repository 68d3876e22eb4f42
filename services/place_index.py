"""Looking through many places in memory: by region and district, and by the first letters of words. Pure.

Made anew whenever the places change; 13,000 of them take a third of a second, a search well under a millisecond
(`python -m benchmarks.places`).
"""

import heapq
import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from domain.position import Position
from services.folding import folded, folded_words
from services.listed_places import ListedPlace
from services.values import Localised

_AFTER_EVERY_LETTER = "\U0010ffff"
# Degrees of latitude to either side.
_FIRST_BELT = 0.2


@dataclass(frozen=True, slots=True)
class Area:
    """A region, or a district of one, as people there call it, and how many places it has."""

    name: str
    count: int


Fits = Callable[[ListedPlace], bool]


class PlaceIndex:
    """The places in their order, and ways to find some of them. A place without a region stands in its district's name;
    one with neither is found by its words alone."""

    def __init__(self, places: Iterable[ListedPlace], areas: Mapping[str, Localised] | None = None) -> None:
        """`areas`: how languages call regions and districts, where they call them otherwise."""
        self.places: tuple[ListedPlace, ...] = tuple(places)
        self.areas: Mapping[str, Localised] = areas or {}
        self._number = {listed.place.id: number for number, listed in enumerate(self.places)}
        self._areas: dict[str, dict[str, array[int]]] = {}
        self._counts: dict[str, dict[str, Counter[str]]] = {}
        self._areas_told: dict[tuple[str, str], Sequence[Area]] = {}
        self._texts: list[str] = []
        self._names: list[str] = []
        words: dict[str, array[int]] = {}
        for number, listed in enumerate(self.places):
            if region := listed.region or listed.district:
                self._areas.setdefault(region, {}).setdefault(listed.district, array("I")).append(number)
                self._counts.setdefault(region, {}).setdefault(listed.district, Counter())[listed.kind] += 1
            own = _words(listed, self.areas)
            self._texts.append(" ".join(("", *own, "")))
            self._names.append(
                " ".join(("", *folded_words(" ".join((listed.place.name, *listed.place.names.values()))), ""))
            )
            for word in own:
                words.setdefault(word, array("I")).append(number)
        self._words = sorted(words)
        self._where = [words[word] for word in self._words]
        # How many entries stand before each word: what a prefix would bring is known before it is gathered.
        self._before = [0, *accumulate(map(len, self._where))]
        self._vectors = [None if listed.at is None else _vector(listed.at) for listed in self.places]
        self._by_lat = sorted((listed.at.lat, number) for number, listed in enumerate(self.places) if listed.at)

    def get(self, place_id: str) -> ListedPlace | None:
        number = self._number.get(place_id)
        return None if number is None else self.places[number]

    def area_called(self, name: str, language: str) -> str:
        """A region or district for who speaks that language."""
        return self.areas.get(name, {}).get(language) or name

    def regions(self, kind: str = "") -> Sequence[Area]:
        """By the alphabet; those with a place of that kind, or of any."""
        return self._told("", kind)

    def districts(self, region: str, kind: str = "") -> Sequence[Area]:
        """Of one region, by the alphabet."""
        return self._told(region, kind) if region else ()

    def nearest(self, near: Position, most: int, fits: Fits | None = None) -> list[ListedPlace]:
        """At most so many, the nearest first: a belt around the point is looked at, wider while it has too few."""
        x, y, z = _vector(near)
        belt = _FIRST_BELT
        while True:
            first = bisect_left(self._by_lat, (near.lat - belt, 0))
            last = bisect_left(self._by_lat, (near.lat + belt, 0))
            # The angle itself is not needed to tell which is smaller.
            keyed = [
                (-(v[0] * x + v[1] * y + v[2] * z), number)
                for _, number in self._by_lat[first:last]
                if (v := self._vectors[number]) is not None and (fits is None or fits(self.places[number]))
            ]
            sure = -math.cos(math.radians(min(belt, 180.0)))
            if belt >= 180 or sum(key <= sure for key, _ in keyed) >= most:
                return [self.places[number] for _, number in heapq.nsmallest(most, keyed)]
            belt *= 3

    def _told(self, region: str, kind: str) -> Sequence[Area]:
        """Counted once for each kind: thousands of places make hundreds of districts."""
        if (region, kind) not in self._areas_told:
            if region:
                counted = {name: _of_kind(own, kind) for name, own in self._counts.get(region, {}).items() if name}
            else:
                every = self._counts.items()
                counted = {name: sum(_of_kind(own, kind) for own in of.values()) for name, of in every}
            if region and region not in self._counts:
                return ()  # a name from outside is not remembered
            self._areas_told[region, kind] = _areas(counted)
        return self._areas_told[region, kind]

    def within(self, region: str, district: str = "", fits: Fits | None = None) -> list[ListedPlace]:
        """All of a region, or of one of its districts; of the whole country where neither is given."""
        numbers = self._in(region, district) if region or district else range(len(self.places))
        return [self.places[number] for number in numbers if fits is None or fits(self.places[number])]

    def matching(
        self, words: str, most: int | None = None, region: str = "", district: str = "", fits: Fits | None = None
    ) -> list[ListedPlace]:
        """Those of which every word typed begins one of their own words (a number: is one), in their order; first those
        of which the name alone says it all.

        `most`: to stop at; one more than that in the answer says that there are more.
        """
        typed = folded_words(words[:100])
        # Who types a number means that number.
        begins = [f" {word} " if word.isdigit() else f" {word}" for word in typed]
        found: list[int] = []
        for number in self._candidates(typed, region, district):
            text = self._texts[number]
            if all(begin in text for begin in begins) and (fits is None or fits(self.places[number])):
                found.append(number)
                if most is not None and len(found) > most:
                    break
        found.sort(key=lambda number: (not all(begin in self._names[number] for begin in begins), number))
        return [self.places[number] for number in found]

    def _candidates(self, typed: Sequence[str], region: str, district: str) -> Iterable[int]:
        """The fewest places that need be looked at, each once."""
        area = self._in(region, district) if region or district else None
        ranges = [self._range(begin) for begin in typed]
        best = min(ranges, key=self._size, default=None)
        if best is None or (area is not None and len(area) <= self._size(best)):
            return range(len(self.places)) if area is None else area
        gathered = self._gathered(best)
        return gathered if area is None else set(gathered).intersection(area)

    def _gathered(self, words: tuple[int, int]) -> Iterator[int]:
        seen: set[int] = set()
        for numbers in self._where[slice(*words)]:
            for number in numbers:
                if number not in seen:
                    seen.add(number)
                    yield number

    def _range(self, begin: str) -> tuple[int, int]:
        after = begin if begin.isdigit() else begin + _AFTER_EVERY_LETTER
        return bisect_left(self._words, begin), bisect_right(self._words, after)

    def _size(self, words: tuple[int, int]) -> int:
        return self._before[words[1]] - self._before[words[0]]

    def _in(self, region: str, district: str) -> Sequence[int]:
        if region and district:
            return self._areas.get(region, {}).get(district, array("I"))
        if region:
            return [number for numbers in self._areas.get(region, {}).values() for number in numbers]
        return [number for own in self._areas.values() for number in own.get(district, ())]


def _of_kind(counted: Counter[str], kind: str) -> int:
    return counted[kind] if kind else counted.total()


def _vector(at: Position) -> tuple[float, float, float]:
    """Where it stands on a sphere of radius 1."""
    lat, lon = math.radians(at.lat), math.radians(at.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _areas(counted: dict[str, int]) -> list[Area]:
    return sorted((Area(name, count) for name, count in counted.items() if count), key=lambda area: folded(area.name))


def _words(listed: ListedPlace, areas: Mapping[str, Localised]) -> tuple[str, ...]:
    """Each word once, of every language; the same words as other places have are the same objects."""
    place = listed.place
    texts = [place.name, place.address, listed.district, listed.region, listed.unit_name]
    for words in (place.names, place.addresses, areas.get(listed.district, {}), areas.get(listed.region, {})):
        texts += words.values()
    return tuple(dict.fromkeys(word for text in texts if text for word in folded_words(text)))
