"""What comes of filling in a form and handing it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Word
from services.values import Form


@dataclass(frozen=True, slots=True)
class Services(Outcome):
    """What can be applied for; an entry shows `service`."""

    services: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ConsentNeeded(Outcome):
    """The service reads other sources: the caller must agree first."""

    service: Word


@dataclass(frozen=True, slots=True)
class FormOpened(Outcome):
    """The form and what is filled in already."""

    service: Word
    form: Form
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DraftFound(Outcome):
    """A half-filled form was kept."""

    service: Word
    form: Form
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FormUnsupported(Outcome):
    """The form cannot be asked on a keypad: who helps. `several`: there are others, one of them perhaps nearer."""

    place: str
    address: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyPending(Outcome):
    """One application for this service is under way."""

    reference: str


@dataclass(frozen=True, slots=True)
class Kept(Outcome):
    """The answers so far are kept for seven days."""


@dataclass(frozen=True, slots=True)
class Submitted(Outcome):
    """Handed in; a decision is due by that day."""

    commits: ClassVar[bool] = True

    reference: str
    due: date


@dataclass(frozen=True, slots=True)
class SubmissionRefused(Outcome):
    """The ministry does not take it, for a reason in its own words."""

    reason: str


@dataclass(frozen=True, slots=True)
class SubmissionRefusedUnsaid(Outcome):
    """The same, and it does not say why."""


@dataclass(frozen=True, slots=True)
class OpenThere(SubmissionRefused):
    """It does not take it: one of hers is open there already, which was not handed in through us."""


@dataclass(frozen=True, slots=True)
class NothingToAmend(Outcome):
    """Nothing was sent back, or it is not the caller's."""


@dataclass(frozen=True, slots=True)
class Amended(Outcome):
    """What was sent back is answered."""

    commits: ClassVar[bool] = True

    reference: str
