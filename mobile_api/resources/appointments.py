"""Appointments: booking, seeing, moving and cancelling one; one as a calendar file."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid5

from domain.errors import GuichetError
from domain.outcomes import Outcome
from i18n.text import Text
from mobile_api import etags
from mobile_api.calendar_file import MEDIA, Entry, calendar_file
from mobile_api.operations import Answer, Asked, Cache, Op, Output, Security, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.appointments_values import (
    Appointment,
    AppointmentList,
    Booking,
    InHand,
    Moving,
    api_id,
    joined_of,
)
from mobile_api.resources.open_times import TAG, day_ids, require_bookable
from mobile_api.shown import PlaceShown
from services import visits, whole_visits
from services.desk import service_word
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    PinNeeded,
    SlotTaken,
    VisitGone,
    VisitNeedsApplication,
    VisitRefused,
    VisitRefusedUnsaid,
)
from services.outcomes_visits import VisitChanged, VisitOver, VisitStands
from services.ports import BOOKS_FOR
from services.values import Place, Visit
from services.wording import visit_number

_WHERE = {"id": r"[a-z0-9_]{1,64}:[^\x00-\x1f\x7f/]{1,128}"}
# From when the minutes are counted by which a later calendar file is known to be later.
_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_IF_MATCH = b"if-match"


# --- hers -----------------------------------------------------------------------------------------------------


async def list_appointments(asked: Asked) -> Answer:
    """Her coming visits."""
    found = await whole_visits.listed(asked.desk, asked.caller)
    if isinstance(found, PinNeeded):
        raise Problem("pin_needed")
    return Answer(AppointmentList(tuple(Appointment.of(asked, visit) for visit in found.visits), found.live))


async def show_appointment(asked: Asked) -> Answer:
    """One of them."""
    return _stands(asked, await _own(asked))


async def calendar(asked: Asked) -> Answer:
    """One of them, as a file for the telephone's calendar."""
    visit = await _own(asked)
    headers = {"Content-Disposition": 'attachment; filename="visit.ics"'}
    return Answer(calendar_file(_entry(asked, visit)), headers=headers)


async def book(asked: Asked) -> Answer:
    """Book a time."""
    wanted: Booking = asked.body
    require_bookable(asked.desk, wanted.service)
    slot = whole_visits.joined(wanted.service, wanted.slot)
    if wanted.application and not asked.desk.ministries.does(wanted.service, BOOKS_FOR):
        raise Problem("invalid_fields", errors=(FieldError("/application", "invalid"),))
    outcome = await whole_visits.book(asked.desk, asked.caller, slot, asked.key, wanted.application or "")
    match outcome:
        case VisitStands(visit=visit):
            return _stands(asked, visit, 201, {"Location": f"/api/v1/appointments/{quote(api_id(visit), safe=':')}"})
        case SlotTaken():
            raise Problem("slot_taken", choices=await _days_there(asked, wanted))
        case VisitNeedsApplication():
            raise Problem("application_needed")
    return _not_done(outcome)


async def move(asked: Asked) -> Answer:
    """Move one to another time."""
    wanted: Moving = asked.body
    joined = _joined(asked)
    slot = whole_visits.joined(whole_visits.parted(joined)[0], wanted.slot)
    if _IF_MATCH not in asked.headers:
        raise Problem("version_needed")
    outcome = await whole_visits.move(asked.desk, asked.caller, joined, slot, asked.key, _seen(asked))
    match outcome:
        case VisitStands(visit=visit):
            return _stands(asked, visit)
        case SlotTaken():
            raise Problem("slot_taken", choices=await _instead(visits.other_days(asked.desk, asked.caller, joined)))
    return _not_done(outcome)


async def cancel(asked: Asked) -> Answer:
    """Cancel one."""
    outcome = await whole_visits.cancel(asked.desk, asked.caller, _joined(asked), asked.key, _seen(asked))
    return Answer(status=204) if isinstance(outcome, VisitOver) else _not_done(outcome)


async def changed(asked: Asked, ids: frozenset[str] | None) -> Mapping[str, Output]:
    """Her visits as last known, for `GET /changes`: no ministry is asked."""
    known = await whole_visits.known(asked.desk, asked.caller)
    return {api_id(visit): Appointment.of(asked, visit) for visit in known if ids is None or api_id(visit) in ids}


# --- parts ----------------------------------------------------------------------------------------------------


def _joined(asked: Asked) -> str:
    joined = joined_of(asked.path["id"])
    config = asked.desk.services.get(whole_visits.parted(joined)[0])
    if config is None or not config.visits:
        raise Problem("not_found")
    return joined


async def _own(asked: Asked) -> Visit:
    found = await whole_visits.own(asked.desk, asked.caller, _joined(asked))
    if isinstance(found, Visit):
        return found
    raise Problem("pin_needed" if isinstance(found, PinNeeded) else "not_found")


def _seen(asked: Asked) -> whole_visits.Seen:
    """Without If-Match she has seen what there is."""
    header = asked.headers.get(_IF_MATCH)
    return lambda version: header is None or etags.seen(header, version)


