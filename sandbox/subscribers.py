"""The invented people whose numbers the handset page offers, with the slips they hold in their hand."""

import re
from dataclasses import dataclass

from sandbox.ministries.demo_data import DEMOS, Demo

# The first two digits after +994 are the operator's: how the numbers were first given out.
_PREFIXES = {
    "50": "40001",
    "51": "40001",
    "10": "40001",
    "55": "40002",
    "99": "40002",
    "70": "40004",
    "77": "40004",
}
_MSISDN = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slip:
    """What the paper slip says of one application, and where the application stands."""

    reference: str
    service: str
    state: str
    birth_date: str
    slip_key: str


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A demonstration number, its owner, the network it is on and the slips of its owner."""

    msisdn: str
    name: str
    network: str
    slips: tuple[Slip, ...] = ()


def subscribers() -> tuple[Subscriber, ...]:
    """Return everybody in the ministries' demonstration data, and two numbers that no ministry knows."""
    known: dict[str, list[Demo]] = {}
    for demo in DEMOS:
        known.setdefault(demo.phone, []).append(demo)
    people = [
        Subscriber(phone, demos[0].name, network_of(phone), tuple(_slip(demo) for demo in demos))
        for phone, demos in sorted(known.items())
    ]
    strangers = [
        Subscriber(number, "nobody’s file", network_of(number)) for number in ("+994551234521", "+994701234522")
    ]
    return (*people, *strangers)


def network_of(msisdn: str) -> str:
    """The code of the network that gave out the number; a number that was taken elsewhere keeps its first one."""
    return _PREFIXES.get(msisdn[4:6], "40001")


def is_msisdn(text: str) -> bool:
    """Whether it is a phone number as E.164 writes them."""
    return _MSISDN.fullmatch(text) is not None


def _slip(demo: Demo) -> Slip:
    state = demo.said[1].lower() if demo.said else demo.phase.name.replace("_", " ").lower()
    return Slip(demo.file_id, demo.service.name, state, demo.birth_date, demo.slip_key)
