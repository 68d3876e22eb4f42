"""What of a screen must stay together: words, options, letters with their marks; and how ill a page ends between."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# How ill a page ends between two pieces. Between lines and between options it ends well, but for these two: before the
# yes and no of a question, and after the heading of what follows.
_BEFORE_ANSWERS = 4
_HEADING = 5
_SENTENCE = 3
_PHRASE = 6
_ANNOUNCED = 9
_WORDS = 10
# "Demo Bank | Nerimanov", "23 | Nov", "No. | 5".
_NAME = 14
_OPTION = 30
_LETTERS = 1000

_SENTENCE_ENDS = (".", "!", "?", "؟", "۔", "…")
_PHRASE_ENDS = (",", ";", "،", "؛", ")")


@dataclass(frozen=True, slots=True)
class Piece:
    """What no page break may part while a page holds it. `before`: what stands there where it does not begin a page.
    `awkward`: how ill a page ends before it."""

    text: str
    before: str
    awkward: int = 0


def pieces(body: str, options: Sequence[str], holds: Callable[[str], bool]) -> list[Piece]:
    """The body's words and the options, in their order. An option of several lines holds the answers to a question.

    `holds`: whether a page has room for so much; what it has not is cut smaller: an option into its words, a word into
    its letters, a letter from its marks.
    """
    found = [*_words(body)]
    for option in filter(None, options):
        before = _BEFORE_ANSWERS if "\n" in option else 0
        if holds(option):
            found.append(Piece(option, "\n", before))
        else:
            first, *others = _words(option, _OPTION) if option.strip() else [Piece(option, "\n")]
            found += [Piece(first.text, "\n", before), *others]
    return [smaller for piece in found for smaller in ([piece] if holds(piece.text) else _letters(piece, holds))]


def _words(text: str, least: int = 0) -> Iterator[Piece]:
    last = ""
    for gap, word in re.findall(r"(\s*)(\S+)", text):
        breaks = gap.count("\n")
        before = "\n" * min(breaks, 2) if breaks else " " if gap else ""
        awkward = (_HEADING if last.endswith(":") else 0) if breaks else _awkwardness(last, word) if last else 0
        yield Piece(word, before, max(awkward, least) if last else 0)
        last = word


def _awkwardness(last: str, word: str) -> int:
    """Of a page that ends between two words of a line."""
    name = word[0].isdigit() or word[0].isupper()
    if last.endswith(_SENTENCE_ENDS) and not (word[0].isdigit() or word[0].islower()):
        return _SENTENCE
    if last.endswith(_PHRASE_ENDS):
        return _PHRASE
    if last.endswith(":"):
        return _ANNOUNCED
    return _NAME if last[-1].isdigit() or (name and (last[0].isupper() or word[0].isdigit())) else _WORDS


def _letters(piece: Piece, holds: Callable[[str], bool]) -> Iterator[Piece]:
    parts = [part for cluster in _clusters(piece.text) for part in ([cluster] if holds(cluster) else cluster)]
    yield Piece(parts[0], piece.before, piece.awkward)
    yield from (Piece(part, "", _LETTERS) for part in parts[1:])


def _clusters(text: str) -> list[str]:
    """Letters with the marks that belong to them."""
    clusters: list[str] = []
    for char in text:
        joins = unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or "\U0001f3fb" <= char <= "\U0001f3ff"
        if clusters and (joins or clusters[-1][-1] == "\u200d"):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
