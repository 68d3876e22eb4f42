"""Plain letters for phones without UCS-2, and the cleaning of what comes from CLDR and from ministries."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.gsm7 import Alphabet, Cost, cost, septets
from i18n.letters import bare, clean, has_arabic, plain, slot_units

_FILE = Path(__file__).parents[1] / "data" / "segment_cases.json"
DOWNGRADES = json.loads(_FILE.read_text(encoding="utf-8"))["recommended_downgrade"]["cases"]


@pytest.mark.parametrize("case", DOWNGRADES, ids=[case["id"] for case in DOWNGRADES])
def test_every_recommended_downgrade_is_made(case: dict[str, dict[str, object]]) -> None:
    shown = plain(str(case["input"]))
    expected = case["recommended_expected"]
    assert shown == case["recommended_gsm7"]
    assert cost(shown) == Cost(Alphabet(str(expected["encoding"])), int(str(expected["units"])))


@pytest.mark.parametrize(
    ("faithful", "shown"),
    [
        ("Əlifba: ə ğ ı İ ş ç Ç ö ü", "Elifba: e g i I s c Ç ö ü"),
        ("Müraciətiniz təsdiq edildi", "Müracietiniz tesdiq edildi"),
        ("e\u0301te\u0301", "été"),
        ("250,00\u00a0₼", "250,00 AZN"),
        ("Hồ sơ của bạn đã được duyệt", "Ho so cua ban da duoc duyet"),
        ("[{€}]", "[{€}]"),
        ("北", "Bei"),
        ("\x1b\u200b", ""),
        ("\U000e0041", ""),
    ],
)
def test_plain_letters_are_those_a_reader_expects(faithful: str, shown: str) -> None:
    assert plain(faithful) == shown


def test_vietnamese_loses_all_marks_or_none() -> None:
    assert plain("Tài khoản") == "Tài khoan"
    assert bare("Tài khoản, giấy phép: đã đến mà") == "Tai khoan, giay phep: da den ma"
    assert bare("[{€}] ΔΩ") == "[{€}] ΔΩ"


@pytest.mark.parametrize("text", ["توقّف", "موعدك في 12:30 – فرع ə", "\u0627\u0653"])
def test_arabic_is_never_changed(text: str) -> None:
    assert plain(text) == text


@given(st.text().filter(lambda text: not has_arabic(text)))
def test_plain_text_is_gsm7_and_plain_already(text: str) -> None:
    shown = plain(text)
    assert septets(shown) is not None
    assert plain(shown) == shown


@given(st.text())
def test_clean_text_is_one_line_of_visible_letters(text: str) -> None:
    shown = clean(text)
    assert not [letter for letter in shown if unicodedata.category(letter)[0] == "C"]
    assert not [letter for letter in shown if letter != " " and unicodedata.category(letter)[0] == "Z"]
    assert shown == shown.strip()
    assert "  " not in shown
    assert clean(shown) == shown


def test_clean_takes_out_what_cldr_brings_in() -> None:
    assert clean("\u200f1\u202f500\u00a0F\u202fCFA") == "1 500 F CFA"


@given(st.text().filter(lambda text: not has_arabic(text)))
def test_slot_units_cover_both_kinds_of_letters(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    allowed = slot_units(composed)
    assert cost(composed).units <= allowed
    assert cost(plain(composed)).units <= allowed
