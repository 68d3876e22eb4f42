"""What is asked and answered about appointments."""

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from mobile_api.operations import Asked, Input, Output, Query
from mobile_api.shown import PlaceShown
from services.desk import service_word
from services.values import Place, Visit
from services.whole_visits import version
from services.wording import visit_number

Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$", description="A service's code.")]
PlaceId = Annotated[str, Meta(min_length=1, max_length=64, description="The id of one of the service's places.")]
# As its ministry writes it.
SlotId = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f/]+$")]


class PlacesQuery(Query, frozen=True):
    """For which service."""

    service: Code


class DaysQuery(Query, frozen=True):
    """For which service, and where."""

    service: Code
    place: PlaceId


class TimesQuery(Query, frozen=True):
    """For which service, where, and on which day."""

    service: Code
    place: PlaceId
    day: date


class Bookable(Output, frozen=True):
    """A service for which a visit can be booked. `for_application`: only for one of her applications, which is named
    in the booking."""

    code: str
    name: str
    for_application: bool = False


class BookableList(Output, frozen=True):
    """In the country's order."""

    items: tuple[Bookable, ...]
    next: None = None


class BookingPlaces(Output, frozen=True):
    """Where the service is given, in the country's order."""

    items: tuple[PlaceShown, ...]
    next: None = None


class OpenDays(Output, frozen=True):
    """Days with times that can be booked, the earliest first."""

    items: tuple[date, ...]
    next: None = None


class OpenTime(Output, frozen=True):
    """A time that can be booked. `seats_left`: null where the ministry does not tell."""

    slot: str
    starts: datetime
    seats_left: Annotated[int, Meta(ge=0)] | None = None


class OpenTimes(Output, frozen=True):
    """The times of one day, the earliest first."""

    items: tuple[OpenTime, ...]
    next: None = None


class Booking(Input, frozen=True):
    """What to book: the id of a time. `place`, where it is given: at whose other days to look if the time is gone.
    `application`: the reference of one of hers, where visits are `for_application`; else it is not taken."""

    service: Code
    slot: SlotId
    place: Annotated[str, Meta(max_length=64)] = ""
    # Generators of clients take what has a default for what is always there.
    application: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET


class Moving(Input, frozen=True):
    """To which time of the same service."""

    slot: SlotId


class Appointment(Output, frozen=True):
    """A visit that is coming. `number`: what to say at the counter; `version`: what If-Match takes, in quotes."""

    id: str
    service: str
    service_name: str
    place: PlaceShown
    starts: datetime
    number: str
    version: str

    @classmethod
    def of(cls, asked: Asked, visit: Visit) -> "Appointment":
        slot, desk = visit.slot, asked.desk
        place = desk.places.get(slot.place_id) or Place(slot.place_id, "")
        return cls(
            api_id(visit),
            slot.service,
            asked.say(service_word(slot.service)),
            PlaceShown.of(place, asked.language),
            slot.starts.astimezone(desk.services.zone),
            visit_number(visit.id),
            version(visit),
        )


class AppointmentList(Output, frozen=True):
    """Her coming visits, the earliest first. `live`: false where a ministry is away and the last known is shown."""

    items: tuple[Appointment, ...]
    live: bool = True
    next: None = None


class InHand(Output, frozen=True):
    """The ministry has not answered yet: it goes on. The same request with the same key tells what came of it.

    `told`: what came of it is also sent as a message.
    """

    told: bool


def api_id(visit: Visit) -> str:
    """A visit's id with its service in front, as it stands in a path."""
    return f"{visit.slot.service}:{visit.id}"


def joined_of(path_id: str) -> str:
    """The use cases' id of the visit with that id in a path."""
    service, _, visit = path_id.partition(":")
    return f"{service}/{visit}"
