"""The alphabet's tables and what a text costs, against the published cases."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.gsm7 import BASIC, BASIC_LETTERS, EXTENSION, LETTERS, Alphabet, Cost, code_units, cost, septets

CASES = json.loads((Path(__file__).parents[1] / "data" / "segment_cases.json").read_text(encoding="utf-8"))["cases"]


def test_the_basic_table_has_128_places_and_the_escape_in_its_own() -> None:
    assert len(BASIC) == 128
    assert len(set(BASIC)) == 128
    assert BASIC.index("\x1b") == 0x1B
    assert (BASIC.index("@"), BASIC.index("A"), BASIC.index("a"), BASIC.index("à")) == (0, 0x41, 0x61, 0x7F)
    assert len(BASIC_LETTERS) == 127


def test_extension_letters_are_in_no_other_table() -> None:
    assert not BASIC_LETTERS & EXTENSION.keys()
    assert sorted(EXTENSION.values()) == [0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65]


@pytest.mark.parametrize("letter", "`çáíóúâêîôûëïÀœ«»’ε\x1b")
def test_letters_that_look_as_if_they_were_there_are_not(letter: str) -> None:
    assert septets(letter) is None


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_published_case_costs_what_it_says(case: dict[str, dict[str, object]]) -> None:
    text = str(case["text"])
    expected = case["expected"]
    assert cost(text) == Cost(Alphabet(str(expected["encoding"])), int(str(expected["units"])))


@given(st.text(alphabet=sorted(LETTERS)))
def test_septets_are_one_for_each_letter_and_two_for_extension_letters(text: str) -> None:
    assert septets(text) == sum(2 if letter in EXTENSION else 1 for letter in text)


@given(st.text())
def test_one_foreign_letter_makes_all_of_it_ucs2(text: str) -> None:
    assert cost(text + "ə") == Cost(Alphabet.UCS2, code_units(text) + 1)
