"""A ministry's own words made fit for a slot: never empty, and lists as one line."""

from collections.abc import Iterable

from services.values import Localised, in_language

# Shown where a ministry says nothing: a slot must be filled, and this says no more than was said.
NOTHING = "-"


def said(words: str) -> str:
    """The words, or a dash."""
    return words.strip() or NOTHING


def listed(entries: Iterable[Localised], language: str) -> str:
    """All entries in the language, parted by semicolons."""
    return said("; ".join(filter(None, (in_language(entry, language).strip() for entry in entries))))
