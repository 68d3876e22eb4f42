"""A line of a screen that is left out where it would say nothing."""

from pathlib import Path

import pytest

from tests.ussd_menus.menu_samples import MAIN, NETWORKS, SHAPES, STATUS, menu, messages, translator
from ussd_menus import engine
from ussd_menus.check import check
from ussd_menus.loader import MenuErrors
from ussd_menus.use_case_shapes import Kind, OutcomeShape, UseCaseShape
from ussd_menus.values import Menu

WORDS = {"place__title": ("", "Here:", "هنا:"), "place__phone": ("phone: label", "Phone: {phone}", "الهاتف: {phone}")}
OPEN = UseCaseShape({}, {"place_open": OutcomeShape({"phone": frozenset({Kind.TEXT})})})
SHOWN = "place: {show: [place.title, {text: place.phone, when: phone}]}"


def with_place(shown: str = SHOWN) -> Menu:
    main = MAIN.replace("screens:\n", f"screens:\n  {shown}\n", 1)
    main = main.replace("calls:\n", "calls:\n  open: {use: places.open, outcomes: {place_open: place}}\n", 1)
    return menu(main=main.replace("goto: account_menu, when: account", "goto: open, when: account"), status=STATUS)


@pytest.mark.parametrize(("phone", "lines"), [("123", ["place.title", "place.phone"]), ("", ["place.title"])])
def test_it_is_shown_where_there_is_something_to_say(phone: str, lines: list[str]) -> None:
    small = with_place()
    step = engine.start(small, "open")
    assert isinstance(step, engine.Perform)
    step = engine.resolve(small, step.state, "place_open", {"phone": phone})
    assert isinstance(step, engine.Shown)
    assert [text.id for text in engine.view(small, step.state).body] == lines


def test_the_check_knows_its_variable(tmp_path: Path) -> None:
    def found(small: Menu) -> list[str]:
        words = translator(tmp_path, **WORDS)
        said = messages(check(small, {**SHAPES, "places.open": OPEN}, words, NETWORKS, ("en", "ar")))
        return [line for line in said if "account_menu" not in line]

    assert found(with_place()) == []
    [one] = found(with_place(SHOWN.replace("when: phone", "when: telephone")))
    assert "when: 'telephone' is not known here" in one


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        (SHOWN.replace(", when: phone", ""), "'when' is missing"),
        (
            SHOWN.replace("show:", "choice:").replace("]}", "], options: {1: {text: a.b, goto: home}}}"),
            "takes no 'when'",
        ),
    ],
)
def test_a_wrong_one_is_told(shown: str, says: str) -> None:
    with pytest.raises(MenuErrors, match=says):
        with_place(shown)
