"""What comes of making, moving and cancelling a visit."""

from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class VisitServices(Outcome):
    """What one can make a visit for; an entry shows `service`. `application`: none that it is for."""

    services: tuple[Item, ...]
    application: str = ""


@dataclass(frozen=True, slots=True)
class VisitForApplication(Outcome):
    """A visit is to be booked for the application with that reference, of that service."""

    service_code: str
    application: str


@dataclass(frozen=True, slots=True)
class VisitNeedsApplication(Outcome):
    """Visits are booked for an application here, and none of hers was named."""


@dataclass(frozen=True, slots=True)
class Places(Outcome):
    """Where; an entry shows `place` and `address`."""

    places: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoPlaces(Outcome):
    """No place offers it."""


@dataclass(frozen=True, slots=True)
class Days(Outcome):
    """Days with open times; an entry shows `day`."""

    days: tuple[Item, ...]
    service: Word
    place_id: str


@dataclass(frozen=True, slots=True)
class NoDays(Outcome):
    """No open time in the weeks that can be booked."""


@dataclass(frozen=True, slots=True)
class Times(Outcome):
    """Open times of a day; an entry shows `day` and `time`."""

    times: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoTimes(Outcome):
    """The day's times are all gone."""


@dataclass(frozen=True, slots=True)
class SlotChosen(Outcome):
    """The time as it stands at the ministry now, for the confirm screen."""

    service: Word
    place: str
    address: str
    day: date
    time: time


@dataclass(frozen=True, slots=True)
class SlotTaken(Outcome):
    """Somebody else has it now."""


@dataclass(frozen=True, slots=True)
class VisitRefused(Outcome):
    """The ministry does not book, move or cancel it, for a reason in its own words."""

    reason: str


@dataclass(frozen=True, slots=True)
class VisitRefusedUnsaid(Outcome):
    """The same, and it does not say why."""


@dataclass(frozen=True, slots=True)
class Booked(Outcome):
    """The visit is made; `number` is what to say at the counter."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time
    number: str


@dataclass(frozen=True, slots=True)
class NoVisits(Outcome):
    """No visit is coming."""


@dataclass(frozen=True, slots=True)
class Visits(Outcome):
    """Coming visits; an entry shows `service`, `place`, `day` and `time`."""

    visits: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class VisitShown(Outcome):
    """One visit in full. `by_sms`: it can be sent to her."""

    service: Word
    place: str
    address: str
    day: date
    time: time
    number: str
    by_sms: bool = False


@dataclass(frozen=True, slots=True)
class VisitGone(Outcome):
    """There is no such visit any more."""


@dataclass(frozen=True, slots=True)
class Moved(Outcome):
    """The visit is at another time now."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time


@dataclass(frozen=True, slots=True)
class VisitCancelled(Outcome):
    """The visit is cancelled."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time
