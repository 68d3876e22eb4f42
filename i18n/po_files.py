"""One gettext PO file: its messages with their lines, and what is wrong with the file itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser

from i18n import plurals
from i18n.findings import Finding
from i18n.languages import language


@dataclass(frozen=True, slots=True)
class Entry:
    """One translation: its forms in the language's order (a single one where there is no plural)."""

    id: str
    file: Path
    line: int
    forms: tuple[str, ...]
    plural: bool
    fuzzy: bool


class _Recording(Catalog):
    """A catalog that remembers every message as it is read: Babel's own merges doubles silently."""

    def __init__(self, code: str) -> None:
        super().__init__(locale=language(code).counting, charset="utf-8")
        self.read: list[Message] = []

    def __setitem__(self, id: Any, message: Message) -> None:
        super().__setitem__(id, message)
        if id:
            self.read.append(message)


def read(file: Path, code: str) -> tuple[list[Entry], list[Finding]]:
    """The entries of one file. A file that is not there, or that is no PO file, has none."""
    if not file.exists():
        return [], []
    catalog = _Recording(code)
    parser = PoFileParser(catalog, ignore_obsolete=True, abort_invalid=True)
    try:
        parser.parse(file.read_text(encoding="utf-8").splitlines())
    except PoFileError as error:
        return [], [Finding(file, error.lineno + 1, f"not a PO file: {error}")]
    # Babel's parser answers some broken lines with whatever its own code runs into.
    except (UnicodeDecodeError, ValueError, IndexError, AttributeError, TypeError) as error:
        return [], [Finding(file, parser.offset + 1, f"not a PO file: {type(error).__name__}")]
    return _without_doubles(file, catalog.read, _header(file, code, catalog))


def _header(file: Path, code: str, catalog: Catalog) -> list[Finding]:
    """Forms are counted by CLDR; a header that counts otherwise would put them in the wrong places."""
    expected = len(plurals.forms(code))
    if catalog.num_plurals == expected or not any(isinstance(message.id, tuple) for message in catalog):
        return []
    text = f"Plural-Forms has nplurals={catalog.num_plurals}, {code} has {expected}"
    return [Finding(file, 1, f"{text} ({', '.join(plurals.forms(code))})")]


def _without_doubles(file: Path, messages: list[Message], findings: list[Finding]) -> tuple[list[Entry], list[Finding]]:
    entries: dict[str, Entry] = {}
    for message in messages:
        entry = _entry(file, message)
        if entry.id in entries:
            first = entries[entry.id].line
            findings.append(Finding(file, entry.line, f"{entry.id}: translated twice, first in line {first}"))
        else:
            entries[entry.id] = entry
    return list(entries.values()), findings


def _entry(file: Path, message: Message) -> Entry:
    plural = isinstance(message.id, tuple | list)
    id = message.id[0] if plural else message.id
    forms = tuple(message.string) if isinstance(message.string, tuple | list) else (message.string,)
    return Entry(str(id), file, message.lineno or 1, tuple(map(str, forms)), plural, message.fuzzy)
