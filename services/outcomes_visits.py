"""What may come of a visit where it is shown whole: the outcomes beside those of `services.outcomes`."""

from dataclasses import dataclass

from domain.outcomes import Outcome
from services.values import Visit


@dataclass(frozen=True, slots=True)
class VisitStands(Outcome):
    """The visit is booked, at the time that it carries."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class VisitOver(Outcome):
    """The visit is cancelled."""


@dataclass(frozen=True, slots=True)
class VisitChanged(Outcome):
    """It is at another time, or place, than she saw when she decided."""
