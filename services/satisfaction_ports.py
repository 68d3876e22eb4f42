"""What surveys, complaints and indicators need of the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.satisfaction import SurveyKind


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A survey that waits for answers. `place`: its id in the pack, "" for none. `month`: in which she was asked.

    `answers`: those given so far; `anonymous`: what she answers is kept without her.
    """

    id: UUID
    person: UUID
    kind: SurveyKind
    service: str
    place: str
    language: str
    month: date
    expires_at: datetime
    answers: tuple[int, ...] = ()
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """A survey with its answers given, and what she wrote beside them, if anything."""

    survey: OpenSurvey
    comment: str = ""


class Surveys(Protocol):
    """Surveys of persons. Nothing here commits."""

    async def may_ask(self, person: UUID, since: datetime) -> bool:
        """False where she was asked since then, or wants to be asked no more."""
        ...

    async def open(self, survey: OpenSurvey, subject: str) -> bool:
        """Ask: one row, and one more in the counts of those asked. False where the same was asked before."""
        ...

    async def waiting(self, person: UUID) -> Sequence[OpenSurvey]:
        """Hers that can be answered, newest first."""
        ...

    async def keep(self, survey: OpenSurvey) -> None:
        """The answers so far."""
        ...

    async def close(self, answers: SurveyAnswers) -> None:
        """It is answered, and counts. Of an anonymous one nothing is kept of her but that she was asked something."""
        ...

    async def stop(self, person: UUID, id: UUID) -> None:
        """She wants to be asked no more: what is open closes, unanswered. Where nothing was open, `id` remembers it."""
        ...

    async def asked(self, month: date) -> Mapping["CellKey", int]:
        """How many were asked in the month."""
        ...

    async def answered(self, month: date) -> Mapping["CellKey", Mapping[tuple[int, ...], int]]:
        """How often each pair of answers came; an answer that was not given is 0."""
        ...

    async def comments(self, month: date) -> Sequence[tuple["CellKey", str]]:
        """What people wrote beside their answers: about what, never who."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class CellKey:
    """What a figure is about; "" stands for all (and a service without places has none)."""

    kind: str
    service: str = ""
    place: str = ""
    language: str = ""


class About(StrEnum):
    """What a complaint may be about; a ministry that takes them itself has kinds of its own."""

    SERVICE = "service"
    PLACE = "place"
    REFERENCE = "reference"
    KIND = "kind"


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    OPEN = "open"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint. `number`: by which she and the staff call it. `subject`: the service's code, the place's id or the
    reference. `due_on`, `answered_on`: days of the country's calendar."""

    id: UUID
    person: UUID
    number: str
    about: About
    service: str
    place: str
    subject: str
    text: str
    state: ComplaintState
    opened_on: date
    due_on: date
    language: str
    answer: str = ""
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class ComplaintCount:
    """Complaints of a month about one service or place: opened, answered, answered by the day that was due."""

    service: str
    place: str
    opened: int
    answered: int
    in_time: int


class Complaints(Protocol):
    """Complaints. Nothing here commits."""

    async def open(self, complaint: Complaint, token: str) -> Complaint:
        """Keep it under a number that nobody else has; the one that this confirmation became already, if any.

        `token`: of the confirmation; unguessable.
        """
        ...

    async def met(self, person: UUID, token: str) -> Complaint | None:
        """What this confirmation of hers already became."""
        ...

    async def of(self, person: UUID, limit: int) -> Sequence[Complaint]:
        """Hers, newest first."""
        ...

    async def by_number(self, number: str) -> Complaint | None:
        """For the staff."""
        ...

    async def waiting(self, limit: int) -> Sequence[Complaint]:
        """Those without an answer, the longest due first."""
        ...

    async def answer(self, complaint: UUID, answer: str, today: date) -> Complaint | None:
        """Answer it; None where it was answered before."""
        ...

    async def overdue(self, today: date) -> int:
        """How many have no answer and were due before today."""
        ...

    async def counts(self, month: date) -> Sequence[ComplaintCount]:
        """Of those opened in the month."""
        ...


class AnswerTimes(Protocol):
    """How many working days ministries took to decide, by what they told us. Nothing here commits."""

    async def received(self, service: str, reference: str, day: date) -> None:
        """It was handed in that day."""
        ...

    async def decided(self, service: str, reference: str, submitted: date | None, day: date) -> date | None:
        """It was decided that day. The day on which it was handed in, the first time that this is told and where that
        day is known; else None."""
        ...

    async def count(self, service: str, month: date, days: int) -> None:
        """One more that took so many working days."""
        ...

    async def of_month(self, month: date) -> Mapping[str, Mapping[int, int]]:
        """By service: how often each number of working days came."""
        ...
