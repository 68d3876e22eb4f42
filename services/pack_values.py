"""What a country's pack says about its services: which there are, and by which rules each is served."""

from collections.abc import Container, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.errors import InvalidValue
from domain.reference import ReferenceRule
from domain.working_days import add_working_days
from services.national_id import NationalId
from services.satisfaction import Satisfaction


class LinkFact(StrEnum):
    """By which fact, that only the applicant knows and the ministry checks, an application is linked."""

    BIRTH_DATE = "birth_date"
    SLIP_KEY = "slip_key"


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """One service. `days`: working days until a decision is due, where a law says so.

    `sensitive` services always need the PIN. `consent` is the purpose that must have been agreed to before the
    form is opened, with `consent_text` the message id and version of the words shown. `financial`: money depends on
    it, so nobody without a telephone hands it in before a call-back. `ministry`: whose it is, whose name is the
    message `ministry.<ministry>`; `purpose`: the message that says what its form's answers are used for. `papers`: what
    it sends back for is a paper, which nobody can type: it is brought to an office.
    """

    code: str
    applies: bool = False
    visits: bool = False
    pickup: bool = False
    listed: bool = True
    sensitive: bool = False
    link_fact: LinkFact | None = None
    consent: str | None = None
    consent_text: str = ""
    days: int | None = None
    financial: bool = False
    ministry: str = ""
    purpose: str = ""
    papers: bool = False

    def __post_init__(self) -> None:
        # Whoever hands something in is told by when it will be decided.
        if self.applies and self.days is None:
            raise InvalidValue(f"service {self.code}: applies, so it needs days")


@dataclass(frozen=True, slots=True)
class ServicesConfig:
    """All services of the pack, in the order in which menus list them, and what counts in the country. `unmoving`: no
    bus or train of the state calls anywhere."""

    services: Mapping[str, ServiceConfig]
    references: tuple[ReferenceRule, ...]
    zone: ZoneInfo
    holidays: Container[date] = frozenset()
    weekend: Set[int] = field(default_factory=lambda: frozenset({5, 6}))
    account_consent: str = "account.consent@1"
    ministry_seconds: float = 2.5
    guesses_per_day: int = 10
    facts_per_day: int = 5
    facts_per_reference: int = 20
    visit_window_days: int = 30
    satisfaction: Satisfaction = field(default_factory=Satisfaction)
    national_id: NationalId = field(default_factory=NationalId)
    unmoving: bool = False

    def get(self, code: str) -> ServiceConfig | None:
        return self.services.get(code)

    @property
    def unbooked(self) -> bool:
        """Whether nothing is visited by appointment."""
        return not any(config.visits for config in self.services.values())

    @property
    def unfiled(self) -> bool:
        """Whether nothing is applied for or collected, and no slip has a number."""
        return not self.references and not any(one.applies or one.pickup for one in self.services.values())

    @property
    def absent(self) -> frozenset[str]:
        """What menus leave out in the country, by the flags of their options (`when: no unfiled`)."""
        flags = {"unbooked": self.unbooked, "unfiled": self.unfiled, "unmoving": self.unmoving}
        return frozenset(name for name, absent in flags.items() if absent)

    def asks_papers(self, service: str) -> bool:
        """Whether what is missing for the service is brought, not typed."""
        config = self.services.get(service)
        return config is not None and config.papers

    def due(self, service: str, start: date) -> date | None:
        """The day by which the service must have decided what was handed in on `start`."""
        config = self.services.get(service)
        if config is None or config.days is None:
            return None
        return add_working_days(start, config.days, self.holidays, self.weekend)
