"""Visits: service, place, day, time, confirm; seeing, moving and cancelling one.

A time's id and a visit's id carry their service in front ("birth_certificate/1234"): both belong to one calendar.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from domain.outcomes import Item
from services import applications, whole_visits
from services.bookings import NotAccepted, booked, cancelled, moved, place_name
from services.caller import Caller
from services.desk import Desk, ServiceName, service_code, service_word
from services.intents import Ended
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
    PlaceRegions,
    Places,
    SlotChosen,
    SlotTaken,
    Times,
    VisitCancelled,
    VisitForApplication,
    VisitGone,
    VisitNeedsApplication,
    Visits,
    VisitServices,
    VisitShown,
)
from services.outcomes_visits import VisitChanged
from services.ports import BOOKS_FOR
from services.reading import NotRead, may_be_sent, pin_first, read
from services.values import Application, Place, Slot, Visit
from services.whole_visits import joined, parted
from services.wording import said, visit_number

# So many places are offered in one list.
AT_ONCE = 20


async def services(desk: Desk, caller: Caller) -> VisitServices | VisitNeedsApplication:
    """What one can make a visit for, without an application that it is for."""
    found = desk.service_items(lambda config: config.visits and not desk.ministries.does(config.code, BOOKS_FOR))
    return VisitServices(found) if found else VisitNeedsApplication()


async def begin_for(
    desk: Desk, caller: Caller, reference: str
) -> VisitForApplication | VisitNeedsApplication | NotRead:
    """A visit for this application of hers; where she may read it, and it is one that visits are booked for."""
    found = await read(desk, caller, reference)
    if not isinstance(found, Application):
        return found
    if not applications.visited(desk, found):
        return VisitNeedsApplication()
    return VisitForApplication(found.service, found.reference)


async def places(desk: Desk, caller: Caller, service: ServiceName) -> Places | PlaceRegions | NoPlaces:
    """Where the service is offered, as the pack lists it; the regions first where it is in very many places."""
    found = desk.places.offering(service_code(service))
    counts = Counter(region_of(desk, place) for place in found)
    if len(found) <= AT_ONCE or len(counts) < 2:
        return _places(found, caller)
    called = desk.places.index.area_called
    return PlaceRegions(
        tuple(
            Item(region, {"area": called(region, caller.language), "count": count}) for region, count in counts.items()
        )
    )


async def places_in(desk: Desk, caller: Caller, service: ServiceName, region: str) -> Places | NoPlaces:
    """Those of a region."""
    offering = desk.places.offering(service_code(service))
    return _places([place for place in offering if region_of(desk, place) == region], caller)


async def days(desk: Desk, caller: Caller, service: ServiceName, place_id: str) -> Days | NoDays:
    """Days with open times in the weeks that can be booked."""
    return await _days(desk, service_code(service), place_id)


async def times(desk: Desk, caller: Caller, service: ServiceName, place_id: str, day_id: str) -> Times | NoTimes:
    """The open times of one day."""
    code, day = service_code(service), date.fromisoformat(day_id)
    slots = await open_slots(desk, code, place_id, day, day)
    found = tuple(
        Item(joined(code, slot.id), {"day": slot.starts.date(), "time": slot.starts.time()}) for slot in slots
    )
    return Times(found) if found else NoTimes()


async def hold(
    desk: Desk, caller: Caller, service: ServiceName, place_id: str, slot: str
) -> SlotChosen | SlotTaken | PinNeeded:
    """The time as it stands now. Nothing is held: GovStack's Scheduler knows no such thing."""
    code, slot_id = parted(slot)
    if pin_first(desk, caller, code):
        return PinNeeded()
    calendar = await desk.calendar(code)
    found = await calendar.slot(slot_id, desk.for_ministry())
    if found is None or found.starts <= desk.clock.now():
        return SlotTaken()
    place = desk.places.get(found.place_id) or desk.places.get(place_id)
    name = place.called(caller.language) if place else place_name(desk, found, caller.language)
    address = said(place.located(caller.language) if place else "")
    return SlotChosen(service_word(code), name, address, found.starts.date(), found.starts.time())


async def book(
    desk: Desk, caller: Caller, slot: str, confirm: str, application: str = ""
) -> Booked | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised | PinNeeded | VisitNeedsApplication:
    """Book it, once, whatever happens to the connection. `application`: the reference of the one that it is for."""
    ended = await whole_visits.confirm_booking(desk, caller, slot, confirm, application)
    return booked(desk, ended, caller.language) if isinstance(ended, Ended) else ended


