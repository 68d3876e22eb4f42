"""From what a ministry tells of an application to what is kept of it, and back. Pure."""

from datetime import date

import msgspec

from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from services.known_ports import KnownDelivery, KnownFacts, KnownFee, KnownPickup, SeenState
from services.values import Application, Delivery, FeeDue, Pickup, Place

_MOST_STATES = 24


def facts_of(application: Application, before: KnownFacts | None, today: date) -> KnownFacts:
    """What is kept, with the states that it went through as far as they were seen."""
    amount = application.amount
    return KnownFacts(
        reference=application.reference,
        service=application.service,
        state=application.state,
        ministry_word=application.ministry_word,
        submitted_on=application.submitted_on,
        due_on=application.due_on,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        until=application.until,
        reason=dict(application.reason),
        needs=tuple(dict(need) for need in application.needs),
        pickup=_kept(application.pickup),
        movable=bool(application.pickup_choices),
        contact=application.contact.e164 if application.contact else "",
        history=_history(application, before, today),
        delivery=_kept_delivery(application.delivery),
        fee=_kept_fee(application.fee),
    )


def completed(application: Application, before: KnownFacts | None, today: date) -> KnownFacts:
    """The same of an event, which may leave out what was known already. What belongs to a former state goes."""
    told = facts_of(application, before, today)
    if before is None:
        return told
    lasting = {"submitted_on", "due_on", "amount_minor", "currency", "until", "contact", "fee"}
    if told.state is before.state:
        lasting |= {"ministry_word", "reason", "needs", "pickup", "movable", "delivery"}
    return msgspec.structs.replace(told, **{name: getattr(before, name) for name in lasting if not getattr(told, name)})


def application_of(facts: KnownFacts) -> Application:
    """As its ministry would tell it, as far as it is kept."""
    pickup = facts.pickup
    return Application(
        reference=facts.reference,
        service=facts.service,
        state=facts.state,
        ministry_word=facts.ministry_word,
        submitted_on=facts.submitted_on,
        due_on=facts.due_on,
        amount=Money(facts.amount_minor, facts.currency) if facts.amount_minor is not None else None,
        until=facts.until,
        reason=facts.reason,
        needs=facts.needs,
        pickup=Pickup(
            Place(pickup.id, pickup.name, pickup.address, pickup.hours), pickup.available_from, pickup.available_until
        )
        if pickup
        else None,
        contact=Msisdn(facts.contact) if facts.contact else None,
        delivery=_delivery(facts.delivery),
        fee=_fee(facts.fee),
    )


def _delivery(kept: KnownDelivery | None) -> Delivery | None:
    return Delivery(kept.state, kept.tracking, kept.carrier, kept.on, kept.last_seen) if kept else None


def _fee(kept: KnownFee | None) -> FeeDue | None:
    return FeeDue(Money(kept.minor, kept.currency), kept.reference, kept.paid, kept.until) if kept else None


def _kept_delivery(told: Delivery | None) -> KnownDelivery | None:
    return KnownDelivery(told.state, told.tracking, told.carrier, told.on, told.last_seen) if told else None


def _kept_fee(told: FeeDue | None) -> KnownFee | None:
    if told is None:
        return None
    return KnownFee(told.amount.minor, told.amount.currency, told.reference, told.paid, told.until)


def _kept(pickup: Pickup | None) -> KnownPickup | None:
    if pickup is None:
        return None
    place = pickup.place
    return KnownPickup(
        place.id, place.name, place.address, dict(place.hours), pickup.available_from, pickup.available_until
    )


def _history(application: Application, before: KnownFacts | None, today: date) -> tuple[SeenState, ...]:
    if application.history:
        return tuple(SeenState(step.state, step.on) for step in application.history)[-_MOST_STATES:]
    seen = before.history if before else ()
    if not seen and application.submitted_on and application.state is not ApplicationState.RECEIVED:
        seen = (SeenState(ApplicationState.RECEIVED, application.submitted_on),)
    if seen and seen[-1].state is application.state:
        return seen
    day = today
    if not seen and application.state is ApplicationState.RECEIVED:
        day = application.submitted_on or today
    return (*seen, SeenState(application.state, day))[-_MOST_STATES:]
