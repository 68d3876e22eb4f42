"""Whether a message may go now, and when else: quiet hours, expiry, caps, opt-out, pauses, order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from services.alerts import POLICIES, AlertKind
from sms.config import SmsConfig
from sms.states import MessageState

# Looked at again so soon: what waits for the one before it; what waits for an operator (whose word also frees it).
ORDER_PAUSE = timedelta(seconds=0.3)
LONGEST_ORDER_PAUSE = timedelta(seconds=60)
SUSPENSION_PAUSE = timedelta(hours=1)

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
# Longer than a spend cap of the month may hold it.
_DECISION = timedelta(days=40)
LIVES: Mapping[AlertKind, timedelta] = {
    AlertKind.RECEIVED: _WEEK,
    AlertKind.IN_REVIEW: _WEEK,
    AlertKind.ACTION_REQUIRED: _DECISION,
    AlertKind.GRANTED: _DECISION,
    AlertKind.REFUSED: _DECISION,
    AlertKind.READY_FOR_PICKUP: _DECISION,
    AlertKind.NOT_COLLECTED: _WEEK,
    AlertKind.APPOINTMENT_BOOKED: _WEEK,
    AlertKind.APPOINTMENT_MOVED: _WEEK,
    AlertKind.APPOINTMENT_CANCELLED: _WEEK,
    AlertKind.APPOINTMENT_REMINDER: _DAY,
    AlertKind.UNIT_COMING: _DAY,
    AlertKind.DAYS_PASSED: _WEEK,
    AlertKind.TERM_ENDING: _WEEK,
    AlertKind.SURVEY: _WEEK,
    AlertKind.ACCOUNT: _WEEK,
    AlertKind.CODE: timedelta(minutes=10),
    AlertKind.CONSENT: timedelta(minutes=10),
    AlertKind.OPT_OUT: _DAY,
    AlertKind.REPLY: _DAY,
    AlertKind.PROMISED: 3 * _DAY,
    AlertKind.NOTIFY: 3 * _DAY,
}
"""How long a message is still worth sending, where whoever put it did not say."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What else decides about a message now.

    `ahead`: None, or when the earlier one of its lane that is not handed over yet is due, or has been. `spent_out`:
    None, or when its source may spend again.
    """

    opted_out: bool = False
    suspended: bool = False
    cool_until: datetime | None = None
    spent_out: datetime | None = None
    ahead: datetime | None = None


UNHINDERED = Conditions()


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits; looked at again, policy and all, at `until`."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """It will not be sent."""

    state: MessageState
    reason: str


Judgement: TypeAlias = Go | Hold | End
_GO = Go()


def judge(
    kind: AlertKind, expires_at: datetime | None, conditions: Conditions, config: SmsConfig, now: datetime
) -> Judgement:
    """May a message of that kind go out at `now`? What ends it is asked before what holds it."""
    policy = POLICIES[kind]
    if expires_at is not None and expires_at <= now:
        return End(MessageState.EXPIRED, "too_late")
    in_spite_of_stop = policy.always or (policy.statutory and config.statutory_in_spite_of_stop)
    if conditions.opted_out and not in_spite_of_stop:
        return End(MessageState.SUPPRESSED, "opted_out")
    if conditions.suspended:
        return Hold(now + SUSPENSION_PAUSE, "paused")
    if conditions.cool_until is not None and conditions.cool_until > now and not policy.always:
        return Hold(conditions.cool_until, "cooling")
    if policy.quiet and is_quiet(now, config.quiet_from, config.quiet_until, config.zone):
        return Hold(quiet_ends(now, config.quiet_from, config.quiet_until, config.zone), "quiet_hours")
    if conditions.spent_out is not None:
        return Hold(conditions.spent_out, "spend_cap")
    if conditions.ahead is not None:
        return Hold(now + order_pause(conditions.ahead, now), "order")
    return _GO


def order_pause(ahead: datetime, now: datetime) -> timedelta:
    """How long to leave alone a message whose predecessor is due then: the later that one is (or the longer nothing
    came of it), the longer, so that thousands behind one that is paused are not written all the time."""
    wait = ahead - now if ahead > now else (now - ahead) / 4
    return min(max(wait, ORDER_PAUSE), LONGEST_ORDER_PAUSE)


def is_quiet(now: datetime, starts: time, ends: time, zone: tzinfo) -> bool:
    """Do clocks on the wall in the zone show quiet hours? `starts` belongs to them, `ends` does not; equal: none."""
    wall = now.astimezone(zone).time()
    if starts <= ends:
        return starts <= wall < ends
    return wall >= starts or wall < ends


def quiet_ends(now: datetime, starts: time, ends: time, zone: tzinfo) -> datetime:
    """The first instant from `now` on that is not quiet, UTC.

    Where clocks are put forward over the end, that is the moment at which they are; where they are put back over
    it, the end comes twice, and the hours in between are as quiet as the clock on the wall says.
    """
    if not is_quiet(now, starts, ends, zone):
        return now.astimezone(UTC)
    today = now.astimezone(zone).date()
    coming = sorted(
        instant for days in range(4) for instant in instants(today + timedelta(days=days), ends, zone) if instant > now
    )
    return next(instant for instant in coming if not is_quiet(instant, starts, ends, zone))


def instants(day: date, wall: time, zone: tzinfo) -> tuple[datetime, ...]:
    """When clocks in the zone show that time of that day, UTC, earliest first: once; twice where they are put back.

    Where they are put forward over it: the moment at which they are.
    """
    early, late = (datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return (early,)
    if early < late:
        return early, late
    # A gap (PEP 495): `late`, reckoned with the offset after it, falls before it, and `early` after it.
    before, after = late, early
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return (after.replace(microsecond=0),)


def next_day(now: datetime, zone: tzinfo) -> datetime:
    """When the next day begins in the zone, UTC."""
    return instants(now.astimezone(zone).date() + _DAY, time(0), zone)[0]


def next_month(now: datetime, zone: tzinfo) -> datetime:
    """When the next month begins in the zone, UTC."""
    later = now.astimezone(zone).date().replace(day=28) + timedelta(days=4)
    return instants(later.replace(day=1), time(0), zone)[0]
