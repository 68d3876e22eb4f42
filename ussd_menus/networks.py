"""What a network's screen can carry: data of the pack."""

from dataclasses import dataclass
from enum import StrEnum


class Ucs2(StrEnum):
    """Whether a network shows UCS-2 screens; only a `yes` that someone tried counts."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Network:
    """One mobile network and its screen's budget, the aggregator's prefix excluded.

    `septets` for GSM-7 and `units` (16-bit) for UCS-2: 182 and 80 by 3GPP TS 23.038 §6.1.2.3 and its 160
    octets; 160 and 70 for a network on which longer screens have not been proven.
    """

    code: str
    name: str
    septets: int = 182
    units: int = 80
    ucs2: Ucs2 = Ucs2.UNKNOWN


UNPROVEN = Network("", "any other", septets=160, units=70)
