"""What is understood as an answer, and what is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.digits import fold
from ussd_menus.answers import is_no_day, parse, parse_date
from ussd_menus.values import RESERVED_KEYS, Answer, AnswerKind

REFERENCE, DIGITS = Answer(AnswerKind.REFERENCE), Answer(AnswerKind.DIGITS, length=4)
NUMBER = Answer(AnswerKind.NUMBER, minimum=1, maximum=50)


@pytest.mark.parametrize(
    "typed", ["31/12/1990", "31.12.1990", "31-12-1990", "31 12 1990", "31121990", "31.12.90", "311290"]
)
def test_dates_as_people_type_them(typed: str) -> None:
    assert parse_date(typed) == date(1990, 12, 31)


@pytest.mark.parametrize(
    "typed", ["", "31/02/1990", "1990-12-31", "32121990", "31/12/1890", "3112199", "²¹/01/1990", "1/1"]
)
def test_what_is_no_date(typed: str) -> None:
    assert parse_date(typed) is None


@pytest.mark.parametrize("typed", ["31/02/1990", "31 4 2015", "29021900", "31.06.90", "29 2 2023"])
def test_a_day_that_the_calendar_lacks(typed: str) -> None:
    assert is_no_day(typed) and parse_date(typed) is None


@pytest.mark.parametrize(
    "typed", ["29 2 2024", "31 12 1990", "12 31 1990", "19901231", "32 1 1990", "0 1 1990", "1 1 1890"]
)
def test_a_day_that_is_there_or_was_typed_in_another_way(typed: str) -> None:
    assert not is_no_day(typed)


def test_two_digits_of_a_year_are_of_the_last_century_from_30_on() -> None:
    assert parse_date("1.1.30") == date(1930, 1, 1)
    assert parse_date("1.1.29") == date(2029, 1, 1)


@pytest.mark.parametrize(
    ("answer", "typed", "value"),
    [
        (REFERENCE, "1234-5678 90", "1234567890"),
        (REFERENCE, "123", None),
        (REFERENCE, "1" * 21, None),
        (REFERENCE, "12a4", None),
        (DIGITS, "1234", "1234"),
        (DIGITS, "12345", None),
        (Answer(AnswerKind.DIGITS), "12", None),
        (Answer(AnswerKind.PIN), "739154", "739154"),
        (Answer(AnswerKind.PIN), "73915", None),
        (Answer(AnswerKind.PIN), "73 9154", None),
        (NUMBER, "050", 50),
        (NUMBER, "51", None),
        (NUMBER, "-1", None),
        (NUMBER, "9" * 5000, None),
        (Answer(AnswerKind.PHONE), "+994 50 123-45-67", "+994501234567"),
        (Answer(AnswerKind.PHONE), "0501234567", "0501234567"),
        (Answer(AnswerKind.PHONE), "12+34567", None),
        (Answer(AnswerKind.NAME), "Ləman Əliyeva-O'Neil", "Ləman Əliyeva-O'Neil"),
        (Answer(AnswerKind.NAME), "R2D2", None),
        (Answer(AnswerKind.NAME), "--", None),
        (Answer(AnswerKind.TEXT), "1'; DROP TABLE citizen;--", "1'; DROP TABLE citizen;--"),
        (Answer(AnswerKind.TEXT), "{citizen.pin} %s", "{citizen.pin} %s"),
        (Answer(AnswerKind.TEXT), "x" * 81, None),
        (Answer(AnswerKind.TEXT), "", None),
    ],
)
def test_kinds_of_answers(answer: Answer, typed: str, value: object) -> None:
    assert parse(answer, typed) == value


@given(st.sampled_from(AnswerKind), st.text(max_size=60))
def test_any_text_is_an_answer_or_none(kind: AnswerKind, typed: str) -> None:
    value = parse(Answer(kind, minimum=1, maximum=97), fold(typed))
    assert value is None or isinstance(value, str | int | date)


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
@pytest.mark.parametrize("kind", AnswerKind)
def test_no_answer_is_a_reserved_key(kind: AnswerKind, key: str) -> None:
    assert parse(Answer(kind, minimum=1, maximum=97), key) is None
