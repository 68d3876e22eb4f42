"""Which visits can be booked: made from the calendar by rule, so that nothing needs to be stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from sandbox.ministries import senegal
from sandbox.ministries.clock import BAKU
from sandbox.ministries.places import CENTRES, ESPACES, Centre
from sandbox.ministries.workdays import AZERBAIJAN, Workdays

Json = dict[str, Any]

CATEGORIES = {
    "id_card": "Identity card",
    "passport": "Passport",
    "driving_licence": "Driving licence",
    "marriage_certificate": "Marriage certificate",
    "property_extract": "Property extract",
}
_SENEGAL = {
    "birth_extract": "Extrait de naissance",
    "criminal_record": "Casier judiciaire",
    "residence_certificate": "Certificat de résidence",
    "nationality_certificate": "Certificat de nationalité",
    "business_registration": "Registre du commerce",
}
DAYS = 10
_LENGTH = timedelta(minutes=30)
_NOTICE = timedelta(hours=1)
# Half hours from 9 to 17, without the hour from 13.
TIMES = tuple(time(hour, minute) for hour in (9, 10, 11, 12, 14, 15, 16) for minute in (0, 30))


@dataclass(frozen=True, eq=False)
class Agenda:
    """What one ministry's Scheduler offers: where (centres, which are entities of the category `kind`), for what
    (category to name), on the working days of its country. `only`: categories that not every centre serves.
    `first_id`: after which its ids count, so that no two Schedulers give the same."""

    name: str
    kind: str
    zone: ZoneInfo
    workdays: Workdays
    centres: tuple[Centre, ...]
    categories: Mapping[str, str]
    terms: str
    only: Mapping[str, frozenset[str]]
    first_id: int = 70_000

    def centre(self, entity_id: str) -> Centre | None:
        """The centre with this id."""
        return next((known for known in self.centres if known.id == entity_id), None)

    def offers(self, centre: Centre, category: str) -> bool:
        return category in self.categories and centre.id in self.only.get(category, (centre.id,))

    def last_day(self, today: date) -> date:
        """So far ahead visits can be booked."""
        return self.workdays.beginning(today, DAYS)[-1]

    def slots(self, centre: Centre, category: str, today: date) -> list["Slot"]:
        """All slots of the next ten working days, today included."""
        if not self.offers(centre, category):
            return []
        days = self.workdays.beginning(today, DAYS)
        return [Slot(self, centre, category, datetime.combine(day, at)) for day in days for at in TIMES]

    def slot(self, event_id: str) -> "Slot | None":
        """The slot with this id, whether bookable or long past; `None` if there never was one."""
        if len(event_id) != 11 or not (event_id.isascii() and event_id.isdecimal()):
            return None
        codes = tuple(self.categories)
        number, service, place = int(event_id[:2]) - 10, int(event_id[2]) - 1, int(event_id[9:])
        if not (1 <= number <= len(self.centres) and 0 <= service < len(codes) and place < len(TIMES)):
            return None
        try:
            day = datetime.strptime(event_id[3:9], "%y%m%d").date()
        except ValueError:
            return None
        centre = self.centres[number - 1]
        if not (self.workdays.includes(day) and self.offers(centre, codes[service])):
            return None
        return Slot(self, centre, codes[service], datetime.combine(day, TIMES[place]))


@dataclass(frozen=True, slots=True)
class Slot:
    """Half an hour at a centre for one service; times are its country's, without a zone."""

    agenda: Agenda
    centre: Centre
    category: str
    start: datetime

    @property
    def id(self) -> str:
        """Eleven digits: centre + 10, service, date, half hour; the same for ever."""
        service = tuple(self.agenda.categories).index(self.category) + 1
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
        name = self.agenda.categories[self.category]
        return {
            "name": name,
            "description": f"{name} at {self.centre.name}",
            "category": self.category,
            "host_entity_id": self.centre.id,
            "from": self.start.isoformat(),
            "to": (self.start + _LENGTH).isoformat(),
            "deadline": self.deadline.isoformat(),
            "subscriber_limit": str(self.limit),
            "terms": self.agenda.terms,
            "status": "open" if open_ else "closed",
            "venue": self.centre.venue(),
        }


ASAN = Agenda(
    "asan", "asan_centre", BAKU, AZERBAIJAN, CENTRES, CATEGORIES, "Bring your identity card (demonstration)",
    # The last one does not, so that "no days" can be seen too.
    {"property_extract": frozenset(known.id for known in CENTRES[:-1])},
)  # fmt: skip
ESS = Agenda(
    "ess-visits", "espace", ZoneInfo("Africa/Dakar"), Workdays("SN"), ESPACES, _SENEGAL,
    "Apportez votre carte d'identité (démonstration)",
    {"nationality_certificate": frozenset(senegal.PILOT_IDS)}, 80_000,
)  # fmt: skip
AGENDAS = {agenda.name: agenda for agenda in (ASAN, ESS)}


def slots(centre: Centre, category: str, today: date) -> list[Slot]:
    """Those of an ASAN centre."""
    return ASAN.slots(centre, category, today)


def slot(event_id: str) -> Slot | None:
    """ASAN's slot with this id."""
    return ASAN.slot(event_id)
