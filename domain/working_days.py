"""Counting working days, with the weekend and the public holidays as data."""

from collections.abc import Container, Set
from datetime import date, timedelta


def add_working_days(start: date, count: int, holidays: Container[date], weekend: Set[int] = frozenset({5, 6})) -> date:
    """The day that is `count` working days after `start`, which itself does not count.

    `weekend` holds `date.weekday()` numbers (Monday is 0). Raises `ValueError` for a negative count.
    """
    if count < 0:
        raise ValueError("count of working days is negative")
    day = start
    while count:
        day += timedelta(days=1)
        if day.weekday() not in weekend and day not in holidays:
            count -= 1
    return day


def working_days_between(
    start: date, end: date, holidays: Container[date], weekend: Set[int] = frozenset({5, 6})
) -> int:
    """How many working days after `start` the day `end` is: the last one that has come by then counts.

    The same day, and one before it, is 0.
    """
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(day.weekday() not in weekend and day not in holidays for day in days)


def working_day_before(day: date, holidays: Container[date], weekend: Set[int] = frozenset({5, 6})) -> date:
    """The last working day before `day`, which itself does not count."""
    before = day - timedelta(days=1)
    while before.weekday() in weekend or before in holidays:
        before -= timedelta(days=1)
    return before
