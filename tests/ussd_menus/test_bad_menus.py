"""Every bad menu of the catalogue of bad inputs, each with what is expected of it there.

The catalogue's snippets are of no particular grammar. Each is read as it stands, and where it cannot show its mistake
so, the same mistake is made in a menu of ours.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ussd_menus.menu_samples import (
    MAIN,
    NETWORKS,
    SHAPES,
    SOURCES,
    STATUS,
    menu,
    messages,
    report,
    translator,
)
from ussd_menus.check import check
from ussd_menus.loader import read_sources

CATALOGUE = Path(__file__).parents[1] / "data" / "bad_inputs.json"
# Sessions stay with the menus they began with: a matter of the conversation, tested there.
ELSEWHERE = {"yaml_menu-027"}
BAD = json.loads(CATALOGUE.read_text("utf-8"))["inputs"]
ENTRIES = {entry["id"]: entry for entry in BAD if entry["surface"] == "yaml_menu"}


def read(snippet: str) -> list[str]:
    """The findings about a file that holds the snippet and nothing else."""
    return [str(finding) for finding in read_sources({"bad.yaml": snippet})[1]]


def changed(old: str, new: str, **more: str) -> list[str]:
    """The findings when the small menu's status.yaml is changed so."""
    assert old in STATUS
    files = {**SOURCES, "status.yaml": STATUS.replace(old, new), **more}
    return [str(finding) for finding in read_sources(files)[1]]


def refused_with_file_and_line(yaml: str, _: Path) -> None:
    assert "bad.yaml:1: tags (tag:yaml.org,2002:python/object/apply:os.system) are not used in menus" in read(yaml)


def refused_by_alias_limit(yaml: str, _: Path) -> None:
    found = read(yaml)
    assert "bad.yaml:2: aliases (*a) are not used in menus: write it out" in found
    assert len(found) < 20


def kept_as_text(yaml: str, _: Path) -> None:
    assert "bad.yaml:1: unknown field 'code'" in read(yaml)
    small, wrong = read_sources(
        {**SOURCES, "main.yaml": MAIN.replace("set: {language: en}", "set: {language: 12:30:45}")}
    )
    assert small is not None and not wrong
    assert small.nodes["language"].options[0].sets == {"language": "12:30:45"}  # type: ignore[attr-defined]


def option_key_is_an_error(yaml: str, _: Path) -> None:
    assert "bad.yaml:1: unknown field '1.0'" in read(yaml)
    assert any(
        "option key '1.0' must be a whole number" in line
        for line in changed("{1: {text: status.a", "{1.0: {text: status.a")
    )


def loop_is_an_error(yaml: str, tmp_path: Path) -> None:
    assert read(yaml)
    looping = STATUS.replace("not_found: not_found", "not_found: mine").replace(
        "{applications: my_list}", "{applications: my_list, pin_needed: find}"
    )
    assert any(
        "a loop without input: find -> mine -> find" in m for m in messages(report(tmp_path, menu(status=looping)))
    )


def trap_is_an_error(yaml: str, tmp_path: Path) -> None:
    assert read(yaml)
    options = "options: {1: {text: home.mine, goto: home}}"
    trap = f"journey: main\nentry: home\nscreens:\n  home: {{choice: home.title, {options}}}"
    found = messages(report(tmp_path, menu(main=trap, status="journey: status", apply="journey: apply")))
    assert "main.yaml:4: home: no way out: no 'end' can be reached from here" in found


def same_key_is_an_error(yaml: str, _: Path) -> None:
    assert read(yaml)
    twice = "options: {1: {text: status.again, goto: find}, 1: {text: status.again"
    assert any(line.endswith("'1' is written twice") for line in changed("options: {1: {text: status.again", twice))


def star_is_an_error(yaml: str, _: Path) -> None:
    assert read(yaml)
    found = changed("options: {1: {text: status.again", "options: {'*': {text: status.again")
    assert any("option key '*' must be a whole number" in line for line in found)


