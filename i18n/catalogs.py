"""The catalogs together: declarations and translations of several folders, checked against each other."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from domain.errors import InvalidValue
from i18n import declarations, placeholders, plurals, po_files
from i18n.declarations import Declaration
from i18n.findings import Finding
from i18n.languages import language
from i18n.placeholders import Pieces
from i18n.po_files import Entry
from i18n.slots import Kind

Forms: TypeAlias = tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that can be said: declarations by id, and by language and id the forms of each text.

    `latin`: the same of languages whose letters are not Latin (`Language.in_latin`), written in Latin ones.
    """

    declared: Mapping[str, Declaration]
    texts: Mapping[str, Mapping[str, Forms]]
    source: str
    latin: Mapping[str, Mapping[str, Forms]] = field(default_factory=dict)


def read(directories: Sequence[Path], languages: Sequence[str], source: str) -> tuple[Book, list[Finding]]:
    """All folders, later ones over earlier ones, and every finding in order of file and line.

    Each folder may hold `messages.yaml` and `locales/<language>.po`. The book is only complete without findings.
    """
    codes = tuple(dict.fromkeys((source, *languages)))
    unknown = [Finding(directories[0], 0, str(error)) for error in map(_unknown, codes) if error]
    if unknown:
        return Book({}, {}, source), unknown
    declared, findings = _declarations(directories)
    findings += _words(declared)
    texts: dict[str, Mapping[str, Forms]] = {}
    latin: dict[str, Mapping[str, Forms]] = {}
    for code in codes:
        texts[code] = _read_one(code, source, declared, texts, directories, findings)
        if second := language(code).in_latin:
            latin[code] = _read_one(second, source, declared, texts, directories, findings)
    return Book(declared, texts, source, latin), sorted(set(findings))


def _read_one(
    code: str,
    source: str,
    declared: Mapping[str, Declaration],
    texts: Mapping[str, Mapping[str, Forms]],
    directories: Sequence[Path],
    findings: list[Finding],
) -> Mapping[str, Forms]:
    reading = _Reading(code, source, declared, texts.get(source, {}))
    read = reading.texts(directories)
    findings += reading.findings
    return read


def _unknown(code: str) -> InvalidValue | None:
    try:
        language(code)
    except InvalidValue as error:
        return error
    return None


def _declarations(directories: Sequence[Path]) -> tuple[dict[str, Declaration], list[Finding]]:
    declared: dict[str, Declaration] = {}
    findings: list[Finding] = []
    for directory in directories:
        own, wrong = declarations.read(directory / "messages.yaml")
        findings += wrong
        for id, declaration in own.items():
            before = declared.setdefault(id, declaration)
            if before is not declaration:
                where = f"{before.file}:{before.line}"
                text = f"{id}: declared already in {where}; a pack changes the text in its catalogs alone"
                findings.append(Finding(declaration.file, declaration.line, text))
    if not declared and not findings:
        findings.append(Finding(directories[0] / "messages.yaml", 1, "no message is declared"))
    return declared, findings


def _words(declared: Mapping[str, Declaration]) -> list[Finding]:
    """A word slot needs words, and these can have no slots themselves: nothing would fill them."""
    findings = []
    for declaration in declared.values():
        for name, slot in declaration.slots.items():
            if slot.kind is not Kind.WORD:
                continue
            words = [word for word in declared.values() if word.id.startswith(slot.prefix)]
            where = f"{declaration.id}: slot {name!r}"
            if not words:
                text = f"{where}: no message begins with {slot.prefix!r}"
                findings.append(Finding(declaration.file, declaration.line, text))
            findings += [
                Finding(word.file, word.line, f"{word.id}: has slots, but fills {where}")
                for word in words
                if word.slots
            ]
    return findings


