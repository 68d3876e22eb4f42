"""Ministries' forms: read, filled, kept half-filled on any channel, handed in once, and mended."""

from datetime import date
from typing import NoReturn
from uuid import UUID

from domain.outcomes import Outcome
from i18n.text import Text
from mobile_api.operations import Answer, Asked, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.applications import caller_of
from mobile_api.resources.forms_values import (
    AnswersWanted,
    ApplicationAmended,
    ApplicationReceived,
    ApplicationWanted,
    ConsentWords,
    DraftShown,
    FieldShown,
    FormReturned,
    FormShown,
    SubmissionShown,
    SubmissionState,
)
from services import apply, applying
from services.applying import FormRead, Misfilled, NotApplied
from services.desk import ministry_word, service_word
from services.form_answers import given
from services.intents import Executor
from services.outcomes import (
    AlreadyPending,
    Amended,
    AnswerPromised,
    BeingProcessed,
    ConsentNeeded,
    FormOpened,
    FormUnsupported,
    NothingToAmend,
    PinNeeded,
    SubmissionRefused,
    SubmissionRefusedUnsaid,
    Submitted,
)
from services.outcomes_assisted import HeldForCallBack
from services.ports import Intent, IntentState
from services.stored import word
from services.submissions import AMEND, SUBMIT
from services.values import Form

_KINDS = frozenset({SUBMIT.kind, AMEND.kind})


async def show_form(asked: Asked) -> Answer:
    """The form in the language of the request."""
    code = asked.path["service"]
    found = await applying.form(asked.desk, caller_of(asked), code)
    if not isinstance(found, FormRead):
        _refuse(found)
    form, consent = found.form, None
    if found.consent:
        consent = ConsentWords(found.consent, asked.say(Text(found.consent.partition("@")[0])))
    name, (whose, purpose) = asked.say(service_word(code)), _told_of(asked, code)
    fields, draft = _fields(form), dict(found.draft)
    return Answer(FormShown(code, name, whose, purpose, form.id, form.title, fields, consent, draft))


async def apply_for(asked: Asked) -> Answer:
    """Hand it in."""
    wanted: ApplicationWanted = asked.body
    came = await applying.hand_in(
        asked.desk, caller_of(asked), wanted.service, given(wanted.answers), wanted.consent, asked.key
    )
    match came:
        case Submitted(reference=reference, due=due):
            there = {"Location": f"/api/v1/applications/{reference}"}
            return Answer(ApplicationReceived(reference, due), 201, there)
        case BeingProcessed() | AnswerPromised():
            return await _processing(asked, SUBMIT)
        case HeldForCallBack(slip=slip):
            return Answer(SubmissionShown(None, wanted.service, SubmissionState.HELD, slip=slip), 202)
        case NotApplied():
            raise Problem("invalid_fields", errors=(FieldError("/service", "invalid"),))
        case other:
            _refuse(other)


async def show_draft(asked: Asked) -> Answer:
    """The answers so far."""
    code = asked.path["service"]
    found = await applying.draft(asked.desk, asked.caller, code)
    if found is None:
        raise Problem("not_found")
    if isinstance(found, PinNeeded | NotApplied):
        _refuse(found)
    return Answer(DraftShown(code, dict(found)))


async def keep_draft(asked: Asked) -> Answer:
    """Keep the answers so far."""
    wanted: AnswersWanted = asked.body
    code, answers = asked.path["service"], given(wanted.answers)
    found = await applying.keep(asked.desk, caller_of(asked), code, answers)
    if not isinstance(found, Form):
        _refuse(found)
    return Answer(DraftShown(code, answers))


async def drop_draft(asked: Asked) -> Answer:
    """Forget them."""
    found = await applying.drop(asked.desk, asked.caller, asked.path["service"])
    if found is not None:
        _refuse(found)
    return Answer(status=204)


