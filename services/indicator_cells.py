"""Which figures are made of too few answers to be told, so that none can be computed from the others either. Pure.

Figures form a tree: a total and the cells that it is the sum of, each of these a total in its turn.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def withheld(
    counts: Mapping[Key, int], parts: Mapping[Key, Sequence[Key]], roots: Sequence[Key], least: int
) -> set[Key]:
    """The keys whose figures are not told. `parts`: of a total, the cells whose counts add up to its own.

    A count of 1 to `least` - 1 is withheld. Where cells of a told total are withheld there are at least two of them,
    with at least `least` answers together: else the next smallest goes too. Below a withheld total all is withheld.
    """
    hidden = {root for root in roots if 0 < counts[root] < least}
    waiting = list(roots)
    while waiting:
        total = waiting.pop()
        cells = parts.get(total, ())
        hidden |= set(cells) if total in hidden else _of_one_total({cell: counts[cell] for cell in cells}, least)
        waiting.extend(cells)
    return hidden


def _of_one_total(counts: Mapping[Key, int], least: int) -> set[Key]:
    """Those withheld of the cells of one total that is told."""
    hidden = {cell for cell, count in counts.items() if 0 < count < least}
    others = sorted((cell for cell, count in counts.items() if count >= least), key=lambda cell: counts[cell])
    for cell in others:
        if not hidden or (len(hidden) > 1 and sum(counts[each] for each in hidden) >= least):
            break
        hidden.add(cell)
    return hidden
