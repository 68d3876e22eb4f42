"""The pack of Morocco: two languages in three ways of writing, its own question of the language, no visits."""

from datetime import date

from gateway.words import composer_for, menu_sources
from i18n.letters import Letters
from i18n.text import Text
from services.use_cases import USE_CASES
from sms.template_check import check as check_texts
from tests.read_once import load_pack, translator_for
from ussd_menus.check import check
from ussd_menus.loader import load_sources
from ussd_menus.use_case_shapes import shapes_of
from ussd_menus.values import Choice

PACK = load_pack("morocco")
WORDS = translator_for(PACK)
PACK_DAY = date(2026, 11, 23)


def test_its_menus_ask_for_its_own_languages_and_fit_everywhere() -> None:
    menu = load_sources(menu_sources(PACK))
    asked = menu.nodes["language_choose"]
    assert isinstance(asked, Choice)
    assert [option.sets["language"] for option in asked.options] == ["ar", "fr"]
    report = check(menu, shapes_of(USE_CASES), WORDS, tuple(PACK.networks.values()), tuple(PACK.languages))
    assert not report.findings
    assert menu.version != load_sources(menu_sources()).version


def test_its_texts_fit_two_parts_and_one_would_not_do() -> None:
    assert PACK.sms.longest == 2
    assert check_texts(WORDS, PACK.languages, PACK.sms.letters, PACK.sms.longest, app_domain=PACK.app_domain) == []
    tight = check_texts(WORDS, PACK.languages, PACK.sms.letters, PACK.sms.longest - 1, app_domain=PACK.app_domain)
    assert "ar" in {found.language for found in tight}


def test_arabic_where_it_is_shown_and_moroccan_in_latin_letters_where_not() -> None:
    here = Text("status.ready_where", {"place": "ملحقة 5 بركان (تجريبي)", "available_from": PACK_DAY})
    assert WORDS.render(here, "ar") == "ملحقة 5 بركان (تجريبي)، من 23 نونبر 2026."
    assert WORDS.render(here, "ar", Letters.PLAIN) == "5e annexe (démo) Berkane, mn 23 nov. 2026."


def test_what_is_sensitive_is_not_named_in_a_message() -> None:
    said = composer_for(PACK, WORDS).compose(
        "sms.granted", {"service": "firearm_permit", "reference": "53100207"}, "ar"
    )
    assert "السلاح" not in said.text
    assert said.text.startswith("خدمة إدارية 53100207")


def test_nobody_is_offered_a_visit() -> None:
    assert PACK.services.unbooked
    assert not load_pack("azerbaijan").services.unbooked


def test_buses_are_offered_where_there_are_any() -> None:
    packs = ("azerbaijan", "morocco", "senegal", "vietnam")
    assert [name for name in packs if not load_pack(name).services.unmoving] == ["azerbaijan"]
