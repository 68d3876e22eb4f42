"""Folding: what people text brought to plain lower-case words, so that one spelling stands for many."""

import unicodedata

_LONGEST = 320
"""Characters looked at: two parts. Whoever writes more than a keyword writes no keyword."""

_LETTERS = {
    # Latin letters that do not come apart into a letter and a mark.
    "ə": "e", "ı": "i", "đ": "d", "œ": "oe", "æ": "ae", "ŋ": "ng", "ø": "o", "ł": "l",
    # Arabic spellings that are used for one another, and their Persian twins.
    "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ے": "ي", "ہ": "ه",
    "ـ": "",  # tatweel, which only stretches a word
}  # fmt: skip
# Signs for "number" that would become letters ("No", "o") glued to its digits.
_NUMBER_SIGNS = str.maketrans("№º", "  ")
_REMEMBERED = 4096


class _Folded(dict[int, str]):
    """`str.translate` table that learns a character when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = _fold_letter(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


def _fold_letter(char: str) -> str:
    if char in _LETTERS:
        return _LETTERS[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    # Letters and other numbers stay; marks, direction signs and joiners go; all else parts words.
    if category in ("Ll", "Lo", "Lu", "Lt", "Nl", "No"):
        return char
    return "" if category in ("Mn", "Me", "Mc", "Cf") else " "


_folded = _Folded()


def fold(text: str) -> str:
    """Words of lower-case letters without marks and ASCII digits, one space between them.

    NFKC, digits of every script, `ə` to `e`, dotted and dotless i alike, Arabic spellings made one, marks and invisible
    signs gone, punctuation a space. Takes anything, raises nothing; two parts' worth of characters are looked at.
    """
    text = text[:_LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_NUMBER_SIGNS))
        text = unicodedata.normalize("NFD", text.casefold())
    return " ".join(text.lower().translate(_folded).split())
