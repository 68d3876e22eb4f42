"""What fills a slot: cleaned, cut at a word, and never longer than the static check assumed."""

import unicodedata
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValue
from domain.money import Money
from i18n.formats import Formats
from i18n.gsm7 import Alphabet, cost
from i18n.languages import language
from i18n.letters import Letters, plain
from i18n.slots import slot_type
from i18n.text import SlotError, SlotValue

AZ = Formats(language("az"))
TEXTS = ("place_name", "address", "hours", "person_name", "label", "sentence")
CODES = ("reference", "phone", "shortcode")
OTHERS = ("money", "date", "day", "time", "minutes", "tries", "count")
MIXED = st.text() | st.text(alphabet="abə €{}œ…½ßﷺ\u0301م\n\U0001f600 -.")


@given(MIXED, st.sampled_from(TEXTS + CODES))
def test_no_text_fills_more_than_its_slot_in_any_letters(typed: str, name: str) -> None:
    slot = slot_type(name)
    shown = slot.fill(typed, AZ)
    assert cost(shown).units <= slot.longest
    assert cost(plain(shown)).units <= slot.longest
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(st.dates(), st.sampled_from(("az", "en", "fr", "ar", "wo", "vi")))
def test_no_date_fills_more_than_its_slot(day: date, code: str) -> None:
    formats = Formats(language(code))
    for name in ("date", "day"):
        assert cost(slot_type(name).fill(day, formats)).units <= slot_type(name).longest


@pytest.mark.parametrize("letters", Letters)
@pytest.mark.parametrize("name", TEXTS + CODES + OTHERS)
def test_the_sample_is_no_longer_than_the_slot_and_fills_it(name: str, letters: Letters) -> None:
    slot = slot_type(name)
    sample = cost(slot.sample(letters, AZ))
    assert sample.units <= slot.longest
    if name in TEXTS:
        assert sample.units == slot.longest
        assert sample.alphabet is (Alphabet.UCS2 if letters is Letters.FAITHFUL else Alphabet.GSM7)


@pytest.mark.parametrize("code", ["az", "en", "fr", "ar", "wo", "vi"])
def test_the_longest_date_of_a_language_covers_every_date(code: str) -> None:
    formats = Formats(language(code))
    for letters in Letters:
        sample = cost(slot_type("date").sample(letters, formats))
        shown = formats.dates if letters is Letters.FAITHFUL else tuple(map(plain, formats.dates))
        assert sample.units >= max(cost(text).units for text in shown)
        if any(cost(text).alphabet is Alphabet.UCS2 for text in shown):
            assert sample.alphabet is Alphabet.UCS2


def test_a_long_text_ends_at_a_word() -> None:
    shown = slot_type("label").fill("Certificate of residence in the district", AZ)
    assert shown == "Certificate of residence in..."


def test_one_endless_word_is_cut_all_the_same() -> None:
    assert slot_type("label").fill("a" * 100_000, AZ) == "a" * 27 + "..."


def test_a_mark_is_not_parted_from_its_letter() -> None:
    shown = slot_type("label").fill("q\u0301" * 30, AZ)
    assert shown.removesuffix("...").endswith("\u0301")


def test_lines_and_directions_cannot_be_smuggled_in() -> None:
    assert slot_type("label").fill("a\r\nEND b\u202ec\x00", AZ) == "a END bc"


def test_a_code_is_ascii_whatever_was_given() -> None:
    assert slot_type("reference").fill("№\u00a0١٢٣-Ə", AZ) == "No 123-E"
    assert slot_type("reference").fill("`م1", AZ) == "'1"


WRONG: list[tuple[str, SlotValue]] = [
    ("money", "250"),
    ("date", "2026-12-12"),
    ("day", 3),
    ("time", date(2026, 1, 1)),
    ("count", "3"),
    ("count", True),
    ("count", -1),
    ("minutes", 10_000),
    ("label", 3),
    ("reference", Money(1, "AZN")),
    ("word/state", "granted"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_and_not_told(name: str, value: SlotValue) -> None:
    with pytest.raises(SlotError) as caught:
        slot_type(name).fill(value, AZ)
    assert "2026" not in str(caught.value)


def test_values_of_the_right_type_are_shown() -> None:
    assert slot_type("count").fill(3, AZ) == "3"
    assert slot_type("time").fill(time(9), AZ) == "09:00"
    assert slot_type("time").fill(datetime(2026, 1, 1, 9), AZ) == "09:00"
    assert slot_type("date").fill(datetime(2026, 1, 1, 9), AZ) == "1 yan 2026"


@pytest.mark.parametrize("name", ["text", "word", "word/", "word/State", "words/state"])
def test_an_unknown_type_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="unknown slot type"):
        slot_type(name)
