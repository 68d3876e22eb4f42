"""Surveys: who is asked after a visit or a decision, and what she answers, on whichever channel.

Planned with the news (`plan`), asked by a durable timer (`ask_when_due`), answered one digit at a time (`answer`).
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.deadline import Deadline
from domain.errors import InvalidValue
from services.alerts import Alert, AlertKind
from services.caller import Caller
from services.coming_visits import coming_at
from services.desk import Desk, service_word
from services.event_ports import Timer, Timers
from services.events import EventType
from services.known_ports import ChangeKind
from services.outcomes import PinNeeded
from services.outcomes_feedback import NoSurvey, SurveyDone, SurveyMisread, SurveyNext
from services.ports import Binding, Person
from services.questions import Asks
from services.questions import Question as Prompted
from services.recipients import reach
from services.satisfaction import (
    KIND_OF,
    Question,
    SurveyKind,
    SurveyRule,
    due_of_decision,
    due_of_visit,
    month_of,
)
from services.satisfaction_ports import OpenSurvey, SurveyAnswers
from services.stored import word
from services.tellings import Facts, Values
from services.values import Visit

SURVEY = "survey"
"""The timers' kind."""
READ_SECONDS = 5.0
LONGEST_COMMENT = 500

Step = SurveyNext | SurveyMisread | SurveyDone | NoSurvey


# --- asking -----------------------------------------------------------------------------------------------


async def plan(
    desk: Desk, timers: Timers, person: UUID, told: EventType, facts: Facts, source: str, who: str = ""
) -> None:
    """Sets the timer of the survey that follows from this news, where the pack asks after such."""
    kind = KIND_OF.get(told)
    if kind is None:
        return
    place = facts.place.id if facts.place and kind is SurveyKind.VISIT else ""
    rule = _rule(desk, kind, facts.service, place)
    due = _due(desk, kind, facts, rule) if rule else None
    if due is None or due <= desk.clock.now():
        return
    kept: dict[str, object] = {
        "kind": kind.value,
        "reference": facts.reference,
        "place": place,
        "source": source,
        "participant": who,
    }
    await timers.set(person, SURVEY, facts.service, facts.reference, kept, due)


async def drop(timers: Timers, told: EventType, service: str, reference: str) -> None:
    """A visit that was cancelled is not asked about."""
    if told is EventType.APPOINTMENT_CANCELLED:
        await timers.drop(SURVEY, service, reference)


async def ask_when_due(desk: Desk, timer: Timer) -> datetime | None:
    """The timer's handler: asks her, once, if the pack's pause since the last time is over."""
    kind, place = SurveyKind(word(timer.facts, "kind")), word(timer.facts, "place")
    rule = _rule(desk, kind, timer.service, place)
    if rule is None:
        return None
    if kind is SurveyKind.VISIT and (moved := await _moved_to(desk, timer, rule)) is not None:
        return moved
    async with desk.open_records() as records:
        if not await records.timers.done(timer):
            return None
        recipient, surveys = await reach(records, timer.person), records.feedback.surveys
        now = desk.clock.now()
        # To a number in doubt no personal word is sent, and an opinion is nobody else's to give.
        if recipient is None or not recipient.sure:
            return None
        if not await surveys.may_ask(recipient.person, now - desk.services.satisfaction.pause):
            return None
        survey = OpenSurvey(
            id=desk.ids.uuid7(),
            person=recipient.person,
            kind=kind,
            service=timer.service,
            place=place,
            language=recipient.language,
            month=month_of(desk.today()),
            expires_at=now + desk.services.satisfaction.open_for,
        )
        if await surveys.open(survey, word(timer.facts, "reference")):
            values: Values = {"service": service_word(survey.service), "question": rule.questions[0].word}
            await records.changes.touch(recipient.person, ChangeKind.FEEDBACK, survey.id.hex)
            await records.outbox.put(
                Alert(
                    person=recipient.person,
                    to=recipient.number,
                    kind=AlertKind.SURVEY,
                    text_id=f"sms.survey_{kind.value}",
                    values=values,
                    language=recipient.language,
                    source=word(timer.facts, "source"),
                    service=survey.service,
                    event=timer.id,
                    expires_at=survey.expires_at,
                    asks=_asks(survey, values),
                )
            )
    return None


def _asks(survey: OpenSurvey, values: Values) -> Asks:
    """Its first question, where she can reply; elsewhere the message says where to find it."""
    facts: Values = {"survey": survey.id.hex, "person": str(survey.person)}
    return Asks(Prompted.SURVEY, f"sms.survey_{survey.kind.value}_ask", {**values, **facts}, survey.expires_at)


def _rule(desk: Desk, kind: SurveyKind, service: str, place: str) -> SurveyRule | None:
    """A sensitive service is never named in an SMS: nobody is asked about one."""
    config = desk.services.get(service)
    return None if config is None or config.sensitive else desk.services.satisfaction.rule(kind, service, place)


def _due(desk: Desk, kind: SurveyKind, facts: Facts, rule: SurveyRule) -> datetime | None:
    if kind is SurveyKind.DECISION:
        return due_of_decision(desk.today(), rule.after, desk.services.zone)
    return due_of_visit(facts.starts, rule.after) if facts.starts else None


