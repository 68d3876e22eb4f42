"""Who may read what: the state word for a bare reference, details for the number or person it belongs to.

reference alone                              the state word ("not found" for an unknown one)
the number registered for it, bound          details; the PIN first where there is an account
linked by a fact, or handed in by the person details; the PIN first where there is an account
a sensitive service                          nothing without the PIN; nothing at all to others
by SMS, whosever it is                       the state word: its sender proves nothing
"""

from domain.errors import (
    DeadlineExceeded,
    InvalidValue,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryUnavailable,
)
from domain.reference import Reference
from i18n.text import Word
from services.caller import Caller
from services.desk import Desk
from services.outcomes import NotFound, PinNeeded, ReferenceMalformed, StateOnly, TooManyTries, Unanswered
from services.ports import Person
from services.values import Application

GUESS = "reference"

NotRead = ReferenceMalformed | NotFound | TooManyTries | PinNeeded | StateOnly


def parse_reference(desk: Desk, typed: str) -> Reference | None:
    """The reference, if it is written as some service of the pack writes them."""
    try:
        return Reference.parse(typed, desk.services.references)
    except InvalidValue:
        return None


def pin_first(desk: Desk, caller: Caller, service: str) -> bool:
    """Whether the PIN comes before anything of hers, or anything done, with the service: the one guard of both.

    Where an agent acts, what she did not agree to be helped with is behind it too.
    """
    return caller.must_prove or _is_hidden(desk, caller, service)


def may_be_sent(desk: Desk, caller: Caller) -> bool:
    """Whether what this caller may read can also be sent to her: there is a channel, and the number is hers."""
    return desk.notices.can_send() and caller.bound and caller.attested


async def read(desk: Desk, caller: Caller, typed: str) -> Application | NotRead:
    """The application where the caller may see its details; else what she may see instead."""
    reference = parse_reference(desk, typed)
    if reference is None:
        return ReferenceMalformed()
    if _is_hidden(desk, caller, reference.service):
        return PinNeeded()
    if await _is_proven(desk, caller, reference):
        if not caller.attested:
            found = await _fetch(desk, reference)
            return StateOnly(state_word(found)) if found else NotFound()
        if caller.must_prove:
            return PinNeeded()
        return await remembered(desk, caller, await _fetch(desk, reference)) or NotFound()
    return await _read_by_guess(desk, caller, reference)


async def read_now(desk: Desk, caller: Caller, typed: str) -> Application | NotRead | Unanswered:
    """The same in a hop, which cannot wait: a ministry that does not answer now is a failure like any other, but
    where its answer can be sent to her later."""
    try:
        return await read(desk, caller, typed)
    except (MinistryUnavailable, MinistryBusy, DeadlineExceeded) as failure:
        if not may_be_sent(desk, caller):
            raise
        return Unanswered(Word(failure.told))


async def read_own(desk: Desk, caller: Caller, typed: str) -> Application | PinNeeded | None:
    """The caller's own application, to change something in it; None for an unknown one as for another's."""
    reference = parse_reference(desk, typed)
    if reference is None:
        return None
    if pin_first(desk, caller, reference.service):
        return PinNeeded()
    application = await _fetch(desk, reference)
    own = application is not None and await is_own(desk, caller, application, caller.person)
    return await remembered(desk, caller, application) if own else None


async def is_own(desk: Desk, caller: Caller, application: Application, person: Person | None) -> bool:
    """Whether the application is the caller's: proven by her, or the ministry registered this number for it."""
    if person is not None and not caller.bound:
        return False
    if person is not None and await desk.records.links.proven(person.id, application.service, application.reference):
        return True
    registered = bool(caller.msisdn.e164) and application.contact == caller.msisdn
    return registered and not await _had_holder(desk, caller, person)


async def _read_by_guess(desk: Desk, caller: Caller, reference: Reference) -> Application | NotRead:
    """Counted and committed before the ministry is asked; given back where nothing was learnt that is not hers."""
    guesses, today, number = desk.records.guesses, desk.today(), caller.counted_by
    if await guesses.allow(GUESS, number, desk.services.guesses_per_day, today) is None:
        return TooManyTries()
    try:
        application = await _fetch(desk, reference)
    except MinistryError:
        await guesses.give_back(GUESS, number, today)
        raise
    if application is None:
        return NotFound()
    if not await is_own(desk, caller, application, caller.person):
        return NotFound() if _is_sensitive(desk, reference.service) else StateOnly(state_word(application))
    await guesses.give_back(GUESS, number, today)
    if not caller.attested:
        return StateOnly(state_word(application))
    if caller.must_prove:
        return PinNeeded()
    await remembered(desk, caller, application)
    return application


async def remembered(desk: Desk, caller: Caller, application: Application | None) -> Application | None:
    """The same application of hers, which is shown as last known from now on where its ministry does not answer."""
    if application is not None and caller.person is not None:
        await desk.records.known.saw(caller.person.id, (application,), desk.today())
    return application


def state_word(application: Application) -> Word:
    """The word that shows its state."""
    return Word(f"state.{application.state.value}")


async def _fetch(desk: Desk, reference: Reference) -> Application | None:
    ministry = await desk.registry(reference.service)
    found = await ministry.get(reference.number, desk.for_ministry())
    # Numbers tell services apart. Where the ministry says that this one is of a sensitive other, it is not read under
    # the rules of the first.
    if found is not None and found.service != reference.service and _is_sensitive(desk, found.service):
        raise MinistryContract(reference.service, "the number is that of a sensitive other service")
    return found


async def _is_proven(desk: Desk, caller: Caller, reference: Reference) -> bool:
    if caller.person is None or not caller.bound:
        return False
    return await desk.records.links.proven(caller.person.id, reference.service, reference.number)


async def _had_holder(desk: Desk, caller: Caller, person: Person | None) -> bool:
    if person is not None:
        return person.former_holder
    return await desk.records.people.had_holder(caller.msisdn)


def _is_hidden(desk: Desk, caller: Caller, service: str) -> bool:
    return not caller.may_use(service) or (_is_sensitive(desk, service) and not caller.proven)


def _is_sensitive(desk: Desk, service: str) -> bool:
    config = desk.services.get(service)
    return config is None or config.sensitive
