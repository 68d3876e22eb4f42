"""Whether a pack's files agree with each other."""

import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.pack_assisted import disagreements as assisted_disagreements
from gateway.pack_files import MinistriesFile, NetworksFile, PackFile, ServicesFile
from gateway.pack_places import disagreements as places_disagreements
from gateway.pack_reading import PackFolder
from gateway.pack_references import disagreements as references
from gateway.pack_satisfaction import disagreements as satisfaction_disagreements
from sms.keywords import collisions

_DOMAIN = re.compile(r"(?=.{4,40}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}").fullmatch


def disagreements(files: PackFolder) -> list[str]:
    """All that is wrong between the files, each of which is well by itself."""
    services, ministries = files.services.services, files.ministries.ministries
    return [
        *_unknown_names(files.pack, files.networks, files.services, files.ministries),
        *references(files.pack.references, services, ministries),
        *places_disagreements(files.places, files.units, services),
        *assisted_disagreements(files.assisted, services),
        *satisfaction_disagreements(files.satisfaction, services, files.places.places),
        *(
            f"events.yaml: {name}.services: {code!r} is not known"
            for name, source in files.events.sources.items()
            for code in source.services
            if code not in services
        ),
        *(f"keywords.yaml: {wrong}" for wrong in collisions(files.keywords.words())),
    ]


def _unknown_names(
    pack: PackFile, networks: NetworksFile, services: ServicesFile, ministries: MinistriesFile
) -> list[str]:
    """Names that one file uses and another does not have, and what is not written as it must be."""
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
