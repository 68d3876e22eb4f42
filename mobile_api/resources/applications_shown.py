"""Applications as they are shown: facts become words in the language of the answer."""

from datetime import date
from uuid import UUID

from domain.money import Money
from domain.states import ApplicationState
from i18n.text import Word
from mobile_api.operations import Asked
from mobile_api.resources.applications_values import (
    ApplicationDetails,
    ApplicationListed,
    Brought,
    FeeShown,
    NextStep,
    StateSeen,
    Step,
    WaitsAt,
)
from mobile_api.shown import Amount
from services.desk import service_word
from services.known_applications import ApplicationKnown
from services.known_ports import Known, KnownFacts
from services.values import in_language

_STATE_WORDS = {state: Word(f"state.{state.value}") for state in ApplicationState}
_WAITED_FOR = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW})
_OPEN = frozenset({*_WAITED_FOR, ApplicationState.ACTION_REQUIRED})


def entry(asked: Asked, known: Known) -> ApplicationListed:
    """An entry of her list."""
    facts = known.facts
    state = facts.state if facts else ApplicationState.UNKNOWN
    return ApplicationListed(
        known.reference,
        known.service,
        asked.say(service_word(known.service)),
        state,
        state_name(asked, state, facts.ministry_word if facts else ""),
        _due(asked, facts) if facts else None,
        known.as_of,
    )


def details(asked: Asked, found: ApplicationKnown) -> ApplicationDetails:
    """All of it."""
    facts, language = found.facts, asked.language
    by_herself = asked.caller.agent is None  # where it is collected is for her own eyes
    amount = Money(facts.amount_minor, facts.currency) if facts.amount_minor is not None else None
    return ApplicationDetails(
        reference=facts.reference,
        service=facts.service,
        service_name=asked.say(service_word(facts.service)),
        state=facts.state,
        state_name=state_name(asked, facts.state, facts.ministry_word),
        ministry_word=facts.ministry_word,
        submitted_on=facts.submitted_on,
        due_on=_due(asked, facts),
        amount=Amount.of(amount) if amount else None,
        until=facts.until,
        reason=in_language(facts.reason, language),
        needs=tuple(said for need in facts.needs if (said := in_language(need, language).strip())),
        pickup=_waits(facts, language) if by_herself else None,
        history=tuple(StateSeen(seen.state, state_name(asked, seen.state), seen.day) for seen in facts.history),
        next_steps=_steps(facts, by_herself),
        as_of=found.as_of,
        live=found.live,
        delivery=_brought(facts),
        fee=_fee(facts),
    )


def state_name(asked: Asked, state: ApplicationState, ministry_word: str = "") -> str:
    """The state's word; for one that we have no word for, the ministry's own."""
    if state is ApplicationState.UNKNOWN and ministry_word:
        return ministry_word
    return asked.say(_STATE_WORDS[state])


def cursor(id: UUID | None) -> str | None:
    """Of the page that follows."""
    return id.hex if id else None


def _due(asked: Asked, facts: KnownFacts) -> date | None:
    if facts.state not in _WAITED_FOR:
        return None
    if facts.due_on is None and facts.submitted_on is not None:
        return asked.desk.services.due(facts.service, facts.submitted_on)
    return facts.due_on


def _waits(facts: KnownFacts, language: str) -> WaitsAt | None:
    pickup = facts.pickup
    if pickup is None:
        return None
    hours = in_language(pickup.hours, language)
    return WaitsAt(pickup.id, pickup.name, pickup.address, hours, pickup.available_from, pickup.available_until)


def _brought(facts: KnownFacts) -> Brought | None:
    told = facts.delivery
    return Brought(told.state, told.tracking, told.carrier, told.on, told.last_seen) if told else None


def _fee(facts: KnownFacts) -> FeeShown | None:
    told = facts.fee
    if told is None:
        return None
    return FeeShown(Amount.of(Money(told.minor, told.currency)), told.reference, told.paid, told.until)


def _steps(facts: KnownFacts, by_herself: bool) -> tuple[NextStep, ...]:
    here, steps = f"/api/v1/applications/{facts.reference}", []
    if facts.state is ApplicationState.ACTION_REQUIRED:
        steps.append(NextStep(Step.AMEND, f"{here}/amend"))
    if facts.state in _OPEN:
        steps.append(NextStep(Step.ADD_DOCUMENT, f"{here}/documents"))
    if by_herself and facts.movable and facts.state is ApplicationState.READY_FOR_PICKUP:
        steps.append(NextStep(Step.CHOOSE_PICKUP, f"/api/v1/pickups/{facts.reference}/choices"))
    return tuple(steps)
