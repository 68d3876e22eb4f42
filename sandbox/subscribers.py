"""The invented people whose numbers the handset page offers, with the slips they hold in their hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.countries import FIRST, Country, network_of
from sandbox.ministries import berkane_data
from sandbox.ministries.demo_data import EVERYBODY, Demo

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


def subscribers(country: Country = FIRST) -> tuple[Subscriber, ...]:
    """Return everybody of the country in the ministries' demonstration data, and numbers that no ministry knows."""
    known: dict[str, tuple[str, list[Slip]]] = {}
    for phone, name, slip in (*_of_registries(), *_of_berkane()):
        if phone.startswith(country.calling):
            known.setdefault(phone, (name, []))[1].append(slip)
    people = [
        Subscriber(phone, name, network_of(phone), tuple(slips)) for phone, (name, slips) in sorted(known.items())
    ]
    strangers = [Subscriber(number, "nobody’s file", network_of(number)) for number in country.numbers]
    return (*people, *strangers)


def is_msisdn(text: str) -> bool:
    """Whether it is a phone number as E.164 writes them."""
    return _MSISDN.fullmatch(text) is not None


def _of_registries() -> Iterator[tuple[str, str, Slip]]:
    for demo in EVERYBODY:
        yield demo.phone, demo.name, _slip(demo)


def _of_berkane() -> Iterator[tuple[str, str, Slip]]:
    for body, nature, stages, _, phone, name, born, secret in berkane_data.DEMOS:
        reference = berkane_data.REQUESTS.complete(f"{body}0")
        day, month, year = born.split("/")
        # Where it stands is asked for there; the slip says how it began.
        began = berkane_data.STATES.get(stages[0].code, "")
        yield phone, name, Slip(reference, berkane_data.NATURES[nature].words, began, f"{year}-{month}-{day}", secret)


def _slip(demo: Demo) -> Slip:
    state = demo.said[1].lower() if demo.said else demo.phase.name.replace("_", " ").lower()
    return Slip(demo.file_id, demo.service.name, state, demo.birth_date, demo.slip_key)
