"""Applications: finding one by its reference, and listing those of the caller."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import MinistryError
from domain.outcomes import Item
from domain.states import ApplicationState
from i18n.text import Word
from services.caller import Caller
from services.deliveries import Brought, brought
from services.desk import Desk, service_word
from services.outcomes import (
    ActionRequired,
    Applications,
    Closed,
    Collected,
    Granted,
    GrantedNoAmount,
    HistoryListed,
    InReview,
    NoApplications,
    OtherState,
    PinNeeded,
    ReadyForPickup,
    ReadyNoAmount,
    Received,
    Refused,
    StateKnown,
    Unanswered,
)
from services.ports import BOOKS_FOR, Link, LinkedBy
from services.reading import NotRead, read, read_now, state_word
from services.values import Application, in_language
from services.wording import listed, said

_Visited = (
    Received | InReview | ActionRequired | Granted | GrantedNoAmount | ReadyForPickup | ReadyNoAmount | StateKnown
)
_IN_HAND = frozenset(
    {
        ApplicationState.RECEIVED,
        ApplicationState.IN_REVIEW,
        ApplicationState.ACTION_REQUIRED,
        ApplicationState.GRANTED,
        ApplicationState.READY_FOR_PICKUP,
    }
)
LISTED = 20
LAST_STEPS = 5

Details = (
    Received
    | InReview
    | ActionRequired
    | Granted
    | GrantedNoAmount
    | Refused
    | ReadyForPickup
    | ReadyNoAmount
    | Collected
    | Closed
    | StateKnown
    | OtherState
    | Brought
)


async def find(desk: Desk, caller: Caller, reference: str) -> NotRead | Details | Unanswered:
    """What is known of the application, as far as this caller may read it."""
    found = await read_now(desk, caller, reference)
    if not isinstance(found, Application):
        return found
    # Where money is collected is for her own eyes.
    seen = replace(found, pickup=None, pickup_choices=()) if caller.agent else found
    return details(desk, caller.language, seen, by_herself=not caller.agent)


async def history(desk: Desk, caller: Caller, reference: str) -> HistoryListed | NotRead | Details:
    """What became of it so far, the latest first; where its ministry tells no more than where it stands, that."""
    found = await read(desk, caller, reference)
    if not isinstance(found, Application):
        return found
    if not _has_history(found):
        return details(desk, caller.language, found, by_herself=not caller.agent)
    steps = [(step.on, step.word.get(caller.language) or Word(f"state.{step.state.value}")) for step in found.history]
    told = [step for before, step in zip([None, *steps], steps, strict=False) if before is None or before[1] != step[1]]
    items = tuple(Item(str(number), {"day": day, "step": step}) for number, (day, step) in enumerate(told))
    return HistoryListed(tuple(reversed(items))[:LAST_STEPS])


async def mine(desk: Desk, caller: Caller) -> NoApplications | PinNeeded | Applications:
    """Those linked to the caller, newest first, each with its state as the ministry tells it now."""
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return NoApplications()
    links = [link for link in await desk.records.links.of(caller.person.id) if _may_list(desk, caller, link)]
    await desk.records.settle()
    states = await _states(desk, caller, links[:LISTED])
    read = [answer for _, answer in states if answer is not None]
    await desk.records.known.saw(caller.person.id, read, desk.today())
    items = tuple(_listed(link, answer) for link, answer in states)
    return Applications(items) if items else NoApplications()


def details(desk: Desk, language: str, application: Application, *, by_herself: bool = True) -> Details:
    """The screen's worth of an application; what a ministry leaves out chooses a screen that does without."""
    standing = _standing(desk, language, application, by_herself)
    standing = replace(standing, history=_has_history(application), billed=application.fee is not None)
    # The documents on their way have no such option: nothing is left to visit for.
    return replace(standing, visited=visited(desk, application)) if isinstance(standing, _Visited) else standing


