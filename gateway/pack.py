"""A country's pack: YAML data read into frozen values, all mistakes told at once with file and path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

import countries
from domain.errors import InvalidValue
from domain.money import minor_digits
from domain.reference import ReferenceRule
from gateway import pack_way
from gateway.days_off import DaysOff
from gateway.pack_agreement import disagreements
from gateway.pack_assisted import AssistedFile
from gateway.pack_files import (
    EventsFile,
    FromEnvironment,
    MinistryFile,
    NetworkFile,
    NotifyServiceFile,
    PackFile,
    SmsFile,
)
from gateway.pack_mail import mail_of
from gateway.pack_places import places_of
from gateway.pack_privacy import national_id_of
from gateway.pack_reading import PackErrors as PackErrors
from gateway.pack_reading import PackFolder, read_folder
from gateway.pack_satisfaction import satisfaction_of
from gateway.settings import SettingsError
from i18n.letters import Letters
from mail.config import MailConfig
from services.backends.config import MinistryAddress, MinistryConfig
from services.event_sources import EventRules, Source
from services.pack_values import ServiceConfig, ServicesConfig
from services.place_book import Book
from sms.config import Caps, Route, Sender, SmsConfig
from sms.keywords import Vocabulary, vocabulary
from ussd_menus.networks import Network, Ucs2

_TIMETABLE = "icalendar"

# What tells of people's messages goes over TLS, but for trying things out on one machine.
_CALLBACK = re.compile(r"(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)(/[^\s#]*)?").fullmatch


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
    files = read_folder(directory)
    if findings := disagreements(files):
        raise PackErrors(findings)
    try:
        return _pack(directory, files)
    except InvalidValue as wrong:
        raise PackErrors([str(wrong)]) from None


def _pack(directory: Path, files: PackFolder) -> Pack:
    pack, networks, events = files.pack, files.networks, files.events
    languages = {language.code: language.letters for language in pack.languages}
    days_off = DaysOff(pack.holidays.calendar, pack.holidays.add, pack.holidays.remove)
    return Pack(
        name=pack.name,
        country=pack.country,
        directory=directory,
        languages=languages,
        default_language=pack.default_language,
        zone=ZoneInfo(pack.zone),
        currency=pack.currency,
        service_code=pack.service_code,
        app_domain=pack.app_domain,
        networks={code: _network(code, item, networks.default) for code, item in networks.networks.items()},
        services=_services(files, days_off),
        days_off=days_off,
        places=places_of(files.places, files.units),
        routes={code: service.ministry for code, service in files.services.services.items()},
        ministries=files.ministries.ministries,
        sms=_sms(pack, files.sms),
        keywords=vocabulary(files.keywords.words()),
        notify=files.notify.services,
        events=_events(pack, events),
        callbacks={name: source.callback for name, source in events.sources.items() if source.callback},
        assisted=files.assisted,
        mail=mail_of(files.mail, frozenset(languages), pack.service_code) if files.mail else None,
        own_digits=frozenset(language.code for language in pack.languages if language.digits == "own"),
        spellings=files.spellings.words,
    )


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


def _network(code: str, item: NetworkFile, default: NetworkFile) -> Network:
    proven = Network(code, item.name)
    return Network(
        code,
        item.name,
        item.septets or default.septets or proven.septets,
        item.units or default.units or proven.units,
        item.ucs2 or default.ucs2 or Ucs2.UNKNOWN,
    )


def _services(files: PackFolder, days_off: DaysOff) -> ServicesConfig:
    own, pack, standards = ServiceConfig.__dataclass_fields__, files.pack, files.ministries.ministries.values()
    return ServicesConfig(
        services={
            code: ServiceConfig(
                code=code,
                **{name: value for name, value in msgspec.structs.asdict(item).items() if name in own},
            )
            for code, item in files.services.services.items()
        },
        references=tuple(ReferenceRule(rule.service, rule.length, rule.prefix, rule.check) for rule in pack.references),
        zone=ZoneInfo(pack.zone),
        holidays=days_off,
        weekend=pack.weekend,
        account_consent=pack.account_consent,
        visit_window_days=pack.visit_window_days,
        satisfaction=satisfaction_of(files.satisfaction),
        national_id=national_id_of(files.privacy),
        unmoving=not files.units.units and not any(one.standard == _TIMETABLE for one in standards),
    )
