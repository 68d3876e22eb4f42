"""Every expected result of giving an opinion: what a menu must give a screen each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Word
from services.values import Form


@dataclass(frozen=True, slots=True)
class NoSurvey(Outcome):
    """Nothing is asked of her now (any more), which `asked` tells the main menu."""

    asked: bool = False


@dataclass(frozen=True, slots=True)
class SurveyNext(Outcome):
    """A question that waits, of the survey with that id."""

    survey: str
    service: Word
    question: Word


@dataclass(frozen=True, slots=True)
class SurveyMisread(Outcome):
    """The digit is not on the scale, which goes from 1 to `best`."""

    best: int


@dataclass(frozen=True, slots=True)
class SurveyDone(Outcome):
    """All is answered, or she is asked no more, which `asked` tells the main menu."""

    commits: ClassVar[bool] = True

    asked: bool = False


@dataclass(frozen=True, slots=True)
class ComplaintServices(Outcome):
    """What one can complain about; an entry shows `service`."""

    services: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ComplaintPlaces(Outcome):
    """Where; an entry shows `place` and `address`."""

    places: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ComplaintSubject(Outcome):
    """The reference is written as some service writes them."""


@dataclass(frozen=True, slots=True)
class ComplaintOpened(Outcome):
    """It is kept under that number; the answer is due by that day."""

    commits: ClassVar[bool] = True

    number: str
    due: date


@dataclass(frozen=True, slots=True)
class ComplaintsOurs(Outcome):
    """No ministry takes them itself, or nothing is known of what it takes now: we do."""


@dataclass(frozen=True, slots=True)
class ReportKinds(Outcome):
    """What the ministry takes; an entry shows `kind`."""

    kinds: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ReportAsks(Outcome):
    """It has questions of its own for this kind. `at`: the place it is about, "" for none."""

    title: str
    at: str
    form: Form
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReportNext(Outcome):
    """Her words come next: it asks nothing else."""

    title: str
    at: str
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReportUnsupported(Outcome):
    """It asks what no keypad can answer."""

    title: str


@dataclass(frozen=True, slots=True)
class ReportHandedIn(Outcome):
    """The ministry has it, under `theirs`; with us it has `number`."""

    commits: ClassVar[bool] = True

    number: str
    theirs: str


@dataclass(frozen=True, slots=True)
class ReportKept(Outcome):
    """It is kept under that number, and goes on being handed in: the ministry has not confirmed it yet."""

    commits: ClassVar[bool] = True

    number: str


@dataclass(frozen=True, slots=True)
class ComplaintsTooMany(Outcome):
    """She opened as many today as one may."""


@dataclass(frozen=True, slots=True)
class NoComplaints(Outcome):
    """None of hers."""


@dataclass(frozen=True, slots=True)
class Complaints(Outcome):
    """Hers; an entry shows `number` and `state`."""

    complaints: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ComplaintWaits(Outcome):
    """It is not answered yet; the answer is due by that day."""

    number: str
    due: date


@dataclass(frozen=True, slots=True)
class ComplaintLate(Outcome):
    """It is not answered yet, and the day by which it was to be has gone by. Where she can ask about it: `place` and
    `phone` are empty where the pack names none."""

    number: str
    due: date
    place: str = ""
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ComplaintOnItsWay(Outcome):
    """The ministry has not confirmed it yet, or has not given it a number."""

    number: str


@dataclass(frozen=True, slots=True)
class ComplaintWithMinistry(Outcome):
    """The ministry has it, under `theirs`, and says nothing so far."""

    number: str
    theirs: str


@dataclass(frozen=True, slots=True)
class ComplaintMinistrySays(Outcome):
    """The ministry has it, under `theirs`; `answer`: what it says so far."""

    number: str
    theirs: str
    answer: str


@dataclass(frozen=True, slots=True)
class ComplaintClosed(Outcome):
    """Its ministry closed it that day, without a word."""

    number: str
    answered: date


@dataclass(frozen=True, slots=True)
class ComplaintAnswered(Outcome):
    """It was answered that day."""

    number: str
    answered: date
    answer: str


@dataclass(frozen=True, slots=True)
class ComplaintGone(Outcome):
    """There is no such complaint of hers."""
