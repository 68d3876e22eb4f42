"""Dates, times and amounts as each language writes them, without what ruins GSM-7."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.money import Money
from i18n.formats import MONEY_UNITS, Formats
from i18n.gsm7 import septets
from i18n.languages import language
from i18n.letters import clean, plain
from i18n.slots import slot_type
from i18n.text import SlotError

ALL = ("az", "en", "fr", "ar", "wo", "vi")
DAY = date(2026, 12, 12)


@pytest.mark.parametrize(
    ("code", "shown_date", "shown_day", "amount"),
    [
        ("az", "12 dek 2026", "12 dek", "1.250,00 AZN"),
        ("en", "12 Dec 2026", "Sat 12 Dec", "AZN 1,250.00"),
        ("fr", "12 déc. 2026", "sam. 12 déc.", "1 250,00 AZN"),
        ("ar", "12 ديسمبر 2026", "السبت 12 ديسمبر", "1,250.00 AZN"),
        ("wo", "12 Des 2026", "Ase 12 Des", "AZN 1.250,00"),
        ("vi", "12 thg 12 2026", "Th 7 12 thg 12", "1.250,00 AZN"),
    ],
)
def test_each_language_writes_its_own_way(code: str, shown_date: str, shown_day: str, amount: str) -> None:
    formats = Formats(language(code))
    assert formats.date(DAY) == shown_date
    assert formats.day(DAY) == shown_day
    assert formats.money(Money(125_000, "AZN")) == amount
    assert formats.time(time(9, 0)) == "09:00"


@pytest.mark.parametrize("code", ["az", "en", "fr", "wo"])
def test_a_weekday_is_told_only_where_plain_letters_keep_it_apart(code: str) -> None:
    """In Azerbaijani Ç.a. (Tuesday) and C.a. (Thursday) would both be C.a."""
    formats = Formats(language(code))
    days = [plain(formats.day(date(2026, 12, day))) for day in range(7, 14)]
    weekdays = {"".join(char for char in day if not char.isdigit()) for day in days}
    assert len(weekdays) in (1, 7)


@pytest.mark.parametrize("code", ALL)
def test_no_date_is_longer_than_its_slot(code: str) -> None:
    formats = Formats(language(code))
    for shown, slot in ((formats.dates, "date"), (formats.days, "day")):
        assert max(map(len, shown)) <= slot_type(slot).longest
        assert all(clean(text) == text for text in shown)


def test_the_minor_unit_is_that_of_the_currency() -> None:
    formats = Formats(language("fr"))
    assert formats.money(Money(1500, "XOF")) == "1 500 XOF"
    assert formats.money(Money(1500, "TND")) == "1,500 TND"
    assert formats.money(Money(-1, "AZN")) == "-0,01 AZN"


def test_money_is_called_as_people_there_call_it() -> None:
    names = {"MAD": "درهم", "XOF": "F CFA", "AZN": "manats"}
    assert Formats(language("ar"), UTC, names).money(Money(20_00, "MAD")) == "20.00 درهم"
    assert Formats(language("fr"), UTC, names).money(Money(1500, "XOF")) == "1 500 F CFA"
    english = Formats(language("en"), UTC, names)
    assert english.money(Money(1_250_00, "AZN")) == "1,250.00 manats", "a name follows, as it is said"
    assert english.money(Money(1_250_00, "TND")) == "TND 125.000"
    assert english.money(Money(999_999_999_99, "AZN")) == "AZN 999,999,999.99", "no room for the name"
    assert max(map(len, english.amounts)) == MONEY_UNITS


@pytest.mark.parametrize("code", ALL)
def test_an_amount_is_never_cut(code: str) -> None:
    formats = Formats(language(code))
    assert len(formats.money(Money(999_999_999_99, "AZN"))) == MONEY_UNITS
    long = formats.money(Money(12_345_678_901_99, "AZN"))
    assert "12345678901" in long
    assert len(long) <= MONEY_UNITS
    assert septets(plain(long)) is not None
    with pytest.raises(SlotError):
        formats.money(Money(10**17, "AZN"))


def test_an_instant_is_shown_as_the_country_sees_it() -> None:
    formats = Formats(language("en"), ZoneInfo("Asia/Baku"))
    late = datetime(2026, 12, 11, 21, 30, tzinfo=UTC)
    assert formats.date(late) == "12 Dec 2026"
    assert formats.time(late) == "01:30"
    assert formats.time(datetime(2026, 12, 11, 21, 30)) == "21:30"
