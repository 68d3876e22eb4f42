"""How an application is handed in or mended at its ministry, and recognised after a lost answer."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias

from domain.errors import MinistryHasOne, MinistryRefused
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from services.desk import Desk
from services.events import EventType
from services.intents import Ended, Executor, done, not_ended, refused
from services.known_facts import application_of
from services.outcomes import (
    Amended,
    AnswerPromised,
    BeingProcessed,
    NothingToAmend,
    OpenThere,
    SubmissionRefused,
    SubmissionRefusedUnsaid,
    Submitted,
)
from services.ports import Intent, IntentState, LinkedBy
from services.reminders import OURSELVES, follow
from services.stored import mapping, texts, word
from services.tellings import Facts
from services.values import Application, Submission
from services.wording import NOTHING, said

NotTaken: TypeAlias = SubmissionRefused | SubmissionRefusedUnsaid
HandedIn: TypeAlias = Submitted | BeingProcessed | AnswerPromised | NotTaken | OpenThere
Mended: TypeAlias = Amended | BeingProcessed | AnswerPromised | NotTaken | NothingToAmend


async def _submit(desk: Desk, intent: Intent) -> Ended:
    ministry = await desk.registry(intent.service)
    submission = Submission(
        service=intent.service,
        form_id=word(intent.payload, "form"),
        applicant=word(intent.payload, "applicant"),
        answers=mapping(intent.payload, "answers"),
        contact=Msisdn(word(intent.payload, "contact")),
        idempotency_key=intent.id.hex,
    )
    try:
        return _handed_in(desk, await ministry.submit(submission, desk.deadline))
    except MinistryHasOne as failure:
        return refused(reason=said(failure.words), open_there=True)
    except MinistryRefused as failure:
        return refused(reason=said(failure.words))


async def _look_up_submission(desk: Desk, intent: Intent) -> Ended | None:
    """By the key it was handed in under; where a ministry does not give that back, the one that is new since."""
    ministry = await desk.registry(intent.service)
    found = await ministry.of_applicant(word(intent.payload, "applicant"), intent.service, desk.deadline)
    for application in found:
        if application.idempotency_key == intent.id.hex:
            return _handed_in(desk, application)
    known = texts(intent.payload, "known")
    since = (intent.prepared_at - timedelta(days=1)).date()
    for application in found:
        recent = application.submitted_on is None or application.submitted_on >= since
        if not application.idempotency_key and application.reference not in known and recent:
            return _handed_in(desk, application)
    return None


async def _keep_submission(desk: Desk, intent: Intent, ended: Ended) -> None:
    reference = word(ended.result, "reference")
    await desk.records.links.add(intent.person, intent.service, reference, LinkedBy.HANDED_IN)
    await desk.records.drafts.drop(intent.person, intent.service)
    # She is told when the time for a decision has passed without one.
    due = word(ended.result, "due")
    facts = Facts(intent.service, reference, due=date.fromisoformat(due) if due else None)
    new = Application(
        reference,
        intent.service,
        ApplicationState.RECEIVED,
        submitted_on=desk.today(),
        due_on=facts.due,
        contact=Msisdn(word(intent.payload, "contact")),
    )
    await desk.records.known.saw(intent.person, (new,), desk.today())
    await follow(desk, desk.records.timers, intent.person, EventType.RECEIVED, facts, OURSELVES)


def _handed_in(desk: Desk, application: Application) -> Ended:
    due = application.due_on or desk.services.due(application.service, application.submitted_on or desk.today())
    return done(reference=application.reference, due=due.isoformat() if due else "")


async def _amend(desk: Desk, intent: Intent) -> Ended:
    ministry = await desk.registry(intent.service)
    answers, reference = mapping(intent.payload, "answers"), word(intent.payload, "reference")
    try:
        application = await ministry.amend(reference, answers, intent.id.hex, desk.deadline)
    except MinistryRefused as failure:
        return refused(reason=said(failure.words))
    return _mended(application) if application else refused()


async def _look_up_amendment(desk: Desk, intent: Intent) -> Ended | None:
    """Once it no longer waits for an answer, it has had one."""
    ministry = await desk.registry(intent.service)
    application = await ministry.get(word(intent.payload, "reference"), desk.deadline)
    if application is None:
        return refused()
    waiting = application.state is ApplicationState.ACTION_REQUIRED
    return None if waiting else _mended(application)


async def _keep_amendment(desk: Desk, intent: Intent, ended: Ended) -> None:
    """What is known of it waits no longer for her."""
    reference = word(ended.result, "reference")
    known = await desk.records.known.get(intent.person, intent.service, reference)
    if known is not None and known.facts is not None:
        state = ApplicationState(word(ended.result, "state") or ApplicationState.IN_REVIEW)
        now = replace(application_of(known.facts), state=state, needs=())
        await desk.records.known.saw(intent.person, (now,), desk.today())


def _mended(application: Application) -> Ended:
    return done(reference=application.reference, state=application.state.value)


SUBMIT = Executor("submit", _submit, _look_up_submission, _keep_submission)
AMEND = Executor("amend", _amend, _look_up_amendment, _keep_amendment)


def submitted(ended: Ended) -> HandedIn:
    """What the citizen is told of a submission."""
    match ended.state:
        case IntentState.DONE:
            return Submitted(word(ended.result, "reference"), date.fromisoformat(word(ended.result, "due")))
        case IntentState.REFUSED:
            return OpenThere(word(ended.result, "reason")) if ended.result.get("open_there") else _not_taken(ended)
    return not_ended(ended)


def amended(ended: Ended) -> Mended:
    """What the citizen is told of an amendment."""
    match ended.state:
        case IntentState.DONE:
            return Amended(word(ended.result, "reference"))
        case IntentState.REFUSED:
            return _not_taken(ended) if "reason" in ended.result else NothingToAmend()
    return not_ended(ended)


def _not_taken(ended: Ended) -> NotTaken:
    reason = word(ended.result, "reason")
    return SubmissionRefusedUnsaid() if reason in ("", NOTHING) else SubmissionRefused(reason)
