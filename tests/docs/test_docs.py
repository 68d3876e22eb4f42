"""The docs keep their promises: settings, doors, metrics, commands, links and decisions are as the pages say."""

import argparse
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.cli import COMMANDS, build_parser
from gateway.metrics import Metrics
from i18n.letters import Letters
from tests.docs.message_month import PACKS, month
from tests.docs.tables import ROOT, filled, pages
from tests.read_once import load_pack, translator_for
from tests.whole import settings_for

MARKDOWN = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[a-z]*/**/README.md")]
    if not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(ROOT).parts)
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_IN_CODE = re.compile(r"(?<![\w./-])docs/[\w./-]+\.md")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- settings, doors, metrics ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_tables_are_as_the_code_would_make_them(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == filled(text), "run: python -m tests.docs.tables"


@pytest.mark.parametrize("country", PACKS)
def test_a_month_costs_little(country: str) -> None:
    there = load_pack(country)
    words = translator_for(there)
    for language in there.languages:
        own = words.language(language).rtl
        letters = Letters.FAITHFUL if own else Letters.PLAIN
        mean = month(country).total[language, letters]
        assert there.sms.letters.get(language, Letters.FAITHFUL) is letters
        assert mean.parts / mean.messages <= (2 if own else 1.2), f"{country}, {language}: {mean}"


async def test_every_route_stands_in_the_table_of_doors_and_no_other() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none", "redis://127.0.0.1:9/0", "http://127.0.0.1:9"
    settings, environment = settings_for(*nowhere)
    parts = assemble(settings, environment)
    routes = create_app(settings, parts).routes
    there = {
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or {"GET"}) - {"HEAD"}
    }
    await parts.stop()
    page = (ROOT / "docs" / "doors.md").read_text("utf-8")
    told = set(re.findall(r"^\| ([A-Z]+) \| `(/[^`]*)` \|", page, re.MULTILINE))
    assert told == there
    # What has paths of its own below it: the app's API and the pages.
    below = {f"{route.path}/…" for route in routes if isinstance(route, Mount)}
    assert set(re.findall(r"^\| any \| `(/[^`]*)` \|", page, re.MULTILINE)) == below
    assert all(isinstance(route, (Route, Mount)) for route in routes)


def test_every_metric_is_told() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    there = {family.name for family in Metrics().registry.collect() if not family.name.startswith("process_")}
    assert set(re.findall(r"^\| `(guichet_\w+)` \|", page, re.MULTILINE)) == there


# --- commands -------------------------------------------------------------------------------------------


def console_lines(page: Path) -> Iterator[str]:
    """What is typed after `$` in the page's consoles, continued lines joined."""
    for kind, block in _FENCE.findall(page.read_text("utf-8")):
        if kind == "console":
            joined = re.sub(r"\\\n\s*", " ", block)
            yield from (line[2:] for line in joined.splitlines() if line.startswith("$ "))


def commands(program: str) -> list[tuple[str, str]]:
    """Every line of a console that calls the program, without what surrounds it, with its page."""
    pattern = re.compile(rf"(?:^|&& |\| )(?:\.venv/bin/)?{program}(?: ([^#|>]*))?")
    return [
        (name_of(page), (found[1] or "").strip())
        for page in MARKDOWN
        for line in console_lines(page)
        for found in pattern.finditer(line)
    ]


def mentions(program: str) -> list[tuple[str, str]]:
    """Every `program word…` between backticks, with its page."""
    pattern = re.compile(rf"`(?:\.venv/bin/)?{program} ([^`\n]+)`")
    return [(name_of(page), found) for page in MARKDOWN for found in pattern.findall(page.read_text("utf-8"))]


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


@pytest.mark.parametrize(("page", "typed"), commands("guichet"))
def test_what_consoles_call_is_understood(page: str, typed: str) -> None:
    build_parser().parse_args(shlex.split(typed))


@pytest.mark.parametrize(("page", "said"), mentions("guichet"))
def test_commands_that_are_named_exist(page: str, said: str) -> None:
    parser, helped = build_parser(), build_parser().format_help()
    for word in shlex.split(re.sub(r"--country \S+", "--country", said)):
        deeper = subcommands(parser)
        if word.startswith("-") or not deeper:
            continue
        # `menus check|graph` names two: one stands for both when looking further.
        assert set(word.split("|")) <= set(deeper)
        parser = deeper[word.split("|")[0]]
        helped += parser.format_help()
    for option in re.findall(r"--[a-z-]+", said):
        assert option in helped


def test_every_command_is_told_in_the_operations_or_the_readme() -> None:
    told = {said.split()[0] for page, said in [*mentions("guichet"), *commands("guichet")] if said}
    missing = {module.__name__.rpartition(".")[2] for module in COMMANDS} - told
    assert missing == set()


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {(page, said.split()[0]) for page, said in [*mentions("make"), *commands("make")] if said}
    assert {(page, target) for page, target in named if target not in targets} == set()
    assert {"demo", "test", "check"} <= {target for _, target in named}


@pytest.mark.parametrize("page", MARKDOWN, ids=name_of)
def test_consoles_are_good_shell(page: Path) -> None:
    for line in console_lines(page):
        if "<" in line.replace("<(", ""):
            continue  # a placeholder for the reader
        subprocess.run(["bash", "-n", "-c", line], check=True, capture_output=True)


# --- links ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", MARKDOWN, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    inside = [link.partition("#")[0] for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if link and not (page.parent / link).exists()] == []


def test_pages_that_code_names_exist() -> None:
    rooms = [path.parent for path in ROOT.glob("*/__init__.py")] + [ROOT / "tests", ROOT / "benchmarks"]
    found = (path for room in rooms for kind in ("py", "yaml", "md") for path in room.rglob(f"*.{kind}"))
    sources = [path for path in found if "node_modules" not in path.parts]
    named = {(name_of(path), page) for path in sources for page in _IN_CODE.findall(path.read_text("utf-8"))}
    assert {(path, page) for path, page in named if not (ROOT / page).exists()} == set()


def test_every_room_says_how_to_add_one() -> None:
    rooms = {path.parent for path in ROOT.glob("*/__init__.py")} | {ROOT / "tests", ROOT / "benchmarks"}
    rooms |= {ROOT / "gateway" / "aggregators", ROOT / "services" / "backends"}
    silent = [
        room.name
        for room in rooms
        if not (room / "README.md").exists()
        or not re.search(r"^#+ (How t|T)o (add|…)", (room / "README.md").read_text("utf-8"), re.MULTILINE)
    ]
    assert silent == []


def test_every_decision_is_in_the_index_and_every_page_on_the_map() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = set(_LINK.findall((decisions / "README.md").read_text("utf-8")))
    assert {path.name for path in decisions.glob("0*.md")} - index == set()
    on_the_map = set(_LINK.findall((ROOT / "docs" / "index.md").read_text("utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"} - on_the_map == set()


def test_nothing_is_said_of_the_machine_it_was_written_on() -> None:
    foreign = re.compile(r"(?:^|[\s\"'`(])/(?:root|home|tmp|usr/local)/")
    assert [name_of(page) for page in MARKDOWN if foreign.search(page.read_text("utf-8"))] == []
