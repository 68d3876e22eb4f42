"""The house is as it is drawn: rooms, floors, homes of libraries, and nothing that says nothing."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
STRANGERS = {"sandbox", "loadtests"}
ROOMS = {"domain", "i18n", "storage", "services", "sms", "mail", "ussd_menus", "mobile_api", "gateway"} | STRANGERS
NOT_ROOMS = {"countries", "tests", "benchmarks", "docs", "requirements", "web"}
SAY_NOTHING = {"utils", "helpers", "common", "base", "manager", "core", "misc"}


def sources() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def test_every_package_is_a_room_that_import_linter_knows() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_ROOMS
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert found == ROOMS == set(config["tool"]["importlinter"]["root_packages"])


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in sources() if path.stem in SAY_NOTHING] == []


def test_every_module_begins_with_its_one_subject() -> None:
    silent = [path for path in sources() if not ast.get_docstring(ast.parse(path.read_text())) and path.stat().st_size]
    assert silent == []


def test_each_room_says_where_each_of_its_files_belongs() -> None:
    """By its name or a pattern, in the table of the room's README."""
    unplaced = []
    for room in sorted(ROOMS - STRANGERS):
        named = re.findall(r"`([\w*]+\.py)`", (ROOT / room / "README.md").read_text("utf-8"))
        files = [path for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]
        unplaced += [path for path in files if not any(path.match(name) for name in named)]
        gone = [name for name in named if "*" not in name and not any((ROOT / room).rglob(name))]
        assert gone == [], room
    assert unplaced == []


def test_no_pack_holds_code() -> None:
    assert [path for path in (ROOT / "countries").rglob("*.py") if path.name != "__init__.py"] == []


def test_no_lock_file_names_an_address() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "http://" not in text
        assert "https://" not in text
        assert "--index-url" not in text


def test_whoever_takes_a_sample_is_run_in_full_too() -> None:
    """What asks `tests/amounts.py` how much is marked `long`, or `make test-long` would pass it over."""
    files = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)}
    takers = {path: text for path, text in files.items() if "from tests.amounts import" in text}
    assert takers
    assert [path for path, text in takers.items() if "@pytest.mark.long\n" not in text] == []
