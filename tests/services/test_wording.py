"""Ministries' own words in a line of ours."""

import pytest

from services.values import Localised
from services.wording import listed

PAPERS: tuple[Localised, ...] = ({"fr": "CNIE", "ar": "البطاقة"}, {"fr": "Bail"}, {"": "Photo"}, {"fr": ""})


@pytest.mark.parametrize(
    ("language", "line"),
    [("fr", "CNIE; Bail; Photo"), ("ar", "البطاقة؛ Bail (fr)؛ Photo"), ("wo", "CNIE (fr); Bail (fr); Photo")],
)
def test_what_is_told_in_another_language_says_in_which(language: str, line: str) -> None:
    assert listed(PAPERS, language) == line


def test_nothing_is_a_dash() -> None:
    assert listed((), "fr") == "-"