def visited(desk: Desk, application: Application) -> bool:
    """Whether a visit can be booked for it."""
    config = desk.services.get(application.service)
    if config is None or not config.visits or application.state not in _IN_HAND:
        return False
    return desk.ministries.does(application.service, BOOKS_FOR)


def _has_history(application: Application) -> bool:
    """Whether there is more to tell of it than where it stands."""
    return len(application.history) > 1


def _standing(desk: Desk, language: str, application: Application, by_herself: bool) -> Details:
    pays = by_herself and desk.ministries.payments(application.service) is not None
    service, reference = service_word(application.service), application.reference
    amount, pickup = application.amount, application.pickup
    if on_its_way := brought(service, application):
        return on_its_way
    due = application.due_on
    if due is None and application.submitted_on is not None:
        due = desk.services.due(application.service, application.submitted_on)
    # A day that has gone by is promised no more.
    due = due if due and due >= desk.today() else None
    match application.state:
        case ApplicationState.RECEIVED if due:
            return Received(service, reference, due)
        case ApplicationState.IN_REVIEW if due:
            return InReview(service, reference, due)
        case ApplicationState.ACTION_REQUIRED:
            needs, papers = listed(application.needs, language), desk.services.asks_papers(application.service)
            unamended = papers or not desk.ministries.does(application.service, "applications.amend")
            return ActionRequired(service, reference, needs, unamended=unamended, papers=papers)
        case ApplicationState.GRANTED if amount and application.until:
            return Granted(service, reference, amount, application.until, pays)
        case ApplicationState.GRANTED if _is_collected(desk, application):
            return GrantedNoAmount(service, reference, pays)
        case ApplicationState.REFUSED:
            return Refused(service, reference, said(in_language(application.reason, language)))
        case ApplicationState.READY_FOR_PICKUP if pickup and amount:
            since = pickup.available_from or desk.today()
            return ReadyForPickup(service, reference, amount, desk.known_place(pickup.place).called(language), since)
        case ApplicationState.READY_FOR_PICKUP if pickup:
            place = desk.known_place(pickup.place).called(language)
            return ReadyNoAmount(service, reference, place, pickup.available_from or desk.today())
        case ApplicationState.COLLECTED:
            return Collected(service, reference, pays)
        case ApplicationState.CLOSED:
            return Closed(service, reference)
        case ApplicationState.UNKNOWN:
            return OtherState(service, reference, said(application.ministry_word))
    return StateKnown(service, reference, state_word(application))


def _is_collected(desk: Desk, application: Application) -> bool:
    """Whether something of this service waits somewhere once it is granted."""
    config = desk.services.get(application.service)
    return config is not None and config.pickup


def _listed(link: Link, answer: Application | None) -> Item:
    word = state_word(answer) if answer else Word("state.unknown")
    return Item(link.reference, {"service": service_word(link.service), "reference": link.reference, "state": word})


async def _states(desk: Desk, caller: Caller, links: Sequence[Link]) -> list[tuple[Link, Application | None]]:
    """Asked at once. One ministry that is down hides no application; all of them down is a failure."""
    deadline = desk.for_ministry()
    answers = await asyncio.gather(
        *(desk.ministries.applications(link.service).get(link.reference, deadline) for link in links),
        return_exceptions=True,
    )
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    for failure in failures:
        if not isinstance(failure, MinistryError) or len(failures) == len(answers):
            raise failure
    shown: list[tuple[Link, Application | None]] = []
    for link, answer in zip(links, answers, strict=True):
        if isinstance(answer, Application):
            if _still_hers(caller, link, answer):
                shown.append((link, answer))
        elif answer is not None:
            shown.append((link, None))
    return shown


def _still_hers(caller: Caller, link: Link, application: Application) -> bool:
    if link.by is not LinkedBy.CONTACT:
        return True
    former = caller.person is not None and caller.person.former_holder
    return application.contact == caller.msisdn and not former


def _may_list(desk: Desk, caller: Caller, link: Link) -> bool:
    config = desk.services.get(link.service)
    return config is not None and caller.may_use(link.service) and (caller.verified or not config.sensitive)
