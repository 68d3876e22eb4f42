"""The drawings: every node once, nothing unescaped, well-formed."""

from dataclasses import replace
from xml.etree import ElementTree

from tests.ussd_menus.menu_samples import menu
from ussd_menus.graph import mermaid, svg
from ussd_menus.values import Call, Menu


def test_mermaid_has_every_node_and_journey() -> None:
    small = menu()
    drawn = mermaid(small)
    assert drawn.startswith("flowchart LR\n")
    assert all(f"n_{name}" in drawn for name in small.nodes)
    assert all(f"subgraph j_{name}[{name}]" in drawn for name in small.journeys)
    assert '  n_find -.->|"pin_needed"| n_pin' in drawn
    assert '  n_status_ask -->|"then"| n_find' in drawn


def test_svg_is_well_formed_and_whole() -> None:
    small = menu()
    root = ElementTree.fromstring(svg(small))
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert texts >= {*small.nodes, *small.journeys}
    width, height = int(root.get("width", "0")), int(root.get("height", "0"))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert int(box.get("x", "0")) + int(box.get("width", "0")) <= width
        assert int(box.get("y", "0")) + int(box.get("height", "0")) <= height


def test_boxes_do_not_cover_each_other() -> None:
    root = ElementTree.fromstring(svg(menu()))
    places = [
        (box.get("x"), box.get("y"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if "node" in (box.get("class") or "")
    ]
    assert len(places) == len(set(places)) == len(menu().nodes)


def test_names_from_files_are_escaped() -> None:
    small = menu()
    find = small.nodes["find"]
    assert isinstance(find, Call)
    nasty = replace(find, use='<script>"#', file="<b>.yaml")
    odd = Menu({**small.nodes, "find": nasty}, small.journeys, small.entry, small.home, small.version)
    ElementTree.fromstring(svg(odd))
    assert "<script>" not in mermaid(odd) and "#lt;script#gt;#quot;#35;" in mermaid(odd)


def test_one_journey_and_where_it_leads_to() -> None:
    small = menu()
    name = next(iter(small.journeys))
    drawn = mermaid(small, journey=name)
    assert f"subgraph j_{name}[" in drawn
    assert len(drawn) < len(mermaid(small))
    texts = {element.text for element in ElementTree.fromstring(svg(small, journey=name)).iter()}
    assert texts >= {node.name for node in small.nodes.values() if node.journey == name}
