"""Shapes are read off the use cases' own signatures."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import pytest

from domain.money import Money
from domain.outcomes import Item
from domain.states import ApplicationState
from i18n.text import Word
from services.use_cases import USE_CASES
from services.values import Form
from tests.ussd_menus.menu_samples import SHAPES
from ussd_menus.use_case_shapes import Kind, Parameter, kinds_of, shape_of, shapes_of


def test_a_shape_has_parameters_outcomes_and_markers() -> None:
    verify = SHAPES["accounts.verify_pin"]
    assert verify.parameters == {"pin": Parameter(frozenset({Kind.TEXT}), secret=True)}
    assert verify.outcomes["pin_right"].proves_pin and not verify.outcomes["pin_wrong"].proves_pin
    assert verify.outcomes["pin_wrong"].fields == {"tries": frozenset({Kind.NUMBER})}
    assert SHAPES["applications.choose"].outcomes["chosen"].commits
    assert SHAPES["accounts.choose_language"].outcomes["language_chosen"].speaks


@pytest.mark.parametrize(
    ("hint", "kinds"),
    [
        (str, {Kind.TEXT}),
        (bool, {Kind.FLAG}),
        (ApplicationState, {Kind.TEXT}),
        (str | None, {Kind.TEXT}),
        (date | str, {Kind.DAY, Kind.TEXT}),
        (datetime, {Kind.MOMENT}),
        (Money, {Kind.MONEY}),
        (Annotated[Word, "x"], {Kind.WORD}),
        (tuple[Item, ...], {Kind.LIST}),
        (tuple[str, ...], {Kind.OTHER}),
        (Mapping[str, object], {Kind.ANSWERS}),
        (Form, {Kind.FORM}),
        (float, {Kind.OTHER}),
    ],
)
def test_kinds_of_annotations(hint: object, kinds: set[Kind]) -> None:
    assert kinds_of(hint) == kinds


def test_a_use_case_that_answers_no_outcome_is_refused() -> None:
    async def lost(desk: object, caller: object) -> int:
        return 1

    with pytest.raises(TypeError, match="is no outcome"):
        shape_of(lost)


def test_the_real_use_cases_can_all_be_read() -> None:
    shapes = shapes_of(USE_CASES)
    assert shapes.keys() == USE_CASES.keys()
    assert shapes["accounts.verify_pin"].parameters["pin"].secret
    kept = [kinds for shape in shapes.values() for each in shape.outcomes.values() for kinds in each.fields.values()]
    assert not any(Kind.OTHER in kinds for kinds in kept)
