"""Applying from the ministry's own form: consent, drafts, handing in, and mending what was sent back."""

from datetime import timedelta

from domain.errors import InvalidValue
from domain.states import ApplicationState
from services.assisted_held import hold
from services.caller import Caller
from services.desk import Answers, Desk, ServiceName, service_word
from services.form_answers import given
from services.form_bounds import within_life
from services.intents import carry_out, met
from services.outcomes import (
    AlreadyPending,
    ConsentNeeded,
    DraftFound,
    FormOpened,
    FormUnsupported,
    Kept,
    NothingToAmend,
    PinNeeded,
    Services,
)
from services.outcomes_assisted import HeldForCallBack
from services.pack_values import ServiceConfig
from services.ports import Link, LinkedBy, Person
from services.reading import pin_first, read_own
from services.submissions import AMEND, SUBMIT, HandedIn, Mended, amended, submitted
from services.values import Application, Form
from services.wording import NOTHING

AMENDS = "applications.amend"
DRAFT_LIVES = timedelta(days=7)
_PENDING = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW, ApplicationState.ACTION_REQUIRED})
_PENDING_READ = 3


async def services(desk: Desk, caller: Caller) -> Services:
    """What can be applied for here."""
    return Services(desk.service_items(lambda config: config.applies))


async def begin(
    desk: Desk, caller: Caller, service: ServiceName
) -> ConsentNeeded | FormOpened | DraftFound | FormUnsupported | AlreadyPending | PinNeeded:
    """Open the form, unless something comes first: the PIN, consent, or an application under way."""
    config = applicable(desk, service)
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    person = await desk.person(caller)
    if pending := await _pending(desk, person, config):
        return AlreadyPending(pending)
    if not await has_consented(desk, person, config):
        return ConsentNeeded(service_word(config.code))
    return await _open(desk, caller, person, config)


async def consent(
    desk: Desk, caller: Caller, service: ServiceName
) -> FormOpened | DraftFound | FormUnsupported | PinNeeded:
    """The caller agrees; kept with the version of the words and their language."""
    config = applicable(desk, service)
    # She agrees with her own hand. Where she has no telephone, whoever calls back asks her again, and keeps it.
    if pin_first(desk, caller, config.code) or (caller.agent is not None and not caller.witnessed):
        return PinNeeded()
    person = await desk.person(caller)
    if config.consent is not None and caller.agent is None:
        await desk.records.accounts.give_consent(
            person.id,
            config.consent,
            config.consent_text,
            caller.language,
            channel=caller.channel,
            proof=caller.session,
        )
    return await _open(desk, caller, person, config)


async def restart(desk: Desk, caller: Caller, service: ServiceName) -> FormOpened | FormUnsupported | PinNeeded:
    """The form without the draft."""
    config = applicable(desk, service)
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    person = await desk.person(caller)
    await desk.records.drafts.drop(person.id, config.code)
    form = await read_form(desk, caller, config.code)
    return FormOpened(service_word(config.code), form, {}) if isinstance(form, Form) else form


async def keep(desk: Desk, caller: Caller, service: ServiceName, form: Form, answers: Answers) -> Kept | PinNeeded:
    """Keep the answers so far, for another session or another channel."""
    config = applicable(desk, service)
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    person = await desk.person(caller)
    until = desk.clock.now() + DRAFT_LIVES
    await desk.records.drafts.keep(person.id, config.code, of_form(form, answers), until)
    return Kept()


async def submit(
    desk: Desk, caller: Caller, service: ServiceName, form: Form, answers: Answers, confirm: str
) -> HandedIn | HeldForCallBack | PinNeeded:
    """Hand it in, once, whatever happens to the connection."""
    config = applicable(desk, service)
    if pin_first(desk, caller, config.code):
        return PinNeeded()
    if caller.witnessed and config.financial:
        return await hold(desk, caller, config.code, form.id, of_form(form, answers), confirm)
    ended = await met(desk, caller, SUBMIT, confirm)
    if ended is None:
        person = await desk.person(caller)
        if not await has_consented(desk, person, config):
            raise InvalidValue("handed in without consent")
        payload = {
            "form": form.id,
            "answers": given(of_form(form, answers)),
            "applicant": person.applicant,
            "contact": caller.msisdn.e164,
            "known": [link.reference for link in await _handed_in(desk, person, config)],
        }
        # One application for a service at a time, whatever was answered.
        ended = await carry_out(desk, caller, SUBMIT, config.code, confirm, payload, {})
    return submitted(ended)


