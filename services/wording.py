"""A ministry's own words made fit for a slot: never empty, and lists as one line."""

from collections.abc import Iterable

from services.values import Localised, in_language

# Shown where a ministry says nothing: a slot must be filled, and this says no more than was said.
NOTHING = "-"
_SEMICOLONS = {"ar": "؛ "}
_NUMBER_LONGEST = 16
_NUMBER_SHORT = 8


def said(words: str) -> str:
    """The words, or a dash."""
    return words.strip() or NOTHING


def listed(entries: Iterable[Localised], language: str) -> str:
    """All entries in the language, parted by its semicolons; one that is told in another alone says in which."""
    between = _SEMICOLONS.get(language, "; ")
    return said(between.join(filter(None, (_told(entry, language) for entry in entries))))


def _told(entry: Localised, language: str) -> str:
    words = in_language(entry, language).strip()
    other = "" if entry.get(language) or entry.get("") else next(iter(entry), "")
    return f"{words} ({other})" if words and other else words


def visit_number(visit_id: str) -> str:
    """What to say at the counter: the ministry's id, or the end of one that is too long to say."""
    if len(visit_id) <= _NUMBER_LONGEST:
        return visit_id
    return "".join(char for char in visit_id if char.isalnum())[-_NUMBER_SHORT:].upper()
