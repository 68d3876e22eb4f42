"""Survey answers handed to the ministry that asks for them: each at most once, and never with whoever gave it.

Nothing but counts is kept of answers, so that counts of what was handed in are all that is remembered of this: an
answer counts as handed in before it is sent, and is given back only where it was surely not taken.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryBusy, MinistryError, MinistryRefused, MinistryUnavailable
from services.desk import Desk
from services.handing_in import CALL_SECONDS, where
from services.ports import ReportDesk
from services.report_ports import GivenAnswers
from services.satisfaction import HandedTo, month_of
from services.values import Report

LOG = logging.getLogger(__name__)

_NOTHING_DONE = (MinistryRefused, MinistryUnavailable, MinistryBusy, DeadlineExceeded)


async def hand_in_answers(desk: Desk, limit: int = 20) -> int:
    """Hands in some that were not, of this month and the last; gives how many were taken. Ends at the first failure."""
    taker = desk.ministries.reports()
    to = {kind.value: rule.handed_to for kind, rule in desk.services.satisfaction.rules.items() if rule.handed_to}
    since = month_of(month_of(desk.today()) - timedelta(days=1))
    for done in range(limit if taker is not None and to else 0):
        async with desk.open_records() as records:
            given = await records.feedback.handed_answers.take(since, list(to))
        if given is None or taker is None or not await _handed(desk, taker, given, to[given.about.kind]):
            return done
    return limit if to and taker is not None else 0


async def _handed(desk: Desk, taker: ReportDesk, given: GivenAnswers, to: HandedTo) -> bool:
    report = Report(
        to.kind,
        "",
        _answers(given, to),
        place=given.about.place,
        language=given.about.language,
        **where(desk, given.about.place),
    )
    try:
        await taker.send(report, Deadline.after(CALL_SECONDS, desk.clock))
    except (MinistryError, DeadlineExceeded) as failure:
        LOG.warning("answers of a survey: %s", type(failure).__name__)
        if isinstance(failure, _NOTHING_DONE):
            async with desk.open_records() as records:
                await records.feedback.handed_answers.give_back(given)
        return False
    return True


def _answers(given: GivenAnswers, to: HandedTo) -> Mapping[str, object]:
    """By the ministry's codes; what was not answered is left out."""
    about = given.about
    said = {
        to.first: str(given.first or ""),
        to.second: str(given.second or ""),
        to.service: about.service,
        to.place: about.place,
        to.language: about.language,
    }
    return {code: answer for code, answer in said.items() if code and answer}
