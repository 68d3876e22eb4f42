"""Which visits can be booked: made from the calendar by rule, so that nothing needs to be stored."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from sandbox.ministries.places import CENTRES, Centre
from sandbox.ministries.workdays import is_working_day, working_days_from

Json = dict[str, Any]

CATEGORIES = {
    "id_card": "Identity card",
    "passport": "Passport",
    "driving_licence": "Driving licence",
    "marriage_certificate": "Marriage certificate",
    "property_extract": "Property extract",
}
_CODES = tuple(CATEGORIES)
DAYS = 10
_LENGTH = timedelta(minutes=30)
_NOTICE = timedelta(hours=1)
# Half hours from 9 to 17, without the hour from 13.
TIMES = tuple(time(hour, minute) for hour in (9, 10, 11, 12, 14, 15, 16) for minute in (0, 30))


@dataclass(frozen=True, slots=True)
class Slot:
    """Half an hour at a centre for one service; times are Baku's, without a zone."""

    centre: Centre
    category: str
    start: datetime

    @property
    def id(self) -> str:
        """Eleven digits: centre + 10, service, date, half hour; the same for ever."""
        service = _CODES.index(self.category) + 1
        return f"{self.centre.number + 10}{service}{self.start:%y%m%d}{TIMES.index(self.start.time()):02d}"

    @property
    def limit(self) -> int:
        """One to three visitors."""
        return 1 + crc32(self.id.encode()) % 3

    @property
    def full_from_the_start(self) -> bool:
        """One slot in seven was taken by people who came to the counter."""
        return crc32(self.id.encode()) % 7 == 0

    @property
    def deadline(self) -> datetime:
        return self.start - _NOTICE

    def details(self, open_: bool) -> Json:
        """GovStack's `event_details`."""
        return {
            "name": CATEGORIES[self.category],
            "description": f"{CATEGORIES[self.category]} at {self.centre.name}",
            "category": self.category,
            "host_entity_id": self.centre.id,
            "from": self.start.isoformat(),
            "to": (self.start + _LENGTH).isoformat(),
            "deadline": self.deadline.isoformat(),
            "subscriber_limit": str(self.limit),
            "terms": "Bring your identity card (demonstration)",
            "status": "open" if open_ else "closed",
            "venue": self.centre.venue(),
        }


def offers(centre: Centre, category: str) -> bool:
    """Every centre offers everything, but for the last one: so that "no days" can be seen too."""
    return category in CATEGORIES and not (centre.number == len(CENTRES) and category == "property_extract")


def slots(centre: Centre, category: str, today: date) -> list[Slot]:
    """All slots of the next ten working days, today included."""
    if not offers(centre, category):
        return []
    days = working_days_from(today, DAYS)
    return [Slot(centre, category, datetime.combine(day, at)) for day in days for at in TIMES]


def slot(event_id: str) -> Slot | None:
    """The slot with this id, whether bookable or long past; `None` if there never was one."""
    if len(event_id) != 11 or not (event_id.isascii() and event_id.isdecimal()):
        return None
    number, service, place = int(event_id[:2]) - 10, int(event_id[2]) - 1, int(event_id[9:])
    if not (1 <= number <= len(CENTRES) and 0 <= service < len(_CODES) and place < len(TIMES)):
        return None
    try:
        day = datetime.strptime(event_id[3:9], "%y%m%d").date()
    except ValueError:
        return None
    centre = CENTRES[number - 1]
    if not (is_working_day(day) and offers(centre, _CODES[service])):
        return None
    return Slot(centre, _CODES[service], datetime.combine(day, TIMES[place]))
