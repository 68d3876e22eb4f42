"""What a country's pack says about SMS: sender, routes, prices, quiet hours, caps, and what STOP stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta, tzinfo

from i18n.letters import Letters
from services.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom it comes. `id`: at most 11 GSM letters, or a number (3GPP TS 23.040 §9.1.2.5).

    `two_way`: whether it can be replied to; under one that cannot nobody is asked to. `per_second`: how many parts
    the account may hand over, by all workers together.
    """

    id: str
    two_way: bool = False
    per_second: int = 50


@dataclass(frozen=True, slots=True)
class Route:
    """Which providers carry what: the first route that fits is taken. Empty sets mean "any".

    `providers`: name to weight (0: only when no other is left).
    """

    providers: Mapping[str, int]
    kinds: frozenset[AlertKind] = frozenset()
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caps:
    """What one source may spend, in minor units of the pack's currency."""

    day: int
    month: int


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait, and how often to try.

    `unanswered`: for a report, before an alert whose answer was lost is sent once more. `blocks`: the longest that
    one such holds back the next of its lane. `final`: until a message without a final word is `expired`.
    `parked`: how long a report waits for its
    message. `lease`: how long a claim holds before others may take it over, by the database's clock; longer than
    `call`, the time one provider's call may take.
    """

    unanswered: timedelta = timedelta(minutes=10)
    blocks: timedelta = timedelta(minutes=10)
    final: timedelta = timedelta(hours=72)
    parked: timedelta = timedelta(hours=24)
    matched: timedelta = timedelta(minutes=30)
    text_kept: timedelta = timedelta(days=7)
    lease: timedelta = timedelta(seconds=60)
    call: timedelta = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Cooling:
    """After so many undelivered in a row a number rests for so long; codes and answers are exempt."""

    failures: int = 3
    rest: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SmsConfig:
    """All of it. `prices`: provider to thousandths of a minor unit a part. `statutory_in_spite_of_stop`: the pack's
    policy on decisions. `longest`: parts that any text may need. `letters`: in which letters a language is sent where
    the text allows plain ones; one that is not named is sent faithfully."""

    zone: tzinfo
    currency: str
    service_code: str
    sender: Sender
    routes: tuple[Route, ...]
    prices: Mapping[str, int]
    quiet_from: time = time(20, 0)
    quiet_until: time = time(8, 0)
    caps: Mapping[str, Caps] = field(default_factory=dict)
    default_caps: Caps | None = None
    statutory_in_spite_of_stop: bool = True
    waits: Waits = Waits()
    cooling: Cooling = Cooling()
    longest: int = 2
    letters: Mapping[str, Letters] = field(default_factory=dict)
