"""Whether an event is news: late, doubled and contradicting ones are told apart. Pure.

A `sequence` orders events of one reference. Where there is none the ministry was asked, and what it says now is the
truth; where it cannot be asked, the event's time decides. The same facts are never told twice: one event says more
of them than another, so two are the same news unless a fact that both know differs.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from domain.states import ApplicationState
from services.event_ports import Progress
from services.events import EventType


class News(StrEnum):
    """What an event is to what was told before. Only `NEW` reaches anybody."""

    NEW = "new"
    STALE = "stale"
    CONFLICT = "conflict"


class Reading(StrEnum):
    """What the ministry's own record says about an event."""

    AGREES = "agrees"
    MOVED_ON = "moved_on"
    BEHIND = "behind"
    CONTRADICTS = "contradicts"


_STEP: Mapping[ApplicationState, int] = {
    ApplicationState.RECEIVED: 1,
    ApplicationState.IN_REVIEW: 2,
    ApplicationState.ACTION_REQUIRED: 2,
    ApplicationState.GRANTED: 3,
    ApplicationState.REFUSED: 3,
    ApplicationState.READY_FOR_PICKUP: 4,
    ApplicationState.COLLECTED: 5,
    ApplicationState.CLOSED: 6,
}
_VISIT_STANDS = frozenset({EventType.APPOINTMENT_BOOKED, EventType.APPOINTMENT_MOVED})
_DECISIONS = frozenset({EventType.GRANTED, EventType.REFUSED})
_OF_STATE: Mapping[ApplicationState, EventType] = {
    ApplicationState.RECEIVED: EventType.RECEIVED,
    ApplicationState.IN_REVIEW: EventType.IN_REVIEW,
    ApplicationState.ACTION_REQUIRED: EventType.ACTION_REQUIRED,
    ApplicationState.GRANTED: EventType.GRANTED,
    ApplicationState.REFUSED: EventType.REFUSED,
    ApplicationState.READY_FOR_PICKUP: EventType.READY_FOR_PICKUP,
    ApplicationState.COLLECTED: EventType.COLLECTED,
}


def type_of_state(state: ApplicationState) -> EventType | None:
    """What a ministry that pushes would have said of it; None where nobody is told."""
    return _OF_STATE.get(state)


def state_of_type(told: EventType) -> ApplicationState | None:
    """The state that an event of this type tells; None where it tells none."""
    return next((state for state, said in _OF_STATE.items() if said is told), None)


def compare(said: EventType, state: ApplicationState) -> Reading:
    """The event against the ministry's record, read after it came."""
    if state is ApplicationState.UNKNOWN:
        return Reading.BEHIND
    now = type_of_state(state)
    if said is EventType.CHANGED or said is now:
        return Reading.AGREES
    if said is EventType.TERM_ENDING:
        granted = _STEP[ApplicationState.GRANTED] <= _STEP[state] < _STEP[ApplicationState.CLOSED]
        return Reading.AGREES if granted and now is not EventType.REFUSED else Reading.CONTRADICTS
    if {said, now} == _DECISIONS or (said is EventType.REFUSED and _STEP[state] > _STEP[ApplicationState.REFUSED]):
        return Reading.CONTRADICTS
    expected = next(step for known, step in _STEP.items() if type_of_state(known) is said)
    return Reading.MOVED_ON if _STEP[state] >= expected else Reading.BEHIND


def judge(known: Progress | None, come: Progress, *, read: bool) -> News:
    """`come`: what would be told now. `read`: it is what the ministry says at this moment."""
    if known is None:
        return News.NEW
    same = known.told_type == come.told_type and not _differ(known.facts, come.facts)
    if known.sequence is not None and come.sequence is not None:
        if come.sequence < known.sequence:
            return News.STALE
        if come.sequence == known.sequence:
            return News.STALE if same else News.CONFLICT
    if same:
        return News.STALE
    if not read and come.sequence is None and known.happened_at and come.happened_at:
        if come.happened_at < known.happened_at:
            return News.STALE
        if come.happened_at == known.happened_at:
            return News.CONFLICT
    return News.CONFLICT if _revived(known, come) else News.NEW


def _differ(known: Mapping[str, str], come: Mapping[str, str]) -> bool:
    return any(known.get(name, digest) != digest for name, digest in come.items())


def _revived(known: Progress, come: Progress) -> bool:
    """A visit that was cancelled is booked or moved, and nothing says which came first."""
    if known.told_type != EventType.APPOINTMENT_CANCELLED or come.told_type not in _VISIT_STANDS:
        return False
    by_sequence = known.sequence is not None and come.sequence is not None
    return not by_sequence and not (known.happened_at and come.happened_at)


def older(come: int | None, known: int | None) -> bool:
    """Whether it comes after something that is told already."""
    return come is not None and known is not None and come < known


def advanced(told: Progress, other: Progress | None) -> Progress:
    """What was told, at the later of the two places in the order: that never goes back.

    Facts that only the other knows of the same news are known from then on.
    """
    if other is None:
        return told
    if told.told_type == other.told_type:
        told = replace(told, facts={**other.facts, **told.facts})
    sequence = max((number for number in (told.sequence, other.sequence) if number is not None), default=None)
    happened = max((at for at in (told.happened_at, other.happened_at) if at is not None), default=None)
    return replace(told, sequence=sequence, happened_at=happened)


def digests_of(facts: Mapping[str, object]) -> Mapping[str, str]:
    """By which the same facts are known again, however they came; those that are missing are left out."""
    return {name: hashlib.sha256(_plain(value).encode()).hexdigest()[:16] for name, value in facts.items() if value}


def _plain(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    return value.isoformat() if isinstance(value, (date, datetime)) else repr(value)
