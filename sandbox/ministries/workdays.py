"""Working days of the simulated ministries: neither weekends nor public holidays of their country."""

from datetime import date, datetime, timedelta
from typing import TypeVar

import holidays

Day = TypeVar("Day", date, datetime)


class Workdays:
    """The working days of a country (ISO 3166): neither Saturday, Sunday nor a public holiday."""

    def __init__(self, country: str) -> None:
        self._holidays = holidays.country_holidays(country)

    def includes(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._holidays

    def after(self, start: Day, count: int) -> Day:
        """`count` working days after `start` (before it, if negative), at the same time of day."""
        step = timedelta(days=1 if count >= 0 else -1)
        day = start
        for _ in range(abs(count)):
            day += step
            while not self.includes(day):
                day += step
        return day

    def beginning(self, start: date, count: int) -> list[date]:
        """The next `count` working days, beginning with `start` itself if it is one."""
        days: list[date] = []
        day = start
        while len(days) < count:
            if self.includes(day):
                days.append(day)
            day += timedelta(days=1)
        return days


AZERBAIJAN = Workdays("AZ")
is_working_day, working_days_after, working_days_from = AZERBAIJAN.includes, AZERBAIJAN.after, AZERBAIJAN.beginning