async def show_returned(asked: Asked) -> Answer:
    """The form of what was sent back."""
    reference = asked.path["reference"]
    match await apply.reopen(asked.desk, caller_of(asked), reference):
        case FormOpened(service=service, form=form, answers=answers):
            code = service.id.removeprefix("service.")
            return Answer(FormReturned(reference, code, form.title, _fields(form), dict(answers)))
        case other:
            _refuse(other)


async def amend(asked: Asked) -> Answer:
    """Answer what was sent back."""
    wanted: AnswersWanted = asked.body
    reference, answers = asked.path["reference"], given(wanted.answers)
    match await applying.mend(asked.desk, caller_of(asked), reference, answers, asked.key):
        case Amended(reference=mended):
            return Answer(ApplicationAmended(mended))
        case BeingProcessed() | AnswerPromised():
            return await _processing(asked, AMEND)
        case other:
            _refuse(other)


async def show_submission(asked: Asked) -> Answer:
    """What came of something handed in."""
    caller = asked.caller
    if caller.must_prove:
        raise Problem("pin_needed")
    intent = await asked.desk.records.intents.get(UUID(asked.path["id"]))
    person = caller.person if caller.bound else None
    if intent is None or person is None or intent.person != person.id or intent.kind not in _KINDS:
        raise Problem("not_found")
    if not caller.may_use(intent.service):
        raise Problem("not_found")
    return Answer(_submission(intent))


async def _processing(asked: Asked, kind: Executor) -> Answer:
    """Kept, and the ministry has not answered: where to look. The same key asks anew."""
    intent = await applying.under_way(asked.desk, asked.caller, kind, asked.key)
    if intent is None:  # another confirmation of the same is under way
        raise Problem("being_processed", after_seconds=5)
    headers = {"Location": f"/api/v1/submissions/{intent.id.hex}"}
    return Answer(_submission(intent), 202, headers, final=False)


def _submission(intent: Intent) -> SubmissionShown:
    result = intent.result or {}
    match intent.state:
        case IntentState.DONE:
            due = word(result, "due")
            return SubmissionShown(
                intent.id.hex,
                intent.service,
                SubmissionState.DONE,
                word(result, "reference"),
                date.fromisoformat(due) if due else None,
            )
        case IntentState.REFUSED if "failed" in result and result["failed"] != "MinistryRefused":
            return SubmissionShown(intent.id.hex, intent.service, SubmissionState.NOT_DONE)
        case IntentState.REFUSED:
            reason = applying.refusal(intent)
            return SubmissionShown(intent.id.hex, intent.service, SubmissionState.REFUSED, reason=reason)
    return SubmissionShown(intent.id.hex, intent.service, SubmissionState.PROCESSING)


def _refuse(came: Outcome | Misfilled | NotApplied) -> NoReturn:
    match came:
        case Misfilled(faults=faults):
            raise Problem(
                "invalid_fields", errors=tuple(FieldError(f"/answers{each.pointer}", each.fault) for each in faults)
            )
        case NotApplied():
            raise Problem("not_found")
        case PinNeeded():
            raise Problem("pin_needed")
        case ConsentNeeded():
            raise Problem("consent_needed")
        case AlreadyPending(reference=reference):
            there = {"Location": f"/api/v1/applications/{reference}"}
            raise Problem("already_pending", {"reference": reference}, headers=there)
        case SubmissionRefused(reason=reason):
            raise Problem("application_refused", {"reason": reason})
        case SubmissionRefusedUnsaid():
            raise Problem("ministry_refused")
        case FormUnsupported(place=place, address=address):
            raise Problem("form_unsupported", {"place": place, "address": address})
        case NothingToAmend():
            raise Problem("nothing_to_amend")
        case other:
            raise unforeseen(other)


def _told_of(asked: Asked, code: str) -> tuple[str, str]:
    """Whose form it is, and what for."""
    config = asked.desk.services.get(code)
    ids = (ministry_word(config.ministry).id, config.purpose) if config else ("", "")
    whose, purpose = (asked.say(id) if asked.translator.has(id) else "" for id in ids)
    return whose, purpose


def _fields(form: Form) -> tuple[FieldShown, ...]:
    return tuple(FieldShown.of(field) for field in form.fields)
