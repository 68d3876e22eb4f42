"""Answers to "do you come?": a yes is remembered, a no cancels the visit at its ministry, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.errors import DeadlineExceeded, MinistryError
from i18n.text import SlotValue
from services.alerts import AlertKind
from services.desk import Desk
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    VisitCancelled,
    VisitGone,
    VisitRefused,
    VisitRefusedUnsaid,
)
from services.prompted import as_asked, cancel_visit
from services.questions import Question
from services.stored import word
from sms.records.prompts import Mark, Prompt
from sms.replies import IN_HAND, NOTHING_DONE, SURE_AGAIN, Answer, Given, Reply, asked_anew

_GONE = Reply("sms.reply_visit_gone")
# Among the facts of "shall it be cancelled?": the reminder's question behind it.
_ASKED_BY = "asked_by"


async def comes_or_not(desk: Desk, given: Given) -> Answer:
    """To the reminder: 1 she comes, 2 she does not."""
    answered = given.answered
    if not _is_hers(given):
        return Answer("visit_gone", _GONE)
    if answered is not None and answered.is_yes():
        if given.prompt.answer == Mark.NO.value or not await _stands(desk, given):
            return Answer("visit_gone", _GONE)
        told = Reply("sms.reply_visit_coming", _told(given.prompt.facts, "day", "time", "place"))
        return Answer("visit_yes", told, marks=(given.prompt.id, Mark.YES))
    if answered is not None and answered.is_no():
        # Something else is asked, too, another visit or a survey: which one the answer is to only she knows.
        return ask_whether(given.prompt) if given.others else await _cancel(desk, given, (given.prompt.id, Mark.NO))
    return Answer("visit_unclear", Reply("sms.reply_visit_again", closes=False))


def ask_whether(prompt: Prompt) -> Answer:
    """Names the visit before it is cancelled. The question of its reminder, and of others, stays open meanwhile."""
    told = _told(prompt.facts, "service", "day", "time")
    asks = (Question.VISIT_SURE, {**prompt.facts, _ASKED_BY: prompt.id.hex})
    return Answer("visit_sure", Reply("sms.reply_visit_sure", told, asks=asks, until=prompt.expires_at, beside=True))


async def sure(desk: Desk, given: Given) -> Answer:
    """To "shall it be cancelled?": 1 yes. After a no the next visit that she was asked about is named."""
    if not _is_hers(given):
        return Answer("visit_gone", _GONE)
    asked_by = UUID(hex=word(given.prompt.facts, _ASKED_BY))
    if given.answered is not None and given.answered.is_yes():
        return await _cancel(desk, given, (asked_by, Mark.OVER))
    if given.answered is not None and given.answered.is_no():
        following = _after(given.others, asked_by)
        return ask_whether(following) if following else Answer("visit_kept", NOTHING_DONE)
    return Answer("visit_unclear", SURE_AGAIN)


def _after(others: Sequence[Prompt], asked_by: UUID) -> Prompt | None:
    """The next visit that may still be cancelled, from the last that she was asked about to the first."""
    visits = [each for each in others if each.question is Question.VISIT]
    passed = next((place for place, each in enumerate(visits, 1) if each.id == asked_by), len(visits))
    return next((each for each in visits[passed:] if each.answer != Mark.NO.value), None)


async def _cancel(desk: Desk, given: Given, marks: tuple[UUID, Mark]) -> Answer:
    """The same question again has the same token: what came of it is told, and it is done once."""
    facts, prompt = given.prompt.facts, given.prompt
    try:
        ended = await cancel_visit(desk, given.caller, *_asked_about(facts), prompt.token)
    except (MinistryError, DeadlineExceeded):
        return asked_anew("visit_away", prompt)
    match ended:
        case VisitCancelled():
            # What came of it is news the first time; said again it is an answer like others, which a loop may cost her.
            kind = AlertKind.REPLY if prompt.answer == Mark.NO.value else AlertKind.PROMISED
            told = Reply("sms.visit_cancelled", _told(facts, "service", "day", "time"), kind=kind)
            return Answer("visit_no", told, marks=marks)
        case VisitGone():
            return Answer("visit_gone", _GONE, marks=marks)
        case BeingProcessed() | AnswerPromised():
            return Answer("visit_no", IN_HAND, marks=marks)
        case VisitRefused(reason=reason):
            why = {**_told(facts, "service"), "reason": reason}
            return Answer("visit_kept", Reply("notice.cancel_refused_reason", why, kind=AlertKind.PROMISED))
        case VisitRefusedUnsaid():
            told = Reply("notice.cancel_refused", _told(facts, "service"), kind=AlertKind.PROMISED)
            return Answer("visit_kept", told)


async def _stands(desk: Desk, given: Given) -> bool:
    """Neither cancelled nor moved since; while the office cannot be asked, it is taken to stand."""
    try:
        person = UUID(word(given.prompt.facts, "person"))
        return await as_asked(desk, person, *_asked_about(given.prompt.facts)) is not None
    except (MinistryError, DeadlineExceeded):
        return True


def _asked_about(facts: Mapping[str, SlotValue]) -> tuple[str, str, str, datetime]:
    """Service, visit, by whom, when: as `services.reminders` kept it."""
    starts = facts["starts"]
    assert isinstance(starts, datetime)  # noqa: S101
    return word(facts, "of"), word(facts, "visit"), word(facts, "participant"), starts


def _is_hers(given: Given) -> bool:
    """Whether the number still stands for whom it was asked."""
    caller = given.caller
    return caller.person is not None and caller.bound and str(caller.person.id) == given.prompt.facts.get("person")


def _told(facts: Mapping[str, SlotValue], *names: str) -> Mapping[str, SlotValue]:
    return {name: facts[name] for name in names}
