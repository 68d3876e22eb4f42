"""Which PINs are too easy to guess (after NIST SP 800-63B-4's activation secrets)."""

from itertools import pairwise

from domain.digits import is_digits

PIN_LENGTH = 6
# The most chosen six-digit PINs that the rules below do not already refuse.
_COMMON = frozenset({"112233", "121314", "123321", "147258", "159753", "102030", "131313", "520520", "142536"})


def is_pin(typed: str) -> bool:
    """Six ASCII digits."""
    return len(typed) == PIN_LENGTH and is_digits(typed)


def is_weak(pin: str, own_digits: str = "") -> bool:
    """True for few different digits, runs, repeats, dates of birth, well-known PINs and parts of one's number."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return (
        len(set(pin)) < 3
        or steps in ({1}, {9})
        or pin[:3] == pin[3:]
        or pin[:2] * 3 == pin
        or pin in _COMMON
        or _looks_like_a_date(pin)
        or (bool(own_digits) and pin in own_digits)
    )


def _looks_like_a_date(pin: str) -> bool:
    day, month, year = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    as_ddmmyy = 1 <= day <= 31 and 1 <= month <= 12
    as_yymmdd = 1 <= int(pin[2:4]) <= 12 and 1 <= year <= 31
    as_year = pin[:2] in ("19", "20") and 1 <= int(pin[4:]) <= 12
    return as_ddmmyy or as_yymmdd or as_year
