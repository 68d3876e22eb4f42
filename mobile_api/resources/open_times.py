"""What can be booked: services, places, days and open times. The same for everybody: nobody need sign in."""

from datetime import date, datetime, timedelta

from domain.outcomes import Outcome
from mobile_api.operations import Answer, Asked, Cache, Op
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.appointments_values import (
    Bookable,
    BookableList,
    BookingPlaces,
    DaysQuery,
    OpenDays,
    OpenTime,
    OpenTimes,
    PlacesQuery,
    TimesQuery,
)
from mobile_api.shown import PlaceShown
from services import visits
from services.desk import Desk, service_word
from services.outcomes import Days
from services.ports import BOOKS_FOR

TAG = "appointments"


async def list_services(asked: Asked) -> Answer:
    """What one can book a visit for."""
    found = (config.code for config in asked.desk.services.services.values() if config.visits)
    does = asked.desk.ministries.does
    return Answer(
        BookableList(tuple(Bookable(code, asked.say(service_word(code)), does(code, BOOKS_FOR)) for code in found))
    )


async def list_places(asked: Asked) -> Answer:
    """Where the service is given."""
    query: PlacesQuery = asked.query
    require_bookable(asked.desk, query.service)
    found = asked.desk.places.offering(query.service)
    return Answer(BookingPlaces(tuple(PlaceShown.of(place, asked.language) for place in found)))


async def list_days(asked: Asked) -> Answer:
    """Days with open times."""
    query: DaysQuery = asked.query
    require_offered(asked.desk, query.service, query.place)
    found = await visits.days(asked.desk, asked.anybody, query.service, query.place)
    return Answer(OpenDays(tuple(map(date.fromisoformat, day_ids(found)))))


async def list_times(asked: Asked) -> Answer:
    """The open times of a day; of a day that cannot be booked, none."""
    query: TimesQuery = asked.query
    desk = asked.desk
    require_offered(desk, query.service, query.place)
    last = desk.today() + timedelta(days=desk.services.visit_window_days)
    if not desk.today() <= query.day <= last:
        return Answer(OpenTimes(()))
    slots = await visits.open_slots(desk, query.service, query.place, query.day, query.day)
    return Answer(OpenTimes(tuple(OpenTime(slot.id, slot.starts, slot.seats_left) for slot in slots)))


def require_bookable(desk: Desk, service: str) -> None:
    """Raises `Problem` for a service without visits."""
    config = desk.services.get(service)
    if config is None or not config.visits:
        raise Problem("invalid_fields", errors=(FieldError("/service", "invalid"),))


def require_offered(desk: Desk, service: str, place_id: str) -> None:
    """Nothing is asked of a ministry that the pack does not know to be there."""
    require_bookable(desk, service)
    if all(place.id != place_id for place in desk.places.offering(service)):
        raise Problem("invalid_fields", errors=(FieldError("/place", "invalid"),))


def day_ids(outcome: Outcome) -> tuple[str, ...]:
    """The days that were found, as ISO texts."""
    return tuple(item.id for item in outcome.days) if isinstance(outcome, Days) else ()


_STARTS = datetime.fromisoformat("2026-12-01T10:30:00+04:00")
_PLACE = PlaceShown("asan-01", "ASAN 1", "Example street 3, Baku", "Mon-Sat 09:00-18:00")

OPS: tuple[Op, ...] = (
    Op(
        id="list_bookable_services",
        method="GET",
        path="/appointments/services",
        summary="Services for which a visit can be booked",
        tag=TAG,
        act=list_services,
        answers={200: BookableList},
        cache=Cache.PUBLIC,
        examples={200: BookableList((Bookable("passport", "Passport"),))},
    ),
    Op(
        id="list_booking_places",
        method="GET",
        path="/appointments/places",
        summary="Where a service can be had by visit",
        tag=TAG,
        act=list_places,
        query=PlacesQuery,
        answers={200: BookingPlaces},
        cache=Cache.PUBLIC,
        examples={200: BookingPlaces((_PLACE,))},
    ),
    Op(
        id="list_open_days",
        method="GET",
        path="/appointments/days",
        summary="Days with open times",
        tag=TAG,
        act=list_days,
        query=DaysQuery,
        answers={200: OpenDays},
        problems=("ministry_unavailable", "ministry_refused"),
        examples={200: OpenDays((_STARTS.date(),))},
    ),
    Op(
        id="list_open_times",
        method="GET",
        path="/appointments/times",
        summary="Open times of a day",
        description="Nothing is held for anybody before it is booked.",
        tag=TAG,
        act=list_times,
        query=TimesQuery,
        answers={200: OpenTimes},
        problems=("ministry_unavailable", "ministry_refused"),
        examples={200: OpenTimes((OpenTime("11226120103", _STARTS, 2),))},
    ),
)
