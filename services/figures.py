"""Means, shares and "nine of ten within" from counts of values. Pure."""

from collections.abc import Mapping

Counts = Mapping[int, int]
"""How often each value came."""


def number(counts: Counts) -> int:
    """How many values there are."""
    return sum(counts.values())


def mean(counts: Counts) -> float | None:
    """Their mean, to two decimals; None for no value."""
    total = number(counts)
    return round(sum(value * count for value, count in counts.items()) / total, 2) if total else None


def share_from(counts: Counts, least: int) -> float | None:
    """The share of values that are `least` or more, to three decimals; None for no value."""
    return _share(sum(count for value, count in counts.items() if value >= least), number(counts))


def share_within(counts: Counts, most: int) -> float | None:
    """The share of values that are `most` or less, to three decimals; None for no value."""
    return _share(sum(count for value, count in counts.items() if value <= most), number(counts))


def nine_of_ten(counts: Counts) -> int | None:
    """The smallest value that at least nine of ten do not exceed; None for no value."""
    total, seen = number(counts), 0
    for value in sorted(counts):
        seen += counts[value]
        if total and seen * 10 >= total * 9:
            return value
    return None


def _share(some: int, total: int) -> float | None:
    return round(some / total, 3) if total else None
