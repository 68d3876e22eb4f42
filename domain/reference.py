"""The number on a citizen's slip: how it is written, and its check character."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.digits import fold, is_digits
from domain.errors import InvalidValue

# Damm's quasigroup of order 10: finds every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class Check(StrEnum):
    """How a ministry's references guard against a slip of the finger."""

    NONE = "none"
    DAMM = "damm"
    LUHN = "luhn"


def damm(digits: str) -> int:
    """The check digit to append (H. M. Damm, 2004); 0 when the digits already carry a right one."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def luhn(digits: str) -> int:
    """The Luhn sum modulo 10 (ISO/IEC 7812-1 annex B): 0 when the last digit is right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10


_CHECKS: dict[Check, Callable[[str], int]] = {
    Check.NONE: lambda _: 0,
    Check.DAMM: damm,
    Check.LUHN: luhn,
}


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """What a service's references look like: `length` digits after an optional `prefix`, with a `check`."""

    service: str
    length: int
    prefix: str = ""
    check: Check = Check.NONE

    def matches(self, digits: str) -> bool:
        return len(digits) == self.length and digits.startswith(self.prefix) and _CHECKS[self.check](digits) == 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A well-formed reference and the service whose rule it meets."""

    number: str
    service: str

    @classmethod
    def parse(cls, typed: str, rules: tuple[ReferenceRule, ...]) -> "Reference":
        """From what was typed (spaces, dashes and slashes allowed); raises `InvalidValue` if no rule fits."""
        digits = fold(typed).translate({ord(char): None for char in " -/."})
        if is_digits(digits):
            for rule in rules:
                if rule.matches(digits):
                    return cls(digits, rule.service)
        raise InvalidValue("not a reference of any service")

    def __repr__(self) -> str:
        return f"Reference(…{self.number[-2:]}, {self.service})"


def spellings(typed: str, rules: tuple[ReferenceRule, ...]) -> tuple[str, ...]:
    """Under which a reference is kept and looked for: first as the rules write it, then as it was typed.

    What no rule knows (some services have none, visits neither) is only itself.
    """
    plain = typed.strip()
    try:
        return tuple(dict.fromkeys((Reference.parse(plain, rules).number, plain)))
    except InvalidValue:
        return (plain,)
