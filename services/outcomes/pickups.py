"""What comes of asking what waits where, and of choosing another place."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class PickupReady(Outcome):
    """What waits where, from and until which day. `by_sms`: it can be sent to her. `movable`: it may wait elsewhere."""

    place: str
    address: str
    hours: str
    available_from: date
    available_until: date
    by_sms: bool = False
    movable: bool = False


@dataclass(frozen=True, slots=True)
class PickupOpen(Outcome):
    """What waits where, without a last day. `by_sms`: it can be sent to her. `movable`: it may wait elsewhere."""

    place: str
    address: str
    hours: str
    available_from: date
    by_sms: bool = False
    movable: bool = False


@dataclass(frozen=True, slots=True)
class PickupNotYet(Outcome):
    """Nothing to collect yet."""

    state: Word


@dataclass(frozen=True, slots=True)
class PickupPoints(Outcome):
    """Where it may be collected instead; an entry shows `place` and `address`."""

    points: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ChoiceNotAllowed(Outcome):
    """The ministry offers no other place, or it is not the caller's."""


@dataclass(frozen=True, slots=True)
class PointChosen(Outcome):
    """The place in full, for the confirm screen."""

    place: str
    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class PickupMoved(Outcome):
    """It will wait there."""

    commits: ClassVar[bool] = True

    place: str
    address: str
    hours: str
