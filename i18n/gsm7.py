"""The GSM 7-bit default alphabet and its extension (3GPP TS 23.038 §6.2.1): what a text costs on the wire."""

import re
from dataclasses import dataclass
from enum import StrEnum

# §6.2.1 in order of code, 0x00 to 0x7F. Position 0x1B is the escape to the extension table: no letter of its own.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# §6.2.1.1: each costs two septets, the escape and its own.
EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
BASIC_LETTERS = frozenset(BASIC) - {"\x1b"}
LETTERS = BASIC_LETTERS | EXTENSION.keys()

_basic_from_start = re.compile("[" + re.escape("".join(sorted(BASIC_LETTERS))) + "]*").match
_all_letters = re.compile("[" + re.escape("".join(sorted(LETTERS))) + "]*").fullmatch


class Alphabet(StrEnum):
    """How a text travels: 7 bits a letter, or UTF-16 code units of 16."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Cost:
    """A text's length as it travels: septets in GSM-7, code units in UCS-2."""

    alphabet: Alphabet
    units: int


def septets(text: str) -> int | None:
    """Length in septets, or None when a character is in neither table."""
    basic = _basic_from_start(text).end()  # type: ignore[union-attr]  # it matches nothing at all, too
    if basic == len(text):
        return basic
    if text[basic] in EXTENSION and _all_letters(text, basic):
        return len(text) + sum(map(text.count, EXTENSION))
    return None


def code_units(text: str) -> int:
    """Length in UTF-16 code units: a character outside the basic plane counts two."""
    if text.isascii():
        return len(text)
    # "utf-16" is one of the few names of codecs that Python knows without looking them up; it puts a mark in front.
    return len(text.encode("utf-16", "surrogatepass")) // 2 - 1


def cost(text: str) -> Cost:
    """What the whole text costs: one character outside GSM-7 makes all of it UCS-2."""
    units = septets(text)
    return Cost(Alphabet.UCS2, code_units(text)) if units is None else Cost(Alphabet.GSM7, units)
