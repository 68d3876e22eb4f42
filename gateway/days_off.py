"""The days on which a country does not work: its calendar from the package `holidays`, and what decrees changed."""

from collections.abc import Container, Iterable
from datetime import date
from threading import Lock

from domain.errors import InvalidValue


class DaysOff(Container[date]):
    """Public holidays of any year. The calendar is read when it is first asked: it imports every country's,
    half a second in which a starting gateway would serve nobody."""

    def __init__(self, calendar: str, add: Iterable[date] = (), remove: Iterable[date] = ()) -> None:
        """`calendar`: a country's ISO 3166-1 code. `add`: further days off. `remove`: days of it that are worked."""
        self.calendar = calendar
        self._added, self._removed = frozenset(add), frozenset(remove)
        self._days: Container[object] | None = None
        self._loading = Lock()

    def load(self) -> Container[object]:
        """Read the calendar now. Raises `InvalidValue` if there is none of that name. May run in a thread."""
        with self._loading:
            if self._days is None:
                import holidays  # slow: see above

                try:
                    self._days = holidays.country_holidays(self.calendar)
                except NotImplementedError:
                    raise InvalidValue(f"no calendar {self.calendar!r} in the package holidays") from None
            return self._days

    def __contains__(self, day: object) -> bool:
        days = self.load() if self._days is None else self._days
        return day in self._added or (day in days and day not in self._removed)
