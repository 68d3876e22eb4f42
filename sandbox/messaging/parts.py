"""How many parts a text takes on the air: a second opinion on the gateway's own segmentation."""

from dataclasses import dataclass

from sandbox.air import Alphabet, costs

# 3GPP TS 23.040, 9.2.3.24.1: 140 octets a part, six of them for the header once there is more than one.
_ALONE: dict[Alphabet, int] = {"GSM-7": 160, "UCS-2": 70}
_JOINED: dict[Alphabet, int] = {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text costs: `units` are septets or 16-bit units, headers not counted."""

    alphabet: Alphabet
    units: int
    parts: int


def measure(text: str) -> Measured:
    """Count the parts of `text`; an escape sequence or a surrogate pair is never torn in two."""
    alphabet, prices, _ = costs(text)
    total = sum(prices)
    if total <= _ALONE[alphabet]:
        return Measured(alphabet, total, 1)
    parts, used = 1, 0
    for price in prices:
        if used + price > _JOINED[alphabet]:
            parts, used = parts + 1, 0
        used += price
    return Measured(alphabet, total, parts)
