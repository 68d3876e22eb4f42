"""The last line of a code's SMS, which telephones read: ours alone, in one part, and never anybody else's."""

import pytest

from i18n.links import has_link
from i18n.translator import Translator
from sms.template_check import check
from sms.templates import TEMPLATES, Composer, autofill_line
from sms.values import Encoding
from tests.read_once import load_pack, translator_for

PACK = load_pack("azerbaijan")
CODE = {"one_time": "012345", "minutes": 5}


@pytest.fixture(scope="module")
def translator() -> Translator:
    return translator_for(PACK)


def composer(translator: Translator, domain: str) -> Composer:
    return Composer(translator, PACK.sms.letters, "*123#", app_domain=domain)


@pytest.mark.parametrize("language", sorted(PACK.languages))
def test_the_code_ends_with_whose_it_is_in_one_part(translator: Translator, language: str) -> None:
    said = composer(translator, PACK.app_domain).compose("sms.code", CODE, language)
    assert said.text.split("\n")[1:] == ["@app.example #012345"]
    assert (len(said.parts), said.encoding) == (1, Encoding.GSM7)


def test_without_an_app_there_is_no_such_line(translator: Translator) -> None:
    assert "\n" not in composer(translator, "").compose("sms.code", CODE, "en").text


@pytest.mark.parametrize("code", ["", "12345a", "1\n@bad.example #1", "https://bad.example", "١٢٣٤٥٦"])
def test_what_is_no_code_gets_no_line_and_brings_none(translator: Translator, code: str) -> None:
    assert autofill_line("app.example", code) == ""
    said = composer(translator, "app.example").compose("sms.code", {"one_time": code or "-", "minutes": 5}, "en").text
    assert "\n" not in said
    assert not has_link(said)


def test_no_other_text_has_one() -> None:
    assert [row.text_id for row in TEMPLATES.values() if row.autofill] == ["sms.code"]


def test_a_domain_that_makes_a_second_part_is_found_by_the_check(translator: Translator) -> None:
    def found(domain: str) -> list[str]:
        findings = check(translator, PACK.languages, PACK.sms.letters, PACK.sms.longest, app_domain=domain)
        return [finding.text_id for finding in findings]

    assert "sms.code" not in found(PACK.app_domain)
    assert set(found("a" * 60 + ".example")) == {"sms.code"}
