"""Which of her visits came of which booking, where each is for an application and several may be at one time.

Most lists say when a visit is, and not what for: that is known from what its own booking was answered.
"""

from collections.abc import Sequence

from domain.errors import MinistryAmbiguous
from services.desk import Desk
from services.ports import Intent, IntentState
from services.stored import word
from services.values import Visit


def for_application(booking: Intent) -> bool:
    """Is it one of a ministry that gives visits for an application, and not without one?"""
    return "application" in booking.payload


def brought(booking: Intent) -> str:
    """The visit that came of it; empty where none did, or none is known."""
    return word(booking.result, "visit") if booking.state is IntentState.DONE and booking.result else ""


async def of_booking(desk: Desk, booking: Intent, found: Sequence[Visit]) -> Visit | None:
    """The one of those found that this booking brought, None where it brought none of them.

    Raises `MinistryAmbiguous` where it may as well be that of another whose answer was lost too.
    """
    at_its_time = [visit for visit in found if visit.slot.id == word(booking.payload, "slot")]
    if not for_application(booking):
        return next(iter(at_its_time), None)
    if named := next((visit for visit in at_its_time if visit.application == _application(booking)), None):
        return named
    others = await _others(desk, booking)
    theirs = {brought(other) for other in others}
    free = [visit for visit in at_its_time if not visit.application and visit.id not in theirs]
    if not free:
        return None
    rivals = [other for other in others if _is_rival(other, booking)]
    if len(free) <= len(rivals):
        raise MinistryAmbiguous(booking.service, "a visit that may be of either of two bookings")
    # As many as there are bookings: each is told of another, in the order of their confirmation.
    return free[sum((other.prepared_at, other.id) < (booking.prepared_at, booking.id) for other in rivals)]


async def standing(desk: Desk, booking: Intent, found: Sequence[Visit]) -> Visit | None:
    """The one of those found that is for this application at this time already, by the list's word or since an
    earlier booking brought it."""
    same = [one for one in await _kept(desk, booking) if _same(one, booking)]
    known = {brought(one) for one in same if _slot(one) == _slot(booking)}
    at_its_time = [visit for visit in found if visit.slot.id == _slot(booking)]
    hers = _application(booking)
    return next((visit for visit in at_its_time if visit.id in known or visit.application == hers), None)


async def is_anothers(desk: Desk, booking: Intent, visit: str, about: str = "") -> bool:
    """Is the visit known to be that of another application? `about`: what its list says that it is for."""
    if not for_application(booking):
        return False
    if about:
        return about != _application(booking)
    return visit in {brought(other) for other in await _others(desk, booking)}


async def has_rival(desk: Desk, booking: Intent) -> bool:
    """Is another application's booking of the same time as open as this one?"""
    return for_application(booking) and any(_is_rival(other, booking) for other in await _others(desk, booking))


async def _others(desk: Desk, booking: Intent) -> list[Intent]:
    return [one for one in await _kept(desk, booking) if not _same(one, booking)]


async def _kept(desk: Desk, booking: Intent) -> list[Intent]:
    """Her other bookings for applications at this calendar."""
    calendar = desk.ministries.appointments(booking.service)
    return [
        one
        for one in await desk.records.intents.kept(booking.person, booking.kind)
        if one.id != booking.id and for_application(one) and desk.ministries.appointments(one.service) is calendar
    ]


def _is_rival(other: Intent, booking: Intent) -> bool:
    """It may have brought a visit at that time of which no answer came."""
    under_way = other.sent_at is not None and other.state in (IntentState.SENT, IntentState.UNKNOWN)
    given_up = other.state is IntentState.REFUSED and bool((other.result or {}).get("given_up"))
    return _slot(other) == _slot(booking) and (under_way or given_up)


def _same(one: Intent, other: Intent) -> bool:
    return _application(one) == _application(other)


def _application(booking: Intent) -> str:
    return word(booking.payload, "application")


def _slot(booking: Intent) -> str:
    return word(booking.payload, "slot")
