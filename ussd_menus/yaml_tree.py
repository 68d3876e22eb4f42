"""A small, safe part of YAML as a tree that remembers its lines.

Only maps, lists and scalars: no tags, no anchors or aliases, one document a file, limits on size and depth.
Plain scalars stay text ("yes", "12:30:45", "1.0") but decimal integers, so that YAML 1.1 changes no word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from ussd_menus.findings import Finding

MOST_OCTETS = 256 * 1024
MOST_DEPTH = 20
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
# libyaml's parser where the wheel has it: the same events, ten times as fast.
_PARSER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Scalar:
    """A word or an integer; None where nothing is written. `raw` is as it stands in the file."""

    value: str | int | None
    line: int
    raw: str = ""


@dataclass(slots=True)
class Seq:
    """A list."""

    items: list["Tree"]
    line: int


@dataclass(slots=True)
class Map:
    """A map with scalar keys, in order; a repeated key was reported and is left out."""

    entries: list[tuple[Scalar, "Tree"]]
    line: int


Tree = Scalar | Seq | Map


class _Stop(Exception):
    """The file cannot be read further."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read(file: str, content: bytes | str) -> tuple[Map | None, list[Finding]]:
    """The file's root map and what is wrong with it as YAML; None when there is nothing to go on with."""
    findings: list[Finding] = []
    try:
        root = _Builder(file, findings).build(_text(content))
    except _Stop as stop:
        return None, [*findings, Finding(file, stop.line, str(stop))]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, [*findings, Finding(file, line, f"not YAML: {error.problem or error.context}")]
    except (yaml.YAMLError, RecursionError) as error:
        return None, [*findings, Finding(file, 0, f"not YAML: {str(error).splitlines()[0]}")]
    if isinstance(root, Map):
        return root, findings
    if isinstance(root, Seq) or root.value is not None:
        findings.append(Finding(file, root.line, "a menu file is a map (name: value), this is not"))
    elif not findings:
        findings.append(Finding(file, 0, "the file is empty"))
    return None, findings


def _text(content: bytes | str) -> str:
    """UTF-8 text with plain line ends and without a byte order mark."""
    if len(content) > MOST_OCTETS:
        raise _Stop(0, f"the file is larger than {MOST_OCTETS // 1024} KiB")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        text.encode("utf-8")
    except UnicodeError:
        raise _Stop(0, "the file is not UTF-8") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


class _Builder:
    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._file = file
        self._findings = findings

    def build(self, text: str) -> Tree:
        events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_PARSER))
        root: Tree = Scalar(None, 0)
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Stop(_line(event), "one document a file: remove the second '---'")
                root = self._node(next(events), events, 0)
        return root

    def _say(self, event: yaml.Event, message: str) -> None:
        self._findings.append(Finding(self._file, _line(event), message))

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Tree:
        if depth > MOST_DEPTH:
            raise _Stop(_line(event), f"nested deeper than {MOST_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            self._say(event, f"aliases (*{event.anchor}) are not used in menus: write it out")
            return Scalar(None, _line(event))
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._say(event, f"anchors (&{event.anchor}) are not used in menus: write it out")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            self._say(event, f"tags ({event.tag}) are not used in menus")
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(event, events, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                items.append(self._node(inner, events, depth + 1))
            return Seq(items, _line(event))
        if not isinstance(event, yaml.ScalarEvent):
            raise _Stop(_line(event), "not YAML")
        return _scalar(event)

    def _map(self, start: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Map:
        entries: list[tuple[Scalar, Tree]] = []
        seen: set[str] = set()
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar) or key.value is None:
                self._say(event, "a key must be one word")
            elif str(key.value) in seen:
                self._say(event, f"'{key.value}' is written twice")
            else:
                seen.add(str(key.value))
                entries.append((key, value))
        return Map(entries, _line(start))


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    raw: str = event.value
    plain = event.implicit[0]
    if plain and not raw:
        return Scalar(None, _line(event))
    if plain and _INTEGER.fullmatch(raw):
        return Scalar(int(raw), _line(event), raw)
    return Scalar(raw, _line(event), raw)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