def counted_per_language(yaml: str, tmp_path: Path) -> None:
    assert read(yaml)
    arabic = ("مرحبا بكم " * 40)[:300]
    found = messages(report(tmp_path / "once", menu(), status__chosen=("", "Done", arabic)))
    assert found and all("chosen: ar, " in line and "units, " in line for line in found), found
    paged = menu(status=STATUS.replace("{show: status.chosen}", "{show: status.chosen, pages: 9}"))
    assert messages(report(tmp_path / "paged", paged, status__chosen=("", "Done", arabic))) == []


def missing_translation_is_an_error(yaml: str, tmp_path: Path) -> None:
    assert read(yaml)
    only_english = translator(tmp_path, ("en",))
    found = messages(check(menu(), SHAPES, only_english, NETWORKS, ("en", "ar")))
    assert any("home: ar: no text 'home.title' in 'ar'" in line for line in found)


def texts_are_not_written_in_menus(yaml: str, _: Path) -> None:
    """A text is a message id; placeholders are checked where texts are, in the catalogs."""
    assert read(yaml)
    text = yaml.removeprefix("text: ")
    assert any(
        "is a message id such as home.title" in line
        for line in changed("options: {1: {text: status.again", f"options: {{1: {{text: {text!r}")
    )


def unknown_placeholder_is_an_error(yaml: str, tmp_path: Path) -> None:
    texts_are_not_written_in_menus(yaml, tmp_path)
    with pytest.raises(Exception, match="nmae"):
        translator(tmp_path, status__chosen=("", "Bonjour {nmae}", "م"))


def attribute_access_is_an_error(yaml: str, tmp_path: Path) -> None:
    texts_are_not_written_in_menus(yaml, tmp_path)
    with pytest.raises(Exception, match=r"status\.chosen"):
        translator(tmp_path, status__chosen=("", "{x.__class__.__mro__}", "م"))


def empty_is_an_error(yaml: str, _: Path) -> None:
    assert read(yaml) == ["bad.yaml: the file is empty"]


def root_must_be_a_map(yaml: str, _: Path) -> None:
    assert "bad.yaml:1: a menu file is a map (name: value), this is not" in read(yaml)


def marks_of_windows_are_accepted(yaml: str, _: Path) -> None:
    assert read(yaml) == ["bad.yaml:1: 'journey' is missing", "bad.yaml:1: unknown field 'menu'"]
    windows = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in SOURCES.items()}
    assert read_sources(windows)[1] == []


def pin_is_never_kept(yaml: str, _: Path) -> None:
    assert read(yaml)
    assert any("a PIN is never saved" in line for line in changed("answer: pin, ", "answer: pin, save: code, "))
    assert any("unknown field 'log'" in line for line in changed("answer: pin, ", "answer: pin, log: true, "))


EXPECTED: dict[str, Callable[[str, Path], None]] = {
    "yaml_menu-001": refused_with_file_and_line,
    "yaml_menu-002": refused_by_alias_limit,
    "yaml_menu-005": kept_as_text,
    "yaml_menu-007": option_key_is_an_error,
    "yaml_menu-012": loop_is_an_error,
    "yaml_menu-013": trap_is_an_error,
    "yaml_menu-014": same_key_is_an_error,
    "yaml_menu-015": star_is_an_error,
    "yaml_menu-016": counted_per_language,
    "yaml_menu-017": missing_translation_is_an_error,
    "yaml_menu-018": unknown_placeholder_is_an_error,
    "yaml_menu-019": attribute_access_is_an_error,
    "yaml_menu-020": empty_is_an_error,
    "yaml_menu-021": root_must_be_a_map,
    "yaml_menu-022": marks_of_windows_are_accepted,
    "yaml_menu-026": pin_is_never_kept,
}


@pytest.mark.parametrize("entry", sorted(EXPECTED), ids=lambda id: f"{id} {ENTRIES[id]['name']}")
def test_bad_menu(entry: str, tmp_path: Path) -> None:
    EXPECTED[entry](ENTRIES[entry]["yaml"], tmp_path)


def test_every_entry_of_the_catalogue_is_asserted() -> None:
    assert EXPECTED.keys() | ELSEWHERE == ENTRIES.keys()
    print(f"{len(EXPECTED)} bad menus asserted")
