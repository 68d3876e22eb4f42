"""From menu files to one `Menu`: every file read, every mistake told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from ussd_menus import yaml_tree
from ussd_menus.fields import Fields
from ussd_menus.findings import Finding, MenuErrors
from ussd_menus.nodes import read_call, read_screen, read_target
from ussd_menus.values import RETURN, Journey, Menu, Node, Screen, Target

__all__ = ["Finding", "MenuErrors", "load", "load_sources", "read_sources", "sources_in"]

_KNOWN = ("journey", "depth", "because", "defaults", "screens", "calls", "entry", "home")
_MOST_DEPTH = 30
N = TypeVar("N", bound=Node)


@dataclass(slots=True)
class _Reading:
    """What was read so far, over all files."""

    findings: list[Finding] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    journeys: dict[str, Journey] = field(default_factory=dict)
    entry: str = "welcome"
    home: str = "home"


def sources_in(folder: Path) -> dict[str, str]:
    """The menu files of a folder by name. A file that is no UTF-8 keeps marks that the loader then refuses."""
    return {path.name: path.read_text("utf-8", errors="surrogateescape") for path in sorted(folder.glob("*.yaml"))}


def load(folder: Path) -> Menu:
    """The menus of a folder; raises `MenuErrors` with every mistake that reading finds."""
    return load_sources(sources_in(folder))


def load_sources(sources: Mapping[str, str]) -> Menu:
    """The menus of these files (name to YAML text); raises `MenuErrors`."""
    menu, findings = read_sources(sources)
    if menu is None or findings:
        raise MenuErrors(findings)
    return menu


def read_sources(sources: Mapping[str, str]) -> tuple[Menu | None, list[Finding]]:
    """What can be read and what is wrong with it; None where there is no main menu to start from."""
    reading = _Reading()
    for file, content in sorted(sources.items()):
        root, findings = yaml_tree.read(file, content)
        reading.findings += findings
        if root is not None:
            _read_file(Fields(root, file, "", reading.findings), reading)
    if not sources:
        reading.findings.append(Finding("menus", 0, "there are no menu files"))
    for role, name in (("entry", reading.entry), ("home", reading.home)):
        if name not in reading.nodes and reading.nodes:
            reading.findings.append(Finding(_first_file(sources), 0, f"no node named '{name}' ({role})"))
    if not isinstance(reading.nodes.get(reading.home), Screen):
        if reading.home in reading.nodes:
            reading.findings.append(Finding(_first_file(sources), 0, f"'{reading.home}' must be a screen"))
        return None, sorted(set(reading.findings))
    version = _version(sources)
    menu = Menu(reading.nodes, reading.journeys, reading.entry, reading.home, version)
    return menu, sorted(set(reading.findings))


def _first_file(sources: Mapping[str, str]) -> str:
    return "main.yaml" if "main.yaml" in sources else min(sources, default="menus")


def _version(sources: Mapping[str, str]) -> str:
    """Twelve hexadecimal digits of a digest over names and contents: enough to tell versions apart."""
    digest = sha256()
    for file, content in sorted(sources.items()):
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:12]


def _read_file(fields: Fields, reading: _Reading) -> None:
    name = fields.word("journey", needed=True)
    journey = Journey(
        name,
        fields.file,
        fields.line_of("journey"),
        fields.number("depth", None, 1, _MOST_DEPTH),
        fields.text("because"),
    )
    if name and name in reading.journeys:
        fields.say(fields.line_of("journey"), f"journey '{name}' is also in {reading.journeys[name].file}")
    reading.journeys.setdefault(name, journey)
    reading.entry = fields.word("entry") or reading.entry
    reading.home = fields.word("home") or reading.home
    defaults = _defaults(fields)
    _read_nodes(fields, "screens", lambda node, inner: read_screen(node, inner, name), reading)
    _read_nodes(fields, "calls", lambda node, inner: read_call(node, inner, name, defaults), reading)
    fields.finish(_KNOWN)


def _defaults(fields: Fields) -> dict[str, Target]:
    inner = fields.map("defaults")
    if inner is None:
        return {}
    return {outcome: read_target(inner, f"default {outcome}", value, line) for outcome, line, value in inner.entries()}


def _read_nodes(fields: Fields, section: str, read: Callable[[str, Fields], Node | None], reading: _Reading) -> None:
    inner = fields.map(section)
    for name, line, value in inner.entries() if inner else ():
        node_fields = fields.inner(name, value, line)
        node_fields_line = line
        if node_fields is None:
            continue
        node_fields.line = node_fields_line
        node = read(name, node_fields)
        if name == RETURN or not name.isidentifier() or name != name.lower():
            fields.say(line, f"'{name}' cannot be a node's name")
        elif name in reading.nodes:
            other = reading.nodes[name]
            fields.say(line, f"'{name}' is also in {other.file}:{other.line}")
        elif node is not None:
            reading.nodes[name] = node
