"""What the pack asks people about its services, and what it commits itself to (after the Label Marianne). Pure.

Two questions a survey, each answered with one digit from 1 to `best`, where the highest is the kindest; the words of
questions and scales are the pack's messages `question.<name>`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.errors import InvalidValue
from i18n.text import Word
from services.events import EventType

# What a single digit means besides an answer, where it is all that can be typed (SMS).
WITHOUT_NAME, ASK_NO_MORE = 0, 9
LONGEST_SCALE = 8
# When somebody is asked about a decision, by the country's clock: outside any quiet hours.
MORNING = time(11, 0)


class SurveyKind(StrEnum):
    """After what she is asked."""

    VISIT = "visit"
    DECISION = "decision"


KIND_OF: Mapping[EventType, SurveyKind] = {
    EventType.APPOINTMENT_BOOKED: SurveyKind.VISIT,
    EventType.APPOINTMENT_MOVED: SurveyKind.VISIT,
    EventType.GRANTED: SurveyKind.DECISION,
    EventType.REFUSED: SurveyKind.DECISION,
}
"""Which news leads to which survey."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. An answer of `met_from` or more says that the commitment `meets` was kept; "" for none."""

    name: str
    best: int = 5
    meets: str = ""
    met_from: int = 0

    @property
    def word(self) -> Word:
        return Word(f"question.{self.name}")

    def __post_init__(self) -> None:
        if not 2 <= self.best <= LONGEST_SCALE:
            raise InvalidValue(f"question {self.name}: best: from 2 to {LONGEST_SCALE}")
        if bool(self.meets) != (1 <= self.met_from <= self.best):
            raise InvalidValue(f"question {self.name}: meets and met_from go together, met_from from 1 to best")


@dataclass(frozen=True, slots=True)
class HandedTo:
    """How a survey's answers are handed to the ministry that takes reports: as which `kind`, and under which of its
    codes stand the two answers, and what they are about; "" for what it is not told."""

    kind: str
    first: str
    second: str
    service: str = ""
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """Who is asked what. `places`: empty for all of them. `after`: how long after the visit or decision. `handed_to`: a
    ministry is told of each answer, without her."""

    questions: tuple[Question, Question]
    services: Set[str]
    places: Set[str] = frozenset()
    after: timedelta = timedelta(hours=2)
    handed_to: HandedTo | None = None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """The pack's rules.

    `pause`: the least time between two surveys of one person. `open_for`: how long one can be answered.
    `complaint_days`: working days until a complaint is answered; `late_at`: the place to turn to when they are over, ""
    for none; `wait_minutes`: what nobody should wait longer than;
    `answer_days`: working days until a service decides, where the law of the service says no number.
    `least`: figures made of fewer answers are withheld.
    """

    rules: Mapping[SurveyKind, SurveyRule] = field(default_factory=dict)
    pause: timedelta = timedelta(weeks=8)
    open_for: timedelta = timedelta(days=7)
    complaint_days: int = 15
    late_at: str = ""
    wait_minutes: int = 0
    answer_days: Mapping[str, int] = field(default_factory=dict)
    least: int = 5

    def rule(self, kind: SurveyKind, service: str, place: str) -> SurveyRule | None:
        """By which it is asked about that service there; None where nobody is."""
        rule = self.rules.get(kind)
        if rule is None or service not in rule.services:
            return None
        return rule if not rule.places or place in rule.places else None

    def questions(self, kind: SurveyKind) -> tuple[Question, ...]:
        """Those of a survey; none where the pack asks none (any more)."""
        rule = self.rules.get(kind)
        return rule.questions if rule else ()


def month_of(day: date) -> date:
    """The month of a day, as its first."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def closed_on(month: date, open_for: timedelta) -> date:
    """From which day on nothing is added to a month's surveys any more: only then may its figures be told, for the
    difference between yesterday's and today's would be one person's answer."""
    return next_month(month) + timedelta(days=open_for.days + 1)


def last_closed(today: date, open_for: timedelta) -> date:
    """The newest month whose figures may be told."""
    month = month_of(today)
    while closed_on(month, open_for) > today:
        month = month_of(month - timedelta(days=1))
    return month


def due_of_visit(starts: datetime, after: timedelta) -> datetime:
    """When she is asked about a visit."""
    return starts + after


def due_of_decision(decided: date, after: timedelta, zone: ZoneInfo) -> datetime:
    """When she is asked about a decision: in daylight, at least so long after."""
    return datetime.combine(decided + max(after, timedelta(days=1)), MORNING, zone)
