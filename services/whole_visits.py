"""Visits as they are: read, booked, moved and cancelled by channels that show them whole.

`services.visits` says the same in the words of a small screen; what is confirmed here meets what was confirmed there.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from domain.errors import DeadlineExceeded, InvalidValue, MinistryBusy, MinistryContract, MinistryUnavailable
from services.applications import visited
from services.bookings import BOOK, CANCEL, MOVE, NotAccepted, left, not_accepted, to_cancel
from services.caller import Caller
from services.coming_visits import LISTS, coming_at
from services.desk import Desk
from services.intents import Ended, carry_out, met, not_ended
from services.outcomes import AnswerPromised, BeingProcessed, PinNeeded, SlotTaken, VisitGone, VisitNeedsApplication
from services.outcomes_visits import VisitChanged, VisitOver, VisitStands
from services.ports import BOOKS_FOR, IntentState, Person
from services.reading import pin_first, read
from services.stored import word
from services.values import Application, Slot, Visit

AWAY = (MinistryUnavailable, MinistryBusy, MinistryContract, DeadlineExceeded)
_VERSION_BYTES = 9
Seen: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class VisitList:
    """Her coming visits. `live`: their calendars told them just now; else it is the last that was heard."""

    visits: tuple[Visit, ...]
    live: bool


def _any(version: str) -> bool:
    return True


def joined(service: str, id: str) -> str:
    """A time's or a visit's id with its service in front: both belong to one calendar."""
    return f"{service}/{id}"


def parted(joined: str) -> tuple[str, str]:
    """Service and id. Raises `InvalidValue`."""
    service, slash, id = joined.partition("/")
    if not slash:
        raise InvalidValue("not an id of a time or a visit")
    return service, id


def version(visit: Visit) -> str:
    """Another one for another time or place."""
    facts = f"{visit.id}\0{visit.slot.id}\0{visit.slot.place_id}\0{visit.slot.starts.timestamp()}"
    return hashlib.blake2b(facts.encode(), digest_size=_VERSION_BYTES).hexdigest()


async def coming(desk: Desk, caller: Caller) -> tuple[Visit, ...] | PinNeeded:
    """The coming visits of the caller, at all calendars of the pack, earliest first."""
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return ()
    return _seen_by(desk, caller, await _ask_all(desk, caller.person))


async def listed(desk: Desk, caller: Caller) -> VisitList | PinNeeded:
    """The same, kept as what is known of them; where a calendar is away, what was last known."""
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return VisitList((), live=True)
    try:
        told = await _ask_all(desk, caller.person)
    except AWAY:
        return VisitList(await known(desk, caller), live=False)
    await desk.records.visits.saw(caller.person.id, told)
    return VisitList(_seen_by(desk, caller, told), live=True)


async def known(desk: Desk, caller: Caller) -> tuple[Visit, ...]:
    """What was last known of the caller's coming visits; no ministry is asked."""
    if caller.person is None or not caller.bound or caller.must_prove:
        return ()
    return _seen_by(desk, caller, await desk.records.visits.of(caller.person.id))


async def own(desk: Desk, caller: Caller, visit: str) -> Visit | VisitGone | PinNeeded:
    """The caller's visit as the ministry has it now: an id from elsewhere opens nothing."""
    code, visit_id = parted(visit)
    if pin_first(desk, caller, code):
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return VisitGone()
    await desk.records.settle()
    person = caller.person
    for found in await coming_at(desk, code, person.applicant, person.id, desk.for_ministry()):
        if (found.slot.service, found.id) == (code, visit_id):
            return found
    return VisitGone()


async def confirm_booking(
    desk: Desk, caller: Caller, slot: str, confirm: str, application: str = "", *, chosen_here: bool = True
) -> Ended | PinNeeded | VisitNeedsApplication:
    """Book it, once, whatever happens to the connection. Where it was not `chosen_here`, from a list of ours, the
    time is looked at first. Raises `InvalidValue` for one of another service."""
    code, slot_id = parted(slot)
    if pin_first(desk, caller, code):
        return PinNeeded()
    if ended := await met(desk, caller, BOOK, confirm):
        return ended
    about = {}
    if desk.ministries.does(code, BOOKS_FOR):
        hers = await _hers(desk, caller, code, application)
        if hers is None:
            return VisitNeedsApplication()
        # As its ministry writes it: however it was typed, the one that was read is the one that goes along.
        about = {"application": hers.reference}
    if not chosen_here:
        await _of_service(desk, code, slot_id)
    person = await desk.person(caller)
    # The time is one of a place, and the same time for another of her applications is another visit.
    same_by = {"slot": slot_id, **about}
    payload = {**same_by, "participant": person.applicant, "contact": caller.msisdn.e164}
    return await carry_out(desk, caller, BOOK, code, confirm, payload, same_by)


