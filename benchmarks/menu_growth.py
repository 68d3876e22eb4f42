"""What menus cost as they grow from ten screens to a thousand: loading them, and one hop's step and words.

    python -m benchmarks.menu_growth

Made menus of choices with seven options each, ten screens a file, after ours; words and letters are those of the pack.
A step is the engine's answer to a key; rendering makes the pages of the screen that it leads to.
"""

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

from gateway.pack import load_pack
from gateway.words import translator_for
from ussd_menus import engine
from ussd_menus.loader import load_sources
from ussd_menus.screens import Screens
from ussd_menus.values import Menu

A_FILE = 10
OPTIONS = ("status", "pickup", "visits", "apply", "documents", "account", "places")
ROUNDS = 2000


def made(count: int) -> dict[str, str]:
    """Menu files of together so many screens; each screen leads to the next ones."""
    files = {}
    for first in range(0, count, A_FILE):
        lines = [f"journey: made_{first}", *(["entry: home"] if not first else []), "screens:"]
        for number in range(first, min(count, first + A_FILE)):
            lines += [f"  {_name(number)}:", "    choice: home.title", "    pages: 3", "    options:"]
            for at, word in enumerate(OPTIONS, 1):
                lines.append(f"      {at}: {{text: home.{word}, goto: {_name((number + at * 3) % count)}}}")
        files[f"made_{first:04d}.yaml"] = "\n".join(lines) + "\n"
    return files


def _name(number: int) -> str:
    return f"screen_{number}" if number else "home"


def walk(menu: Menu, screens: Screens) -> tuple[float, float]:
    """Microseconds of a step and of the words that it shows, medians."""
    state, network = engine.blank(menu), screens.network("40001")
    stepping, rendering = [], []
    for at in range(ROUNDS):
        began = time.perf_counter()
        step = engine.answer(menu, state, str(at % len(OPTIONS) + 1), "token")
        stepped = time.perf_counter()
        assert isinstance(step, engine.Shown)
        pages = screens.render(engine.view(menu, step.state), "az", network)
        rendering.append(time.perf_counter() - stepped)
        stepping.append(stepped - began)
        assert pages.pages
        # Whoever comes home begins anew: the way back does not grow for ever.
        state = step.state if len(step.state.back) < 5 else engine.blank(menu)
    return statistics.median(stepping) * 1e6, statistics.median(rendering) * 1e6


def loaded(files: dict[str, str]) -> tuple[Menu, float, float]:
    """The menu; milliseconds of processor time to load it; MB that it takes."""
    taken = _spent(lambda: load_sources(files))
    tracemalloc.start()
    menu = load_sources(files)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return menu, taken * 1e3, size / 1e6


def _spent(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    options = parser.parse_args()
    pack = load_pack("azerbaijan")
    screens = Screens(translator_for(pack), pack.languages, pack.networks)
    print("| screens | loaded, ms | MB | step, µs | words and pages, µs |\n|---|---|---|---|---|")
    for size in options.sizes:
        menu, taken, memory = loaded(made(size))
        if len(list(menu.screens())) != size:
            raise SystemExit(f"{len(list(menu.screens()))} screens of {size} were read")
        step, words = walk(menu, screens)
        print(f"| {size:,} | {taken:.0f} | {memory:.1f} | {step:.1f} | {words:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
