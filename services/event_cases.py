"""One event as far as it can be understood by itself: what it is about, whether its ministry must be asked. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from domain.errors import InvalidValue
from domain.reference import Reference
from services.event_ports import Progress, StoredEvent
from services.event_sources import EventRules, Source
from services.events import Event, EventType, parse
from services.pack_values import ServicesConfig
from services.ports import PlaceBook
from services.recipients import usable
from services.tellings import Facts, of_event
from services.values import Application

# The source of events that were made from a ministry's list.
POLL = "poll:"
VISITS = frozenset({EventType.APPOINTMENT_BOOKED, EventType.APPOINTMENT_MOVED, EventType.APPOINTMENT_CANCELLED})
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)
# What was told before, by what now turns it round: a card that waits is a grant too.
_TURNED_ROUND = {
    EventType.GRANTED: frozenset({EventType.REFUSED}),
    EventType.READY_FOR_PICKUP: frozenset({EventType.REFUSED}),
    EventType.REFUSED: frozenset({EventType.GRANTED, EventType.READY_FOR_PICKUP, EventType.COLLECTED}),
}
_DECIDED = frozenset({*_TURNED_ROUND, EventType.ACTION_REQUIRED})


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an attempt. `why`: a word of ours, for operators and metrics. `due_at`: parked until then.

    `kept`: written already, in the transaction of the telling.
    """

    why: str
    dead: bool = False
    due_at: datetime | None = None
    told: int = 0
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An event understood. `subject`: the reference as the ministry writes it, without spaces and dashes. `service`:
    "" for a mobile unit that comes for all of them. `any_service`: nobody said which it is: the ministry is asked."""

    stored: StoredEvent
    source: Source
    event: Event
    type: EventType
    service: str
    subject: str
    any_service: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is so: what would be told, by what facts, and whom the ministry has registered."""

    told: EventType
    facts: Facts
    application: Application | None = None


def understand(services: ServicesConfig, rules: EventRules, stored: StoredEvent) -> Case | Ended:
    """What the event is about; or its end, where nothing can be told of it."""
    source = rules.sources.get(stored.source.removeprefix(POLL))
    if source is None:
        return Ended("unknown_source", dead=True)
    try:
        event = parse(stored.body, services.zone)
    except InvalidValue:
        return Ended("unreadable", dead=True)
    type = source.type_of(event.type)
    if type is None:
        return Ended("ignored")
    service = source.service_of(event.data.service or event.data.category)
    subject = event.subject
    if type not in VISITS and type is not EventType.UNIT_MOVED:
        try:
            reference = Reference.parse(subject, services.references)
            service, subject = reference.service, reference.number
        except InvalidValue:
            pass  # some services have no rule for theirs
    if service is None and type is EventType.UNIT_MOVED:
        service = ""
    elif service is None:
        if type in VISITS or not source.readable:
            return Ended("unknown_service", dead=True)
        # The reference fits no rule of the pack: whether it is theirs, and of which service, their record says.
        return Case(stored, source, event, type, source.services[0], subject, any_service=True)
    elif service not in source.services:
        return Ended("not_theirs", dead=True)
    return Case(stored, source, event, type, service, subject)


def must_read(case: Case, before: Progress | None, rules: EventRules) -> bool:
    """Whether the ministry is asked: where the event does not say all, or cannot be believed by itself."""
    if case.type in VISITS or case.type is EventType.UNIT_MOVED or not case.source.readable:
        return False
    event = case.event
    return (
        case.any_service
        or case.type in (EventType.CHANGED, EventType.TERM_ENDING)
        or (case.type in _DECIDED and event.data.is_thin)
        or event.sequence is None
        or usable(event.data.contact, rules) is None
        # A signature over `data` alone says nothing of the type.
        or not event.attributes_signed
        # A decision turned round is believed from the ministry's own record only.
        or (before is not None and before.sequence != event.sequence and _turns_round(before, case.type))
    )


def _turns_round(before: Progress, type: EventType) -> bool:
    return before.told_type in _TURNED_ROUND.get(type, ())


def as_told(services: ServicesConfig, places: PlaceBook, case: Case) -> Finding:
    """The event by itself, a visit at the pack's name of its place. Raises `InvalidValue` where it carries an
    impossible amount."""
    facts = of_event(case.service, case.subject, case.event.data)
    known = places.get(facts.place.id) if case.type in VISITS and facts.place else None
    facts = replace(facts, place=known or facts.place)
    if case.type is EventType.RECEIVED and case.event.time is not None:
        handed_in = case.event.time.astimezone(services.zone).date()
        facts = replace(facts, due=services.due(case.service, handed_in))
    return Finding(case.type, facts)


def plausible(finding: Finding, today: date, span: timedelta) -> bool:
    """Whether its dates can be meant: what waits may be collected now or soon, and an end comes after its beginning."""
    facts = finding.facts
    if finding.told is not EventType.READY_FOR_PICKUP:
        return True
    first, last = facts.available_from, facts.available_until
    if first and last and last < first:
        return False
    return all(abs(day - today) <= span for day in (first, last) if day) and (last is None or last >= today)


def later(now: datetime, case: Case, why: str, patience: timedelta) -> Ended:
    """Parked with growing pauses, until patience ends."""
    attempts = case.stored.attempts
    if now >= case.stored.received_at + patience:
        return Ended(why, dead=True)
    return Ended(why, due_at=now + min(_FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 12)), _LONGEST_PAUSE))


def expires(finding: Finding, services: ServicesConfig) -> datetime | None:
    """When it is of no use any more: the visit has begun, what waited has gone back."""
    facts = finding.facts
    if facts.starts is not None or finding.told is not EventType.READY_FOR_PICKUP or facts.available_until is None:
        return facts.starts
    return datetime.combine(facts.available_until + timedelta(days=1), time(), services.zone)
