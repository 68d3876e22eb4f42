"""`satisfaction.yaml`: what the pack asks people about its services, and what it commits itself to."""

from collections.abc import Container, Mapping
from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from domain.errors import InvalidValue
from services.satisfaction import HandedTo, Question, Satisfaction, SurveyKind, SurveyRule

_Days = Annotated[int, Meta(ge=1, le=366)]


class QuestionFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One question: its words are the message `question.<its name>`."""

    best: int = 5
    meets: str = ""
    met_from: int = 0


class ReportToFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The kind of report that a ministry takes answers as. `attributes`: question → its code there; `service`, `place`,
    `language`: its codes for what they are about."""

    kind: str
    attributes: dict[str, str]
    service: str = ""
    place: str = ""
    language: str = ""


class SurveyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is asked what, and how long after."""

    services: tuple[str, ...]
    questions: Annotated[tuple[str, ...], Meta(min_length=2, max_length=2)]
    places: tuple[str, ...] = ()
    after_hours: Annotated[int, Meta(ge=0, le=24 * 60)] = 2
    report_to: ReportToFile | None = None


class CommitmentsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Days are working days. `late_at`: the place to turn to where a complaint is not answered in time. `wait_minutes`:
    nobody waits longer at a place; 0 for no promise."""

    complaint_days: _Days = 15
    late_at: str = ""
    wait_minutes: Annotated[int, Meta(ge=0, le=999)] = 0
    answer_days: dict[str, _Days] = {}


class SatisfactionFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`satisfaction.yaml`. Without it nobody is asked anything, and complaints are answered within fifteen days."""

    questions: dict[str, QuestionFile] = {}
    surveys: dict[SurveyKind, SurveyFile] = {}
    commitments: CommitmentsFile = CommitmentsFile()
    pause_weeks: Annotated[int, Meta(ge=1, le=104)] = 8
    open_days: Annotated[int, Meta(ge=1, le=31)] = 7
    withhold_below: Annotated[int, Meta(ge=3, le=100)] = 5


def satisfaction_of(file: SatisfactionFile) -> Satisfaction:
    """The file as rules. Raises `InvalidValue`."""
    questions = {name: Question(name, each.best, each.meets, each.met_from) for name, each in file.questions.items()}
    return Satisfaction(
        rules={kind: _rule(survey, questions) for kind, survey in file.surveys.items()},
        pause=timedelta(weeks=file.pause_weeks),
        open_for=timedelta(days=file.open_days),
        complaint_days=file.commitments.complaint_days,
        late_at=file.commitments.late_at,
        wait_minutes=file.commitments.wait_minutes,
        answer_days=file.commitments.answer_days,
        least=file.withhold_below,
    )


def _rule(survey: SurveyFile, questions: Mapping[str, Question]) -> SurveyRule:
    first, second = (questions[name] for name in survey.questions)
    after = timedelta(hours=survey.after_hours)
    return SurveyRule((first, second), frozenset(survey.services), frozenset(survey.places), after, _handed_to(survey))


def _handed_to(survey: SurveyFile) -> HandedTo | None:
    to = survey.report_to
    if to is None:
        return None
    first, second = (to.attributes[name] for name in survey.questions)
    return HandedTo(to.kind, first, second, to.service, to.place, to.language)


def disagreements(file: SatisfactionFile, services: Container[str], places: Container[str]) -> list[str]:
    """Names that the pack does not have, and scales that cannot be."""
    wrong = [
        f"surveys.{kind.value}.{what}: {name!r} is not known"
        for kind, survey in file.surveys.items()
        for what, names, known in (
            ("services", survey.services, services),
            ("places", survey.places, places),
            ("questions", survey.questions, file.questions),
        )
        for name in names
        if name not in known
    ]
    wrong += [
        f"surveys.{kind.value}.report_to.attributes: a code for each of {', '.join(survey.questions)}, and no other"
        for kind, survey in file.surveys.items()
        if survey.report_to is not None and set(survey.report_to.attributes) != set(survey.questions)
    ]
    wrong += [
        f"commitments.answer_days: {code!r} is not known"
        for code in file.commitments.answer_days
        if code not in services
    ]
    if file.commitments.late_at and file.commitments.late_at not in places:
        wrong.append(f"commitments.late_at: {file.commitments.late_at!r} is not known")
    if not wrong:
        try:
            satisfaction_of(file)
        except InvalidValue as failure:
            wrong.append(str(failure))
    return [f"satisfaction.yaml: {each}" for each in wrong]
