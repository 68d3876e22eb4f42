"""Fitting a screen to what a network carries: pages that never cut a word, an option or a pair of codes.

A page is measured as one whole, as it will travel: in GSM-7 septets if all its characters are in GSM-7, else in
UTF-16 code units (3GPP TS 23.038 §6). Every page but the last says how to see more.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from i18n.gsm7 import code_units, septets

_SENTENCE_ENDS = (".", "!", "?", "؟", "۔")
# Letters in a line of a small display.
_LINE = 22


@dataclass(frozen=True, slots=True)
class Budget:
    """What one screen carries, the aggregator's prefix excluded: GSM-7 septets or UTF-16 code units."""

    septets: int = 182
    units: int = 80

    def holds(self, text: str) -> bool:
        """True when the text fits, measured as it travels."""
        length = septets(text)
        return code_units(text) <= self.units if length is None else length <= self.septets


@dataclass(frozen=True, slots=True)
class Nav:
    """The ready lines of the reserved keys ("0 Back"); an empty one is not offered.

    `previous` stands in for `back` on the pages after the first, where "back" is the page before.
    """

    back: str = ""
    home: str = ""
    more: str = ""
    previous: str = ""

    def line(self, *, first: bool, last: bool) -> str:
        """The keys of one page, on one line where a small display has room for it, else with a break after the first:
        no number stands apart from its word. A space costs what a line break costs."""
        keys = ("" if last else self.more, self.back if first else self.back or self.previous, self.home)
        offered = [key for key in keys if key]
        line = " ".join(offered)
        return line if len(line) <= _LINE else "\n".join([offered[0], " ".join(offered[1:])]).strip()


def fit(body: str, options: Sequence[str], nav: Nav, budget: Budget) -> tuple[str, ...]:
    """The pages of a screen: the body's words, then a line an option, each page ending with its keys.

    Never raises and loses nothing but spaces at page ends. A word or an option longer than a page is cut between
    characters, a letter never from its marks while they fit. A budget too small for the keys leaves the keys out.
    Where it takes no more pages, one ends with a sentence.
    """
    keys = nav.line(first=True, last=True)
    whole = "\n".join([part for part in (body, *options, keys) if part])
    # Nearly every screen is one page of the basic alphabet: decided by one measure.
    if budget.holds(whole):
        return (whole,)
    pieces = [*_words(body), *_lines(options)]
    pages = tuple(_Pager(nav, budget).pages(pieces))
    if len(body) + len(keys) < len(pages[0]):
        return pages
    calmer = tuple(_Pager(nav, budget, at_sentences=True).pages(pieces))
    return calmer if len(calmer) <= len(pages) else pages


@dataclass(frozen=True, slots=True)
class _Piece:
    """What must stay together, and what stands before it where it does not begin a page."""

    text: str
    before: str


def _words(text: str, before: str = "") -> Iterator[_Piece]:
    for gap, word in re.findall(r"(\s*)(\S+)", text):
        breaks = gap.count("\n")
        yield _Piece(word, before or ("\n" * min(breaks, 2) if breaks else " " if gap else ""))
        before = ""


def _lines(options: Sequence[str]) -> Iterator[_Piece]:
    return (_Piece(option, "\n") for option in options if option)


class _Pager:
    """Fills pages one after the other, each with as much as it holds; `at_sentences`: up to the end of the last
    sentence on it, where that keeps half of it."""

    def __init__(self, nav: Nav, budget: Budget, *, at_sentences: bool = False) -> None:
        self._nav = nav
        self._budget = budget
        self._at_sentences = at_sentences

    def pages(self, pieces: list[_Piece]) -> Iterator[str]:
        left = pieces[::-1]
        first = True
        while left:
            rest = _joined(left)
            if (page := self._page(rest, self._nav.line(first=first, last=True))) is not None:
                yield page
                return
            yield self._take(left, self._nav.line(first=first, last=False))
            first = False

    def _page(self, content: str, keys: str) -> str | None:
        """The content with its keys; None where they do not fit."""
        page = f"{content}\n{keys}" if keys else content
        return page if self._budget.holds(page) else None

    def _take(self, left: list[_Piece], keys: str) -> str:
        """One page's worth off the end of `left` (which is in reverse); always at least one character."""
        content, page = "", None
        ended: tuple[str, int] | None = None
        taken: list[_Piece] = []
        while left:
            piece = left[-1]
            longer = content + piece.before + piece.text if content else piece.text
            fitting = self._page(longer, keys)
            if fitting is None:
                break
            content, page = longer, fitting
            taken.append(left.pop())
            if _ends(piece, left):
                ended = content, len(taken)
        if page is None:
            return self._break(left, keys)
        if self._at_sentences and ended is not None and 2 * len(ended[0]) >= len(content):
            left.extend(reversed(taken[ended[1] :]))
            return self._page(ended[0], keys) or page
        return page

    def _break(self, left: list[_Piece], keys: str) -> str:
        """A page for a piece that no page holds: an option's words, else as many letters as there is room for."""
        piece = left.pop()
        words = list(_words(piece.text, piece.before))
        if len(words) > 1:
            left.extend(reversed(words))
            return self._take(left, keys)
        clusters = _clusters(piece.text)
        for parts in (clusters, list(piece.text)):
            best = 0
            page = ""
            for count in range(1, len(parts) + 1):
                fitting = self._page("".join(parts[:count]), keys)
                if fitting is None:
                    break
                best, page = count, fitting
            if best:
                if best < len(parts):
                    left.append(_Piece("".join(parts[best:]), ""))
                return page
        # Not one letter beside the keys: the budget is no screen's. Letters go before keys.
        if len(piece.text) > 1:
            left.append(_Piece(piece.text[1:], ""))
        return piece.text[0]


def _ends(piece: _Piece, left: list[_Piece]) -> bool:
    """Whether a sentence, a line or an option ends with it."""
    return piece.text.endswith(_SENTENCE_ENDS) or (bool(left) and left[-1].before.startswith("\n"))


def _joined(left: list[_Piece]) -> str:
    parts = [piece.before + piece.text for piece in reversed(left)]
    return parts[0][len(left[-1].before) :] + "".join(parts[1:])


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
