"""Working days of the simulated ministries: neither weekends nor Azerbaijan's public holidays."""

from datetime import date, datetime, timedelta
from typing import TypeVar

import holidays

_HOLIDAYS = holidays.country_holidays("AZ")
Day = TypeVar("Day", date, datetime)


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor a public holiday."""
    return day.weekday() < 5 and day not in _HOLIDAYS


def working_days_after(start: Day, count: int) -> Day:
    """`count` working days after `start` (before it, if negative), at the same time of day."""
    step = timedelta(days=1 if count >= 0 else -1)
    day = start
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_days_from(start: date, count: int) -> list[date]:
    """The next `count` working days, beginning with `start` itself if it is one."""
    days: list[date] = []
    day = start
    while len(days) < count:
        if is_working_day(day):
            days.append(day)
        day += timedelta(days=1)
    return days
