"""People's opinions at work: the timer that asks for them, and how many complaints wait too long, as a figure."""

from collections.abc import Callable, Mapping
from functools import partial

from gateway.worker import Chore
from services.desk import Desk
from services.handing_in import follow, hand_in
from services.survey_reports import hand_in_answers
from services.surveys import SURVEY, ask_when_due
from services.timers import Handler

SURVEY_TIMERS: Mapping[str, Handler] = {SURVEY: ask_when_due}
_LOOK_SECONDS = 60.0
_HAND_IN_SECONDS, _FOLLOW_SECONDS = 5.0, 30.0
# Rarely: when an answer came shall say nothing of who gave it.
_SURVEY_SECONDS = 3600.0


def reports_handed_in(desk: Desk, wake: Callable[[], None]) -> tuple[Chore, ...]:
    """What people say is handed to the ministry that takes it, and followed; none where we keep it ourselves. `wake`:
    somebody was told."""
    if desk.ministries.reports() is None:
        return ()

    async def followed() -> None:
        if await follow(desk):
            wake()

    return (
        Chore("complaints on their way", partial(hand_in, desk), _HAND_IN_SECONDS),
        Chore("how complaints stand", followed, _FOLLOW_SECONDS),
        Chore("surveys handed in", partial(hand_in_answers, desk), _SURVEY_SECONDS),
    )


def complaints_watched(desk: Desk, told: Callable[[int], None]) -> Chore:
    """Looks how many complaints are overdue; `told` is handed the figure."""

    async def look() -> None:
        async with desk.open_records() as records:
            told(await records.feedback.complaints.overdue(desk.today()))

    return Chore("complaints that wait too long", look, _LOOK_SECONDS)
