"""The numbers that the simulated ministries write on a citizen's slip, with their check digits."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from random import Random

# H. M. Damm's quasigroup of order 10, one row a line.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def damm_digit(body: str) -> str:
    """The digit that completes `body` so that Damm's check comes out at zero."""
    interim = "0"
    for digit in body:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def luhn_digit(body: str) -> str:
    """The digit that completes `body` (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How a ministry numbers its files: first digits, a length, and a check digit at the end."""

    first: str
    length: int
    check: Callable[[str], str]

    def complete(self, body: str) -> str:
        """`body` and its check digit."""
        return body + self.check(body)

    def fresh(self, random: Random, taken: Container[str]) -> str:
        """A number that nobody has yet; scattered, so that one slip does not tell the next one's number."""
        while True:
            digits = "".join(random.choice("0123456789") for _ in range(self.length - len(self.first) - 1))
            number = self.complete(self.first + digits)
            if number not in taken:
                return number


SOCIAL_AID = Numbering("4", 8, damm_digit)
VISA = Numbering("7", 9, luhn_digit)
CRIMINAL_RECORD = Numbering("26", 10, damm_digit)

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10(serial: str) -> str:
    """The whole identifier of a parcel's eight digits (UPU standard S10): `EC100000017VN`."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return f"EC{serial}{ {10: 0, 11: 5}.get(check, check) }VN"
