"""Ministries' forms: read, filled, kept half-filled on any channel, handed in once, and mended."""

from datetime import date
from typing import NoReturn
from uuid import UUID

from domain.outcomes import Outcome
from i18n.text import Text
from mobile_api.operations import Answer, Asked, Cache, Op, Security, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.applications import caller_of
from mobile_api.resources.applications_values import HEX_ID, REFERENCE
from mobile_api.resources.forms_values import (
    CODE,
    AnswersWanted,
    ApplicationAmended,
    ApplicationReceived,
    ApplicationWanted,
    ChoiceShown,
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
from services.values import FieldKind, Form

FORMS, APPLICATIONS = "forms", "applications"
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


_OWN, _RENTED = ChoiceShown("own", "Own home"), ChoiceShown("rented", "Rented")
_FIELDS = (
    FieldShown("fullName", FieldKind.STRING, "Full name", True, (), 3, 30, ()),
    FieldShown("housing", FieldKind.CHOICE, "Housing", True, (_OWN, _RENTED), None, None, ()),
)
_ANSWERS = {"fullName": "Leyla Aliyeva", "housing": "rented"}
_ID = "0192d3c0a1b27c3d8e4f5a6b7c8d9e0f"
_PROCESSING = SubmissionShown(_ID, "social_aid", SubmissionState.PROCESSING)
_CONSENT = ConsentWords("apply.consent_sources@1", "VEMTAS reads your data from other offices.")

OPS: tuple[Op, ...] = (
    Op(
        id="show_form",
        method="GET",
        path="/forms/{service}",
        where={"service": CODE},
        summary="A ministry's form, what must be agreed to, and your answers so far",
        tag=FORMS,
        act=show_form,
        answers={200: FormShown},
        problems=("pin_needed", "form_unsupported", "ministry_unavailable"),
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={
            200: FormShown(
                "social_aid",
                "Targeted social aid",
                "Ministry of Labour and Social Protection",
                "To decide whether your family receives targeted state social aid.",
                "f-1",
                "Targeted social aid",
                _FIELDS,
                _CONSENT,
                {},
            )
        },
    ),
    Op(
        id="apply_for",
        method="POST",
        path="/applications",
        summary="Hand in an application",
        description="Once, whatever happens to the connection: repeat with the same key. 202: it is kept, and the "
        "ministry has not answered yet; look where `Location` says.",
        tag=APPLICATIONS,
        act=apply_for,
        body=ApplicationWanted,
        answers={201: ApplicationReceived, 202: SubmissionShown},
        problems=(
            "pin_needed",
            "consent_needed",
            "already_pending",
            "application_refused",
            "form_unsupported",
            "ministry_unavailable",
            "ministry_refused",
            "being_processed",
        ),
        security=Security.PERSON,
        write=True,
        assisted=True,
        examples={
            "body": ApplicationWanted("social_aid", _ANSWERS, True),
            201: ApplicationReceived("40000014", date(2026, 12, 14)),
            202: _PROCESSING,
        },
    ),
    Op(
        id="show_submission",
        method="GET",
        path="/submissions/{id}",
        where={"id": HEX_ID},
        summary="What came of something handed in",
        tag=APPLICATIONS,
        act=show_submission,
        answers={200: SubmissionShown},
        problems=("pin_needed",),
        security=Security.PERSON,
        assisted=True,
        examples={200: _PROCESSING},
    ),
    Op(
        id="show_draft",
        method="GET",
        path="/drafts/{service}",
        where={"service": CODE},
        summary="Your answers so far, by whichever channel",
        tag=FORMS,
        act=show_draft,
        answers={200: DraftShown},
        problems=("pin_needed",),
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={200: DraftShown("social_aid", _ANSWERS)},
    ),
    Op(
        id="keep_draft",
        method="PUT",
        path="/drafts/{service}",
        where={"service": CODE},
        summary="Keep your answers so far, for this channel or another",
        tag=FORMS,
        act=keep_draft,
        body=AnswersWanted,
        answers={200: DraftShown},
        problems=("pin_needed", "form_unsupported", "ministry_unavailable"),
        security=Security.PERSON,
        write=True,
        assisted=True,
        examples={"body": AnswersWanted(_ANSWERS), 200: DraftShown("social_aid", _ANSWERS)},
    ),
    Op(
        id="drop_draft",
        method="DELETE",
        path="/drafts/{service}",
        where={"service": CODE},
        summary="Forget your answers so far",
        tag=FORMS,
        act=drop_draft,
        answers={204: None},
        problems=("pin_needed",),
        security=Security.PERSON,
        write=True,
        assisted=True,
    ),
    Op(
        id="show_returned_form",
        method="GET",
        path="/applications/{reference}/amend",
        where={"reference": REFERENCE},
        summary="The form of what was sent back, with what you handed in",
        tag=APPLICATIONS,
        act=show_returned,
        answers={200: FormReturned},
        problems=("pin_needed", "nothing_to_amend", "ministry_unavailable"),
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={200: FormReturned("40000014", "social_aid", "Targeted social aid", _FIELDS, _ANSWERS)},
    ),
    Op(
        id="amend_application",
        method="POST",
        path="/applications/{reference}/amend",
        where={"reference": REFERENCE},
        summary="Answer what was sent back",
        description="Questions that are left out stay as they were answered.",
        tag=APPLICATIONS,
        act=amend,
        body=AnswersWanted,
        answers={200: ApplicationAmended, 202: SubmissionShown},
        problems=(
            "pin_needed",
            "nothing_to_amend",
            "application_refused",
            "ministry_unavailable",
            "ministry_refused",
            "being_processed",
        ),
        security=Security.PERSON,
        write=True,
        assisted=True,
        examples={
            "body": AnswersWanted(_ANSWERS),
            200: ApplicationAmended("40000014"),
            202: _PROCESSING,
        },
    ),
)
