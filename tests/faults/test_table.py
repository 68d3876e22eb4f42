"""The table of faults names every row, and only tests that there are; and of those here none is left out."""

import ast
import re
from pathlib import Path

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
ROW = re.compile(r"^\| (F\d+) \|", re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
UNNAMED = {"test_table.py", "test_proxy.py"}


def stories_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions) and node.name.startswith("test_")}


def test_every_row_is_there_and_names_tests_that_exist() -> None:
    table = (HERE / "README.md").read_text("utf-8")
    assert ROW.findall(table) == [f"F{number}" for number in range(1, 25)]
    named = TEST.findall(table)
    homes = {name: (ROOT if "/" in name else HERE) / name for name, _ in named}
    assert [name for name, home in homes.items() if not home.is_file()] == []
    assert [(name, test) for name, test in named if test not in stories_of(homes[name])] == []


def test_every_file_of_tests_here_is_in_the_table() -> None:
    named = {name for name, _ in TEST.findall((HERE / "README.md").read_text("utf-8"))}
    assert {path.name for path in HERE.glob("test_*.py")} - UNNAMED <= named
