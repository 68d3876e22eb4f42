"""Which letters a basic phone shows: cleaning of texts, and plain (GSM-7) letters for those it does not."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from anyascii import anyascii

from domain.digits import fold
from i18n.gsm7 import BASIC_LETTERS, LETTERS, septets


class Letters(StrEnum):
    """`faithful`: every letter of the language, UCS-2 where needed. `plain`: brought down to GSM-7."""

    FAITHFUL = "faithful"
    PLAIN = "plain"


# Ours before anyascii's: where its choice is not the one that a reader of these languages would make.
_OWN = {
    "Ə": "E", "ə": "e", "Ğ": "G", "ğ": "g", "İ": "I", "ı": "i", "Ş": "S", "ş": "s", "ç": "c",
    "Đ": "D", "đ": "d", "Ŋ": "Ng", "ŋ": "ng", "Œ": "Oe", "œ": "oe",
    "‘": "'", "’": "'", "‚": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-", "·": ".",
    "₼": "AZN", "₫": "VND", "\t": " ", "\v": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_ARABIC = re.compile(
    "[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc\U00010e60-\U00010e7f\U0001ee00-\U0001eeff]"
)
# Enough for every letter of any catalog; a bound, because names from outside could bring all of Unicode.
_REMEMBERED = 4096


class _Plain(dict[int, str]):
    """`str.translate` table that learns a character when it first meets it."""

    def __missing__(self, code: int) -> str:
        letter = _plain_letter(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = letter
        return letter


def _plain_letter(char: str) -> str:
    if char in LETTERS:
        return char
    if char in _OWN:
        return _OWN[char]
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category[0] in "CM":
        return ""
    spelled = "".join(_OWN.get(letter, letter) for letter in anyascii(char))
    return "".join(letter for letter in spelled if letter in LETTERS) or "?"


_plain_letters = _Plain()


def has_arabic(text: str) -> bool:
    """True when any character is of the Arabic script."""
    return not text.isascii() and _ARABIC.search(text) is not None


# Arabic as Moroccans write it in Latin letters on a telephone, without the digits that stand for letters there.
_LATIN = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "kh",
    "د": "d", "ذ": "d", "ر": "r", "ز": "z", "س": "s", "ش": "ch", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "ع": "a",
    "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "ou", "ي": "i", "ى": "a",
    "ة": "a", "ؤ": "ou", "ئ": "i", "ء": "'", "پ": "p", "چ": "ch", "ڤ": "v", "گ": "g", "ڭ": "g", "ک": "k", "ی": "i",
    "؟": "?", "،": ",", "؛": ";", "٪": "%", "ـ": "",
}  # fmt: skip
_ARTICLE = re.compile(r"\bال(?=\w)")


def in_latin(text: str, spellings: Sequence[tuple[str, str]] = ()) -> str:
    """Arabic letter by letter in Latin ones, for names that have no other spelling on a telephone without Arabic:
    vowels that Arabic does not write are missing. Digits become ASCII's; other letters stay.

    `spellings`: words and how they are written in Latin letters, the longest first."""
    if not has_arabic(text):
        return text
    for own, latin in spellings:
        text = text.replace(own, latin)
    spelled = "".join(_LATIN.get(char, char) for char in fold(_ARTICLE.sub("al-", text)))
    return "".join(char for char in spelled if not (_ARABIC.match(char) and unicodedata.combining(char)))


def plain(text: str) -> str:
    """The text in GSM-7 letters only: "Müraciət" becomes "Müraciet".

    NFC, then GSM-7 letters stay, then our own map, then anyascii. A text with Arabic in it is returned as it
    is: Arabic in Latin letters is no help to its reader.
    """
    if septets(text) is not None or has_arabic(text):
        return text
    return unicodedata.normalize("NFC", text).translate(_plain_letters)


_GSM_MARKS = {ord(letter): unicodedata.normalize("NFD", letter)[0] for letter in LETTERS if letter.isalpha()}


def bare(text: str) -> str:
    """`plain`, without the marks that GSM-7 happens to have: some of a Vietnamese word's mislead more than none."""
    return plain(text).translate(_GSM_MARKS)


class _Clean(dict[int, str | None]):
    """`str.translate` table: what may not stand in a value becomes a space or nothing."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        if category in ("Zs", "Zl", "Zp", "Cc"):
            kept: str | None = " "
        else:
            kept = None if category[0] == "C" else chr(code)
        if len(self) < _REMEMBERED:
            self[code] = kept
        return kept


_clean_letters = _Clean()


def clean(text: str) -> str:
    """One line of visible letters and ordinary spaces, in NFC.

    Line breaks, control characters and every kind of space become one space; direction marks, joiners,
    surrogates and private characters go. Made for CLDR output (U+202F, U+00A0, U+200F) and ministries' texts.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    # Twice: taking a joiner out may leave two characters that compose.
    kept = unicodedata.normalize("NFC", text).translate(_clean_letters)
    return " ".join(unicodedata.normalize("NFC", kept).split())


class _Units(dict[str, int]):
    """What each character may cost at most, found when it is first met."""

    def __missing__(self, char: str) -> int:
        units = _slot_units(char)
        if len(self) < _REMEMBERED:
            self[char] = units
        return units


def _slot_units(char: str) -> int:
    if char in BASIC_LETTERS:
        return 1
    faithful = 2 if ord(char) > 0xFFFF or char in LETTERS else 1
    return faithful if _ARABIC.match(char) else max(faithful, septets(_plain_letters[ord(char)]) or 0)


_units = _Units()


def slot_units(text: str) -> int:
    """The most a text may cost, be it sent faithfully (GSM-7 or UCS-2) or in plain letters."""
    return sum(map(_units.__getitem__, text))
