"""Reading menu files: what is meant is read, what is wrong is told with file and line, all of it at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ussd_menus.menu_samples import MAIN, SOURCES, menu
from ussd_menus import yaml_tree
from ussd_menus.findings import MenuErrors
from ussd_menus.loader import load, load_sources, read_sources
from ussd_menus.values import Ask, Call, Choice, Condition, Confirm, Source, Target


def findings(**files: str) -> list[str]:
    """What is wrong with the small menu when some of its files are put differently."""
    changed = {**SOURCES, **{f"{name}.yaml": text for name, text in files.items()}}
    return [str(finding) for finding in read_sources(changed)[1]]


def alone(text: str) -> list[str]:
    return [str(finding) for finding in read_sources({"x.yaml": text})[1]]


def test_what_is_written_is_what_is_read() -> None:
    small = menu()
    home = small.nodes["home"]
    assert isinstance(home, Choice) and (home.journey, home.file, home.line) == ("main", "main.yaml", 5)
    assert home.options[3].when == Condition("account") and home.options[4].when == Condition("account", wanted=False)
    ask = small.nodes["status_ask"]
    assert isinstance(ask, Ask) and (ask.save, ask.then.node, ask.invalid) == ("reference", "find", "status.bad")
    find = small.nodes["find"]
    assert isinstance(find, Call)
    assert find.arguments == {"reference": Source("reference")}
    assert find.outcomes["pin_needed"].first and find.outcomes["failed"].node == "sorry"
    assert find.outcomes["malformed"] == Target("status_ask", find.outcomes["malformed"].line, note="status.bad")
    confirm = small.nodes["confirm_choice"]
    assert isinstance(confirm, Confirm)
    assert [(option.key, option.text) for option in confirm.options] == [("1", "confirm.yes"), ("2", "confirm.no")]
    assert (small.entry, small.home) == ("welcome", "home")


def test_the_version_is_a_digest_of_the_files() -> None:
    assert menu().version == menu().version
    assert menu().version != menu(main=MAIN + "\n# a word more\n").version


def test_windows_files_are_the_same_menu() -> None:
    windows = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in SOURCES.items()}
    assert load_sources(windows).nodes == menu().nodes


def test_a_folder_is_read(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert load(tmp_path).version == menu().version
    (tmp_path / "bad.yaml").write_bytes(b"journey: caf\xe9")
    with pytest.raises(MenuErrors, match=r"bad\.yaml: the file is not UTF-8"):
        load(tmp_path)


def test_all_mistakes_are_told_at_once() -> None:
    broken = """
journey: status
depht: 4
screens:
  a: {chioce: home.title}
  b: {ask: status.ask, anwser: reference, answer: refrence, then: nowhere}
  c: {choice: Home, options: {0: {text: home.title, goto: a}, x: {text: home.title}}}
  home: {show: home.title}
calls:
  d: {with: {a: [1]}, outcomes: {x: 12}}
"""
    assert findings(status=broken) == [
        "status.yaml:3: unknown field 'depht', did you mean 'depth'?",
        "status.yaml:5: a: a screen has one of: choice, ask, form, show, list, confirm, end",
        "status.yaml:5: a: unknown field 'chioce', did you mean 'choice'?",
        "status.yaml:6: b: unknown field 'anwser', did you mean 'answer'?",
        "status.yaml:6: b: unknown kind of answer 'refrence', did you mean 'reference'?",
        "status.yaml:7: c.option x: 'goto' is missing",
        "status.yaml:7: c: 'choice' is a message id such as home.title",
        "status.yaml:7: c: option key 'x' must be a whole number from 1 to 97",
        "status.yaml:7: c: option key 0 is reserved (0 back, 00 home, 98 more)",
        "status.yaml:8: 'home' is also in main.yaml:5",
        "status.yaml:10: d: 'outcome x' names a node, or is {first: node} or {goto: node, note: message.id}",
        "status.yaml:10: d: 'use' names the use case to perform",
        "status.yaml:10: d: parameter 'a' takes a variable's name or {text: …}",
    ]


def test_nothing_to_start_from() -> None:
    assert read_sources({}) == (None, read_sources({})[1])
    assert alone("journey: x\nscreens: {a: {show: a.b}}") == [
        "x.yaml: no node named 'home' (home)",
        "x.yaml: no node named 'welcome' (entry)",
    ]
    with pytest.raises(MenuErrors):
        load_sources({})


def test_home_is_a_screen_and_journeys_have_one_file() -> None:
    assert "main.yaml: 'find' must be a screen" in findings(
        main=MAIN.replace("journey: main", "journey: main\nhome: find")
    )
    assert any("journey 'main' is also in" in line for line in findings(apply="journey: main"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "[" * 40 + "]" * 40, "x.yaml:1: nested deeper than 20 levels"),
        ("a: x" * 70_000, "x.yaml: the file is larger than 256 KiB"),
        ("a: 1\n---\nb: 2", "x.yaml:2: one document a file: remove the second '---'"),
        ("a: {b: 1", "x.yaml:2: not YAML: did not find expected ',' or '}'"),
        ("a: \0", "x.yaml: not YAML"),
        ("? [a]\n: b", "x.yaml:1: a key must be one word"),
        ("a: 1\na: 2", "x.yaml:2: 'a' is written twice"),
        ("a: \ud800", "x.yaml: the file is not UTF-8"),
        ("# nothing\n", "x.yaml: the file is empty"),
        ("just words", "x.yaml:1: a menu file is a map (name: value), this is not"),
    ],
)
def test_files_that_are_no_menu(text: str, message: str) -> None:
    assert any(line.startswith(message) for line in alone(text)), alone(text)


def test_words_stay_words() -> None:
    root, wrong = yaml_tree.read("x", "a: yes\nb: 12:30:45\nc: 1.0\nd: 012\ne: 12\nf: null\ng: '7'\nh:\n1: x")
    assert root is not None and not wrong
    values = [value.value for _, value in root.entries if isinstance(value, yaml_tree.Scalar)]
    assert values == ["yes", "12:30:45", "1.0", "012", 12, "null", "7", None, "x"]


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_file_is_read_or_refused(content: str | bytes) -> None:
    root, wrong = yaml_tree.read("x", content)
    assert root is not None or wrong


PIECES = [
    *[":", "{", "}", "[", "]", ",", "&a", "*a", "!!x", "'", "1", "0"],
    "journey",
    "screens",
    "calls",
    "choice",
    "options",
    "goto",
    "home.title",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_shape_is_read_or_refused(pieces: list[str]) -> None:
    small, wrong = read_sources({"x.yaml": "".join(pieces)})
    assert small is not None or wrong
