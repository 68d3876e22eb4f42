"""How much of what tests repeat: a fair sample in `make test`, all of it in `make test-long`.

Asked for while test files are read, so that Hypothesis' settings and parameters may hang on it. A test whose amount it
says is marked `long`: those are what `make test-long` runs.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_all_of_it = False


def begin(*, all_of_it: bool) -> None:
    """Before any test file is read: was `--long` given?"""
    global _all_of_it
    _all_of_it = all_of_it


def amount(quick: int, long: int) -> int:
    """`quick` in `make test`, `long` with `--long`."""
    return long if _all_of_it else quick


def sample(of: Sequence[T], one_in: int) -> list[T]:
    """Every so-manyth in `make test`, the same ones each time; all with `--long`."""
    return list(of[:: 1 if _all_of_it else one_in])


def turned(of: Sequence[T], turn: int, one_in: int) -> list[T]:
    """The same of a row of things that begins elsewhere each turn: what one turn passes over, another takes."""
    if _all_of_it or not of:
        return list(of)
    start = turn % len(of)
    return [*of[start:], *of[:start]][::one_in]
