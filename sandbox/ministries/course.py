"""How a matter goes through its stages by the sandbox's clock: some working days in each, then the next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox.ministries.clock import Mark, SandboxClock


@dataclass(frozen=True, slots=True)
class Stage:
    """`rests`: working days until the next stage comes."""

    code: str
    rests: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """Begun at `began`; what was there from the start moves with the calendar only, never `hurried`. `before`: the
    steps of an earlier course that this one goes on from."""

    stages: tuple[Stage, ...]
    began: datetime
    mark: Mark
    read_at: datetime
    hurried: bool = True
    before: tuple[tuple[datetime, str], ...] = ()

    def steps(self, clock: SandboxClock) -> list[tuple[datetime, str]]:
        """When it came into each stage so far: whenever that is asked, the same."""
        worked = self.read_at + clock.worked_since(self.mark, self.hurried)
        due, found = self.began, list(self.before)
        for stage in self.stages:
            if due > worked:
                break
            found.append((self._came(due, clock), stage.code))
            due = days_after(due, stage.rests)
        return found

    def _came(self, due: datetime, clock: SandboxClock) -> datetime:
        """Due by the calendar; whoever works in a hurry comes there earlier."""
        if not self.hurried or due <= self.read_at:
            return due
        return clock.worked_by(self.mark, due - self.read_at, hurried=True).astimezone(self.began.tzinfo)


def started(stages: tuple[Stage, ...], clock: SandboxClock, began: datetime, hurried: bool = True) -> Course:
    """A course that begins at `began`."""
    return Course(stages, began, clock.mark(), clock.now().astimezone(began.tzinfo), hurried)


def days_after(start: datetime, count: int) -> datetime:
    """`count` days from Monday to Friday later (before, if negative): other countries' holidays are not known here."""
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        start += step
        while start.weekday() >= 5:
            start += step
    return start


def day_after(start: date, count: int) -> date:
    """As `days_after`, of days."""
    return days_after(datetime(start.year, start.month, start.day), count).date()
