"""A mobile network as the simulated aggregator offers it, and what it is said to carry."""

from dataclasses import dataclass
from typing import Literal

Carries = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Network:
    """One network: `code` is MCC and MNC; `septets` and `units` bound one screen, `idle` is in seconds.

    160 octets hold 182 GSM-7 septets or 80 UCS-2 units (3GPP TS 23.038, 5 and 6.1.2.3). What a real operator
    passes is learnt by measuring: until then a network is "unproven" and gets the smaller budget.
    """

    code: str
    name: str
    septets: int = 182
    units: int = 80
    ucs2: Carries = "unknown"
    idle: float = 60.0
    note: str = ""