async def mine(desk: Desk, caller: Caller) -> NoVisits | Visits | PinNeeded:
    """The coming visits of the caller, at all calendars of the pack, earliest first."""
    found = await whole_visits.coming(desk, caller)
    if isinstance(found, PinNeeded):
        return found
    items = tuple(
        Item(joined(visit.slot.service, visit.id), _shown(desk, visit.slot, caller.language)) for visit in found
    )
    return Visits(items) if items else NoVisits()


async def open(desk: Desk, caller: Caller, visit: str) -> VisitShown | VisitGone | PinNeeded:
    """One visit in full."""
    found = await whole_visits.own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    slot, place = found.slot, desk.places.get(found.slot.place_id)
    return VisitShown(
        service_word(slot.service),
        place_name(desk, slot, caller.language),
        said(place.located(caller.language) if place else ""),
        slot.starts.date(),
        slot.starts.time(),
        visit_number(found.id),
        may_be_sent(desk, caller),
    )


async def other_days(desk: Desk, caller: Caller, visit: str) -> Days | NoDays | VisitGone | PinNeeded:
    """Days to which the visit can be moved, at its own place."""
    found = await whole_visits.own(desk, caller, visit)
    if not isinstance(found, Visit):
        return found
    return await _days(desk, found.slot.service, found.slot.place_id)


async def move(
    desk: Desk, caller: Caller, visit: str, slot: str, confirm: str
) -> Moved | SlotTaken | NotAccepted | BeingProcessed | AnswerPromised | VisitGone | PinNeeded:
    """Move the visit to another time."""
    ended = await whole_visits.confirm_move(desk, caller, visit, slot, confirm)
    return moved(desk, ended, caller.language) if isinstance(ended, Ended) else _unchanged(ended)


async def cancel(
    desk: Desk, caller: Caller, visit: str, confirm: str
) -> VisitCancelled | NotAccepted | BeingProcessed | AnswerPromised | VisitGone | PinNeeded:
    """Cancel the visit."""
    ended = await whole_visits.confirm_cancelling(desk, caller, visit, confirm)
    return cancelled(desk, ended, caller.language) if isinstance(ended, Ended) else _unchanged(ended)


def service_of(visit: str) -> str:
    """The service that a visit's id carries in front."""
    return parted(visit)[0]


def region_of(desk: Desk, place: Place) -> str:
    """In which region it is; empty where nobody says so."""
    listed = desk.places.index.get(place.id)
    return listed.region if listed else ""


def _places(found: Sequence[Place], caller: Caller) -> Places | NoPlaces:
    return Places(tuple(place_item(place, caller.language) for place in found)) if found else NoPlaces()


def place_item(place: Place, language: str) -> Item:
    """A place's entry in a list."""
    return Item(place.id, {"place": place.called(language), "address": said(place.located(language))})


async def _days(desk: Desk, service: str, place_id: str) -> Days | NoDays:
    last = desk.today() + timedelta(days=desk.services.visit_window_days)
    slots = await open_slots(desk, service, place_id, desk.today(), last)
    found = sorted({slot.starts.date() for slot in slots})
    items = tuple(Item(day.isoformat(), {"day": day}) for day in found)
    return Days(items, service_word(service), place_id) if items else NoDays()


async def open_slots(desk: Desk, service: str, place_id: str, first: date, last: date) -> Sequence[Slot]:
    """The times between two days, both included, that can be booked now."""
    calendar = await desk.calendar(service)
    slots = await calendar.slots(service, place_id, first, last, desk.for_ministry())
    now = desk.clock.now()
    return [slot for slot in slots if slot.starts > now and slot.seats_left != 0]


def _unchanged(outcome: VisitGone | VisitChanged | PinNeeded) -> VisitGone | PinNeeded:
    """A small screen shows no version, so none can have changed under it."""
    return VisitGone() if isinstance(outcome, VisitChanged) else outcome


def _shown(desk: Desk, slot: Slot, language: str) -> dict[str, object]:
    return {
        "service": service_word(slot.service),
        "place": place_name(desk, slot, language),
        "day": slot.starts.date(),
        "time": slot.starts.time(),
    }
