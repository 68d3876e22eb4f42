"""Dates, times and amounts of one language, from CLDR, in ordinary letters and short for small screens."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize

from babel import Locale
from babel.dates import parse_pattern

from domain.money import Money, minor_digits
from i18n.languages import Language
from i18n.letters import clean
from i18n.text import SlotError

# The longest amount that is shown: 999.999.999,99 AZN
MONEY_UNITS = 18
# Every month with every weekday, on days of two digits.
_A_YEAR = tuple(date(2026, 1, 1) + timedelta(days=offset) for offset in range(365))


class Formats:
    """Formats of one language. Patterns are prepared once, results remembered: few dates are in use a day.

    `money_names`: by ISO 4217's code, what people there call the money.
    """

    def __init__(self, language: Language, zone: tzinfo = UTC, money_names: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.zone = zone
        self._money_names = money_names or {}
        self._date = parse_pattern(language.locale.datetime_skeletons["yMMMd"])
        skeleton = "MMMEd" if _tells_weekdays_apart(language.locale) else "MMMd"
        self._day = parse_pattern(language.locale.datetime_skeletons[skeleton])
        self._signs = _amount_signs(language.locale)
        self.date = lru_cache(maxsize=2048)(self._make_date)
        self.day = lru_cache(maxsize=2048)(self._make_day)
        self.money = lru_cache(maxsize=2048)(self._make_money)

    def time(self, value: time | datetime) -> str:
        """`09:00`, on the 24-hour clock, which needs no words in any language."""
        at = self._local(value) if isinstance(value, datetime) else value
        return f"{at.hour:02}:{at.minute:02}"

    def _make_date(self, value: date) -> str:
        """`12 Dec 2026`: day, month's short name, year."""
        return self._tidy(self._date.apply(self._on(value), self.language.locale))

    def _make_day(self, value: date) -> str:
        """`Sat 12 Dec`: weekday, day and month, each by its short name; without the weekday where only a mark would
        tell two of them apart."""
        return self._tidy(self._day.apply(self._on(value), self.language.locale))

    def _make_money(self, value: Money) -> str:
        """`250,00 manat`: CLDR's signs, and the name that people use; where none is known, or there is no room for it,
        the ISO 4217 code in CLDR's order, for phones lack the symbols.

        Amounts past some millions lose their grouping, so that they fit the slot; no digit is ever dropped.
        """
        decimals = minor_digits(value.currency)
        whole, fraction = divmod(abs(value.minor), 10**decimals)
        signs = self._signs
        minus = "-" if value.minor < 0 else ""
        rest = f"{signs.point}{fraction:0{decimals}}" if decimals else ""
        named = signs._replace(before="", after=" ¤"), self._money_names.get(value.currency)
        for around, name in (named, (signs, value.currency)):
            for separator in (signs.group, "") if name else ():
                digits = f"{whole:,}".replace(",", separator)
                shown = clean(f"{minus}{around.before}{digits}{rest}{around.after}".replace("¤", name or ""))
                if len(shown) <= MONEY_UNITS:
                    return shown
        raise SlotError("an amount too long to show whole")

    def _on(self, value: date) -> date:
        return self._local(value).date() if isinstance(value, datetime) else value

    def _local(self, value: datetime) -> datetime:
        """An instant as the country's clocks show it; one without a zone is taken to be local already."""
        return value if value.tzinfo is None else value.astimezone(self.zone)

    @staticmethod
    def _tidy(shown: str) -> str:
        """Without the commas, which cost two septets and tell a reader nothing on a narrow screen."""
        return clean(shown.replace(",", "").replace("،", ""))

    @cached_property
    def amounts(self) -> tuple[str, ...]:
        """The longest amount of each money with a name, and of one without, for samples."""
        return tuple(self._make_money(Money(999_999_999_99, currency)) for currency in (*self._money_names, "AZN"))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Every shape of date there is, for samples."""
        return tuple(map(self._make_date, _A_YEAR))

    @cached_property
    def days(self) -> tuple[str, ...]:
        """Every shape of day there is, for samples."""
        return tuple(map(self._make_day, _A_YEAR))


def _tells_weekdays_apart(locale: Locale) -> bool:
    """Not in Azerbaijani: "Ç.a." is a Tuesday and "C.a." a Thursday, and a small screen shows which badly."""
    names = locale.days["format"]["abbreviated"].values()
    bare = {"".join(char for char in normalize("NFD", name) if not combining(char)) for name in names}
    return len(bare) == len(names)


class _Signs(NamedTuple):
    """What stands around an amount's digits, and among them; `¤` is where the currency's code goes."""

    before: str
    group: str
    point: str
    after: str


def _amount_signs(locale: Locale) -> _Signs:
    """The code goes where CLDR has the symbol, set apart from the digits by a space. Groups are of three digits."""
    standard = clean(locale.currency_formats["standard"].pattern.split(";")[0])
    before, after = ("¤ ", "") if standard.startswith("¤") else ("", " ¤")
    latin = locale.number_symbols["latn"]
    return _Signs(before, latin["group"], latin["decimal"], after)
