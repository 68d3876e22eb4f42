"""Invented places: bank branches where a card waits, and the fifteen ASAN centres."""

from dataclasses import dataclass

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
    """An ASAN centre as the Scheduler's host entity; number and city from public counts, the rest invented."""

    number: int
    city: str
    street: str

    @property
    def id(self) -> str:
        return f"asan-{self.number:02d}"

    @property
    def name(self) -> str:
        return f"ASAN Xidmət {self.number} (demo), {self.city}"

    def venue(self) -> Json:
        return {
            "building": f"ASAN Xidmət {self.number} (demo)",
            "street": self.street,
            "area": "",
            "city": self.city,
            "state": "",
            "country": "Azerbaijan",
            "lat": f"{40 + self.number / 100:.4f}",
            "long": f"{49 + self.number / 100:.4f}",
        }


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
CENTRES = tuple(Centre(number, city, f"Nümunə küç. {number * 3}") for number, city in enumerate(_CITIES, start=1))


def centre(entity_id: str) -> Centre | None:
    """The centre with this id."""
    return next((known for known in CENTRES if known.id == entity_id), None)
