"""No form asks for a national identity number unless the country's authority allowed it."""

import pytest

from domain.errors import InvalidValue
from gateway.pack_privacy import NationalIdFile, PrivacyFile, national_id_of
from services.apply import of_form
from services.national_id import NationalId
from services.values import FieldKind, Form, FormField
from tests.read_once import load_pack

TEXT = FieldKind.STRING
FORM = Form(
    "f1",
    "Aid",
    (
        FormField("name", TEXT, "Name"),
        FormField("fin", TEXT, "FIN"),
        FormField(
            "children",
            FieldKind.GROUP,
            "Children",
            fields=(FormField("fin", TEXT, "FIN"), FormField("age", TEXT, "Age")),
        ),
    ),
)


def test_while_it_is_off_it_is_neither_asked_nor_kept() -> None:
    asked = NationalId(frozenset({"fin"})).within(FORM)
    assert [field.name for field in asked.fields] == ["name", "children"]
    assert [field.name for field in asked.fields[1].fields] == ["age"]
    assert of_form(asked, {"name": "Leyla", "fin": "7ABCDEF"}) == {"name": "Leyla"}


def test_with_an_authorisation_the_form_is_the_ministrys() -> None:
    assert NationalId(frozenset({"fin"}), "CNDP A-12/2026").within(FORM) is FORM
    assert NationalId().within(FORM) is FORM


def test_the_pack_says_which_and_none_is_asked_without_a_number_of_authorisation() -> None:
    assert "fin" in load_pack("azerbaijan").services.national_id.fields
    assert load_pack("azerbaijan").services.national_id.authorisation == ""
    allowed = NationalIdFile(asked=True, authorisation="A-12/2026", fields=("fin",))
    assert national_id_of(PrivacyFile(allowed)).authorisation == "A-12/2026"
    assert national_id_of(PrivacyFile(NationalIdFile(authorisation="A-12/2026"))).authorisation == ""
    with pytest.raises(InvalidValue):
        national_id_of(PrivacyFile(NationalIdFile(asked=True)))
