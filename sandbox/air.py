"""What a network carries of a screen: alphabet, cost in units, and where it is cut.

The gateway has its own GSM-7 tables. This small one is written again on purpose: the sandbox is a stranger,
and a second opinion that shared the first one's table would share its mistakes.
"""

from dataclasses import dataclass
from typing import Literal

from sandbox.networks import Network

Alphabet = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038, 6.2.1 (default alphabet, without the escape) and 6.2.1.1 (extension: two septets each).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Carried:
    """A screen as it reached the phone: `units` counts what the gateway sent, `text` what was left of it."""

    text: str
    alphabet: Alphabet
    units: int
    budget: int
    forced_by: str
    cut: bool
    warnings: tuple[str, ...]


def costs(text: str) -> tuple[Alphabet, list[int], str]:
    """Return the alphabet of `text`, the cost of each character, and the characters that force UCS-2."""
    foreign = "".join(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))
    if foreign:
        return "UCS-2", [2 if ord(c) > 0xFFFF else 1 for c in text], foreign
    return "GSM-7", [2 if c in _EXTENDED else 1 for c in text], ""


def carry(text: str, network: Network) -> Carried:
    """Pass `text` through `network`, which cuts what is too long and spoils letters it does not carry."""
    alphabet, prices, foreign = costs(text)
    budget = network.septets if alphabet == "GSM-7" else network.units
    shown, warnings = text, []
    if foreign and network.ucs2 == "no":
        shown = "".join("?" if c in foreign else c for c in text)
        warnings.append(f"{network.name} carries no UCS-2: {len(foreign)} letter(s) were spoilt ({foreign})")
    total = sum(prices)
    if total > budget:
        shown = shown[: _fitting(prices, budget)]
        warnings.append(f"TOO LONG: {total} of {budget} {alphabet} units; the network cut the screen")
    return Carried(shown, alphabet, total, budget, foreign, total > budget, tuple(warnings))


def _fitting(prices: list[int], budget: int) -> int:
    """Count the leading characters that fit; half a character is never delivered."""
    spent = 0
    for count, price in enumerate(prices):
        spent += price
        if spent > budget:
            return count
    return len(prices)
