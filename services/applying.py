"""Applying with the whole form at once, as an app does: the same use cases as on a keypad, asked in one go."""

from dataclasses import dataclass

from domain.errors import InvalidValue
from services import apply
from services.caller import Caller
from services.desk import Answers, Desk, ServiceName
from services.form_answers import Fault, faults
from services.intents import Executor, met
from services.outcomes import (
    AlreadyPending,
    ConsentNeeded,
    FormUnsupported,
    NothingToAmend,
    PinNeeded,
)
from services.outcomes_assisted import HeldForCallBack
from services.pack_values import ServiceConfig
from services.ports import Intent, IntentState
from services.reading import pin_first
from services.submissions import AMEND, SUBMIT, HandedIn, Mended, amended, submitted
from services.values import Form


@dataclass(frozen=True, slots=True)
class FormRead:
    """A form as it is now. `consent`: the words that must be agreed to first, "" for none (any more); `draft`: the
    answers so far, by whichever channel."""

    form: Form
    consent: str
    draft: Answers


@dataclass(frozen=True, slots=True)
class Misfilled:
    """Answers that the form does not allow."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class NotApplied:
    """No such service is applied for here."""


async def form(desk: Desk, caller: Caller, service: ServiceName) -> FormRead | FormUnsupported | PinNeeded | NotApplied:
    """The form, what must be agreed to, and the answers so far."""
    config = _config(desk, service)
    if config is None:
        return NotApplied()
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    person = caller.person if caller.bound else None
    agreed = person is not None and await apply.has_consented(desk, person, config)
    kept = await desk.records.drafts.get(person.id, config.code) if person else None
    found = await apply.read_form(desk, caller, config.code)
    if not isinstance(found, Form):
        return found
    needed = "" if agreed or config.consent is None else config.consent_text
    return FormRead(found, needed, apply.of_form(found, kept or {}))


async def hand_in(
    desk: Desk, caller: Caller, service: ServiceName, answers: Answers, agrees: bool, confirm: str
) -> HandedIn | HeldForCallBack | AlreadyPending | ConsentNeeded | FormUnsupported | Misfilled | NotApplied | PinNeeded:
    """Agree where it is needed, check, and hand in; once for each `confirm`."""
    config = _config(desk, service)
    if config is None:
        return NotApplied()
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    ended = await met(desk, caller, SUBMIT, confirm)
    if ended is not None:
        return submitted(ended)
    opened = await apply.begin(desk, caller, config.code)
    if isinstance(opened, ConsentNeeded):
        if not agrees:
            return opened
        opened = await apply.consent(desk, caller, config.code)
    if isinstance(opened, PinNeeded | AlreadyPending | FormUnsupported):
        return opened
    if wrong := faults(opened.form, answers):
        return Misfilled(wrong)
    return await apply.submit(desk, caller, config.code, opened.form, answers, confirm)


async def keep(
    desk: Desk, caller: Caller, service: ServiceName, answers: Answers
) -> Form | Misfilled | FormUnsupported | PinNeeded | NotApplied:
    """Keep the answers so far, for this channel or another; the form that they are of."""
    config = _config(desk, service)
    if config is None:
        return NotApplied()
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    found = await apply.read_form(desk, caller, config.code)
    if not isinstance(found, Form):
        return found
    if wrong := faults(found, answers, whole=False):
        return Misfilled(wrong)
    kept = await apply.keep(desk, caller, config.code, found, answers)
    return kept if isinstance(kept, PinNeeded) else found


async def draft(desk: Desk, caller: Caller, service: ServiceName) -> Answers | PinNeeded | NotApplied | None:
    """The answers so far; None where there are none."""
    config = _config(desk, service)
    if config is None:
        return NotApplied()
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return None
    return await desk.records.drafts.get(caller.person.id, config.code)


async def drop(desk: Desk, caller: Caller, service: ServiceName) -> PinNeeded | NotApplied | None:
    """Forget the answers so far."""
    found = await draft(desk, caller, service)
    if isinstance(found, PinNeeded | NotApplied):
        return found
    config = _config(desk, service)
    if found is not None and config is not None and caller.person is not None:
        await desk.records.drafts.drop(caller.person.id, config.code)
    return None


async def mend(
    desk: Desk, caller: Caller, reference: str, answers: Answers, confirm: str
) -> Mended | Misfilled | PinNeeded:
    """Answer what was sent back. What is not answered anew stays as it was handed in."""
    if caller.must_prove:
        return PinNeeded()
    ended = await met(desk, caller, AMEND, confirm)
    if ended is not None:
        return amended(ended)
    opened = await apply.reopen(desk, caller, reference)
    if isinstance(opened, NothingToAmend | PinNeeded):
        return opened
    whole = {**opened.answers, **answers}
    if wrong := faults(opened.form, whole):
        return Misfilled(wrong)
    return await apply.amend(desk, caller, reference, opened.form, whole, confirm)


async def under_way(desk: Desk, caller: Caller, kind: Executor, confirm: str) -> Intent | None:
    """What this confirmation became, for whoever waits for its end."""
    if caller.person is None:
        return None
    return await desk.records.intents.by_token(caller.person.id, kind.kind, confirm)


def refusal(intent: Intent) -> str:
    """Why it was not taken, in the ministry's words; "" where it did not say."""
    reason = (intent.result or {}).get("reason")
    return str(reason) if intent.state is IntentState.REFUSED and reason else ""


def _config(desk: Desk, service: ServiceName) -> ServiceConfig | None:
    try:
        return apply.applicable(desk, service)
    except InvalidValue:
        return None
