"""Feedback: the surveys that wait for her, and her complaints with their answers."""

import re
from collections.abc import Awaitable, Mapping
from datetime import UTC, date, datetime

from domain.errors import InvalidValue
from domain.outcomes import Outcome
from mobile_api.operations import Answer, Asked, Cache, Op, Output, Security, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.feedback_values import (
    ComplaintList,
    ComplaintMade,
    ComplaintShown,
    QuestionShown,
    SurveyAnswered,
    SurveyList,
    SurveyShown,
)
from services import complaints, reports, surveys
from services.form_answers import given
from services.outcomes import PinNeeded
from services.outcomes_feedback import ComplaintOpened, ComplaintsTooMany, NoSurvey, ReportHandedIn, ReportKept
from services.satisfaction_ports import About, Complaint

TAG = "feedback"
NUMBER = r"[0-9]{7}"
_is_number = re.compile(NUMBER).fullmatch
_DAY_SECONDS = 24 * 3600
# What was answered without a name is not to be recognised for longer than a bad network needs.
_REPLAY_SECONDS = 300


async def list_surveys(asked: Asked) -> Answer:
    """They name where she was: the PIN first."""
    _prove(asked)
    found = await surveys.waiting(asked.desk, asked.caller)
    return Answer(SurveyList(tuple(SurveyShown.of(asked, survey) for survey in found)))


async def changed_surveys(asked: Asked, ids: frozenset[str] | None) -> Mapping[str, Output]:
    """For `GET /changes`: those of the ids that wait for her; for None all."""
    found = await surveys.waiting(asked.desk, asked.caller)
    return {one.id.hex: SurveyShown.of(asked, one) for one in found if ids is None or one.id.hex in ids}


async def changed_complaints(asked: Asked, ids: frozenset[str] | None) -> Mapping[str, Output]:
    """For `GET /changes`: those of the numbers, with their answers, however old; for None the newest."""
    if ids is None:
        found: list[Complaint | None] = list(await complaints.hers(asked.desk, asked.caller))
    else:
        found = [await _known(asked, number) for number in sorted(ids) if _is_number(number)]
    return {one.number: await _shown(asked, one) for one in found if one is not None}


async def answer_survey(asked: Asked) -> Answer:
    """All at once; what was answered on another channel before is answered anew."""
    _prove(asked)
    body: SurveyAnswered = asked.body
    if body.anonymous and body.comment.strip():
        raise Problem("invalid_fields", errors=(FieldError("/comment", "invalid"),))
    try:
        done = await surveys.answer_all(
            asked.desk,
            asked.caller,
            asked.path["id"],
            body.answers,
            anonymous=body.anonymous,
            comment=body.comment,
        )
    except InvalidValue:
        raise Problem("invalid_fields", errors=(FieldError("/answers", "invalid"),)) from None
    if isinstance(done, NoSurvey):
        raise Problem("not_found")
    return Answer(status=204)


async def stop_asking(asked: Asked) -> Answer:
    """From now on."""
    _prove(asked)
    await surveys.stop(asked.desk, asked.caller)
    return Answer(status=204)


async def complain(asked: Asked) -> Answer:
    """The same write again is the same complaint."""
    body: ComplaintMade = asked.body
    try:
        opened = await (_report(asked, body) if body.about == "kind" else _open(asked, body))
    except InvalidValue:
        raise Problem("invalid_fields", errors=(FieldError("/subject", "invalid"),)) from None
    match opened:
        case ComplaintOpened(number=number) | ReportHandedIn(number=number) | ReportKept(number=number):
            return Answer(await _shown(asked, await _hers(asked, number)), 201)
        case ComplaintsTooMany():
            raise Problem("too_many_requests", after_seconds=_DAY_SECONDS)
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


def _open(asked: Asked, body: ComplaintMade) -> Awaitable[Outcome]:
    if body.place or body.answers:
        raise InvalidValue("what goes with a kind alone")
    return complaints.open(asked.desk, asked.caller, body.about, body.subject, body.text, asked.key)


def _report(asked: Asked, body: ComplaintMade) -> Awaitable[Outcome]:
    return reports.report(asked.desk, asked.caller, body.subject, body.text, asked.key, body.place, given(body.answers))


