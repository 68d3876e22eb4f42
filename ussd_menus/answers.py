"""Reading what a citizen typed as the answer to a question: pure, forgiving in form, strict in meaning."""

import re
from datetime import date

from domain.digits import is_digits
from domain.pins import is_pin
from ussd_menus.values import Answer, AnswerKind

Typed = str | int | date

_SEPARATORS = str.maketrans("", "", " -/.")
_DATE = re.compile(r"(\d{1,2})[ /.\-](\d{1,2})[ /.\-](\d{4}|\d{2})")
MOST_TEXT = 80
# Two digits of a year: 30 to 99 are of the last century, as birth dates are.
_CENTURY = 30


def parse(answer: Answer, typed: str) -> Typed | None:
    """The value meant by `typed` (already folded); None when it is no such answer."""
    match answer.kind:
        case AnswerKind.REFERENCE:
            return _digits(typed, 4, 20)
        case AnswerKind.DIGITS:
            return _digits(typed, answer.length or 3, answer.length or 20)
        case AnswerKind.PIN:
            return typed if is_pin(typed) else None
        case AnswerKind.DATE:
            return parse_date(typed)
        case AnswerKind.NUMBER:
            return parse_number(typed, answer.minimum, answer.maximum)
        case AnswerKind.PHONE:
            digits = typed.translate(str.maketrans("", "", " -().")).removeprefix("+")
            plus = "+" if typed.startswith("+") else ""
            return plus + digits if is_digits(digits) and 7 <= len(digits) <= 15 else None
        case AnswerKind.NAME:
            return _words(typed, 2, 60, names=True)
        case AnswerKind.TEXT:
            return _words(typed, 1, MOST_TEXT, names=False)


def parse_date(typed: str) -> date | None:
    """Day, month, year: "31/12/1990", "31.12.90", "31 12 1990", "31121990", "311290"."""
    try:
        return date(*parts) if (parts := _date_parts(typed)) else None
    except ValueError:
        return None


def is_no_day(typed: str) -> bool:
    """Rightly typed, of a month that has no such day: 31 April, or 29 February of most years. (A 13th month is more
    likely a date typed in another order, which its hint mends.)"""
    parts = _date_parts(typed)
    return parts is not None and parse_date(typed) is None and 1 <= parts[1] <= 12 and 1 <= parts[2] <= 31


def _date_parts(typed: str) -> tuple[int, int, int] | None:
    """Year, month and day; whether there is such a day, the calendar says."""
    if is_digits(typed) and len(typed) in (6, 8):
        parts = (typed[:2], typed[2:4], typed[4:])
    elif found := _DATE.fullmatch(typed):
        parts = (found[1], found[2], found[3])
    else:
        return None
    day, month, year = (int(part) for part in parts)
    if len(parts[2]) == 2:
        year += 1900 if year >= _CENTURY else 2000
    return (year, month, day) if 1900 <= year <= 2100 else None


def parse_number(typed: str, least: int | None, most: int | None) -> int | None:
    """A whole number of at most 12 digits within its bounds; leading zeros are allowed ("098" is 98)."""
    number = read_number(typed)
    if number is None or (least is not None and number < least) or (most is not None and number > most):
        return None
    return number


def read_number(typed: str) -> int | None:
    """A whole number of at most 12 digits, its sign in front."""
    digits = typed.removeprefix("-")
    return int(typed) if is_digits(digits) and len(digits) <= 12 else None


def _digits(typed: str, shortest: int, longest: int) -> str | None:
    digits = typed.translate(_SEPARATORS)
    return digits if is_digits(digits) and shortest <= len(digits) <= longest else None


def _words(typed: str, shortest: int, longest: int, *, names: bool) -> str | None:
    """Words hold a letter or are longer than the reserved keys: "0", "00" and "98" are never words."""
    if not shortest <= len(typed) <= longest:
        return None
    if names:
        good = all(char.isalpha() or char in " -'.’`" or not char.isascii() for char in typed)
        return typed if good and any(map(str.isalpha, typed)) else None
    return typed if len(typed) > 2 or any(map(str.isalpha, typed)) else None
