"""How a visit is booked, moved or cancelled at its ministry, and recognised after a lost answer."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeAlias, TypeVar

from domain.errors import MinistryRefused
from domain.msisdn import Msisdn
from services.coming_visits import coming_at
from services.desk import Desk
from services.events import EventType
from services.intents import Ended, Executor, done, not_ended, refused
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    Booked,
    Moved,
    SlotTaken,
    VisitCancelled,
    VisitGone,
    VisitRefused,
    VisitRefusedUnsaid,
)
from services.ports import Intent, IntentState
from services.reminders import OURSELVES, follow, lapse
from services.stored import word
from services.tellings import Facts
from services.tidings import end_of
from services.values import Slot, SlotGone, Visit
from services.whose_visits import brought, for_application, has_rival, is_anothers, of_booking, standing
from services.wording import NOTHING, visit_number

T = TypeVar("T")
NotAccepted: TypeAlias = VisitRefused | VisitRefusedUnsaid


async def _book(desk: Desk, intent: Intent) -> Ended:
    calendar = await desk.calendar(intent.service)
    payload = intent.payload
    # Such a ministry's list does not say which visit is whose: it cannot be left to the calendar to look.
    if for_application(intent):
        if hers := await standing(desk, intent, await _visits(desk, intent)):
            return _visit(hers)
        await desk.records.settle()
    answer = await _heard(
        calendar.book(
            word(payload, "slot"),
            word(payload, "participant"),
            Msisdn(word(payload, "contact")),
            intent.id.hex,
            desk.deadline,
            word(payload, "application") if "application" in payload else "",
        )
    )
    return answer if isinstance(answer, Ended) else _came_of(answer)


async def _look_up_booking(desk: Desk, intent: Intent) -> Ended | None:
    found = await of_booking(desk, intent, await _visits(desk, intent))
    return _visit(found) if found else None


async def _move(desk: Desk, intent: Intent) -> Ended:
    calendar = await desk.calendar(intent.service)
    payload = intent.payload
    answer = await _heard(
        calendar.move(word(payload, "visit"), word(payload, "slot"), word(payload, "participant"), desk.deadline)
    )
    return answer if isinstance(answer, Ended) else _came_of(answer)


async def _look_up_move(desk: Desk, intent: Intent) -> Ended | None:
    for visit in await _visits(desk, intent):
        if visit.id == word(intent.payload, "visit"):
            return _visit(visit) if visit.slot.id == word(intent.payload, "slot") else None
    return refused(gone=True)


async def _left_its_time(desk: Desk, intent: Intent, ended: Ended) -> None:
    """The time that a visit left may be booked, or moved to, anew: earlier confirmations of it are over.

    Also those whose answer was lost: the worker would look for what she has undone, not find it, and do it again.
    """
    intents = desk.records.intents
    open_still: list[Intent] = []
    for kind in (BOOK.kind, MOVE.kind):
        for earlier in await intents.live(intent.person, kind):
            if not await _undoes(desk, intent, earlier):
                continue
            if earlier.state is IntentState.DONE:
                await intents.retire(earlier.id)
            elif earlier.kind == BOOK.kind and not intent.payload.get("about") and await has_rival(desk, earlier):
                open_still.append(earlier)
            else:
                await intents.overtake(earlier.id, {"undone": True})
    for earlier in open_still:
        await _leave_open(desk, earlier)


async def _leave_open(desk: Desk, booking: Intent) -> None:
    """One of two bookings is undone, and nobody can say which: neither is done again, and she is told to look."""
    result: dict[str, object] = {"failed": "MinistryUnavailable", "given_up": True}
    await desk.records.intents.overtake(booking.id, result)
    await desk.notices.promise(desk.records, booking.person, end_of(desk, booking, IntentState.REFUSED, result))


async def _keep_booking(desk: Desk, intent: Intent, ended: Ended) -> None:
    """It is known to be hers, and she is reminded the day before."""
    result = ended.result
    place = desk.places.get(word(result, "place_id"))
    starts, visit = datetime.fromisoformat(word(result, "starts")), word(result, "visit")
    facts = Facts(intent.service, visit, starts=starts, place=place)
    who = word(intent.payload, "participant")
    slot = Slot(word(intent.payload, "slot"), intent.service, word(result, "place_id"), starts)
    await desk.records.visits.keep(intent.person, Visit(visit, slot))
    await lapse(desk.records.timers, EventType.APPOINTMENT_MOVED, intent.service, visit)
    await follow(desk, desk.records.timers, intent.person, EventType.APPOINTMENT_BOOKED, facts, OURSELVES, who)


async def _keep_move(desk: Desk, intent: Intent, ended: Ended) -> None:
    await _left_its_time(desk, intent, ended)
    await _keep_booking(desk, intent, ended)


async def _keep_cancelling(desk: Desk, intent: Intent, ended: Ended) -> None:
    await _left_its_time(desk, intent, ended)
    await desk.records.visits.drop(intent.person, intent.service, word(intent.payload, "visit"))
    await lapse(desk.records.timers, EventType.APPOINTMENT_CANCELLED, intent.service, word(intent.payload, "visit"))


async def _being_undone(desk: Desk, intent: Intent) -> bool:
    """She is cancelling or moving what this one may have brought her, and the end of that is not known yet."""
    for kind in (MOVE.kind, CANCEL.kind):
        for later in await desk.records.intents.under_way(intent.person, kind):
            if await _undoes(desk, later, intent):
                return True
    return False


async def _undoes(desk: Desk, later: Intent, earlier: Intent) -> bool:
    """A move or cancelling, and an earlier booking of the time that it left or an earlier move of the same visit."""
    if later.id == earlier.id or later.service != earlier.service or later.prepared_at < earlier.prepared_at:
        return False
    visit = word(later.payload, "visit")
    if earlier.kind != BOOK.kind:
        return word(earlier.payload, "visit") == visit
    if for_application(earlier) and earlier.state is IntentState.DONE:
        return brought(earlier) == visit
    same_time = word(earlier.payload, "slot") == word(later.payload, "from_slot")
    return same_time and not await is_anothers(desk, earlier, visit, str(later.payload.get("about", "")))


def to_cancel(visit: Visit, participant: str) -> dict[str, object]:
    """What is confirmed where a visit is cancelled."""
    return {
        **left(visit),
        "participant": participant,
        "place_id": visit.slot.place_id,
        "starts": visit.slot.starts.isoformat(),
    }


def left(visit: Visit) -> dict[str, object]:
    """Of a visit that is cancelled or moved: by it earlier confirmations of it are known."""
    about = {"about": visit.application} if visit.application else {}
    return {"visit": visit.id, "from_slot": visit.slot.id, **about}


async def _cancel(desk: Desk, intent: Intent) -> Ended:
    calendar = await desk.calendar(intent.service)
    payload = intent.payload
    answer = await _heard(calendar.cancel(word(payload, "visit"), word(payload, "participant"), desk.deadline))
    if isinstance(answer, Ended):
        return answer
    return _cancelled(intent) if answer else refused(gone=True)


async def _look_up_cancelling(desk: Desk, intent: Intent) -> Ended | None:
    still_there = any(visit.id == word(intent.payload, "visit") for visit in await _visits(desk, intent))
    return None if still_there else _cancelled(intent)


async def _visits(desk: Desk, intent: Intent) -> list[Visit]:
    await desk.records.settle()
    who = word(intent.payload, "participant")
    return list(await coming_at(desk, intent.service, who, intent.person, desk.deadline))


async def _heard(write: Awaitable[T]) -> T | Ended:
    """What the ministry answered; its no with its own words for her, which may be none."""
    try:
        return await write
    except MinistryRefused as failure:
        return refused(reason=failure.words.strip())


def _came_of(answer: Visit | SlotGone | None) -> Ended:
    if answer is None:
        return refused(gone=True)
    return refused(taken=True) if isinstance(answer, SlotGone) else _visit(answer)


def _visit(visit: Visit) -> Ended:
    return done(visit=visit.id, place_id=visit.slot.place_id, starts=visit.slot.starts.isoformat())


def _cancelled(intent: Intent) -> Ended:
    payload = intent.payload
    return done(place_id=word(payload, "place_id"), starts=word(payload, "starts"))


BOOK = Executor("book", _book, _look_up_booking, _keep_booking, _being_undone)
MOVE = Executor("move", _move, _look_up_move, _keep_move, _being_undone)
CANCEL = Executor("cancel", _cancel, _look_up_cancelling, _keep_cancelling)


def not_accepted(ended: Ended) -> NotAccepted | None:
    """What she is told where the ministry said no for a reason of its own; None where it ended otherwise."""
    if ended.state is not IntentState.REFUSED or "reason" not in ended.result:
        return None
    reason = word(ended.result, "reason")
    return VisitRefused(reason) if reason else VisitRefusedUnsaid()


def booked(
    desk: Desk, ended: Ended, language: str
) -> Booked | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised:
    """What the citizen is told of a booking."""
    match ended.state:
        case IntentState.DONE:
            place, starts = _where_and_when(desk, ended, language)
            number = visit_number(word(ended.result, "visit"))
            return Booked(place, starts.date(), starts.time(), number)
        case IntentState.REFUSED:
            return not_accepted(ended) or SlotTaken()
    return not_ended(ended)


def moved(
    desk: Desk, ended: Ended, language: str
) -> Moved | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised | VisitGone:
    """What the citizen is told of a move."""
    match ended.state:
        case IntentState.DONE:
            place, starts = _where_and_when(desk, ended, language)
            return Moved(place, starts.date(), starts.time())
        case IntentState.REFUSED:
            return not_accepted(ended) or (VisitGone() if ended.result.get("gone") else SlotTaken())
    return not_ended(ended)


def cancelled(
    desk: Desk, ended: Ended, language: str
) -> VisitCancelled | NotAccepted | BeingProcessed | AnswerPromised | VisitGone:
    """What the citizen is told of a cancelling."""
    match ended.state:
        case IntentState.DONE:
            place, starts = _where_and_when(desk, ended, language)
            return VisitCancelled(place, starts.date(), starts.time())
        case IntentState.REFUSED:
            return not_accepted(ended) or VisitGone()
    return not_ended(ended)


def place_name(desk: Desk, slot: Slot, language: str) -> str:
    """The pack's name of the place, or a dash for one that it does not know."""
    place = desk.places.get(slot.place_id)
    return place.called(language) if place else NOTHING


def _where_and_when(desk: Desk, ended: Ended, language: str) -> tuple[str, datetime]:
    place = desk.places.get(word(ended.result, "place_id"))
    return place.called(language) if place else NOTHING, datetime.fromisoformat(word(ended.result, "starts"))
