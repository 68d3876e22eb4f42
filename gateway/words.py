"""The menus' files and the catalogs of a pack, found and read."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import i18n
from gateway.pack import Pack
from i18n.translator import Translator
from sms.templates import Composer

SOURCE_LANGUAGE = "en"


def menu_sources(pack: Pack | None = None) -> dict[str, str]:
    """File name to YAML text of the menus; a file in the pack's own `menus/` takes the place of the shared one."""
    folder = files("ussd_menus") / "menus"
    shared = {
        item.name: item.read_text("utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }
    own = sorted((pack.directory / "menus").glob("*.yaml")) if pack else []
    return shared | {path.name: path.read_text("utf-8") for path in own}


def word_directories(pack: Pack) -> list[Path]:
    """Where messages and catalogs are: the shared ones first, the pack's after them, which win."""
    return [Path(i18n.__file__).parent, pack.directory]


def translator_for(pack: Pack) -> Translator:
    """The words of every language of the pack; raises `CatalogErrors` with all that is wrong."""
    return i18n.load(
        word_directories(pack),
        tuple(pack.languages),
        SOURCE_LANGUAGE,
        pack.zone,
        pack.country,
        pack.own_digits,
        {language: _spellings(pack, language) for language in pack.languages},
    )


def _spellings(pack: Pack, language: str) -> Mapping[str, str]:
    """How names of the language's own script are written in Latin letters: places and areas as the sign at the door
    says them, all else as the pack does."""
    found: dict[str, str] = {}
    for listed in pack.places.all():
        place = listed.place
        found |= {place.called(language): place.name, place.located(language): place.address}
    found |= {words[language]: area for area, words in pack.places.index.areas.items() if language in words}
    return {own: latin for own, latin in found.items() if own != latin} | dict(pack.spellings.get(language, {}))


def composer_for(pack: Pack, translator: Translator) -> Composer:
    """What makes SMS of facts: in the pack's letters, with what it dials, sensitive services unnamed."""
    hidden = {f"service.{code}" for code, service in pack.services.services.items() if service.sensitive}
    own = pack.sms
    return Composer(
        translator, own.letters, own.service_code, frozenset(hidden), app_domain=pack.app_domain, longest=own.longest
    )
