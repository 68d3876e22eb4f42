"""The menus drawn: Mermaid text and a stand-alone SVG, journeys apart, calls told from screens."""

from collections.abc import Iterator
from html import escape

from ussd_menus.values import Call, End, Menu, Node
from ussd_menus.ways import FAILED, Shapes, Way, all_ways, is_return

_COLUMN, _ROW, _BOX_WIDTH, _BOX_HEIGHT, _MARGIN, _TITLE = 250, 46, 190, 30, 30, 28
_COLOURS = (
    "#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe", "#cffafe", "#ffedd5", "#e2e8f0", "#fee2e2", "#ecfccb",
)  # fmt: skip


def _drawn(menu: Menu, shapes: Shapes | None) -> Iterator[Way]:
    """Every way once, without failures (every call may fail) and without the ends of detours."""
    seen: set[tuple[str, str]] = set()
    for way in all_ways(menu, shapes):
        ends = (way.source.name, way.target.node)
        if way.why != FAILED and way.target.node in menu.nodes and not is_return(way.target) and ends not in seen:
            seen.add(ends)
            yield way


def _part(menu: Menu, journey: str, ways: list[Way]) -> tuple[list[Node], list[Way]]:
    """One journey and where it leads to, or everything for an empty name."""
    if not journey:
        return list(menu.nodes.values()), ways
    kept = [way for way in ways if way.source.journey == journey]
    names = {name for name, node in menu.nodes.items() if node.journey == journey}
    names |= {way.target.node for way in kept}
    return [node for name, node in menu.nodes.items() if name in names], kept


def mermaid(menu: Menu, shapes: Shapes | None = None, journey: str = "") -> str:
    """A flowchart: screens as boxes, calls as rounded boxes, ends as double circles, a subgraph a journey.

    With `shapes`, ways that no outcome takes are left out; `journey` draws that one and where it leads to.
    """
    lines = ["flowchart LR"]
    nodes, ways = _part(menu, journey, list(_drawn(menu, shapes)))
    for name in dict.fromkeys(node.journey for node in nodes):
        lines.append(f"  subgraph j_{name}[{name}]")
        lines += [f"    {_shape(node)}" for node in nodes if node.journey == name]
        lines.append("  end")
    for way in ways:
        arrow = "-.->" if way.target.first else "-->"
        # "end" and the like are words of Mermaid's own: names carry a prefix.
        lines.append(f'  n_{way.source.name} {arrow}|"{_quoted(way.why)}"| n_{way.target.node}')
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    name = f"n_{node.name}"
    if isinstance(node, Call):
        return f'{name}("{_quoted(node.name)}<br/>{_quoted(node.use)}")'
    return f'{name}((("{_quoted(node.name)}")))' if isinstance(node, End) else f'{name}["{_quoted(node.name)}"]'


def _quoted(text: str) -> str:
    """Mermaid's own escapes: "#" begins one."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(char, entity)
    return text


def svg(menu: Menu, shapes: Shapes | None = None, journey: str = "") -> str:
    """A picture with a band a journey: columns by the number of steps from where a session starts.

    `shapes` and `journey` as for `mermaid`.
    """
    everything = list(_drawn(menu, shapes))
    nodes, ways = _part(menu, journey, everything)
    columns = _columns(menu, everything)
    first = min((columns[node.name] for node in nodes), default=0)
    columns = {node.name: columns[node.name] - first for node in nodes}
    places: dict[str, tuple[int, int]] = {}
    bands: list[tuple[str, int, int]] = []
    top = _MARGIN
    for band in dict.fromkeys(node.journey for node in nodes):
        rows: dict[int, int] = {}
        for node in nodes:
            if node.journey == band:
                column = columns[node.name]
                row = rows.get(column, 0)
                rows[column] = row + 1
                places[node.name] = (_MARGIN + column * _COLUMN, top + _TITLE + row * _ROW)
        height = _TITLE + max(rows.values(), default=0) * _ROW
        bands.append((band, top, height))
        top += height + 14
    width = 2 * _MARGIN + (max(columns.values(), default=0) + 1) * _COLUMN
    return "\n".join([*_head(width, top + _MARGIN), *_body(nodes, ways, places, bands, width), "</svg>"]) + "\n"


def _columns(menu: Menu, ways: list[Way]) -> dict[str, int]:
    """Steps from the entry, screens and calls alike; what nothing leads to stands in the first column."""
    columns = {menu.entry: 0} if menu.entry in menu.nodes else {menu.home: 0}
    left = list(columns)
    for name in left:
        for way in ways:
            if way.source.name == name and way.target.node not in columns:
                columns[way.target.node] = columns[name] + 1
                left.append(way.target.node)
    return {name: columns.get(name, 0) for name in menu.nodes}


def _head(width: int, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="The menus and the ways between them">',
        "<style>text{font:12px system-ui,sans-serif;fill:#111827}.journey{font-weight:bold;font-size:14px}"
        ".way{fill:none;stroke:#64748b;stroke-width:1}.first{stroke-dasharray:5 4}"
        ".node{stroke:#334155}.end{stroke-width:3}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#64748b"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]


def _body(
    nodes: list[Node],
    ways: list[Way],
    places: dict[str, tuple[int, int]],
    bands: list[tuple[str, int, int]],
    width: int,
) -> Iterator[str]:
    for index, (journey, top, height) in enumerate(bands):
        colour = _COLOURS[index % len(_COLOURS)]
        size = f'width="{width - 16}" height="{height}"'
        yield f'<rect x="8" y="{top}" {size} rx="8" fill="{colour}" opacity="0.5"/>'
        yield f'<text class="journey" x="{_MARGIN}" y="{top + 18}">{escape(journey)}</text>'
    for way in ways:
        if way.source.name in places and way.target.node in places:
            yield _line(way, places[way.source.name], places[way.target.node])
    for node in nodes:
        yield _box(node, *places[node.name])


def _line(way: Way, source: tuple[int, int], target: tuple[int, int]) -> str:
    """From the right side of one box to the left side of the other; the tooltip says why."""
    x1, y1 = source[0] + _BOX_WIDTH, source[1] + _BOX_HEIGHT // 2
    x2, y2 = target[0], target[1] + _BOX_HEIGHT // 2
    bend = max(40, abs(x2 - x1) // 2)
    kind = "way first" if way.target.first else "way"
    title = escape(f"{way.source.name} → {way.target.node}: {way.why}")
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return f'<path class="{kind}" marker-end="url(#tip)" d="{path}"><title>{title}</title></path>'


def _box(node: Node, x: int, y: int) -> str:
    radius = _BOX_HEIGHT // 2 if isinstance(node, Call) else 3
    kind = "node end" if isinstance(node, End) else "node"
    fill = "#f8fafc" if isinstance(node, Call) else "#ffffff"
    title = escape(f"{node.name} ({node.file}:{node.line})")
    label = escape(node.name if len(node.name) <= 28 else f"{node.name[:27]}…")
    return (
        f'<g><title>{title}</title><rect class="{kind}" x="{x}" y="{y}" width="{_BOX_WIDTH}" '
        f'height="{_BOX_HEIGHT}" rx="{radius}" fill="{fill}"/>'
        f'<text x="{x + _BOX_WIDTH // 2}" y="{y + 19}" text-anchor="middle">{label}</text></g>'
    )
