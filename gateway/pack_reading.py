"""A pack's folder: each of its files read into typed values, with every mistake of every file at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
import yaml

from gateway import pack_lines
from gateway.pack_assisted import AssistedFile
from gateway.pack_files import (
    EventsFile,
    KeywordsFile,
    MinistriesFile,
    NetworksFile,
    NotifyFile,
    PackFile,
    ServicesFile,
    SmsFile,
    SpellingsFile,
)
from gateway.pack_mail import MailFile
from gateway.pack_places import PlacesFile, UnitsFile
from gateway.pack_privacy import PrivacyFile
from gateway.pack_satisfaction import SatisfactionFile
from services.backends import settings_mistakes
from services.backends.settings_mistakes import Mistake

T = TypeVar("T")

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    # libyaml's parser where the wheel has it: the same values, ten times as fast.
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _OnceEach(SafeLoader):
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
class PackFolder:
    """All files of a pack. Where one that need not be there is missing, its defaults."""

    pack: PackFile
    networks: NetworksFile
    services: ServicesFile
    ministries: MinistriesFile
    sms: SmsFile
    places: PlacesFile
    units: UnitsFile
    notify: NotifyFile
    events: EventsFile
    keywords: KeywordsFile
    satisfaction: SatisfactionFile
    privacy: PrivacyFile
    assisted: AssistedFile
    spellings: SpellingsFile
    mail: MailFile | None


def read_folder(directory: Path) -> PackFolder:
    """Raises `PackErrors` with all that is wrong in any file."""
    at = _Reading(directory)
    files = PackFolder(
        pack=at.read("pack.yaml", PackFile),
        networks=at.read("networks.yaml", NetworksFile),
        services=at.read("services.yaml", ServicesFile),
        ministries=at.ministries(),
        sms=at.read("sms.yaml", SmsFile),
        places=at.given("places.yaml", PlacesFile) or PlacesFile(),
        units=at.given("units.yaml", UnitsFile) or UnitsFile(),
        notify=at.given("notify.yaml", NotifyFile) or NotifyFile(),
        events=at.given("events.yaml", EventsFile) or EventsFile(),
        keywords=at.given("keywords.yaml", KeywordsFile) or KeywordsFile(),
        satisfaction=at.given("satisfaction.yaml", SatisfactionFile) or SatisfactionFile(),
        privacy=at.given("privacy.yaml", PrivacyFile) or PrivacyFile(),
        assisted=at.given("assisted.yaml", AssistedFile) or AssistedFile(),
        spellings=at.given("spellings.yaml", SpellingsFile) or SpellingsFile(),
        mail=at.given("mail.yaml", MailFile),
    )
    if at.findings:
        raise PackErrors(at.findings)
    return files


class _Reading:
    """Collects what is wrong. What it gives then is nothing, and is used for nothing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.findings: list[str] = []

    def read(self, name: str, kind: type[T]) -> T:
        """A file that must be there."""
        try:
            return msgspec.convert(self._content(name), kind, strict=False)
        except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
            self._wrong(name, wrong)
            return cast("T", None)

    def given(self, name: str, kind: type[T]) -> T | None:
        """A file that need not be there."""
        return self.read(name, kind) if (self.directory / name).exists() else None

    def ministries(self) -> MinistriesFile:
        """`ministries.yaml`, the one file that is long enough for lines to be told, and all mistakes at once."""
        try:
            content = self._content(pack_lines.MINISTRIES)
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as wrong:
            self._wrong(pack_lines.MINISTRIES, wrong)
            return MinistriesFile({})
        file, mistakes = settings_mistakes.read(content, MinistriesFile)
        outer = [Mistake(one.path[1:] if one.path[:1] == ("ministries",) else one.path, one.says) for one in mistakes]
        self.findings += pack_lines.told(self.directory, outer)
        return file or MinistriesFile({})

    def _content(self, name: str) -> Any:
        # The loader is SafeLoader's own child: it builds plain values and refuses a key that stands twice.
        return yaml.load((self.directory / name).read_text("utf-8-sig"), _OnceEach)  # noqa: S506

    def _wrong(self, name: str, wrong: Exception) -> None:
        self.findings.append(f"{name}: {' '.join(str(wrong).split())}")
