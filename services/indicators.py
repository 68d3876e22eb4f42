"""Indicators of a month: how people were served at each place, and how long each service took to decide.

Only of months that are over, always made of the whole month and then chosen from, so that no choice and no two days
tell more than the whole; what is made of too few is withheld (`services.indicator_cells`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services import figures
from services.feedback_ports import Feedback
from services.indicator_cells import withheld
from services.pack_values import ServicesConfig
from services.satisfaction import Satisfaction, SurveyKind, closed_on, last_closed
from services.satisfaction_ports import CellKey, ComplaintCount

COMPLAINTS = "complaint"


@dataclass(frozen=True, slots=True)
class QuestionFigure:
    """One question: its mean from 1 to `best`, and the share of answers that say its commitment was kept."""

    name: str
    best: int
    mean: float | None
    meets: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class SurveyFigure:
    """Surveys of one cell; "" in its key stands for all. Withheld: nothing but the key is told."""

    key: CellKey
    withheld: bool
    asked: int = 0
    answered: int = 0
    questions: tuple[QuestionFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplaintFigure:
    """Complaints of one service or place, opened in the month."""

    service: str
    place: str
    withheld: bool
    opened: int = 0
    answered: int = 0
    in_time: int = 0


@dataclass(frozen=True, slots=True)
class TimeFigure:
    """Working days until one service decided, of what it decided in the month.

    `nine_of_ten`: within so many days, nine of ten were. `promised`: the days it commits itself to, None for none.
    """

    service: str
    withheld: bool
    decided: int = 0
    mean: float | None = None
    nine_of_ten: int | None = None
    promised: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Indicators:
    """All that is told of a month. `closed_on`: the day from which on it is; before, there is nothing in it."""

    month: date
    closed_on: date
    surveys: tuple[SurveyFigure, ...] = ()
    complaints: tuple[ComplaintFigure, ...] = ()
    times: tuple[TimeFigure, ...] = ()


async def of_month(
    feedback: Feedback,
    services: ServicesConfig,
    today: date,
    month: date | None = None,
    service: str = "",
    place: str = "",
) -> Indicators:
    """The month (the newest that is told, if none is named), or what it says of one service or place."""
    rules = services.satisfaction
    month = month or last_closed(today, rules.open_for)
    told_from = closed_on(month, rules.open_for)
    if today < told_from:
        return Indicators(month, told_from)
    surveys = survey_figures(rules, await feedback.surveys.asked(month), await feedback.surveys.answered(month))
    complaints = complaint_figures(await feedback.complaints.counts(month), rules.least)
    times = time_figures(services, await feedback.answer_times.of_month(month))
    return Indicators(
        month,
        told_from,
        tuple(each for each in surveys if service in ("", each.key.service) and place in ("", each.key.place)),
        tuple(each for each in complaints if service in ("", each.service) and place in ("", each.place)),
        tuple(each for each in times if service in ("", each.service) and not place),
    )


def survey_figures(
    rules: Satisfaction,
    asked: Mapping[CellKey, int],
    answered: Mapping[CellKey, Mapping[tuple[int, ...], int]],
) -> list[SurveyFigure]:
    """Every cell and every total, in order. Pure."""
    asked_all: dict[CellKey, int] = {}
    answers: dict[CellKey, dict[tuple[int, ...], int]] = {}
    parts: dict[CellKey, set[CellKey]] = {}
    for cell in {*asked, *answered}:
        for total in (way := _way(cell)):
            asked_all[total] = asked_all.get(total, 0) + asked.get(cell, 0)
            summed = answers.setdefault(total, {})
            for given, many in answered.get(cell, {}).items():
                summed[given] = summed.get(given, 0) + many
        for total, below in pairwise(way):
            parts.setdefault(total, set()).add(below)
    counts = {key: figures_of(answers[key]) for key in asked_all}
    in_order = {total: sorted(below) for total, below in parts.items()}
    roots = [key for key in asked_all if not key.service]
    hidden = withheld(counts, in_order, roots, rules.least) | withheld(asked_all, in_order, roots, rules.least)
    return [
        SurveyFigure(key, True)
        if key in hidden
        else SurveyFigure(key, False, asked_all[key], counts[key], tuple(_questions(rules, key.kind, answers[key])))
        for key in sorted(asked_all)
    ]


def complaint_figures(counts: Iterable[ComplaintCount], least: int) -> list[ComplaintFigure]:
    """Every cell, and the total of all first. Pure."""
    cells = {CellKey(COMPLAINTS, each.service, each.place, "-"): each for each in counts}
    if not cells:
        return []
    root = CellKey(COMPLAINTS)
    opened = {key: each.opened for key, each in cells.items()}
    opened[root] = sum(opened.values())
    hidden = withheld(opened, {root: sorted(cells)}, [root], least)
    total = ComplaintCount(
        "",
        "",
        opened[root],
        sum(each.answered for each in cells.values()),
        sum(each.in_time for each in cells.values()),
    )
    rows = [(root, total), *sorted(cells.items())]
    return [
        ComplaintFigure(each.service, each.place, True)
        if key in hidden
        else ComplaintFigure(each.service, each.place, False, each.opened, each.answered, each.in_time)
        for key, each in rows
    ]


def time_figures(services: ServicesConfig, counts: Mapping[str, Mapping[int, int]]) -> list[TimeFigure]:
    """Every service that decided something, in the pack's order. Pure.

    There is no total over services, so what is withheld cannot be computed from the others.
    """
    rules, found = services.satisfaction, []
    for config in services.services.values():
        days = counts.get(config.code, {})
        decided = figures.number(days)
        if not decided or config.sensitive:
            continue
        if decided < rules.least:
            found.append(TimeFigure(config.code, True))
            continue
        promised = rules.answer_days.get(config.code, config.days)
        share = figures.share_within(days, promised) if promised is not None else None
        mean, most = figures.mean(days), figures.nine_of_ten(days)
        found.append(TimeFigure(config.code, False, decided, mean, most, promised, share))
    return found


def _way(cell: CellKey) -> tuple[CellKey, ...]:
    """From the total of all down to the cell."""
    kind, service, place = cell.kind, cell.service, cell.place
    steps = (CellKey(kind), CellKey(kind, service), CellKey(kind, service, place), cell)
    # Where a survey has no place, the total of the service is that of its place.
    return tuple(dict.fromkeys(steps))


def figures_of(answers: Mapping[tuple[int, ...], int]) -> int:
    """How many answered."""
    return sum(answers.values())


def _questions(rules: Satisfaction, kind: str, answers: Mapping[tuple[int, ...], int]) -> Iterable[QuestionFigure]:
    for position, question in enumerate(rules.questions(SurveyKind(kind))):
        counts: dict[int, int] = {}
        for given, many in answers.items():
            if given[position]:
                counts[given[position]] = counts.get(given[position], 0) + many
        share = figures.share_from(counts, question.met_from) if question.meets else None
        yield QuestionFigure(question.name, question.best, figures.mean(counts), question.meets, share)
