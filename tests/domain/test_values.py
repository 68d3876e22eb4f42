"""Money, digits, identifiers, working days, PINs, deadlines, outcomes: small values, exact rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.digits import fold
from domain.errors import DeadlineExceeded, InvalidValue
from domain.ids import Ids
from domain.money import Money
from domain.outcomes import Outcome
from domain.pins import is_pin, is_weak
from domain.working_days import add_working_days, working_day_before

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("312.40", "AZN", 31240), (250, "AZN", 25000), (Decimal("0.1"), "EUR", 10), ("1500000", "XOF", 1500000)],
)
def test_money_is_counted_in_minor_units(amount: object, currency: str, minor: int) -> None:
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("12.345", "AZN"), ("1.5", "XOF"), ("abc", "AZN"), ("NaN", "AZN"), ("1e99", "AZN"), ("9e999999", "AZN"),
     (None, "AZN"), ("1", "azn"), ("1", "₼")],
)  # fmt: skip
def test_an_amount_is_never_rounded_or_guessed(amount: object, currency: str) -> None:
    with pytest.raises(InvalidValue):
        Money.parse(amount, currency)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(" 1 ", "1"), ("۱۲", "12"), ("٣", "3"), ("１", "1"), ("²", "²"), ("1\u200b", "1"), ("\u202e12", "12"),
     ("1\x00", "1"), ("a\r\nEND b", "a END b"), ("1\x07\x1b[31m", "1 [31m")],
)  # fmt: skip
def test_what_she_typed_as_she_meant_it(typed: str, meant: str) -> None:
    assert fold(typed) == meant


@given(st.text())
def test_folding_leaves_nothing_invisible_and_is_done_once(typed: str) -> None:
    folded = fold(typed)
    assert fold(folded) == folded
    assert "\n" not in folded
    assert "\x00" not in folded


def test_identifiers_sort_by_when_they_were_made() -> None:
    clock = HandClock(NOON)
    ids = Ids(clock)
    made = []
    for count in range(10_000):
        made.append(ids.uuid7())
        if count % 7_000 == 0:
            clock.advance(timedelta(milliseconds=1))
    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}


def test_fifteen_working_days_over_a_holiday() -> None:
    victory_and_flag = {date(2026, 11, 8), date(2026, 11, 9)}
    assert add_working_days(date(2026, 11, 2), 15, frozenset()) == date(2026, 11, 23)
    assert add_working_days(date(2026, 11, 2), 15, victory_and_flag) == date(2026, 11, 24)
    assert add_working_days(date(2026, 11, 7), 1, frozenset()) == date(2026, 11, 9)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 11, 2), -1, frozenset())


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_a_due_day_is_never_a_day_off(start: date, count: int) -> None:
    day = add_working_days(start, count, frozenset())
    assert day >= start
    assert count == 0 or day.weekday() < 5


_A_DAY = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(_A_DAY, st.sets(_A_DAY, max_size=20), st.sets(st.integers(0, 6), max_size=6))
def test_the_working_day_before_is_the_last_one(day: date, holidays: set[date], weekend: set[int]) -> None:
    """It is worked, it is before, and no day between the two is worked: counting one day on from it never stops
    before the day itself."""
    before = working_day_before(day, holidays, weekend)
    assert before < day and before not in holidays and before.weekday() not in weekend
    assert add_working_days(before, 1, holidays, weekend) >= day


@pytest.mark.parametrize(
    "pin", ["111111", "123456", "654321", "121212", "123123", "112233", "250190", "199012", "012345", "450123"]
)
def test_pins_that_anybody_would_try_first_are_weak(pin: str) -> None:
    assert is_weak(pin, own_digits="994501234501")


@pytest.mark.parametrize("pin", ["918273", "706294", "837465"])
def test_others_are_not(pin: str) -> None:
    assert is_pin(pin)
    assert not is_weak(pin, own_digits="994501234501")


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "٣٣٣٣٣٣", "²²²²²²"])
def test_a_pin_is_six_digits(typed: str) -> None:
    assert not is_pin(typed)


def test_a_deadline_runs_through() -> None:
    clock = HandClock(NOON)
    hop = Deadline.after(4.0, clock)
    assert hop.within(2.5).remaining() == 2.5
    clock.advance(timedelta(seconds=3))
    assert hop.within(2.5).remaining() == 1.0
    clock.advance(timedelta(seconds=2))
    assert hop.remaining() == 0.0
    with pytest.raises(DeadlineExceeded):
        hop.check()


def test_an_outcome_is_named_after_its_class() -> None:
    @dataclass(frozen=True, slots=True)
    class ReadyForPickup(Outcome):
        place: str

    told = ReadyForPickup("a branch")
    assert told.name == "ready_for_pickup"
    assert told.values() == {"place": "a branch"}
