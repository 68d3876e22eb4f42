"""The administration's own time to answer: counted once for each application, with the news that it is decided."""

from datetime import date

from domain.errors import InvalidValue
from domain.working_days import working_days_between
from services.event_cases import Case, Finding
from services.events import EventType
from services.pack_values import ServicesConfig
from services.satisfaction import month_of
from services.satisfaction_ports import AnswerTimes

_DECISIONS = frozenset({EventType.GRANTED, EventType.REFUSED, EventType.READY_FOR_PICKUP, EventType.COLLECTED})
# Longer, or before it was handed in, is a slip in a ministry's dates.
_MOST_DAYS = 3650


async def note(times: AnswerTimes, services: ServicesConfig, case: Case, finding: Finding, today: date) -> None:
    """What this news says of it, in the transaction that handles the news.

    The ministry's own day of handing in counts, else the day that it told us of before; an application of which
    neither is known counts nowhere.
    """
    day = case.event.time.astimezone(services.zone).date() if case.event.time else today
    submitted = finding.application.submitted_on if finding.application else None
    if finding.told is EventType.RECEIVED:
        await times.received(case.service, case.subject, submitted or day)
    elif finding.told in _DECISIONS:
        begun = await times.decided(case.service, case.subject, submitted, day)
        if begun is not None and 0 <= (day - begun).days <= _MOST_DAYS:
            await _count(times, services, case.service, begun, day)


async def _count(times: AnswerTimes, services: ServicesConfig, service: str, begun: date, decided: date) -> None:
    try:
        days = working_days_between(begun, decided, services.holidays, services.weekend)
    except InvalidValue:
        return  # no calendar of holidays for that year
    await times.count(service, month_of(decided), days)
