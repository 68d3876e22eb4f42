"""Numbers of applications as a mapped ministry writes them (`DB-2026-004431`), and as we keep them: digits alone. Pure.

In a mask # is a digit; everything else stands as it is. Without a mask a number is the same on both sides.
"""

from domain.digits import is_digits
from domain.errors import InvalidValue
from services.backends.reading import Misread

_DIGIT = "#"
_LONGEST = 40


def checked(mask: str) -> None:
    """Raises `InvalidValue` for what is no mask."""
    if mask and (not mask.isascii() or not mask.isprintable() or len(mask) > _LONGEST or _DIGIT not in mask):
        raise InvalidValue(f"a mask has a # for each digit, and at most {_LONGEST} signs: {mask!r}")


def masked(mask: str, digits: str) -> str:
    """As the ministry writes it; raises `InvalidValue` for what is not as many digits as the mask has."""
    if not mask:
        return digits
    if not is_digits(digits) or len(digits) != mask.count(_DIGIT):
        raise InvalidValue("a reference that does not fit the mask")
    left = iter(digits)
    return "".join(next(left) if sign == _DIGIT else sign for sign in mask)


def unmasked(mask: str, theirs: str, what: str) -> str:
    """As we keep it; raises `Misread` for one that the mask does not describe."""
    if not mask:
        return theirs
    pairs = list(zip(mask, theirs, strict=False))
    digits = "".join(given for sign, given in pairs if sign == _DIGIT)
    if len(theirs) != len(mask) or not is_digits(digits) or any(s not in (_DIGIT, given) for s, given in pairs):
        raise Misread(f"{what} does not fit the mask `{mask}`")
    return digits
