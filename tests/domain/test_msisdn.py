"""Telephone numbers as aggregators and people write them; never printed whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from domain.msisdn import Msisdn

HERS = "+994501234501"


@pytest.mark.parametrize(
    "raw", [HERS, " 994501234501", "994501234501", "00994501234501", "+994 50 123 45 01", "+٩٩٤٥٠١٢٣٤٥٠١"]
)
def test_what_happened_to_the_plus_is_repaired(raw: str) -> None:
    assert Msisdn.parse(raw) == Msisdn(HERS)


def test_a_national_number_needs_its_country() -> None:
    assert Msisdn.parse("050 123 45 01", "AZ") == Msisdn(HERS)


@pytest.mark.parametrize("raw", ["", "MTN", "+1234", "+0000", "12", "+994501234501\n+994501234502", "9" * 40, "+٠"])
def test_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue):
        Msisdn.parse(raw)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(raw: str) -> None:
    try:
        assert Msisdn.parse(raw).e164.startswith("+")
    except InvalidValue:
        pass


def test_neither_str_nor_repr_nor_format_tell_it() -> None:
    number = Msisdn.parse(HERS)
    for shown in (str(number), repr(number), f"{number}", f"{[number]}"):
        assert HERS[4:] not in shown
        assert "1234" not in shown