async def _moved_to(desk: Desk, timer: Timer, rule: SurveyRule) -> datetime | None:
    """When to ask instead, where her visit is still to come; what is over is in no calendar any more."""
    if not (participant := word(timer.facts, "participant")):
        return None
    deadline = Deadline.after(READ_SECONDS, desk.clock)
    visits = await coming_at(desk, timer.service, participant, timer.person, deadline)
    found: Visit | None = next((visit for visit in visits if visit.id == word(timer.facts, "reference")), None)
    due = due_of_visit(found.slot.starts, rule.after) if found else None
    return due if due is not None and due > desk.clock.now() else None


# --- answering --------------------------------------------------------------------------------------------


async def is_open(desk: Desk, person: Person | None) -> bool:
    """Whether something is asked of her now."""
    if person is None or person.binding is not Binding.ACTIVE or not desk.services.satisfaction.rules:
        return False
    return bool(await desk.records.feedback.surveys.waiting(person.id))


async def begin(desk: Desk, caller: Caller) -> SurveyNext | NoSurvey | PinNeeded:
    """The newest survey that waits for her, at its first open question. It names where she was: the PIN first."""
    if caller.must_prove:
        return PinNeeded()
    found = await _waiting(desk, caller)
    return _next(desk, found) if found else NoSurvey()


async def answer(desk: Desk, caller: Caller, survey: str, digit: int) -> Step:
    """The answer to the next open question."""
    found = await _waiting(desk, caller, survey)
    if found is None:
        return NoSurvey()
    question = _questions(desk, found)[len(found.answers)]
    if not 1 <= digit <= question.best:
        return SurveyMisread(question.best)
    found = replace(found, answers=(*found.answers, digit))
    if len(found.answers) < len(_questions(desk, found)):
        await desk.records.feedback.surveys.keep(found)
        return _next(desk, found)
    await _close(desk, found)
    return SurveyDone()


async def answer_all(
    desk: Desk, caller: Caller, survey: str, answers: tuple[int, ...], *, anonymous: bool = False, comment: str = ""
) -> SurveyDone | NoSurvey:
    """All answers at once, with a comment if she likes. Raises `InvalidValue` for one outside its scale."""
    found = await _waiting(desk, caller, survey)
    if found is None:
        return NoSurvey()
    questions = _questions(desk, found)
    if len(answers) != len(questions) or any(
        not 1 <= digit <= question.best for digit, question in zip(answers, questions, strict=True)
    ):
        raise InvalidValue("an answer outside its scale")
    done = replace(found, answers=answers, anonymous=found.anonymous or anonymous)
    if done.anonymous and comment.strip():
        raise InvalidValue("a comment is in its writer's words: none can be kept without her")
    await _close(desk, done, comment[:LONGEST_COMMENT])
    return SurveyDone()


async def without_name(desk: Desk, caller: Caller, survey: str) -> SurveyNext | NoSurvey:
    """What she answers is kept without her: said before the first answer, and nothing takes it back."""
    found = await _waiting(desk, caller, survey)
    if found is None:
        return NoSurvey()
    found = replace(found, anonymous=True)
    await desk.records.feedback.surveys.keep(found)
    return _next(desk, found)


async def stop(desk: Desk, caller: Caller) -> SurveyDone | NoSurvey:
    """She wants to be asked no more, also where nothing is asked now."""
    if caller.person is None or not caller.bound:
        return NoSurvey()
    found = await waiting(desk, caller)
    await desk.records.feedback.surveys.stop(caller.person.id, desk.ids.uuid7())
    for survey in found:
        await desk.records.changes.touch(survey.person, ChangeKind.FEEDBACK, survey.id.hex, gone=True)
    return SurveyDone()


async def waiting(desk: Desk, caller: Caller) -> tuple[OpenSurvey, ...]:
    """All that she is asked now, newest first; nothing for a number in doubt."""
    if caller.person is None or not caller.bound:
        return ()
    found = await desk.records.feedback.surveys.waiting(caller.person.id)
    # What the pack has shortened since she began may have no question left for her.
    return tuple(survey for survey in found if len(_questions(desk, survey)) > len(survey.answers))


async def _waiting(desk: Desk, caller: Caller, survey: str = "") -> OpenSurvey | None:
    """That one, or the newest; an id from elsewhere opens nothing."""
    return next((found for found in await waiting(desk, caller) if survey in ("", found.id.hex)), None)


async def _close(desk: Desk, survey: OpenSurvey, comment: str = "") -> None:
    await desk.records.feedback.surveys.close(SurveyAnswers(survey, comment.strip()))
    await desk.records.changes.touch(survey.person, ChangeKind.FEEDBACK, survey.id.hex, gone=True)


def _questions(desk: Desk, survey: OpenSurvey) -> tuple[Question, ...]:
    return desk.services.satisfaction.questions(survey.kind)


def _next(desk: Desk, survey: OpenSurvey) -> SurveyNext:
    question = _questions(desk, survey)[len(survey.answers)]
    return SurveyNext(survey.id.hex, service_word(survey.service), question.word)
