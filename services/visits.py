"""Visits: service, place, day, time, confirm; seeing, moving and cancelling one.

A time's id and a visit's id carry their service in front ("birth_certificate/1234"): both belong to one calendar.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from domain.errors import InvalidValue
from domain.outcomes import Item
from services.bookings import BOOK, CANCEL, MOVE, booked, cancelled, moved, place_name
from services.caller import Caller
from services.desk import Desk, ServiceName, service_code, service_word
from services.intents import carry_out, met
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    Booked,
    Days,
    Moved,
    NoDays,
    NoPlaces,
    NoTimes,
    NoVisits,
    PinNeeded,
    Places,
    SlotChosen,
    SlotTaken,
    Times,
    VisitCancelled,
    VisitGone,
    Visits,
    VisitServices,
    VisitShown,
)
from services.reading import may_be_sent, pin_first
from services.values import Place, Slot, Visit
from services.wording import said, visit_number


async def services(desk: Desk, caller: Caller) -> VisitServices:
    """What one can make a visit for."""
    return VisitServices(desk.service_items(lambda config: config.visits))


async def places(desk: Desk, caller: Caller, service: ServiceName) -> Places | NoPlaces:
    """Where the service is offered, as the pack lists it."""
    found = tuple(place_item(place) for place in desk.places.offering(service_code(service)))
    return Places(found) if found else NoPlaces()


async def days(desk: Desk, caller: Caller, service: ServiceName, place_id: str) -> Days | NoDays:
    """Days with open times in the weeks that can be booked."""
    return await _days(desk, service_code(service), place_id)


async def times(desk: Desk, caller: Caller, service: ServiceName, place_id: str, day_id: str) -> Times | NoTimes:
    """The open times of one day."""
    code, day = service_code(service), date.fromisoformat(day_id)
    slots = await _open_slots(desk, code, place_id, day, day)
    found = tuple(
        Item(_joined(code, slot.id), {"day": slot.starts.date(), "time": slot.starts.time()}) for slot in slots
    )
    return Times(found) if found else NoTimes()


async def hold(
    desk: Desk, caller: Caller, service: ServiceName, place_id: str, slot: str
) -> SlotChosen | SlotTaken | PinNeeded:
    """The time as it stands now. Nothing is held: GovStack's Scheduler knows no such thing."""
    code, slot_id = _parted(slot)
    if pin_first(desk, caller, code):
        return PinNeeded()
    calendar = await desk.calendar(code)
    found = await calendar.slot(slot_id, desk.for_ministry())
    if found is None or found.starts <= desk.clock.now():
        return SlotTaken()
    place = desk.places.get(found.place_id) or desk.places.get(place_id)
    name, address = (place.name, said(place.address)) if place else (place_name(desk, found), said(""))
    return SlotChosen(service_word(code), name, address, found.starts.date(), found.starts.time())


async def book(
    desk: Desk, caller: Caller, slot: str, confirm: str
) -> Booked | SlotTaken | BeingProcessed | AnswerPromised | PinNeeded:
    """Book it, once, whatever happens to the connection."""
    code, slot_id = _parted(slot)
    if pin_first(desk, caller, code):
        return PinNeeded()
    ended = await met(desk, caller, BOOK, confirm)
    if ended is None:
        person = await desk.person(caller)
        payload = {"slot": slot_id, "participant": person.applicant, "contact": caller.msisdn.e164}
        ended = await carry_out(desk, caller, BOOK, code, confirm, payload, {"slot": slot_id})
    return booked(desk, ended)


async def mine(desk: Desk, caller: Caller) -> NoVisits | Visits | PinNeeded:
    """The coming visits of the caller, at all calendars of the pack, earliest first."""
    if caller.must_prove:
        return PinNeeded()
    found: dict[str, Visit] = {}
    if caller.person is not None and caller.bound:
        await desk.records.settle()
        codes = [config.code for config in desk.services.services.values() if config.visits]
        calendars = {id(calendar): calendar for calendar in map(desk.ministries.appointments, codes)}
        for calendar in calendars.values():
            for visit in await calendar.of_participant(caller.person.applicant, desk.for_ministry()):
                if not pin_first(desk, caller, visit.slot.service):
                    found[_joined(visit.slot.service, visit.id)] = visit
    entries = sorted(found.items(), key=lambda entry: entry[1].slot.starts)
    items = tuple(Item(key, _shown(desk, visit.slot)) for key, visit in entries)
    return Visits(items) if items else NoVisits()


