"""The number on her slip: a slip of the finger is noticed before any ministry is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from domain.reference import Check, Reference, ReferenceRule, damm, luhn

AID = ReferenceRule("social_aid", 8, "4", Check.DAMM)
VISA = ReferenceRule("visa", 9, "7", Check.LUHN)
RULES = (AID, VISA)


def with_damm(digits: str) -> str:
    return digits + str(damm(digits))


@given(st.from_regex(r"[0-9]{3,11}", fullmatch=True))
def test_damm_finds_every_wrong_digit_and_every_swap_of_neighbours(digits: str) -> None:
    right = with_damm(digits)
    assert damm(right) == 0
    for place, digit in enumerate(right):
        for other in set("0123456789") - {digit}:
            assert damm(right[:place] + other + right[place + 1 :]) != 0
    for place in range(len(right) - 1):
        if right[place] != right[place + 1]:
            swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
            assert damm(swapped) != 0


def test_damm_of_his_thesis() -> None:
    assert damm("572") == 4


@pytest.mark.parametrize("number", ["79927398713", "49927398716", "1234567812345670"])
def test_luhn_of_well_known_numbers(number: str) -> None:
    assert luhn(number) == 0


@pytest.mark.parametrize(
    "typed",
    ["41000019", " 4100 0019 ", "4100-0019", "4100/0019", "٤١٠٠٠٠١٩", "４１００００１９", "41000019\n"],
)
def test_she_may_type_it_as_it_stands_on_the_slip(typed: str) -> None:
    assert Reference.parse(typed, RULES) == Reference("41000019", "social_aid")


@pytest.mark.parametrize("typed", ["", "4100001", "410000199", "41000018", "51000019", "abc", "²²²²²²²²", "4" * 500])
def test_what_no_service_writes_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue):
        Reference.parse(typed, RULES)


def test_its_repr_does_not_tell_it() -> None:
    assert "41000019" not in repr(Reference.parse("41000019", RULES))