class _Reading:
    """The texts of one language, read and checked."""

    def __init__(
        self, code: str, source: str, declared: Mapping[str, Declaration], originals: Mapping[str, Forms]
    ) -> None:
        self._code = code
        self._is_source = code == source
        self._source = source
        self._declared = declared
        self._originals = originals
        self._forms = plurals.forms(code)
        self._said: set[str] = set()
        self.findings: list[Finding] = []

    def texts(self, directories: Sequence[Path]) -> dict[str, Forms]:
        texts: dict[str, Forms] = {}
        for directory in directories:
            entries, wrong = po_files.read(directory / "locales" / f"{self._code}.po", self._code)
            self.findings += wrong
            for entry in entries:
                forms = self._checked(entry)
                if forms is not None:
                    texts[entry.id] = forms
        for declaration in self._declared.values():
            if declaration.id not in texts:
                self._fill_gap(declaration, texts)
        return texts

    def _fill_gap(self, declaration: Declaration, texts: dict[str, Forms]) -> None:
        original = self._originals.get(declaration.id)
        if original and declaration.everywhere and declaration.plural is None:
            texts[declaration.id] = original
        # An entry that is there but wrong has been reported where it stands.
        elif declaration.id not in self._said:
            text = f"{declaration.id}: not translated into {self._code}"
            self.findings.append(Finding(declaration.file, declaration.line, text))

    def _checked(self, entry: Entry) -> Forms | None:
        """The parsed forms, or None when they cannot be used; says why."""
        declaration = self._declared.get(entry.id)
        if declaration is None:
            self._wrong(entry, "no such message is declared")
            return None
        if entry.fuzzy:
            self._wrong(entry, "fuzzy: to be read again before it is used")
            return None
        if not any(entry.forms):
            return None
        if not self._right_number(entry, declaration):
            return None
        forms = self._parsed(entry)
        if forms is None or not self._right_slots(entry, declaration, forms):
            return None
        if self._is_copy(declaration, forms):
            self._wrong(entry, f"a copy of the {self._source} text; translate it or declare same_everywhere")
            return None
        return forms

    def _right_number(self, entry: Entry, declaration: Declaration) -> bool:
        if declaration.plural is None:
            if entry.plural:
                self._wrong(entry, "has plural forms, but the message is declared without plural")
            return not entry.plural
        expected = len(self._forms)
        # A language with one form needs no msgid_plural.
        if (entry.plural or expected == 1) and len(entry.forms) == expected and all(entry.forms):
            return True
        given = sum(map(bool, entry.forms)) if entry.plural else 0
        self._wrong(entry, f"{given} plural forms, {self._code} needs {expected}: {', '.join(self._forms)}")
        return False

    def _parsed(self, entry: Entry) -> Forms | None:
        forms = []
        for form in entry.forms:
            hidden = next((char for char in form if _is_hidden(char)), None)
            if hidden:
                self._wrong(entry, f"control or invisible character U+{ord(hidden):04X}")
                return None
            try:
                forms.append(placeholders.parse(form))
            except InvalidValue as error:
                self._wrong(entry, str(error))
                return None
        return tuple(forms)

    def _right_slots(self, entry: Entry, declaration: Declaration, forms: Forms) -> bool:
        right = True
        for index, form in enumerate(forms):
            used = placeholders.names(form)
            needed = set(declaration.slots)
            # "1 minute", "dəqiqə": only the last form, the general one, must show the number.
            if index < len(forms) - 1:
                needed.discard(declaration.plural or "")
            for name in sorted(used - set(declaration.slots)):
                self._wrong(entry, f"placeholder {{{name}}} is not a slot of this message")
            for name in sorted(needed - used):
                self._wrong(entry, f"placeholder {{{name}}} is missing")
            right = right and not needed - used and not used - set(declaration.slots)
        return right

    def _is_copy(self, declaration: Declaration, forms: Forms) -> bool:
        if self._is_source or declaration.everywhere or self._code in declaration.same:
            return False
        # Placeholders and punctuation alone hold nothing to translate.
        has_words = any(char.isalpha() for form in forms for char in placeholders.literals(form))
        return has_words and forms == self._originals.get(declaration.id)

    def _wrong(self, entry: Entry, why: str) -> None:
        self._said.add(entry.id)
        self.findings.append(Finding(entry.file, entry.line, f"{entry.id}: {why}"))


def _is_hidden(char: str) -> bool:
    """Characters that no reader sees and that cost a screen its GSM-7: all but the ordinary space."""
    return char != " " and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