async def reopen(desk: Desk, caller: Caller, reference: str) -> FormOpened | NothingToAmend | PinNeeded:
    """The form of what was sent back, with what was handed in."""
    application = await read_own(desk, caller, reference)
    if isinstance(application, PinNeeded):
        return application
    if application is None or application.state is not ApplicationState.ACTION_REQUIRED:
        return NothingToAmend()
    if not desk.ministries.does(application.service, AMENDS):
        return NothingToAmend()
    form = await read_form(desk, caller, application.service)
    if not isinstance(form, Form):
        return NothingToAmend()
    return FormOpened(service_word(application.service), form, of_form(form, application.answers))


async def amend(
    desk: Desk, caller: Caller, reference: str, form: Form, answers: Answers, confirm: str
) -> Mended | PinNeeded:
    """Answer what was sent back."""
    if caller.must_prove:
        return PinNeeded()
    ended = await met(desk, caller, AMEND, confirm)
    if ended is None:
        application = await read_own(desk, caller, reference)
        if isinstance(application, PinNeeded):
            return application
        if application is None or application.state is not ApplicationState.ACTION_REQUIRED:
            return NothingToAmend()
        if caller.witnessed and applicable(desk, application.service).financial:
            return PinNeeded()
        payload = {"reference": application.reference, "answers": given(of_form(form, answers))}
        ended = await carry_out(desk, caller, AMEND, application.service, confirm, payload, payload)
    return amended(ended)


async def _open(
    desk: Desk, caller: Caller, person: Person, config: ServiceConfig
) -> FormOpened | DraftFound | FormUnsupported:
    kept = await desk.records.drafts.get(person.id, config.code)
    form = await read_form(desk, caller, config.code)
    if not isinstance(form, Form):
        return form
    answers = of_form(form, kept or {})
    opened = DraftFound if answers else FormOpened
    return opened(service_word(config.code), form, answers)


async def read_form(desk: Desk, caller: Caller, service: str) -> Form | FormUnsupported:
    """The ministry's form in her language; who helps, where a keypad cannot ask it."""
    ministry = await desk.registry(service)
    form = await ministry.form(service, caller.language, desk.for_ministry())
    if isinstance(form, Form):
        return within_life(desk.services.national_id.within(form), desk.today())
    agent = desk.places.nearest_agent() or next(iter(desk.places.offering(service)), None)
    if agent is None:
        return FormUnsupported(NOTHING, NOTHING)
    name, address = agent.called(caller.language), agent.located(caller.language)
    return FormUnsupported(name, address or NOTHING, several=len(desk.places.agents()) > 1)


def of_form(form: Form, answers: Answers) -> dict[str, object]:
    """Only what the form (still) asks for: a draft may be older than the form."""
    return {field.name: answers[field.name] for field in form.fields if field.name in answers}


def applicable(desk: Desk, service: ServiceName) -> ServiceConfig:
    """The service, if it can be applied for here; raises `InvalidValue`."""
    config = desk.service(service)
    if config is None or not config.applies:
        raise InvalidValue("not a service that is applied for here")
    return config


async def has_consented(desk: Desk, person: Person, config: ServiceConfig) -> bool:
    """Whether she agreed to what the service reads elsewhere, or it reads nothing."""
    return config.consent is None or await desk.records.accounts.has_consent(person.id, config.consent)


async def _pending(desk: Desk, person: Person, config: ServiceConfig) -> str | None:
    """The newest application of hers for the service that is not decided yet, as the ministry tells it now."""
    for link in (await _handed_in(desk, person, config))[:_PENDING_READ]:
        ministry = await desk.registry(link.service)
        application = await ministry.get(link.reference, desk.for_ministry())
        if isinstance(application, Application) and application.state in _PENDING:
            return link.reference
    return None


async def _handed_in(desk: Desk, person: Person, config: ServiceConfig) -> list[Link]:
    """What she handed in for the service through us, newest first."""
    links = await desk.records.links.of(person.id)
    return [link for link in links if link.service == config.code and link.by is LinkedBy.HANDED_IN]