def _stands(asked: Asked, visit: Visit, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    tag = etags.in_language(whole_visits.version(visit), asked.language)
    return Answer(Appointment.of(asked, visit), status, headers or {}, tag)


def _not_done(outcome: Outcome) -> Answer:
    match outcome:
        case BeingProcessed():
            return Answer(InHand(told=False), 202, final=False)
        case AnswerPromised():
            return Answer(InHand(told=True), 202, final=False)
        case PinNeeded():
            raise Problem("pin_needed")
        case VisitGone():
            raise Problem("not_found")
        case VisitChanged():
            raise Problem("changed_meanwhile")
        case VisitRefused(reason=reason):
            raise Problem("visit_refused", {"reason": reason})
        case VisitRefusedUnsaid():
            raise Problem("ministry_refused")
    raise unforeseen(outcome)


async def _days_there(asked: Asked, wanted: Booking) -> tuple[str, ...]:
    if all(place.id != wanted.place for place in asked.desk.places.offering(wanted.service)):
        return ()
    return await _instead(visits.days(asked.desk, asked.anybody, wanted.service, wanted.place))


async def _instead(days: Awaitable[Outcome]) -> tuple[str, ...]:
    """Other days, where they can be had: that the time is gone is told in any case."""
    try:
        return day_ids(await days)
    except GuichetError:
        return ()


def _where(place: Place | None, language: str) -> str:
    """In one line, as calendars have it."""
    return ", ".join(filter(None, (place.called(language), place.located(language)))) if place else ""


def _entry(asked: Asked, visit: Visit) -> Entry:
    desk, slot, person, now = asked.desk, visit.slot, asked.caller.person, asked.desk.clock.now()
    if person is None:
        raise Problem("not_found")
    place, config = desk.places.get(slot.place_id), desk.services.get(slot.service)
    title = Text("calendar.private")
    # Calendars are shared, and lie in clouds: what is sensitive is not named in them.
    if place is not None and config is not None and not config.sensitive:
        title = Text("calendar.title", {"service": service_word(slot.service), "place": place.called(asked.language)})
    listed = desk.places.index.get(slot.place_id)
    at = listed.at if listed else None
    return Entry(
        uid=str(uuid5(person.id, api_id(visit))),
        made=now,
        # Nobody counts the changes: later is greater.
        sequence=(now - _BEGAN) // _MINUTE,
        starts=slot.starts,
        summary=asked.say(title),
        location=_where(place, asked.language),
        description=asked.say(Text("calendar.number", {"number": visit_number(visit.id)})),
        language=asked.language,
        at=at,
    )


# --- declared -------------------------------------------------------------------------------------------------

_STARTS = datetime.fromisoformat("2026-12-01T10:30:00+04:00")
_PLACE = PlaceShown("asan-01", "ASAN 1", "Example street 3, Baku", "Mon-Sat 09:00-18:00")
_EXAMPLE = Appointment("passport:4711", "passport", "Passport", _PLACE, _STARTS, "4711", "5f0e2c9b7a41d86e30")
_PROBLEMS = ("pin_needed", "ministry_unavailable", "ministry_refused")
_WRITE_PROBLEMS = (*_PROBLEMS, "slot_taken", "visit_refused")

OPS: tuple[Op, ...] = (
    Op(
        id="list_appointments",
        method="GET",
        path="/appointments",
        summary="My coming visits",
        description="Whichever way they were booked.",
        tag=TAG,
        act=list_appointments,
        answers={200: AppointmentList},
        problems=_PROBLEMS,
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        examples={200: AppointmentList((_EXAMPLE,))},
    ),
    Op(
        id="book_appointment",
        method="POST",
        path="/appointments",
        summary="Book a visit",
        description="409 `slot_taken` tells in `choices` other days at `place`, where one is given. 202: the ministry "
        "has not answered yet; the same request with the same key tells what came of it.",
        tag=TAG,
        act=book,
        body=Booking,
        answers={201: Appointment, 202: InHand},
        problems=(*_WRITE_PROBLEMS, "application_needed"),
        security=Security.PERSON,
        write=True,
        assisted=True,
        examples={"body": Booking("passport", "11226120103", "asan-01"), 201: _EXAMPLE, 202: InHand(True)},
    ),
    Op(
        id="show_appointment",
        method="GET",
        path="/appointments/{id}",
        summary="One of my visits",
        tag=TAG,
        act=show_appointment,
        answers={200: Appointment},
        problems=_PROBLEMS,
        security=Security.PERSON,
        assisted=True,
        cache=Cache.PRIVATE,
        where=_WHERE,
        examples={200: _EXAMPLE},
    ),
    Op(
        id="move_appointment",
        method="POST",
        path="/appointments/{id}/move",
        summary="Move a visit to another time",
        description="409 `slot_taken` tells in `choices` other days at its place.",
        tag=TAG,
        act=move,
        body=Moving,
        answers={200: Appointment, 202: InHand},
        problems=_WRITE_PROBLEMS,
        security=Security.PERSON,
        write=True,
        assisted=True,
        if_match=True,
        where=_WHERE,
        examples={"body": Moving("11226120104"), 200: _EXAMPLE, 202: InHand(True)},
    ),
    Op(
        id="cancel_appointment",
        method="DELETE",
        path="/appointments/{id}",
        summary="Cancel a visit",
        description="With If-Match only the version that was seen.",
        tag=TAG,
        act=cancel,
        answers={204: None, 202: InHand},
        problems=(*_PROBLEMS, "changed_meanwhile", "visit_refused"),
        security=Security.PERSON,
        write=True,
        assisted=True,
        where=_WHERE,
        examples={202: InHand(True)},
    ),
    Op(
        id="appointment_calendar",
        method="GET",
        path="/appointments/{id}/visit.ics",
        summary="One of my visits for the telephone's calendar (RFC 5545)",
        tag=TAG,
        act=calendar,
        answers={200: bytes},
        problems=_PROBLEMS,
        security=Security.PERSON,
        assisted=True,
        media=MEDIA,
        where=_WHERE,
    ),
)