async def confirm_move(
    desk: Desk, caller: Caller, visit: str, slot: str, confirm: str, seen: Seen = _any, *, chosen_here: bool = True
) -> Ended | VisitGone | VisitChanged | PinNeeded:
    """Move it to another time of its calendar. `seen`: only if she has seen this version of it."""
    if pin_first(desk, caller, parted(visit)[0]):
        return PinNeeded()
    if ended := await met(desk, caller, MOVE, confirm):
        return ended
    found = await own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    if not seen(version(found)):
        return VisitChanged()
    if not chosen_here:
        await _of_service(desk, *parted(slot))
    same_by = {"visit": found.id, "slot": parted(slot)[1]}
    payload = {**left(found), **same_by, "participant": await _participant(desk, caller)}
    return await carry_out(desk, caller, MOVE, found.slot.service, confirm, payload, same_by)


async def confirm_cancelling(
    desk: Desk, caller: Caller, visit: str, confirm: str, seen: Seen = _any
) -> Ended | VisitGone | VisitChanged | PinNeeded:
    """Cancel it. `seen`: as for a move."""
    if pin_first(desk, caller, parted(visit)[0]):
        return PinNeeded()
    if ended := await met(desk, caller, CANCEL, confirm):
        return ended
    found = await own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    if not seen(version(found)):
        return VisitChanged()
    payload = to_cancel(found, await _participant(desk, caller))
    return await carry_out(desk, caller, CANCEL, found.slot.service, confirm, payload, {"visit": found.id})


async def book(
    desk: Desk, caller: Caller, slot: str, confirm: str, application: str = ""
) -> VisitStands | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised | PinNeeded | VisitNeedsApplication:
    """Book it, and see it whole."""
    ended = await confirm_booking(desk, caller, slot, confirm, application, chosen_here=False)
    if not isinstance(ended, Ended):
        return ended
    match ended.state:
        case IntentState.DONE:
            return VisitStands(_made(ended, slot))
        case IntentState.REFUSED:
            return not_accepted(ended) or SlotTaken()
    return not_ended(ended)


async def move(
    desk: Desk, caller: Caller, visit: str, slot: str, confirm: str, seen: Seen = _any
) -> VisitStands | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised | VisitGone | VisitChanged | PinNeeded:
    """Move it, and see it whole."""
    ended = await confirm_move(desk, caller, visit, slot, confirm, seen, chosen_here=False)
    if not isinstance(ended, Ended):
        return ended
    match ended.state:
        case IntentState.DONE:
            return VisitStands(_made(ended, slot))
        case IntentState.REFUSED:
            return not_accepted(ended) or (VisitGone() if ended.result.get("gone") else SlotTaken())
    return not_ended(ended)


async def cancel(
    desk: Desk, caller: Caller, visit: str, confirm: str, seen: Seen = _any
) -> VisitOver | NotAccepted | BeingProcessed | AnswerPromised | VisitGone | VisitChanged | PinNeeded:
    """Cancel it."""
    ended = await confirm_cancelling(desk, caller, visit, confirm, seen)
    if not isinstance(ended, Ended):
        return ended
    match ended.state:
        case IntentState.DONE:
            return VisitOver()
        case IntentState.REFUSED:
            return not_accepted(ended) or VisitGone()
    return not_ended(ended)


def _made(ended: Ended, slot: str) -> Visit:
    """The visit as its ministry answered. The slot is the one confirmed, by which another's token cannot be met."""
    code, slot_id = parted(slot)
    result = ended.result
    starts = datetime.fromisoformat(word(result, "starts"))
    return Visit(word(result, "visit"), Slot(slot_id, code, word(result, "place_id"), starts))


async def _ask_all(desk: Desk, person: Person) -> list[Visit]:
    await desk.records.settle()
    codes = [config.code for config in desk.services.services.values() if config.visits]
    # One calendar of several services lists them all at once.
    lists = {id(desk.ministries.appointments(code)): code for code in codes if desk.ministries.does(code, LISTS)}
    silent = [code for code in codes if not desk.ministries.does(code, LISTS)]
    found: dict[str, Visit] = {}
    for code in (*lists.values(), *silent):
        for visit in await coming_at(desk, code, person.applicant, person.id, desk.for_ministry()):
            found[joined(visit.slot.service, visit.id)] = visit
    return list(found.values())


def _seen_by(desk: Desk, caller: Caller, visits: Sequence[Visit]) -> tuple[Visit, ...]:
    shown = (visit for visit in visits if not pin_first(desk, caller, visit.slot.service))
    return tuple(sorted(shown, key=lambda visit: visit.slot.starts))


async def _of_service(desk: Desk, service: str, slot_id: str) -> None:
    """Or a time of one service were taken in the name of another, past its rules. One that is full may be hers."""
    found = await (await desk.calendar(service)).slot(slot_id, desk.for_ministry())
    if found is not None and found.service != service:
        raise InvalidValue("a time of another service")


async def _hers(desk: Desk, caller: Caller, service: str, reference: str) -> Application | None:
    """That application where she may read it in full, it is of that service, and a visit can be booked for it."""
    found = await read(desk, caller, reference) if reference else None
    if not isinstance(found, Application) or found.service != service:
        return None
    return found if visited(desk, found) else None


async def _participant(desk: Desk, caller: Caller) -> str:
    return (await desk.person(caller)).applicant
