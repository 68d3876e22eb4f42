"""Fitting a screen to what a network carries: as few pages as hold it, each ending where it reads best.

A page is measured as one whole, as it will travel: in GSM-7 septets if all its characters are in GSM-7, else in
UTF-16 code units (3GPP TS 23.038 §6). Every page but the last says how to see more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from i18n.gsm7 import code_units, septets
from ussd_menus.pieces import Piece, pieces

# Letters in a line of a small display.
_LINE = 22
# How ill it is that one line of the words stands alone on the last page: less than to end a page within a line. An
# option may: whoever finds hers on an earlier page need not turn it.
_ALONE = 2
# How ill it is, besides, that a page ends within a line while it is less than half full.
_SPARSE = 8
# Of a line of which only the end is shown.
_BEFORE = "... "


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

    Never raises and loses nothing but spaces at page ends. As few pages as hold it; of the ways to make so many, the
    one that ends them between lines, else after a sentence, else after a phrase, else between words, rather not
    within a name or a date; that leaves a question with its answers, a heading with what follows, and no words alone
    on the last page; and then the one with most on the first. A word or an option longer than a page is cut, a letter
    never from its marks while they fit. A budget too small for the keys leaves the keys out.
    """
    keys = nav.line(first=True, last=True)
    whole = "\n".join([part for part in (body, *options, keys) if part])
    # Nearly every screen is one page of the basic alphabet: decided by one measure.
    if budget.holds(whole):
        return (whole,)
    fullest = max(nav.line(first=True, last=False), nav.line(first=False, last=False), key=code_units)
    cut = pieces(body, options, lambda text: budget.holds(f"{text}\n{fullest}" if fullest else text))
    return tuple(_Pager(cut, nav, budget, 0 if options else _ALONE).pages()) or (keys,)


def noted_on(
    at: int, note: str, pages: Sequence[str], options: Sequence[str], nav: Nav, budget: Budget
) -> tuple[str, ...] | None:
    """Fitted pages, a note above the one that was being read (not the first): all end where they did.

    Where the note leaves no room its words make some, from the first on: they were just read, and stand there again
    when she comes back. Options make none; None where they leave the note no room.
    """
    at = min(at, len(pages) - 1)
    keys = nav.line(first=not at, last=at == len(pages) - 1)
    lines = pages[at].removesuffix(keys).removesuffix("\n").split("\n")
    kept = {line for option in options for line in option.split("\n")}
    while not budget.holds("\n".join([note, *lines, *[keys] * bool(keys)])):
        if not lines or lines[0] in kept:
            return None
        lines = _shorter(lines, last=len(lines) == 1 or lines[1] in kept)
    return (*pages[:at], "\n".join([note, *lines, *[keys] * bool(keys)]), *pages[at + 1 :])


def _shorter(lines: Sequence[str], *, last: bool) -> list[str]:
    """Without the first line; of the last that is left, without its first word."""
    _, _, rest = lines[0].removeprefix(_BEFORE).partition(" ")
    return [*([_BEFORE + rest] if last and rest else []), *lines[1:]]


class _Pager:
    """Finds the best pages of pieces, from the last to the first. `alone`: how ill one line stands on the last."""

    def __init__(self, cut: list[Piece], nav: Nav, budget: Budget, alone: int) -> None:
        self._alone = alone
        self._cut = cut
        self._nav = nav
        self._budget = budget
        # What the pieces before each come to: septets, those that GSM-7 lacks, code units, lines begun.
        lengths = [septets(piece.text) for piece in cut]
        gaps = [len(piece.before) for piece in cut]
        self._gaps = gaps
        self._septets = _sums(gap + (length or 0) for gap, length in zip(gaps, lengths, strict=True))
        self._beyond = _sums(length is None for length in lengths)
        self._units = _sums(gap + code_units(piece.text) for gap, piece in zip(gaps, cut, strict=True))
        self._lines = _sums(piece.before.startswith("\n") for piece in cut)

    def pages(self) -> list[str]:
        """The pages with their keys."""
        ends = self._ends()
        made: list[str] = []
        start, count = 0, len(self._cut)
        while start < count:
            end = ends[start]
            first, *others = self._cut[start:end]
            content = first.text + "".join([piece.before + piece.text for piece in others])
            keys = self._nav.line(first=not start, last=end == count)
            page = f"{content}\n{keys}" if keys else content
            # Not one letter beside the keys: the budget is no screen's. Letters go before keys.
            made.append(page if self._budget.holds(page) or not keys else content)
            start = end
        return made

    def _ends(self) -> list[int]:
        """Where a page ends that begins with each piece: fewest pages from there on, then the least awkward."""
        count = len(self._cut)
        ends = [count] * count
        best = [(0, 0)] * (count + 1)
        last, middle = self._measure(first=False, last=True), self._measure(first=False, last=False)
        for start in range(count - 1, -1, -1):
            if not start:
                last, middle = self._measure(first=True, last=True), self._measure(first=True, last=False)
            if start == count - 1 or self._fits(start, count, last):
                alone = start and self._lines[count] == self._lines[start + 1]
                best[start] = 1, self._alone if alone else 0
            else:
                best[start], ends[start] = self._best(start, middle, best)
        return ends

    def _best(
        self, start: int, keys: tuple[int, bool, int], best: list[tuple[int, int]]
    ) -> tuple[tuple[int, int], int]:
        """Of the pages from there on, and where this one ends: with as much on it as the least awkward way allows."""
        full = start + 1
        while full < len(self._cut) - 1 and self._fits(start, full + 1, keys):
            full += 1
        half = (self._units[start] + self._units[full]) // 2
        least, chosen = None, full
        for end in range(full, start, -1):
            pages, awkward = best[end]
            piece = self._cut[end]
            if piece.before == " " and self._units[end] < half:
                awkward += _SPARSE
            found = pages + 1, awkward + piece.awkward
            if least is None or found < least:
                least, chosen = found, end
        assert least is not None  # noqa: S101 - a page holds one piece at least
        return least, chosen

    def _measure(self, *, first: bool, last: bool) -> tuple[int, bool, int]:
        """Septets, whether GSM-7 lacks some of it, and code units of a page's keys with the break before them."""
        keys = self._nav.line(first=first, last=last)
        text = f"\n{keys}" if keys else ""
        length = septets(text)
        return length or 0, length is None, code_units(text)

    def _fits(self, start: int, end: int, keys: tuple[int, bool, int]) -> bool:
        """Whether a page holds the pieces from `start` up to `end` with its keys: sums, for all ends are tried."""
        gap = self._gaps[start]
        if keys[1] or self._beyond[end] > self._beyond[start]:
            return self._units[end] - self._units[start] - gap + keys[2] <= self._budget.units
        return self._septets[end] - self._septets[start] - gap + keys[0] <= self._budget.septets


def _sums(numbers: Iterable[int]) -> list[int]:
    return list(accumulate(numbers, initial=0))
