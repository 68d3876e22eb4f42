"""Indicators: how people were served, where, in which month, and how long services took to decide. For everybody."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output, Query
from services import indicators
from services.indicators import ComplaintFigure, Indicators, SurveyFigure, TimeFigure

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Share = Annotated[float, Meta(ge=0, le=1)]


class IndicatorsQuery(Query, frozen=True):
    """Which month (the newest that is told, if none), and what of it: one service, one place."""

    month: Annotated[str, Meta(pattern=rf"^$|{MONTH}")] = ""
    service: Annotated[str, Meta(max_length=64)] = ""
    place: Annotated[str, Meta(max_length=64)] = ""


class QuestionResult(Output, frozen=True):
    """A question by its name: the mean from 1 to `best`, null where nobody answered it. `kept`: the share of answers
    that say that the commitment `commitment` was kept, both null where it asks of none."""

    name: str
    best: int
    mean: float | None
    commitment: str | None
    kept: Share | None


class SurveyResult(Output, frozen=True):
    """Surveys of one kind, service, place and language; null stands for all. `withheld`: too few to be told."""

    kind: str
    service: str | None
    place: str | None
    language: str | None
    withheld: bool
    asked: int | None
    answered: int | None
    questions: tuple[QuestionResult, ...]

    @classmethod
    def of(cls, figure: SurveyFigure) -> "SurveyResult":
        key, told = figure.key, not figure.withheld
        return cls(
            key.kind,
            key.service or None,
            key.place or None,
            key.language or None,
            figure.withheld,
            figure.asked if told else None,
            figure.answered if told else None,
            tuple(
                QuestionResult(each.name, each.best, each.mean, each.meets or None, each.share)
                for each in figure.questions
            ),
        )


class ComplaintResult(Output, frozen=True):
    """Complaints opened in the month about a service or a place (both null: all), and those answered, and in time."""

    service: str | None
    place: str | None
    withheld: bool
    opened: int | None
    answered: int | None
    in_time: int | None

    @classmethod
    def of(cls, figure: ComplaintFigure) -> "ComplaintResult":
        counts = (None,) * 3 if figure.withheld else (figure.opened, figure.answered, figure.in_time)
        return cls(figure.service or None, figure.place or None, figure.withheld, *counts)


class TimeResult(Output, frozen=True):
    """Working days until a service decided: the mean, and within how many nine of ten were. `promised`: what it
    commits itself to, and `kept`, the share that was within."""

    service: str
    withheld: bool
    decided: int | None
    mean_days: float | None
    nine_of_ten_days: int | None
    promised: int | None
    kept: Share | None

    @classmethod
    def of(cls, figure: TimeFigure) -> "TimeResult":
        decided = None if figure.withheld else figure.decided
        return cls(
            figure.service,
            figure.withheld,
            decided,
            figure.mean,
            figure.nine_of_ten,
            figure.promised,
            figure.share,
        )


class Commitments(Output, frozen=True):
    """What the country commits itself to. `wait_minutes`: null for no promise; `complaint_days`: working days."""

    wait_minutes: int | None
    complaint_days: int


class IndicatorsShown(Output, frozen=True):
    """A month. Before `told_from` there is nothing in it: nothing is told of a month that can still change.

    A figure made of fewer than `withheld_below` is withheld, and others with it, so that it cannot be computed.
    """

    month: Annotated[str, Meta(pattern=MONTH)]
    told_from: date
    withheld_below: int
    commitments: Commitments
    surveys: tuple[SurveyResult, ...]
    complaints: tuple[ComplaintResult, ...]
    answer_times: tuple[TimeResult, ...]

    @classmethod
    def of(cls, asked: Asked, found: Indicators) -> "IndicatorsShown":
        rules = asked.desk.services.satisfaction
        return cls(
            f"{found.month:%Y-%m}",
            found.closed_on,
            rules.least,
            Commitments(rules.wait_minutes or None, rules.complaint_days),
            tuple(map(SurveyResult.of, found.surveys)),
            tuple(map(ComplaintResult.of, found.complaints)),
            tuple(map(TimeResult.of, found.times)),
        )


async def show_indicators(asked: Asked) -> Answer:
    """The same for everybody."""
    query: IndicatorsQuery = asked.query
    desk, month = asked.desk, date.fromisoformat(f"{query.month}-01") if query.month else None
    found = await indicators.of_month(
        desk.records.feedback, desk.services, desk.today(), month, query.service, query.place
    )
    return Answer(IndicatorsShown.of(asked, found))


_QUESTION = QuestionResult("waited", 5, 4.2, "wait_minutes", 0.81)
_EXAMPLE = IndicatorsShown(
    "2026-11",
    date(2026, 12, 9),
    5,
    Commitments(20, 10),
    (
        SurveyResult("visit", None, None, None, False, 940, 412, (_QUESTION,)),
        SurveyResult("visit", "id_card", "asan-01", "az", True, None, None, ()),
    ),
    (ComplaintResult(None, None, False, 37, 30, 28),),
    (TimeResult("social_aid", False, 530, 11.4, 15, 15, 0.94),),
)

OPS: tuple[Op, ...] = (
    Op(
        id="show_indicators",
        method="GET",
        path="/indicators",
        summary="How people were served in a month",
        tag="indicators",
        act=show_indicators,
        query=IndicatorsQuery,
        answers={200: IndicatorsShown},
        cache=Cache.PUBLIC,
        examples={200: _EXAMPLE},
    ),
)
