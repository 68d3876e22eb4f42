"""What may come of what she does with her e-mail address."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class EmailAsked(Outcome):
    """A code was sent to the address. `seconds`: for how long it is good."""

    request: UUID
    seconds: int
    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EmailChanged(Outcome):
    """It is hers, or hers no longer, or alerts go elsewhere."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EmailOff(Outcome):
    """No mail is sent in this country."""


@dataclass(frozen=True, slots=True)
class EmailNone(Outcome):
    """She has no address."""


@dataclass(frozen=True, slots=True)
class EmailTooMany(Outcome):
    """Codes enough were sent for today."""
