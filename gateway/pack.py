"""A country's pack: YAML data read into frozen values, all mistakes told at once with file and path."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

import countries
from domain.errors import InvalidValue
from domain.money import minor_digits
from domain.reference import ReferenceRule
from gateway import pack_lines, pack_way
from gateway.days_off import DaysOff
from gateway.pack_assisted import AssistedFile
from gateway.pack_assisted import disagreements as assisted_disagreements
from gateway.pack_files import (
    EventsFile,
    FromEnvironment,
    KeywordsFile,
    MinistriesFile,
    MinistryFile,
    NetworkFile,
    NetworksFile,
    NotifyFile,
    NotifyServiceFile,
    PackFile,
    ServicesFile,
    SmsFile,
    SpellingsFile,
)
from gateway.pack_mail import MailFile, mail_of
from gateway.pack_places import PlacesFile, UnitsFile, disagreements, places_of
from gateway.pack_privacy import PrivacyFile, national_id_of
from gateway.pack_references import disagreements as references
from gateway.pack_satisfaction import SatisfactionFile, satisfaction_of
from gateway.pack_satisfaction import disagreements as satisfaction_disagreements
from gateway.settings import SettingsError
from i18n.letters import Letters
from mail.config import MailConfig
from services.backends import settings_mistakes
from services.backends.config import MinistryAddress, MinistryConfig
from services.backends.settings_mistakes import Mistake
from services.event_sources import EventRules, Source
from services.pack_values import ServiceConfig, ServicesConfig
from services.place_book import Book
from sms.config import Caps, Route, Sender, SmsConfig
from sms.keywords import Vocabulary, collisions, vocabulary
from ussd_menus.networks import Network, Ucs2

T = TypeVar("T")

_DOMAIN = re.compile(r"(?=.{4,40}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}").fullmatch
_TIMETABLE = "icalendar"

# What tells of people's messages goes over TLS, but for trying things out on one machine.
_CALLBACK = re.compile(r"(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)(/[^\s#]*)?").fullmatch


class _OnceEach(yaml.SafeLoader):
    """Refuses a key that stands twice in one map: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class PackErrors(Exception):
    """Everything that is wrong with a pack, a line each."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Pack:
    """A country as data. `ministries` still name environment variables: `ministries_for` looks them up."""

    name: str
    country: str
    directory: Path
    languages: Mapping[str, Letters]
    default_language: str
    zone: ZoneInfo
    currency: str
    service_code: str
    app_domain: str
    networks: Mapping[str, Network]
    services: ServicesConfig
    days_off: DaysOff
    places: Book
    routes: Mapping[str, str]
    ministries: Mapping[str, MinistryFile]
    sms: SmsConfig
    keywords: Vocabulary
    notify: Mapping[str, NotifyServiceFile]
    events: EventRules
    callbacks: Mapping[str, FromEnvironment]
    assisted: AssistedFile
    mail: MailConfig | None = None
    own_digits: frozenset[str] = frozenset()
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def variables(self) -> tuple[str, ...]:
        """The environment variables that the ministries' addresses and credentials come from."""
        named = [
            value.env
            for ministry in self.ministries.values()
            for value in (ministry.address.base_url, *ministry.address.headers.values())
            if isinstance(value, FromEnvironment)
        ]
        ways = [way for ministry in self.ministries.values() for way in (ministry.address.auth, ministry.address.tls)]
        return tuple(sorted({*named, *(name for way in ways for name in pack_way.variables(way))}))

    def optional_variables(self) -> tuple[str, ...]:
        """Those without which a part of the pack is simply not in use: keys of who may send texts, and where
        ministries are told what did not arrive."""
        keys = {key.env for service in self.notify.values() for key in service.keys}
        return tuple(sorted(keys | {callback.env for callback in self.callbacks.values()}))

    def callbacks_for(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Where each ministry is told of its undelivered messages; raises `SettingsError` for no proper address."""
        given = {name: environment.get(of.env, "").strip() for name, of in self.callbacks.items()}
        for name, url in given.items():
            if url and not _CALLBACK(url):
                raise SettingsError(f"{self.callbacks[name].env}: must be https:// with a host, or on this machine")
        return {name: url for name, url in given.items() if url}

    def ministries_for(self, environment: Mapping[str, str]) -> dict[str, MinistryConfig]:
        """The ministries with their addresses; raises `SettingsError` for a variable that is not set."""

        def value(of: FromEnvironment | str) -> str:
            if isinstance(of, str):
                return of
            if not environment.get(of.env):
                raise SettingsError(f"{of.env} is not set (the pack {self.name} needs it)")
            return environment[of.env]

        return {
            name: MinistryConfig(
                standard=ministry.standard,
                address=MinistryAddress(
                    name=ministry.address.name,
                    base_url=value(ministry.address.base_url),
                    headers={header: value(given) for header, given in ministry.address.headers.items()},
                    limits=ministry.address.limits,
                    through=ministry.address.through,
                    auth=pack_way.sign_in(ministry.address.auth, value),
                    tls=pack_way.tls(ministry.address.tls, value),
                ),
                settings=ministry.settings,
            )
            for name, ministry in self.ministries.items()
        }

    def ministries_anywhere(self) -> dict[str, MinistryConfig]:
        """As `ministries_for`, with some address and no file of a key: to see that all else of them is right."""
        configs = self.ministries_for(dict.fromkeys(self.variables(), "http://127.0.0.1/"))
        structs = msgspec.structs
        return {
            name: structs.replace(config, address=structs.replace(config.address, tls=None))
            for name, config in configs.items()
        }


def find_pack(country: str) -> Path:
    """The folder of a pack by name, or the folder itself; raises `SettingsError` if there is none."""
    named = Path(countries.__file__).parent / country
    directory = named if re.fullmatch(r"[a-z_]+", country) and named.is_dir() else Path(country)
    if not (directory / "pack.yaml").is_file():
        known = sorted(path.parent.name for path in Path(countries.__file__).parent.glob("*/pack.yaml"))
        raise SettingsError(f"there is no pack {country!r}: give a folder, or one of {', '.join(known)}")
    return directory


def variables_of(country: str) -> tuple[str, ...]:
    """The environment variables a pack knows; none where it cannot be read (that is told elsewhere)."""
    try:
        pack = load_pack(country)
    except (SettingsError, PackErrors):
        return ()
    return pack.variables() + pack.optional_variables()


def load_pack(country: str) -> Pack:
    """Read a pack. Raises `SettingsError` where there is none, `PackErrors` with all that is wrong."""
    directory = find_pack(country)
    findings: list[str] = []

    def read(name: str, kind: type[T]) -> T | None:
        try:
            # The loader is SafeLoader's own child: it builds plain values and refuses a key that stands twice.
            content = yaml.load((directory / name).read_text("utf-8-sig"), _OnceEach)  # noqa: S506
            return msgspec.convert(content, kind, strict=False)
        except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
            findings.append(f"{name}: {' '.join(str(wrong).split())}")
            return None

    pack = read("pack.yaml", PackFile)
    networks = read("networks.yaml", NetworksFile)
    services = read("services.yaml", ServicesFile)
    places = read("places.yaml", PlacesFile) if (directory / "places.yaml").exists() else PlacesFile()
    units = read("units.yaml", UnitsFile) if (directory / "units.yaml").exists() else UnitsFile()
    sms = read("sms.yaml", SmsFile)
    notify = read("notify.yaml", NotifyFile) if (directory / "notify.yaml").exists() else NotifyFile()
    events = read("events.yaml", EventsFile) if (directory / "events.yaml").exists() else EventsFile()
    keywords = read("keywords.yaml", KeywordsFile) if (directory / "keywords.yaml").exists() else KeywordsFile()
    asked = "satisfaction.yaml"
    satisfaction = read(asked, SatisfactionFile) if (directory / asked).exists() else SatisfactionFile()
    privacy = read("privacy.yaml", PrivacyFile) if (directory / "privacy.yaml").exists() else PrivacyFile()
    assisted = read("assisted.yaml", AssistedFile) if (directory / "assisted.yaml").exists() else AssistedFile()
    mail = read("mail.yaml", MailFile) if (directory / "mail.yaml").exists() else None
    spellings = read("spellings.yaml", SpellingsFile) if (directory / "spellings.yaml").exists() else SpellingsFile()
    ministries = _ministries(directory, findings)
    if not (pack and networks and services and places and units and ministries):
        raise PackErrors(findings)
    if not (sms and notify and keywords and events and satisfaction and assisted and privacy and spellings):
        raise PackErrors(findings)
    findings += _disagreements(pack, networks, services, ministries)
    findings += references(pack.references, services.services, ministries.ministries)
    findings += disagreements(places, units, services.services)
    findings += assisted_disagreements(assisted, services.services)
    findings += satisfaction_disagreements(satisfaction, services.services, places.places)
    findings += [
        f"events.yaml: {name}.services: {code!r} is not known"
        for name, source in events.sources.items()
        for code in source.services
        if code not in services.services
    ]
    findings += [f"keywords.yaml: {wrong}" for wrong in collisions(keywords.words())]
    if findings:
        raise PackErrors(findings)
    try:
        national_id = national_id_of(privacy)
        languages = frozenset(language.code for language in pack.languages)
        mailing = mail_of(mail, languages, pack.service_code) if mail else None
    except InvalidValue as wrong:
        raise PackErrors([str(wrong)]) from None
    days_off = DaysOff(pack.holidays.calendar, pack.holidays.add, pack.holidays.remove)
    return Pack(
        name=pack.name,
        country=pack.country,
        directory=directory,
        languages={language.code: language.letters for language in pack.languages},
        default_language=pack.default_language,
        zone=ZoneInfo(pack.zone),
        currency=pack.currency,
        service_code=pack.service_code,
        app_domain=pack.app_domain,
        networks={code: _network(code, item, networks.default) for code, item in networks.networks.items()},
        services=replace(
            _services(pack, services, days_off),
            satisfaction=satisfaction_of(satisfaction),
            national_id=national_id,
            unmoving=not units.units and not any(one.standard == _TIMETABLE for one in ministries.ministries.values()),
        ),
        days_off=days_off,
        places=places_of(places, units),
        routes={code: service.ministry for code, service in services.services.items()},
        ministries=ministries.ministries,
        sms=_sms(pack, sms),
        keywords=vocabulary(keywords.words()),
        notify=notify.services,
        events=_events(pack, events),
        callbacks={name: source.callback for name, source in events.sources.items() if source.callback},
        assisted=assisted,
        mail=mailing,
        own_digits=frozenset(language.code for language in pack.languages if language.digits == "own"),
        spellings=spellings.words,
    )


def _ministries(directory: Path, findings: list[str]) -> MinistriesFile | None:
    """`ministries.yaml`, the one file that is long enough for lines to be told, and all mistakes at once."""
    try:
        content = yaml.load((directory / pack_lines.MINISTRIES).read_text("utf-8-sig"), _OnceEach)  # noqa: S506
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as wrong:
        findings.append(f"{pack_lines.MINISTRIES}: {' '.join(str(wrong).split())}")
        return None
    file, mistakes = settings_mistakes.read(content, MinistriesFile)
    outer = [Mistake(one.path[1:] if one.path[:1] == ("ministries",) else one.path, one.says) for one in mistakes]
    findings += pack_lines.told(directory, outer)
    return None if mistakes else file


def _events(pack: PackFile, file: EventsFile) -> EventRules:
    return EventRules(
        sources={
            name: Source(name, item.source or name, item.services, item.types, item.readable, item.poll_seconds)
            for name, item in file.sources.items()
        },
        language=pack.default_language,
        languages=frozenset(language.code for language in pack.languages),
        region=pack.country,
    )


def _sms(pack: PackFile, file: SmsFile) -> SmsConfig:
    units = 10 ** minor_digits(pack.currency)
    caps = {name: Caps(cap.day * units, cap.month * units) for name, cap in file.caps.items()}
    return SmsConfig(
        zone=ZoneInfo(pack.zone),
        currency=pack.currency,
        service_code=pack.service_code,
        sender=Sender(file.sender.id, file.sender.two_way, file.sender.per_second),
        routes=tuple(Route(route.providers, route.kinds, route.networks, route.countries) for route in file.routes),
        prices=file.prices,
        quiet_from=time.fromisoformat(file.quiet.begin),
        quiet_until=time.fromisoformat(file.quiet.until),
        caps={name: cap for name, cap in caps.items() if name != "default"},
        default_caps=caps.get("default"),
        statutory_in_spite_of_stop=file.decisions_in_spite_of_stop,
        longest=file.longest,
        letters=file.letters,
    )


def _disagreements(
    pack: PackFile, networks: NetworksFile, services: ServicesFile, ministries: MinistriesFile
) -> list[str]:
    """Names that one file uses and another does not have."""
    wrong = [
        f"networks.yaml: {code!r} is no MCC and MNC: five or six digits, in quotes"
        for code in networks.networks
        if not re.fullmatch(r"[0-9]{5,6}", code)
    ]

    def known(where: str, name: str, names: Mapping[str, object] | set[str]) -> None:
        if name not in names:
            wrong.append(f"{where}: {name!r} is not known")

    known("pack.yaml: default_language", pack.default_language, {item.code for item in pack.languages})
    _try(wrong, "pack.yaml: zone", lambda: ZoneInfo(pack.zone))
    if not re.fullmatch(r"\*[0-9]+(\*[0-9]+)*#", pack.service_code):
        wrong.append("pack.yaml: service_code: write it as it is dialled, like *123#")
    if pack.app_domain and not _DOMAIN(pack.app_domain):
        wrong.append("pack.yaml: app_domain: a host's name in small letters, like app.example")
    for rule in pack.references:
        known("pack.yaml: references", rule.service, services.services)
    for code, service in services.services.items():
        known(f"services.yaml: {code}.ministry", service.ministry, ministries.ministries)
    return wrong


def _try(wrong: list[str], where: str, action: Callable[[], object]) -> None:
    try:
        action()
    except (ZoneInfoNotFoundError, NotImplementedError, ValueError) as failure:
        wrong.append(f"{where}: {failure}")


def _network(code: str, item: NetworkFile, default: NetworkFile) -> Network:
    proven = Network(code, item.name)
    return Network(
        code,
        item.name,
        item.septets or default.septets or proven.septets,
        item.units or default.units or proven.units,
        item.ucs2 or default.ucs2 or Ucs2.UNKNOWN,
    )


def _services(pack: PackFile, file: ServicesFile, days_off: DaysOff) -> ServicesConfig:
    own = ServiceConfig.__dataclass_fields__
    return ServicesConfig(
        services={
            code: ServiceConfig(
                code=code,
                **{name: value for name, value in msgspec.structs.asdict(item).items() if name in own},
            )
            for code, item in file.services.items()
        },
        references=tuple(ReferenceRule(rule.service, rule.length, rule.prefix, rule.check) for rule in pack.references),
        zone=ZoneInfo(pack.zone),
        holidays=days_off,
        weekend=pack.weekend,
        account_consent=pack.account_consent,
        visit_window_days=pack.visit_window_days,
    )
