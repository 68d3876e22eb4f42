"""What a ministry's form says of an answer, and what the house adds: within a life, with a letter, not shown again."""

from datetime import date
from typing import Any

import pytest

from services.backends.eforms import read_form
from services.form_answers import Fault, faults
from services.form_bounds import within_life
from services.values import Form, FormField, Holds

TODAY = date(2026, 11, 23)


def read(**parts: dict[str, Any]) -> Form:
    form = read_form({"schema": {"type": "object", "title": "F", "properties": parts}}, "f", "en")
    assert isinstance(form, Form)
    return within_life(form, TODAY)


def field(name: str, **part: Any) -> FormField:
    return read(**{name: {"type": "string", **part}}).fields[0]


@pytest.mark.parametrize(
    ("name", "part", "holds"),
    [
        ("birthDate", {"format": "date"}, Holds.BIRTH),
        ("date_of_birth", {"format": "date"}, Holds.BIRTH),
        ("naissance", {"format": "date", "x-autocomplete": "bday"}, Holds.BIRTH),
        ("from", {"format": "date"}, Holds.ANYTHING),
        ("birthDate", {}, Holds.ANYTHING),
        ("fullName", {}, Holds.NAME),
        ("nom", {"pattern": r"\p{L}"}, Holds.NAME),
        ("nom", {"x-autocomplete": "given-name"}, Holds.NAME),
        ("nom", {"pattern": "^[0-9]+$"}, Holds.ANYTHING),
        ("name", {}, Holds.ANYTHING),
        ("fullName", {"writeOnly": True}, Holds.SECRET),
    ],
)
def test_what_an_answer_is(name: str, part: dict[str, Any], holds: Holds) -> None:
    assert field(name, **part).holds is holds


def test_a_number_and_a_choice_may_be_secret_too() -> None:
    pin, kin = {"type": "integer", "writeOnly": True}, {"enum": ["a"], "writeOnly": True}
    form = read(pin=pin, kin=kin, b={"type": "boolean"})
    assert [each.holds for each in form.fields] == [Holds.SECRET, Holds.SECRET, Holds.ANYTHING]


def test_nobody_is_born_tomorrow_or_lives_for_ever() -> None:
    born = field("birthDate", format="date")
    assert (born.earliest, born.latest) == (date(1901, 1, 1), TODAY)
    other = field("from", format="date", formatMinimum="1999-01-01", formatMaximum="2099-12-31")
    assert (other.earliest, other.latest) == (date(1999, 1, 1), date(2099, 12, 31))
    closer = field("birthDate", format="date", formatMinimum="1950-01-01", formatMaximum="2008-11-23")
    assert (closer.earliest, closer.latest) == (date(1950, 1, 1), date(2008, 11, 23))
    assert field("from", format="date", formatMinimum="soon").earliest is None


def test_in_a_group_too() -> None:
    child = {"type": "object", "properties": {"birthDate": {"type": "string", "format": "date"}}}
    (inner,) = read(children={"type": "array", "items": child}).fields[0].fields
    assert inner.latest == TODAY


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"fullName": "Leyla", "birthDate": "1990-03-12"}, ()),
        ({"fullName": "Ng", "birthDate": "2026-11-23"}, ()),
        ({"fullName": "1234", "birthDate": "1990-03-12"}, (Fault("/fullName", "invalid"),)),
        ({"fullName": "Leyla", "birthDate": "2090-03-12"}, (Fault("/birthDate", "invalid"),)),
        ({"fullName": "Leyla", "birthDate": "1884-03-12"}, (Fault("/birthDate", "invalid"),)),
    ],
)
def test_an_app_is_told_the_same(answers: dict[str, object], wrong: tuple[Fault, ...]) -> None:
    form = read(fullName={"type": "string"}, birthDate={"type": "string", "format": "date"})
    assert faults(form, answers) == wrong


LIVED = {
    "birthDate": {"type": "string", "format": "date"},
    "residences": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"from": {"type": "string", "format": "date", "formatMinimum": {"$data": "/birthDate"}}},
        },
    },
}


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"birthDate": "1990-03-12", "residences": [{"from": "1990-03-12"}]}, ()),
        (
            {"birthDate": "1990-03-12", "residences": [{"from": "1990-03-11"}]},
            (Fault("/residences/0/from", "invalid"),),
        ),
        # While the birth date is not there, or is none, nothing is known of it.
        ({"residences": [{"from": "1890-03-11"}, {"from": "1990-03-11"}]}, (Fault("/residences/0/from", "invalid"),)),
        ({"birthDate": "soon", "residences": [{"from": "1990-03-11"}]}, (Fault("/birthDate", "invalid"),)),
    ],
)
def test_where_the_form_says_so_nobody_lived_anywhere_before_being_born(
    answers: dict[str, object], wrong: tuple[Fault, ...]
) -> None:
    assert faults(read(**LIVED), answers, whole=False) == wrong


@pytest.mark.parametrize("pointer", ["birthDate", "1/birthDate", "/a/birthDate", "", 7, None])
def test_a_bound_that_points_elsewhere_is_the_ministrys_to_judge(pointer: object) -> None:
    assert field("from", format="date", formatMinimum={"$data": pointer}).since == ""