async def open(desk: Desk, caller: Caller, visit: str) -> VisitShown | VisitGone | PinNeeded:
    """One visit in full."""
    found = await _own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    slot, place = found.slot, desk.places.get(found.slot.place_id)
    return VisitShown(
        service_word(slot.service),
        place_name(desk, slot),
        said(place.address if place else ""),
        slot.starts.date(),
        slot.starts.time(),
        visit_number(found.id),
        may_be_sent(desk, caller),
    )


async def other_days(desk: Desk, caller: Caller, visit: str) -> Days | NoDays | VisitGone | PinNeeded:
    """Days to which the visit can be moved, at its own place."""
    found = await _own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    return await _days(desk, found.slot.service, found.slot.place_id)


async def move(
    desk: Desk, caller: Caller, visit: str, slot: str, confirm: str
) -> Moved | SlotTaken | BeingProcessed | AnswerPromised | VisitGone | PinNeeded:
    """Move the visit to another time."""
    if pin_first(desk, caller, _parted(visit)[0]):
        return PinNeeded()
    ended = await met(desk, caller, MOVE, confirm)
    if ended is None:
        found = await _own(desk, caller, visit)
        if not isinstance(found, Visit):
            return found
        same_by = {"visit": found.id, "slot": _parted(slot)[1]}
        payload = {**same_by, "from_slot": found.slot.id, "participant": await _participant(desk, caller)}
        ended = await carry_out(desk, caller, MOVE, found.slot.service, confirm, payload, same_by)
    return moved(desk, ended)


async def cancel(
    desk: Desk, caller: Caller, visit: str, confirm: str
) -> VisitCancelled | BeingProcessed | AnswerPromised | VisitGone | PinNeeded:
    """Cancel the visit."""
    if pin_first(desk, caller, _parted(visit)[0]):
        return PinNeeded()
    ended = await met(desk, caller, CANCEL, confirm)
    if ended is None:
        found = await _own(desk, caller, visit)
        if not isinstance(found, Visit):
            return found
        payload = {
            "visit": found.id,
            "from_slot": found.slot.id,
            "participant": await _participant(desk, caller),
            "place_id": found.slot.place_id,
            "starts": found.slot.starts.isoformat(),
        }
        ended = await carry_out(desk, caller, CANCEL, found.slot.service, confirm, payload, {"visit": found.id})
    return cancelled(desk, ended)


def service_of(visit: str) -> str:
    """The service that a visit's id carries in front."""
    return _parted(visit)[0]


def place_item(place: Place) -> Item:
    """A place's entry in a list."""
    return Item(place.id, {"place": place.name, "address": said(place.address)})


async def _days(desk: Desk, service: str, place_id: str) -> Days | NoDays:
    last = desk.today() + timedelta(days=desk.services.visit_window_days)
    slots = await _open_slots(desk, service, place_id, desk.today(), last)
    found = sorted({slot.starts.date() for slot in slots})
    items = tuple(Item(day.isoformat(), {"day": day}) for day in found)
    return Days(items, service_word(service), place_id) if items else NoDays()


async def _open_slots(desk: Desk, service: str, place_id: str, first: date, last: date) -> Sequence[Slot]:
    calendar = await desk.calendar(service)
    slots = await calendar.slots(service, place_id, first, last, desk.for_ministry())
    now = desk.clock.now()
    return [slot for slot in slots if slot.starts > now and slot.seats_left != 0]


async def _own(desk: Desk, caller: Caller, visit: str) -> Visit | VisitGone | PinNeeded:
    """The caller's visit as the ministry has it now: an id from elsewhere opens nothing."""
    code, visit_id = _parted(visit)
    if pin_first(desk, caller, code):
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return VisitGone()
    calendar = await desk.calendar(code)
    for found in await calendar.of_participant(caller.person.applicant, desk.for_ministry()):
        if found.id == visit_id:
            return found
    return VisitGone()


async def _participant(desk: Desk, caller: Caller) -> str:
    return (await desk.person(caller)).applicant


def _shown(desk: Desk, slot: Slot) -> dict[str, object]:
    return {
        "service": service_word(slot.service),
        "place": place_name(desk, slot),
        "day": slot.starts.date(),
        "time": slot.starts.time(),
    }


def _joined(service: str, id: str) -> str:
    return f"{service}/{id}"


def _parted(joined: str) -> tuple[str, str]:
    service, slash, id = joined.partition("/")
    if not slash:
        raise InvalidValue("not an id of a time or a visit")
    return service, id
