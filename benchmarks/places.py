"""What finding a place costs: from ten of them to 13,000; and what the book takes of memory.

Run it with `python -m benchmarks.places`.
"""

import argparse
import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from datetime import time as hour

from domain.position import Position
from services.finding_places import Wanted, find
from services.listed_places import ListedPlace, Opening, PlaceKind
from services.place_book import Book
from services.place_index import PlaceIndex
from services.values import Place

_ROUNDS = 300
_SYLLABLES = (
    "an",
    "binh",
    "chau",
    "dong",
    "ha",
    "kim",
    "lam",
    "minh",
    "nam",
    "phu",
    "quang",
    "son",
    "tan",
    "thanh",
    "xuan",
)


def made(count: int, dice: random.Random) -> list[ListedPlace]:
    """So many offices over 34 regions, a tenth of them in the capital."""
    regions = [
        "Hà Nội",
        *(f"{dice.choice(_SYLLABLES).title()} {dice.choice(_SYLLABLES).title()} {n}" for n in range(33)),
    ]
    hours = (Opening(frozenset({1, 2, 3, 4, 5}), hour(8), hour(17)),)
    places = []
    for number in range(count):
        region = regions[0] if number % 10 == 0 else dice.choice(regions[1:])
        district = f"Huyện {dice.choice(_SYLLABLES).title()}" if region != regions[0] else f"Quận {number // 10 % 30}"
        places.append(
            ListedPlace(
                Place(f"post-{number:05d}", f"Bưu điện {_name(dice)} (demo)", f"Phố {_name(dice)} {number % 200}"),
                PlaceKind.AGENT,
                ("criminal_record",),
                Position(10 + dice.random() * 12, 103 + dice.random() * 6),
                hours,
                region=region,
                district=district,
                phone="+84240000000",
            )
        )
    return places


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000, 13_000], help="how many places")
    options = parser.parse_args()
    print(
        f"{'places':>7} {'built ms':>9} {'MB':>6}  " + "  ".join(f"{name:>18}" for name in _questions(PlaceIndex(())))
    )
    for count in options.sizes:
        places = made(count, random.Random(1))
        began = time.perf_counter()
        index = Book.of(places).index
        built = time.perf_counter() - began
        figures = [_median(ask) for ask in _questions(index).values()]
        print(
            f"{count:>7} {built * 1000:>9.1f} {_memory(places):>6.1f}  " + "  ".join(f"{f:>15.3f} ms" for f in figures)
        )


def _questions(index: PlaceIndex) -> dict[str, Callable[[], object]]:
    area = index.regions()[0].name if index.regions() else ""
    agents = Wanted(kind="agent").fits
    return {
        "regions": lambda: index.regions("agent"),
        "districts": lambda: index.districts(area, "agent"),
        "one letter": lambda: index.matching("b", 97, fits=agents),
        "two words": lambda: index.matching("thanh xu", 97, fits=agents),
        "words in a region": lambda: index.matching("thanh", 97, area, fits=agents),
        "nothing": lambda: index.matching("buu zz", 97, fits=agents),
        "app: near": lambda: find(index, Wanted(near=Position(21.03, 105.85))),
        "app: near, 10 km": lambda: find(index, Wanted(near=Position(21.03, 105.85), within=10_000)),
    }


def _median(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _memory(places: list[ListedPlace]) -> float:
    """Of the index alone, in MB."""
    gc.collect()
    tracemalloc.start()
    book = Book.of(places)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert book.all()
    return taken / 1e6


def _name(dice: random.Random) -> str:
    return " ".join(dice.choice(_SYLLABLES).title() for _ in range(2))


if __name__ == "__main__":
    main()
