"""Words and letters: lazy text, catalogs, formats of dates and money, what fits a basic phone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path

from i18n import catalogs
from i18n.findings import CatalogErrors, Finding
from i18n.letters import Letters
from i18n.text import SlotError, SlotValue, Text, TextError, Word
from i18n.translator import Translator

# Where the shared messages live: the first of the directories that `load` is given.
SHARED = Path(__file__).parent

__all__ = [
    "SHARED",
    "CatalogErrors",
    "Finding",
    "Letters",
    "SlotError",
    "SlotValue",
    "Text",
    "TextError",
    "Translator",
    "Word",
    "check",
    "load",
]


def load(
    directories: Sequence[Path],
    languages: Sequence[str],
    source: str = "en",
    zone: tzinfo = UTC,
    territory: str = "",
    own_digits: frozenset[str] = frozenset(),
    spellings: Mapping[str, Mapping[str, str]] | None = None,
) -> Translator:
    """A translator over the catalogs of all directories, the later ones adding to and overriding the earlier.

    Each holds `messages.yaml` and `locales/<language>.po`. Reads files, so only at start. `source` is read too,
    be it among the languages or not; a language whose letters basic telephones lack has a second catalog in Latin ones
    (`ar_Latn.po` beside `ar.po`). `territory`, `own_digits`, `spellings`: as in `Translator`. Raises
    `CatalogErrors` with everything that is wrong.
    """
    book, findings = catalogs.read(directories, languages, source)
    if findings:
        raise CatalogErrors(findings)
    return Translator(book, zone, territory, own_digits, spellings)


def check(directories: Sequence[Path], languages: Sequence[str], source: str = "en") -> list[Finding]:
    """Everything that is wrong in the catalogs, in order of file and line; empty when all is well."""
    return catalogs.read(directories, languages, source)[1]
