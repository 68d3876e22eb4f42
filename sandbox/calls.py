"""One USSD session as the operator remembers it."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.networks import Network

Fault = Literal["none", "double", "repeat", "drop"]
FAULTS: dict[Fault, str] = {
    "none": "Everything arrives once",
    "double": "Send each hop twice at the same moment",
    "repeat": "Lose the answer, send the hop again",
    "drop": "Drop the session at the next answer",
}

Status = Literal["Success", "Incomplete", "Failed"]


@dataclass(slots=True)
class Call:
    """A session: who dialled what over which network and door, and all that was typed since.

    `service_code` is the registered code (`*123#`), `dialled` what the citizen typed (`*123*1*REF#`), `inputs`
    the parts after the service code and then every answer. Times are seconds of a monotonic clock.
    """

    session: str
    msisdn: str
    service_code: str
    dialled: str
    network: Network
    door: str
    fault: Fault
    started: float
    inputs: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    hops: int = 0
    last_response: str = ""
    over: str = ""


def parts_dialled(dialled: str, service_code: str) -> list[str] | None:
    """Return the parts after the service code (`*123*1*REF#` → `["1", "REF"]`), None if it is another code."""
    stem, typed = service_code.removesuffix("#"), dialled.removesuffix("#")
    if typed == stem:
        return []
    if not typed.startswith(stem + "*"):
        return None
    return typed[len(stem) + 1 :].split("*")
