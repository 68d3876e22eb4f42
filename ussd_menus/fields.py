"""Reading the fields of one map in a menu file: each of the right shape, unknown ones named, nothing raised."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from ussd_menus.findings import Finding
from ussd_menus.yaml_tree import Map, Scalar, Seq, Tree

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MESSAGE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class Fields:
    """The fields of one map. What was asked for is known; `finish` reports the rest."""

    def __init__(self, tree: Map, file: str, where: str, findings: list[Finding]) -> None:
        self._tree = {str(key.value): (key.line, value) for key, value in tree.entries}
        self.file = file
        self.line = tree.line
        self._where = where
        self._findings = findings
        self._asked: set[str] = set()

    def say(self, line: int, message: str) -> None:
        """Report a mistake in this map."""
        self._findings.append(Finding(self.file, line, f"{self._where}: {message}" if self._where else message))

    def has(self, name: str) -> bool:
        """Is the field there?"""
        return name in self._tree

    def line_of(self, name: str) -> int:
        """The line of a field, or of the map where it is missing."""
        return self._tree[name][0] if name in self._tree else self.line

    def tree(self, name: str) -> Tree | None:
        """The field as it stands."""
        self._asked.add(name)
        return self._tree[name][1] if name in self._tree else None

    def word(self, name: str, *, needed: bool = False) -> str:
        """A name of ours: small letters, digits, underscores; "" where there is none."""
        return self._matching(name, _NAME, "a name of small letters, digits and _", needed)

    def words(self, name: str) -> tuple[str, ...]:
        """A list of names of ours."""
        value = self.tree(name)
        found = value.items if isinstance(value, Seq) else ()
        words = [item.value for item in found if isinstance(item, Scalar) and isinstance(item.value, str)]
        if value is not None and (len(words) != len(found) or not words or not all(map(_NAME.fullmatch, words))):
            self.say(self.line_of(name), f"'{name}' lists names of small letters, digits and _")
        return tuple(words)

    def message(self, name: str, default: str = "", *, needed: bool = False) -> str:
        """A message id such as `status.granted`."""
        return self._matching(name, _MESSAGE, "a message id such as home.title", needed) or default

    def text(self, name: str) -> str:
        """Any text."""
        value = self.tree(name)
        if isinstance(value, Scalar) and isinstance(value.value, str):
            return value.value
        if value is not None:
            self.say(self.line_of(name), f"'{name}' is a text")
        return ""

    def messages(self, name: str) -> tuple[str, ...]:
        """One message id or a list of them."""
        found, left_out = self.lines(name)
        if left_out:
            self.say(self.line_of(name), f"'{name}' takes no 'when': only lines of 'show' do")
        return found

    def lines(self, name: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """One message id or a list of them; of those written `{text: id, when: variable}` the variable by the id."""
        value = self.tree(name)
        if not isinstance(value, Seq):
            one = self.message(name, needed=True)
            return ((one,) if one else ()), {}
        found, left_out = [], {}
        for item in value.items:
            if isinstance(item, Scalar) and isinstance(item.value, str) and _MESSAGE.fullmatch(item.value):
                found.append(item.value)
            elif isinstance(item, Map) and (inner := self.inner(name, item, item.line)) is not None:
                found.append(inner.message("text", needed=True))
                left_out[found[-1]] = inner.word("when", needed=True)
                inner.finish()
            else:
                self.say(item.line, f"'{name}' lists message ids such as home.title")
        if not found:
            self.say(value.line, f"'{name}' needs at least one message id")
        return tuple(found), left_out

    def number(self, name: str, default: int | None = None, least: int = 1, most: int = 97) -> int | None:
        """A whole number within bounds."""
        value = self.tree(name)
        if value is None:
            return default
        if isinstance(value, Scalar) and isinstance(value.value, int) and least <= value.value <= most:
            return value.value
        self.say(self.line_of(name), f"'{name}' is a whole number from {least} to {most}")
        return default

    def map(self, name: str) -> "Fields | None":
        """A map inside this one; None where there is none."""
        value = self.tree(name)
        if isinstance(value, Map):
            return Fields(value, self.file, self._where, self._findings)
        if value is not None and not (isinstance(value, Scalar) and value.value is None):
            self.say(self.line_of(name), f"'{name}' is a map (name: value)")
        return None

    def entries(self) -> Iterator[tuple[str, int, Tree]]:
        """All entries, of a map whose keys the author chooses."""
        for name, (line, value) in self._tree.items():
            self._asked.add(name)
            yield name, line, value

    def inner(self, name: str, value: Tree, line: int) -> "Fields | None":
        """An entry's value as a map of its own; reported and None where it is none."""
        where = f"{self._where}.{name}" if self._where else name
        if isinstance(value, Map):
            return Fields(value, self.file, where, self._findings)
        self._findings.append(Finding(self.file, line, f"{where}: a map (name: value) was expected"))
        return None

    def finish(self, known: tuple[str, ...] = ()) -> None:
        """Report the fields that nobody asked for."""
        for name, (line, _) in self._tree.items():
            if name not in self._asked:
                close = get_close_matches(name, [*self._asked, *known], 1)
                hint = f", did you mean '{close[0]}'?" if close else ""
                self.say(line, f"unknown field '{name}'{hint}")

    def _matching(self, name: str, pattern: re.Pattern[str], what: str, needed: bool) -> str:
        value = self.tree(name)
        if isinstance(value, Scalar) and isinstance(value.value, str) and pattern.fullmatch(value.value):
            return value.value
        if value is not None:
            self.say(self.line_of(name), f"'{name}' is {what}")
        elif needed:
            self.say(self.line, f"'{name}' is missing")
        return ""
