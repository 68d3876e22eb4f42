"""Slot types: what may fill a slot, its longest length in wire units, and how that is enforced."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from domain.digits import fold
from domain.errors import InvalidValue
from domain.money import Money
from i18n import samples
from i18n.formats import MONEY_UNITS, Formats
from i18n.letters import Letters, clean, plain, slot_units
from i18n.text import SlotError, SlotValue

Fill: TypeAlias = Callable[[SlotValue], str]

_DOTS = "..."


class Kind(Enum):
    """What a slot takes. CODE is ASCII only; WORD is a message of its own, translated by the translator."""

    CODE = "a code"
    COUNT = "a whole number"
    DATE = "a date"
    DAY = "a day"
    LINES = "lines of ours"
    MONEY = "an amount"
    TEXT = "a text"
    TIME = "a time"
    WORD = "a word of the catalogs"


@dataclass(frozen=True, slots=True)
class SlotType:
    """One type of slot.

    `longest`: units it may take, counted so that both its faithful and its plain form stay within (0 for words,
    whose longest depends on the catalogs). `prefix`: for words, what the ids of those that may fill it begin with.
    `public`: the same values for everyone, so that remembering them keeps no trace of a person. `wide`: for lines that
    were fitted before they came here, how many letters outside GSM-7 they may have been fitted to (0: `longest`).
    """

    name: str
    kind: Kind
    longest: int
    prefix: str = ""
    public: bool = False
    wide: int = 0

    def fill(self, value: SlotValue, formats: Formats) -> str:
        """The value as shown: cleaned, never longer than `longest`. Raises `SlotError` for a wrong value."""
        return self.filler(formats)(value)

    def filler(self, formats: Formats) -> Fill:
        """`fill` prepared for one language."""
        return _FILLERS[self.kind](self, formats)

    def sample(self, letters: Letters, formats: Formats) -> str:
        """As long and costly as any value of this type can be in those letters (not for words)."""
        if self.kind in (Kind.TEXT, Kind.LINES):
            if letters is Letters.PLAIN:
                return samples.of_length(self.longest, "W")
            return samples.of_length(self.wide or self.longest, formats.language.costly)
        if self.kind is Kind.DATE:
            return samples.costliest(formats.dates, letters)
        if self.kind is Kind.DAY:
            return samples.costliest(formats.days, letters)
        if self.kind is Kind.MONEY:
            return samples.costliest(formats.amounts, letters)
        return "00:00" if self.kind is Kind.TIME else "9" * self.longest


_TYPES = {
    slot.name: slot
    for slot in (
        SlotType("reference", Kind.CODE, 16),
        SlotType("phone", Kind.CODE, 16),
        SlotType("shortcode", Kind.CODE, 8),
        SlotType("money", Kind.MONEY, MONEY_UNITS),
        SlotType("date", Kind.DATE, 16, public=True),
        SlotType("day", Kind.DAY, 18, public=True),
        SlotType("time", Kind.TIME, 5),
        SlotType("minutes", Kind.COUNT, 4),
        SlotType("tries", Kind.COUNT, 4),
        SlotType("count", Kind.COUNT, 4),
        SlotType("place_name", Kind.TEXT, 32, public=True),
        SlotType("area", Kind.TEXT, 30, public=True),
        SlotType("address", Kind.TEXT, 60, public=True),
        SlotType("hours", Kind.TEXT, 40, public=True),
        SlotType("person_name", Kind.TEXT, 30),
        SlotType("label", Kind.TEXT, 30),
        # As an office writes its own.
        SlotType("telephone", Kind.TEXT, 30),
        SlotType("choices", Kind.TEXT, 60, public=True),
        SlotType("sentence", Kind.TEXT, 120),
        SlotType("paragraph", Kind.TEXT, 240),
        # A whole screen of the menus, sent as an SMS of at most two parts: its line breaks are ours.
        SlotType("screen", Kind.LINES, 300, wide=130),
    )
}


def slot_type(name: str) -> SlotType:
    """The type of that name; `word/state` takes the messages whose ids begin with `state.`."""
    if name in _TYPES:
        return _TYPES[name]
    kind, _, prefix = name.partition("/")
    if kind == "word" and re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", prefix):
        return SlotType(name, Kind.WORD, 0, prefix + ".")
    raise InvalidValue(f"unknown slot type {name!r} (known: {', '.join(sorted(_TYPES))}, word/<prefix>)")


# Nothing to clean and one septet a letter: most values take this way.
_is_simple = re.compile(r"[!-Z_a-z]+(?: [!-Z_a-z]+)*").fullmatch


def fit(value: str, longest: int) -> str:
    """The text on one clean line of at most `longest` units; what is too long ends at a word with "..."."""
    if len(value) <= longest and _is_simple(value):
        return value
    # Far more than any slot holds, and a bound on the work that a huge text from outside can cause.
    text = clean(value[: longest * 8])
    if slot_units(text) <= longest:
        return text
    spent, room = 0, 0
    for index, char in enumerate(text):
        spent += slot_units(char)
        if spent <= longest - len(_DOTS):
            room = index + 1
        if spent > longest:
            break
    return _cut(text, room) + _DOTS


def _cut(text: str, room: int) -> str:
    """At most `room` characters, to the end of a word where that keeps half of them, never inside a cluster."""
    space = text.rfind(" ", 0, room + 1)
    if space * 2 >= room:
        room = space
    # A combining mark that is cut from its letter would change the letter.
    while 0 < room < len(text) and _is_mark(text[room]):
        room -= 1
    return text[:room].rstrip(" ,.;:-")


def _is_mark(char: str) -> bool:
    return _marks(char) is not None


_marks = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u20d0-\u20ff]").match


def _wrong(slot: SlotType, value: object) -> SlotError:
    return SlotError(f"{slot.name} takes {slot.kind.value}, not {type(value).__name__}")


def _text(slot: SlotType, formats: Formats) -> Fill:
    longest = slot.longest
    fit_it = lru_cache(maxsize=2048)(fit) if slot.public else fit

    def fill(value: SlotValue) -> str:
        if not isinstance(value, str):
            raise _wrong(slot, value)
        return fit_it(value, longest)

    return fill


def _lines(slot: SlotType, formats: Formats) -> Fill:
    def fill(value: SlotValue) -> str:
        if not isinstance(value, str):
            raise _wrong(slot, value)
        lines: list[str] = []
        room = slot.longest
        for line in value.split("\n"):
            if room <= len(_DOTS):
                break
            lines.append(fit(line, room))
            room -= slot_units(lines[-1]) + 1
        return "\n".join(lines).strip("\n")

    return fill


def _code(slot: SlotType, formats: Formats) -> Fill:
    longest = slot.longest

    def fill(value: SlotValue) -> str:
        if not isinstance(value, str):
            raise _wrong(slot, value)
        if len(value) <= longest and _is_simple(value):
            return value
        typed = plain(fold(value[: longest * 8]))
        # Plain once more: a text with Arabic in it went through unchanged, and ASCII has a letter that it lacks.
        return fit(plain("".join(char for char in typed if char.isascii())), longest)

    return fill


def _count(slot: SlotType, formats: Formats) -> Fill:
    most = 10**slot.longest

    def fill(value: SlotValue) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(slot, value)
        if not 0 <= value < most:
            raise SlotError(f"{slot.name} takes 0 to {most - 1}")
        return str(value)

    return fill


def _money(slot: SlotType, formats: Formats) -> Fill:
    def fill(value: SlotValue) -> str:
        if not isinstance(value, Money):
            raise _wrong(slot, value)
        return formats.money(value)

    return fill


def _date(slot: SlotType, formats: Formats) -> Fill:
    show = formats.date if slot.kind is Kind.DATE else formats.day

    def fill(value: SlotValue) -> str:
        if not isinstance(value, date):
            raise _wrong(slot, value)
        return show(value)

    return fill


def _time(slot: SlotType, formats: Formats) -> Fill:
    def fill(value: SlotValue) -> str:
        if not isinstance(value, time | datetime):
            raise _wrong(slot, value)
        return formats.time(value)

    return fill


def _word(slot: SlotType, formats: Formats) -> Fill:
    def fill(value: SlotValue) -> str:
        raise _wrong(slot, value)

    return fill


_FILLERS: dict[Kind, Callable[[SlotType, Formats], Fill]] = {
    Kind.CODE: _code,
    Kind.COUNT: _count,
    Kind.DATE: _date,
    Kind.DAY: _date,
    Kind.LINES: _lines,
    Kind.MONEY: _money,
    Kind.TEXT: _text,
    Kind.TIME: _time,
    Kind.WORD: _word,
}
