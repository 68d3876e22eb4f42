"""A country's days off: its calendar read once, and what decrees changed."""

from datetime import date

import pytest

from domain.errors import InvalidValue
from domain.working_days import add_working_days
from gateway.days_off import DaysOff


def test_the_calendar_and_the_decrees() -> None:
    days = DaysOff("AZ", add=[date(2026, 11, 23)], remove=[date(2026, 11, 9)])
    assert date(2026, 1, 1) in days
    assert date(2026, 11, 8) in days, "Victory Day"
    assert date(2026, 11, 9) not in days, "worked, by decree"
    assert date(2026, 11, 23) in days, "free, by decree"
    assert date(2051, 1, 1) in days, "any year"


def test_fifteen_working_days_over_the_new_year() -> None:
    free = add_working_days(date(2026, 12, 21), 15, DaysOff("AZ"))
    assert free > add_working_days(date(2026, 12, 21), 15, frozenset())


def test_a_calendar_that_does_not_exist_is_said_when_it_is_loaded() -> None:
    with pytest.raises(InvalidValue, match="no calendar 'QQ'"):
        DaysOff("QQ").load()
