"""Fitting a screen to what a network carries: pages that never cut a word, an option or a pair of codes.

A page is measured as one whole, as it will travel: in GSM-7 septets if all its characters are in GSM-7, else in
UTF-16 code units (3GPP TS 23.038 §6). Every page but the last says how to see more.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from i18n.gsm7 import code_units, septets


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
        """The keys of one page, on one line: a space costs what a line break costs."""
        keys = ("" if last else self.more, self.back if first else self.back or self.previous, self.home)
        return " ".join([key for key in keys if key])


def fit(body: str, options: Sequence[str], nav: Nav, budget: Budget) -> tuple[str, ...]:
    """The pages of a screen: the body's words, then a line an option, each page ending with its keys.

    Never raises and loses nothing but spaces at page ends. A word or an option longer than a page is cut between
    characters, a letter never from its marks while they fit. A budget too small for the keys leaves the keys out.
    """
    keys = nav.line(first=True, last=True)
    whole = "\n".join([part for part in (body, *options, keys) if part])
    # Nearly every screen is one page of the basic alphabet: decided by one measure.
    if budget.holds(whole):
        return (whole,)
    return tuple(_Pager(nav, budget).pages([*_words(body), *_lines(options)]))


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
    """Fills pages one after the other, each with as much as it holds."""

    def __init__(self, nav: Nav, budget: Budget) -> None:
        self._nav = nav
        self._budget = budget

    def pages(self, pieces: list[_Piece]) -> Iterator[str]:
        left = pieces[::-1]
        first = True
        while left:
            rest = _joined(left)
            if (page := self._page(rest, first=first, last=True)) is not None:
                yield page
                return
            yield self._take(left, first=first)
            first = False

    def _page(self, content: str, *, first: bool, last: bool) -> str | None:
        """The content with its keys; None where they do not fit."""
        keys = self._nav.line(first=first, last=last)
        page = f"{content}\n{keys}" if keys else content
        return page if self._budget.holds(page) else None

    def _take(self, left: list[_Piece], *, first: bool) -> str:
        """One page's worth off the end of `left` (which is in reverse); always at least one character."""
        content, page = "", None
        while left:
            piece = left[-1]
            longer = content + piece.before + piece.text if content else piece.text
            fitting = self._page(longer, first=first, last=False)
            if fitting is None:
                break
            content, page = longer, fitting
            left.pop()
        return page if page is not None else self._break(left, first=first)

    def _break(self, left: list[_Piece], *, first: bool) -> str:
        """A page for a piece that no page holds: an option's words, else as many letters as there is room for."""
        piece = left.pop()
        words = list(_words(piece.text, piece.before))
        if len(words) > 1:
            left.extend(reversed(words))
            return self._take(left, first=first)
        clusters = _clusters(piece.text)
        for parts in (clusters, list(piece.text)):
            best = 0
            page = ""
            for count in range(1, len(parts) + 1):
                fitting = self._page("".join(parts[:count]), first=first, last=False)
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
