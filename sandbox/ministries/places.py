"""Invented places: bank branches where a card waits, and where Schedulers receive visitors."""

from dataclasses import dataclass

from sandbox.ministries import senegal

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a bank that does not exist."""

    id: str
    name: str
    address: str
    hours: str

    def shown(self) -> Json:
        return {"id": self.id, "name": self.name, "address": self.address, "hours": self.hours}


BRANCHES = (
    Branch("branch-01", "Demo Bank Nərimanov", "Nümunə küç. 12, Bakı", "09:00-17:00"),
    Branch("branch-02", "Demo Bank Yasamal", "Sınaq pr. 48, Bakı", "09:00-18:00"),
    Branch("branch-03", "Demo Bank Sumqayıt", "Nümunə meyd. 3, Sumqayıt", "09:30-17:30"),
    Branch("branch-04", "Demo Bank Gəncə", "Sınaq küç. 7, Gəncə", "09:00-17:00"),
)


def branch(branch_id: str) -> Branch | None:
    """The branch with this id."""
    return next((known for known in BRANCHES if known.id == branch_id), None)


@dataclass(frozen=True, slots=True)
class Centre:
    """A place as the Scheduler's host entity; `number` counts from 1 within its ministry, `at` is north and east."""

    number: int
    id: str
    name: str
    building: str
    city: str
    street: str
    country: str
    at: tuple[float, float]

    def venue(self) -> Json:
        return {
            "building": self.building,
            "street": self.street,
            "area": "",
            "city": self.city,
            "state": "",
            "country": self.country,
            "lat": f"{self.at[0]:.4f}",
            "long": f"{self.at[1]:.4f}",
        }


def _asan(number: int, city: str) -> Centre:
    """Number and city from public counts, the rest invented."""
    building = f"ASAN Xidmət {number} (demo)"
    at = (40 + number / 100, 49 + number / 100)
    name, street = f"{building}, {city}", f"Nümunə küç. {number * 3}"
    return Centre(number, f"asan-{number:02d}", name, building, city, street, "Azerbaijan", at)


_CITIES = ("Bakı",) * 5 + (
    "Sumqayıt",
    "Gəncə",
    "Bərdə",
    "Sabirabad",
    "Quba",
    "Masallı",
    "Mingəçevir",
    "Qəbələ",
    "İmişli",
    "Şəki",
)
CENTRES = tuple(_asan(number, city) for number, city in enumerate(_CITIES, start=1))
ESPACES = tuple(
    Centre(each.number, each.id, each.name, each.name, each.department, each.street, "Senegal", each.at)
    for each in senegal.ESPACES
)


def centre(entity_id: str) -> Centre | None:
    """The ASAN centre with this id."""
    return next((known for known in CENTRES if known.id == entity_id), None)
