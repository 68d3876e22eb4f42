"""People's opinions at work: the timer that asks for them, and how many complaints wait too long, as a figure."""

from collections.abc import Callable, Mapping

from gateway.worker import Chore
from services.desk import Desk
from services.surveys import SURVEY, ask_when_due
from services.timers import Handler

SURVEY_TIMERS: Mapping[str, Handler] = {SURVEY: ask_when_due}
_LOOK_SECONDS = 60.0


def complaints_watched(desk: Desk, told: Callable[[int], None]) -> Chore:
    """Looks how many complaints are overdue; `told` is handed the figure."""

    async def look() -> None:
        async with desk.open_records() as records:
            told(await records.feedback.complaints.overdue(desk.today()))

    return Chore("complaints that wait too long", look, _LOOK_SECONDS)
