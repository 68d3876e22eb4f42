"""Checks of the ways: targets that exist, nothing out of reach, no loop without a person, an end for everyone."""

from collections.abc import Iterator
from difflib import get_close_matches

from ussd_menus.findings import Finding
from ussd_menus.values import RETURN, Call, End, Menu, Node, Screen
from ussd_menus.ways import Way, is_return, reachable


def finding(node: Node, message: str, line: int = 0) -> Finding:
    """A mistake at a node."""
    return Finding(node.file, line or node.line, f"{node.name}: {message}")


def check_ways(menu: Menu, ways: list[Way]) -> Iterator[Finding]:
    """All findings about where ways lead."""
    yield from _targets(menu, ways)
    found = reachable(menu, ways, menu.entry, menu.home)
    for name, node in menu.nodes.items():
        if name not in found:
            kind = "screen" if isinstance(node, Screen) else "call"
            yield finding(node, f"this {kind} cannot be reached from '{menu.entry}'")
    yield from _loops(menu, ways)
    yield from _ends(menu, ways, found)


def _targets(menu: Menu, ways: list[Way]) -> Iterator[Finding]:
    for way in ways:
        name = way.target.node
        if way.target.past and not isinstance(menu.nodes.get(way.target.past), Screen):
            yield finding(way.source, f"past: '{way.target.past}' is no screen", way.target.line)
        # An empty one was reported when it was read.
        if not name or name in menu.nodes or is_return(way.target):
            continue
        if name == RETURN:
            yield finding(way.source, "'first' leads to a node, not to return", way.target.line)
            continue
        close = get_close_matches(name, menu.nodes, 1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        yield finding(way.source, f"'{way.why}' leads to '{name}', which is nowhere{hint}", way.target.line)


def _loops(menu: Menu, ways: list[Way]) -> Iterator[Finding]:
    """Calls that lead to calls and round again, with nobody asked in between."""
    onward: dict[str, set[str]] = {call.name: set() for call in menu.calls()}
    for way in ways:
        if isinstance(way.source, Call) and isinstance(menu.nodes.get(way.target.node), Call):
            onward[way.source.name].add(way.target.node)
    for way in ways:
        if way.target.first and way.target.node in onward:
            for name in _closure(onward, way.target.node):
                if any(is_return(other.target) for other in ways if other.source.name == name):
                    onward[name].add(way.source.name)
    told: set[str] = set()
    for name in onward:
        around = _closure(onward, name)
        if name in told or not any(name in onward[other] for other in around):
            continue
        circle = sorted(other for other in around if name in _closure(onward, other))
        told.update(circle)
        yield finding(menu.nodes[name], f"a loop without input: {' -> '.join([*circle, circle[0]])}")


def _closure(onward: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += onward.get(name, ())
    return found


def _ends(menu: Menu, ways: list[Way], found: set[str]) -> Iterator[Finding]:
    """From every node that can be come to, an end: by its own ways, or home (`00`) and on from there."""
    before: dict[str, set[str]] = {}
    for way in ways:
        target = menu.home if is_return(way.target) else way.target.node
        before.setdefault(target, set()).add(way.source.name)
    for screen in menu.screens():
        before.setdefault(menu.home, set()).add(screen.name)
    ending = _closure(before, "") - {""}
    for node in menu.nodes.values():
        if isinstance(node, End) and node.name in found:
            ending |= _closure(before, node.name)
    if menu.home not in ending:
        yield finding(menu.nodes[menu.home], "no way out: no 'end' can be reached from here")
        return
    for name in found - ending:
        yield finding(menu.nodes[name], "no way out: no 'end' can be reached from here")