async def list_complaints(asked: Asked) -> Answer:
    """Her last ones."""
    _prove(asked)
    found = await complaints.hers(asked.desk, asked.caller)
    on_their_way = await reports.hers(asked.desk, asked.caller)
    return Answer(ComplaintList(tuple(ComplaintShown.of(one, on_their_way.get(one.number)) for one in found)))


async def show_complaint(asked: Asked) -> Answer:
    """One of hers."""
    _prove(asked)
    return Answer(await _shown(asked, await _hers(asked, asked.path["number"])))


async def _shown(asked: Asked, found: Complaint) -> ComplaintShown:
    theirs = found.about is About.KIND
    return ComplaintShown.of(found, await asked.desk.records.feedback.handings.get(found.id) if theirs else None)


async def _hers(asked: Asked, number: str) -> Complaint:
    found = await _known(asked, number)
    if found is None:
        raise Problem("not_found")
    return found


async def _known(asked: Asked, number: str) -> Complaint | None:
    """None where there is no such one of hers, or the number is in doubt."""
    person = asked.caller.person or await asked.desk.records.people.by_number(asked.caller.msisdn)
    known = await asked.desk.records.feedback.complaints.by_number(number)
    if person is None or known is None or known.person != person.id or not asked.caller.bound:
        return None
    return known


def _prove(asked: Asked) -> None:
    if asked.caller.must_prove:
        raise Problem("pin_needed")


_QUESTIONS = (QuestionShown("How were you received? 1 badly ... 5 very well.", 5, None),) * 2
_SURVEY = SurveyShown(
    "0" * 32, "visit", "id_card", "Identity card", "ASAN 1", _QUESTIONS, datetime(2026, 12, 1, tzinfo=UTC)
)
_COMPLAINT = ComplaintShown(
    "4821377",
    "place",
    "asan-01",
    "The lift is out of order.",
    "open",
    date(2026, 11, 23),
    date(2026, 12, 7),
    None,
    None,
    None,
)

OPS: tuple[Op, ...] = (
    Op(
        id="list_surveys",
        method="GET",
        path="/feedback/surveys",
        summary="What I am asked about my visits and decisions",
        tag=TAG,
        act=list_surveys,
        answers={200: SurveyList},
        problems=("pin_needed",),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: SurveyList((_SURVEY,))},
    ),
    Op(
        id="answer_survey",
        method="POST",
        path="/feedback/surveys/{id}",
        where={"id": r"[0-9a-f]{32}"},
        summary="Answer a survey, without a name if wanted",
        tag=TAG,
        act=answer_survey,
        body=SurveyAnswered,
        answers={204: None},
        problems=("not_found", "pin_needed"),
        security=Security.PERSON,
        write=True,
        replay_seconds=_REPLAY_SECONDS,
        examples={"body": SurveyAnswered((4, 5))},
    ),
    Op(
        id="stop_surveys",
        method="DELETE",
        path="/feedback/surveys",
        summary="Ask me no more",
        tag=TAG,
        act=stop_asking,
        answers={204: None},
        problems=("pin_needed",),
        security=Security.PERSON,
        write=True,
    ),
    Op(
        id="complain",
        method="POST",
        path="/feedback/complaints",
        summary="Make a complaint",
        description="It gets a number and a day by which it is answered; the answer is told by SMS. What is of a kind "
        "of a ministry's own is handed to that ministry, now or as soon as it answers.",
        tag=TAG,
        act=complain,
        body=ComplaintMade,
        answers={201: ComplaintShown},
        problems=("pin_needed", "too_many_requests"),
        security=Security.PERSON,
        write=True,
        examples={"body": ComplaintMade("place", "asan-01", "The lift is out of order."), 201: _COMPLAINT},
    ),
    Op(
        id="list_complaints",
        method="GET",
        path="/feedback/complaints",
        summary="My complaints",
        tag=TAG,
        act=list_complaints,
        answers={200: ComplaintList},
        problems=("pin_needed",),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: ComplaintList((_COMPLAINT,))},
    ),
    Op(
        id="show_complaint",
        method="GET",
        path="/feedback/complaints/{number}",
        where={"number": NUMBER},
        summary="One complaint, with its answer once there is one",
        tag=TAG,
        act=show_complaint,
        answers={200: ComplaintShown},
        problems=("not_found", "pin_needed"),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: _COMPLAINT},
    ),
)
