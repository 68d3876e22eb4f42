"""Segments against every published case, and what must hold of any text."""

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.gsm7 import LETTERS, code_units, septets
from sms.segments import Segments, segment
from sms.values import Encoding

CASES = json.loads((Path(__file__).parents[1] / "data" / "segment_cases.json").read_text("utf-8"))["cases"]
ROOM = {(Encoding.GSM7, 8): 153, (Encoding.GSM7, 16): 152, (Encoding.UCS2, 8): 67, (Encoding.UCS2, 16): 66}
BITS: tuple[Literal[8, 16], ...] = (8, 16)


def size(part: str, encoding: Encoding) -> int:
    """Counted in another way than the code under test does."""
    if encoding is Encoding.UCS2:
        return len(part.encode("utf-16-be", "surrogatepass")) // 2
    return sum(2 if letter in "\f^{}\\[~]|€" else 1 for letter in part)


@pytest.mark.parametrize("bits", BITS)
def test_every_published_case(bits: Literal[8, 16]) -> None:
    checked = 0
    for case in CASES:
        expected = case["expected"]
        count = expected["segments"] if bits == 8 else case["expected_16bit_ref_udh7"]["segments"]
        found = segment(case["text"], bits)
        assert (found.encoding, found.units, len(found.parts)) == (expected["encoding"], expected["units"], count), case
        checked += 1
    print(f"{checked} of {len(CASES)} cases with a reference of {bits} bits")
    assert checked == 63


def test_an_escape_is_never_parted_from_its_letter() -> None:
    text = "a" * 152 + "€" + "a" * 152
    assert segment(text) == Segments(Encoding.GSM7, 306, ("a" * 152, "€" + "a" * 151, "a"))
    assert segment("a" * 151 + "€" + "a" * 152).parts == ("a" * 151 + "€", "a" * 152)
    assert segment("a" * 151 + "€" + "a" * 152, 16).parts == ("a" * 151, "€" + "a" * 150, "aa")


def test_a_surrogate_pair_is_never_parted() -> None:
    text = "ə" * 66 + "😀" + "ə" * 10
    assert segment(text) == Segments(Encoding.UCS2, 78, ("ə" * 66, "😀" + "ə" * 10))
    assert segment("ə" * 65 + "😀" + "ə" * 10).parts == ("ə" * 65 + "😀", "ə" * 10)
    assert segment("😀" * 36, 16).parts == ("😀" * 33, "😀" * 3)


def test_arabic_travels_as_it_is_written() -> None:
    text = "تمت الموافقة على طلبك. " * 4
    assert segment(text) == Segments(Encoding.UCS2, len(text), (text[:67], text[67:]))


def test_half_a_pair_from_elsewhere_is_cut_around_and_not_stumbled_over() -> None:
    broken = "\ud83d" * 100
    assert segment(broken).parts == ("\ud83d" * 67, "\ud83d" * 33)
    assert segment("\udc00" * 71).units == 71


# Long enough for several parts, with what is dear at any place.
_texts = st.one_of(
    st.text(max_size=400),
    st.text(alphabet=sorted(LETTERS), max_size=500),
    st.text(alphabet="a€", min_size=100, max_size=500),
    st.text(alphabet="aə😀", min_size=40, max_size=200),
    st.text(alphabet="توقف \U0001ee00", min_size=60, max_size=250),
)


@given(_texts, st.sampled_from(BITS))
def test_parts_are_the_text_and_each_fits(text: str, bits: Literal[8, 16]) -> None:
    found = segment(text, bits)
    assert "".join(found.parts) == text
    assert found.encoding is (Encoding.UCS2 if septets(text) is None else Encoding.GSM7)
    assert found.units == size(text, found.encoding) == (septets(text) or 0 or code_units(text))
    if len(found.parts) == 1:
        assert found.units <= (160 if found.encoding is Encoding.GSM7 else 70)
        return
    room = ROOM[found.encoding, bits]
    sizes = [size(part, found.encoding) for part in found.parts]
    assert sum(sizes) == found.units
    assert max(sizes) <= room
    # Nothing is wasted but the one unit that would have cut a letter in two.
    assert min(sizes[:-1]) >= room - 1
    assert sizes[-1] > 0


@given(_texts)
def test_a_wider_reference_never_needs_fewer_parts(text: str) -> None:
    assert len(segment(text, 16).parts) >= len(segment(text, 8).parts)
