"""What messages there are: `messages.yaml`, ids with their slots, read with file and line for every mistake."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from domain.errors import InvalidValue
from i18n.findings import Finding
from i18n.slots import Kind, SlotType, slot_type

_KEYS = ("slots", "plural", "same_everywhere", "note")
# libyaml's parser where the wheel has it: the same nodes, ten times as fast.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One message: its slots by name, and the slot that chooses its plural form, if any.

    `same`: languages whose text may equal the source's; `everywhere`: the source's text serves all languages.
    """

    id: str
    file: Path
    line: int
    slots: Mapping[str, SlotType] = field(default_factory=dict)
    plural: str | None = None
    same: frozenset[str] = frozenset()
    everywhere: bool = False


def read(file: Path) -> tuple[dict[str, Declaration], list[Finding]]:
    """The declarations of one file and everything wrong in it. A file that is not there declares nothing."""
    if not file.exists():
        return {}, []
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or type(error).__name__
        return {}, [Finding(file, mark.line + 1 if mark else 1, f"not YAML: {problem}")]
    return _Reader(file).declarations(root)


class _Reader:
    """Reads the nodes of one file, keeping what is wrong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._findings: list[Finding] = []

    def declarations(self, root: yaml.Node | None) -> tuple[dict[str, Declaration], list[Finding]]:
        found: dict[str, Declaration] = {}
        for key, value in self._entries(root, "the file") if root else ():
            if key.value in found:
                self._wrong(key, f"{key.value}: declared twice, first in line {found[key.value].line}")
            else:
                found[key.value] = self._declaration(key, value)
        return found, self._findings

    def _declaration(self, key: yaml.ScalarNode, node: yaml.Node) -> Declaration:
        parts: dict[str, yaml.Node] = {}
        for name, value in self._entries(node, key.value):
            if name.value in _KEYS and name.value not in parts:
                parts[name.value] = value
            else:
                self._wrong(name, f"{key.value}: {name.value!r} is not one of {', '.join(_KEYS)}, each once")
        slots = self._slots(key.value, parts.get("slots"))
        same, everywhere = self._same(key.value, parts.get("same_everywhere"))
        return Declaration(
            key.value,
            self._file,
            key.start_mark.line + 1,
            slots,
            self._plural(key.value, parts.get("plural"), slots),
            same,
            everywhere,
        )

    def _slots(self, owner: str, node: yaml.Node | None) -> dict[str, SlotType]:
        slots: dict[str, SlotType] = {}
        for name, value in self._entries(node, owner) if node else ():
            try:
                slots[name.value] = slot_type(str(value.value))
            except InvalidValue as error:
                self._wrong(value, f"{owner}: slot {name.value!r}: {error}")
        return slots

    def _plural(self, owner: str, node: yaml.Node | None, slots: Mapping[str, SlotType]) -> str | None:
        if node is None:
            return None
        slot = slots.get(str(node.value))
        if slot is None or slot.kind is not Kind.COUNT:
            self._wrong(node, f"{owner}: plural must name a slot of minutes, tries or count")
            return None
        return str(node.value)

    def _same(self, owner: str, node: yaml.Node | None) -> tuple[frozenset[str], bool]:
        """`true`, or a list of languages whose text happens to be the source's."""
        if node is None:
            return frozenset(), False
        if isinstance(node, yaml.SequenceNode):
            return frozenset(str(item.value) for item in node.value), False
        if node.value not in ("true", "false"):
            self._wrong(node, f"{owner}: same_everywhere is true or a list of languages")
        return frozenset(), node.value == "true"

    def _entries(self, node: yaml.Node | None, owner: str) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            if node is not None:
                self._wrong(node, f"{owner}: a mapping is expected here")
            return
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, value
            else:
                self._wrong(key, f"{owner}: a key must be plain text")

    def _wrong(self, node: yaml.Node, message: str) -> None:
        self._findings.append(Finding(self._file, node.start_mark.line + 1, message))
