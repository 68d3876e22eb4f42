"""Figures: means and shares, what is withheld so that nobody can be found in them, and when a month may be told."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from domain.working_days import add_working_days, working_days_between
from services import figures
from services.indicator_cells import withheld
from services.indicators import complaint_figures, survey_figures, time_figures
from services.satisfaction import Question, Satisfaction, SurveyKind, SurveyRule, closed_on, last_closed
from services.satisfaction_ports import CellKey, ComplaintCount
from tests.services.town import SERVICES

RULES = Satisfaction(
    rules={
        SurveyKind.VISIT: SurveyRule(
            (Question("received"), Question("waited", meets="wait_minutes", met_from=4)), frozenset({"passport"})
        )
    },
    least=5,
)


@pytest.mark.parametrize(
    ("counts", "mean", "nine"),
    [
        ({}, None, None),
        ({3: 1}, 3.0, 3),
        ({1: 9, 40: 1}, 4.9, 1),
        ({1: 8, 40: 2}, 8.8, 40),
        ({0: 5, 15: 4, 16: 1}, 7.6, 15),
    ],
)
def test_means_and_nine_of_ten(counts, mean, nine):
    assert (figures.mean(counts), figures.nine_of_ten(counts)) == (mean, nine)


def test_shares():
    assert figures.share_from({3: 1, 4: 2, 5: 1}, 4) == 0.75
    assert figures.share_within({10: 2, 20: 1}, 15) == 0.667
    assert figures.share_from({}, 4) is None


@given(st.dictionaries(st.integers(0, 60), st.integers(1, 20), max_size=8))
def test_nine_of_ten_is_the_least_that_holds(counts):
    found, values = figures.nine_of_ten(counts), sorted(Counter(counts).elements())
    if found is None:
        assert not values
        return
    assert sum(value <= found for value in values) * 10 >= 9 * len(values)
    assert sum(value < found for value in values) * 10 < 9 * len(values)


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        # One that is too small takes the next smallest along.
        ({"a": 2, "b": 9, "c": 30}, {"a", "b"}),
        # Two that are too small even together take a third: else their sum is told.
        ({"a": 2, "b": 2, "c": 9, "d": 30}, {"a", "b", "c"}),
        ({"a": 4, "b": 3, "c": 9}, {"a", "b"}),
        ({"a": 6, "b": 9}, set()),
        ({"a": 0, "b": 9}, set()),
        # None at all says nothing of anybody; it does not hide another.
        ({"a": 0, "b": 2, "c": 9}, {"b", "c"}),
    ],
)
def test_what_is_withheld_of_one_total(cells, hidden):
    counts = {**cells, "all": sum(cells.values())}
    assert withheld(counts, {"all": list(cells)}, ["all"], 5) == hidden


def test_below_a_withheld_total_nothing_is_told():
    counts = {"all": 20, "x": 2, "y": 18, "x1": 2, "y1": 9, "y2": 9}
    parts = {"all": ["x", "y"], "x": ["x1"], "y": ["y1", "y2"]}
    assert withheld(counts, parts, ["all"], 5) == {"x", "y", "x1", "y1", "y2"}


TREES = st.lists(st.lists(st.integers(0, 25), min_size=1, max_size=5), min_size=1, max_size=5)


@given(TREES, st.integers(3, 8))
def test_nothing_withheld_can_be_computed_from_what_is_told(tree, least):
    counts, parts = {"all": sum(map(sum, tree))}, {"all": [str(number) for number in range(len(tree))]}
    for number, cells in enumerate(tree):
        counts[str(number)] = sum(cells)
        parts[str(number)] = [f"{number}/{cell}" for cell in range(len(cells))]
        counts |= {f"{number}/{cell}": count for cell, count in enumerate(cells)}
    hidden = withheld(counts, parts, ["all"], least)
    assert all(counts[key] == 0 or counts[key] >= least for key in counts if key not in hidden)
    for total, cells in parts.items():
        gone = [cell for cell in cells if cell in hidden]
        if total in hidden:
            assert gone == cells
        elif gone:
            # What is left over when the told ones are taken from the total is at least two cells, and enough people.
            assert len(gone) > 1 and sum(counts[cell] for cell in gone) >= least


def test_surveys_of_a_month_by_service_place_and_language():
    az, fr = CellKey("visit", "passport", "centre-1", "az"), CellKey("visit", "passport", "centre-2", "az")
    asked = {az: 12, fr: 9}
    answered = {az: {(4, 5): 6, (2, 1): 2}, fr: {(5, 4): 5, (1, 0): 1}}
    found = {figure.key: figure for figure in survey_figures(RULES, asked, answered)}
    everything = found[CellKey("visit")]
    assert (everything.asked, everything.answered) == (21, 14)
    received, waited = everything.questions
    assert (received.mean, received.share) == (3.86, None)
    # Eleven of the thirteen who said how long they waited.
    assert (waited.name, waited.meets, waited.share) == ("waited", "wait_minutes", 0.846)
    assert found[az].answered == 8 and found[CellKey("visit", "passport", "centre-1")].answered == 8


def test_a_place_where_few_answered_is_withheld_with_another_one():
    cells = {CellKey("visit", "passport", f"centre-{number}", "az"): 20 for number in range(3)}
    answered = {key: {(4, 4): many} for key, many in zip(cells, (2, 7, 15), strict=True)}
    found = {figure.key: figure for figure in survey_figures(RULES, cells, answered)}
    hidden = {key.place for key, figure in found.items() if figure.withheld}
    assert hidden == {"centre-0", "centre-1"}
    assert all(not figure.questions and not figure.asked for figure in found.values() if figure.withheld)


def test_complaints_are_told_by_service_and_place():
    counts = [
        ComplaintCount("passport", "", 8, 6, 5),
        ComplaintCount("", "centre-1", 6, 6, 6),
        ComplaintCount("visa", "", 1, 0, 0),
    ]
    total, place, passport, visa = complaint_figures(counts, 5)[:1] + sorted(
        complaint_figures(counts, 5)[1:], key=lambda each: (each.place == "", each.service)
    )
    assert (total.opened, total.answered, total.in_time) == (15, 12, 11)
    assert visa.withheld and place.withheld and not passport.withheld


def test_time_to_answer_by_service():
    services = replace(SERVICES, satisfaction=RULES)
    days = {"social_aid": {3: 4, 15: 5, 20: 1}, "passport": {2: 4}, "permit": {1: 50}}
    found = {figure.service: figure for figure in time_figures(services, days)}
    aid = found["social_aid"]
    assert (aid.decided, aid.mean, aid.nine_of_ten, aid.promised, aid.share) == (10, 10.7, 15, 15, 0.9)
    assert found["passport"].withheld and found["passport"].decided == 0
    assert "permit" not in found, "of a sensitive service nothing is told"


def test_a_month_is_told_once_nothing_can_be_added_to_it():
    week = timedelta(days=7)
    assert closed_on(date(2026, 11, 1), week) == date(2026, 12, 9)
    assert closed_on(date(2026, 12, 1), week) == date(2027, 1, 9)
    assert last_closed(date(2026, 12, 8), week) == date(2026, 10, 1)
    assert last_closed(date(2026, 12, 9), week) == date(2026, 11, 1)


@given(st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.integers(0, 60))
def test_working_days_are_counted_as_they_are_added(start, count):
    holidays = {date(2026, 1, 1), date(2026, 5, 28)}
    assert working_days_between(start, add_working_days(start, count, holidays), holidays) == count


def test_working_days_of_the_same_day_and_of_a_weekend():
    monday = date(2026, 11, 23)
    assert working_days_between(monday, monday, ()) == working_days_between(monday, monday - timedelta(days=3), ()) == 0
    assert working_days_between(monday - timedelta(days=3), monday, ()) == 1


@pytest.mark.parametrize("wrong", [{"best": 1}, {"best": 9}, {"met_from": 3}, {"meets": "wait", "met_from": 6}])
def test_a_scale_that_cannot_be(wrong):
    with pytest.raises(InvalidValue):
        Question("q", **wrong)
