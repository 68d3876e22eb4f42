"""The files of a country's pack, field by field: what each may say, and nothing else."""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict

from domain.reference import Check
from gateway.pack_way import AuthFile, TlsFile
from gateway.pack_way import FromEnvironment as FromEnvironment
from i18n.letters import Letters
from services.alerts import AlertKind
from services.backends.config import MinistryLimits
from services.backends.way_config import XRoad
from services.events import EventType
from services.pack_values import LinkFact
from sms.keyword_words import Intent
from ussd_menus.networks import Ucs2


class LanguageFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One language of the pack, and whether its own letters are wanted where a network shows them. `digits: own`: dates
    and amounts in the digits of its script; what is typed back, and numbers on slips, stay in the keypad's."""

    code: str
    letters: Letters
    digits: Literal["keypad", "own"] = "keypad"


class Holidays(Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar of the package `holidays`, and the days that a decree moved."""

    calendar: str
    add: tuple[date, ...] = ()
    remove: tuple[date, ...] = ()


class ReferenceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How one service writes its references."""

    service: str
    length: int
    prefix: str = ""
    check: Check = Check.NONE


class PackFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`pack.yaml`."""

    name: str
    country: str
    languages: tuple[LanguageFile, ...]
    default_language: str
    zone: str
    currency: str
    service_code: str
    holidays: Holidays
    references: tuple[ReferenceFile, ...]
    account_consent: str
    visit_window_days: int = 30
    weekend: frozenset[int] = frozenset({5, 6})
    # The app's domain: telephones that get a code for it type it in by themselves.
    app_domain: str = ""


class NetworkFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One network, by what differs from the default."""

    name: str = ""
    # 160 octets hold no more (3GPP TS 23.038 §6.1.2.3).
    septets: Annotated[int, Meta(ge=40, le=182)] | None = None
    units: Annotated[int, Meta(ge=20, le=80)] | None = None
    ucs2: Ucs2 | None = None


class NetworksFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`networks.yaml`."""

    networks: dict[str, NetworkFile]
    default: NetworkFile = NetworkFile()


class SenderFile(Struct, frozen=True, forbid_unknown_fields=True):
    """From whom SMS come."""

    id: Annotated[str, Meta(pattern=r"^([A-Za-z0-9 .&_-]{1,11}|[0-9]{3,15})$")]
    two_way: bool = False
    per_second: Annotated[int, Meta(ge=1, le=100_000)] = 50


class RouteFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Which providers carry what; what is not written fits everything."""

    providers: dict[str, Annotated[int, Meta(ge=0, le=100)]]
    kinds: frozenset[AlertKind] = frozenset()
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


_Hour = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class QuietFile(Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}):
    """Hours in which nobody is woken."""

    begin: _Hour = "20:00"
    until: _Hour = "08:00"


class CapFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a source may spend, in whole units of the currency."""

    day: Annotated[int, Meta(ge=0)]
    month: Annotated[int, Meta(ge=0)]


class SmsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`sms.yaml`."""

    sender: SenderFile
    routes: tuple[RouteFile, ...]
    prices: dict[str, Annotated[int, Meta(ge=0)]]
    quiet: QuietFile = QuietFile()
    caps: dict[str, CapFile] = {}
    decisions_in_spite_of_stop: bool = True
    longest: Annotated[int, Meta(ge=1, le=6)] = 2
    letters: dict[str, Letters] = {}


class SpellingsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`spellings.yaml`: by language, words of its own script and how they are written in Latin letters."""

    words: dict[str, dict[str, str]] = {}


_Spellings = dict[str, tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...]]


class KeywordsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`keywords.yaml`: language to spellings, beside the shared ones (`sms.keyword_words.Intent`)."""

    status: _Spellings = {}
    pickup: _Spellings = {}
    help: _Spellings = {}
    language: _Spellings = {}
    stop: _Spellings = {}
    start: _Spellings = {}
    wrong: _Spellings = {}
    menu: _Spellings = {}
    cancel: _Spellings = {}

    def words(self) -> dict[Intent, _Spellings]:
        """By intent."""
        return {Intent(name): spellings for name, spellings in asdict(self).items() if spellings}


class SourceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A ministry's system that tells us what happens. `source`: what it writes there; its name where left out.

    `types`: its own words for ours. `readable: no`: its applications cannot be read again. `poll_seconds`: it cannot
    push, so its list is read so often. `callback`: where it is told that a message did not arrive.
    """

    services: tuple[str, ...]
    source: str = ""
    types: dict[str, EventType] = {}
    readable: bool = True
    poll_seconds: Annotated[float, Meta(ge=5, le=86_400)] | None = None
    callback: "FromEnvironment | None" = None


class EventsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`events.yaml`."""

    sources: dict[Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,32}\Z")], SourceFile] = {}


class ServiceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One service (the fields of `services.pack_values.ServiceConfig`, and who serves it)."""

    ministry: str
    purpose: str = ""
    applies: bool = False
    visits: bool = False
    pickup: bool = False
    listed: bool = True
    sensitive: bool = False
    link_fact: LinkFact | None = None
    consent: str | None = None
    consent_text: str = ""
    days: int | None = None
    term_years: int | None = None
    financial: bool = False
    papers: bool = False


class ServicesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`services.yaml`."""

    services: dict[str, ServiceFile]


class AddressFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a ministry is, and the way there."""

    name: str
    base_url: FromEnvironment | str
    headers: dict[str, FromEnvironment | str] = {}
    limits: MinistryLimits = MinistryLimits()
    through: XRoad | None = None
    auth: AuthFile | None = None
    tls: TlsFile | None = None


class MinistryFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One ministry: where, in which standard, with which settings of that standard."""

    standard: str
    address: AddressFile
    settings: dict[str, Any] = {}


class MinistryTextFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One text that a ministry may send: its message, and the ministry's names of the values."""

    text: str
    values: dict[str, str] = {}


class NotifyServiceFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A ministry that sends through GOV.UK Notify's API. Two keys while one is rotated out."""

    source: str
    keys: tuple[FromEnvironment, ...]
    texts: dict[str, MinistryTextFile]


class NotifyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`notify.yaml`: by service id."""

    services: dict[str, NotifyServiceFile] = {}


class MinistriesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`ministries.yaml`."""

    ministries: dict[str, MinistryFile]
