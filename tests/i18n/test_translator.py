"""From lazy text to words, in every language and in both kinds of letters."""

from datetime import UTC, date
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import i18n
from domain.errors import GuichetError
from domain.money import Money
from i18n import Letters, SlotError, SlotValue, Text, TextError, Translator, Word
from i18n.gsm7 import Alphabet, cost

MESSAGES = """
granted: {slots: {service: word/service, reference: reference, amount: money, until: date, place: place_name}}
state_only: {slots: {state: word/state}}
locked: {slots: {minutes: minutes}, plural: minutes}
quote: {slots: {text: sentence}}
label: {slots: {what: label}}
braces: {}
service.aid: {}
service.visa: {same_everywhere: true}
state.granted: {}
state.refused: {}
"""
TEXTS = {
    "en": {
        "granted": "{service} {reference}: {amount} until {until}, {place}.",
        "state_only": "State: {state}",
        "locked": ("Wait a minute", "Wait {minutes} minutes"),
        "quote": "It says: {text}",
        "label": "For: {what}",
        "braces": "Press {{1}} 100% %s",
        "service.aid": "Social aid",
        "service.visa": "ASAN Visa",
        "state.granted": "granted",
        "state.refused": "refused",
    },
    "az": {
        "granted": "{service} {reference}: {place}, {until} tarixinədək {amount}.",
        "state_only": "Vəziyyət: {state}",
        "locked": ("{minutes} dəqiqə gözləyin", "{minutes} dəqiqə gözləyin"),
        "quote": "Yazılıb: {text}",
        "label": "Nə üçün: {what}",
        "braces": "Basın {{1}} 100% %s",
        "service.aid": "Sosial yardım",
        "state.granted": "verilib",
        "state.refused": "rədd",
    },
}
GRANTED: dict[str, SlotValue] = {
    "service": Word("service.aid"),
    "reference": "4821907",
    "amount": Money(25_000, "AZN"),
    "until": date(2026, 12, 12),
    "place": "Nərimanov filialı",
}


def catalog(texts: dict[str, str | tuple[str, str]]) -> str:
    lines = ['msgid ""', 'msgstr "Content-Type: text/plain; charset=UTF-8\\n"', ""]
    for id, text in texts.items():
        lines.append(f'msgid "{id}"')
        if isinstance(text, str):
            lines.append(f'msgstr "{text}"')
        else:
            lines += [f'msgid_plural "{id}"', f'msgstr[0] "{text[0]}"', f'msgstr[1] "{text[1]}"']
        lines.append("")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    at = tmp_path_factory.mktemp("words")
    (at / "messages.yaml").write_text(MESSAGES, encoding="utf-8")
    (at / "locales").mkdir()
    for code, texts in TEXTS.items():
        (at / "locales" / f"{code}.po").write_text(catalog(texts), encoding="utf-8")
    return i18n.load([Path(at)], ["az", "en"])


def test_a_text_of_five_slots_in_each_language(translator: Translator) -> None:
    text = Text("granted", GRANTED)
    assert translator.render(text, "en") == "Social aid 4821907: AZN 250.00 until 12 Dec 2026, Nərimanov filialı."
    assert translator.render(text, "az") == (
        "Sosial yardım 4821907: Nərimanov filialı, 12 dek 2026 tarixinədək 250,00 AZN."
    )


def test_plain_letters_travel_as_gsm7(translator: Translator) -> None:
    shown = translator.render(Text("granted", GRANTED), "az", Letters.PLAIN)
    assert shown == "Sosial yardim 4821907: Nerimanov filiali, 12 dek 2026 tarixinedek 250,00 AZN."
    assert cost(shown).alphabet is Alphabet.GSM7


def test_texts_without_slots(translator: Translator) -> None:
    assert translator.render(Text("braces"), "en") == "Press {1} 100% %s"
    assert translator.render(Text("service.visa"), "az") == "ASAN Visa"
    assert translator.render(Text("state.refused"), "az", Letters.PLAIN) == "redd"


def test_words_are_translated_when_filled_in(translator: Translator) -> None:
    class State(StrEnum):
        REFUSED = "refused"

    assert translator.render(Text("state_only", {"state": Word("state.refused")}), "az") == "Vəziyyət: rədd"
    assert translator.render(Text("state_only", {"state": State.REFUSED}), "en") == "State: refused"
    assert translator.render(Text("label", {"what": Word("service.aid")}), "az") == "Nə üçün: Sosial yardım"


@pytest.mark.parametrize("word", [Word("service.aid"), Word("state.nowhere"), "nowhere", 3])
def test_a_word_of_another_kind_is_refused(translator: Translator, word: SlotValue) -> None:
    with pytest.raises(SlotError, match="state_only: word/state has no such word"):
        translator.render(Text("state_only", {"state": word}), "az")


def test_the_count_chooses_the_form(translator: Translator) -> None:
    shown = [translator.render(Text("locked", {"minutes": count}), "en") for count in (0, 1, 2, 30)]
    assert shown == ["Wait 0 minutes", "Wait a minute", "Wait 2 minutes", "Wait 30 minutes"]


@pytest.mark.parametrize(
    "typed", ["{citizen.pin}", "%s", "{{7*7}}", "{0.__class__}", "%(pin)s", "${HOME}", "{amount}", "{{text}}"]
)
def test_what_a_person_typed_is_shown_and_never_run(translator: Translator, typed: str) -> None:
    assert translator.render(Text("quote", {"text": typed}), "en") == f"It says: {typed}"


def test_a_missing_value_is_told_by_its_name(translator: Translator) -> None:
    values = {name: value for name, value in GRANTED.items() if name != "amount"}
    with pytest.raises(SlotError, match="granted: no value for slot 'amount'") as caught:
        translator.render(Text("granted", values), "en")
    assert isinstance(caught.value, GuichetError)
    assert "4821907" not in str(caught.value)


def test_a_wrong_value_is_told_with_its_text(translator: Translator) -> None:
    with pytest.raises(SlotError, match="granted: money takes an amount, not str"):
        translator.render(Text("granted", {**GRANTED, "amount": "250"}), "en")


def test_a_plural_without_its_number_is_told(translator: Translator) -> None:
    with pytest.raises(SlotError, match="locked: slot 'minutes' chooses the plural form"):
        translator.render(Text("locked", {"minutes": "two"}), "en")


@pytest.mark.parametrize(("id", "code"), [("nowhere", "en"), ("granted", "fr")])
def test_an_unknown_text_or_language_is_told(translator: Translator, id: str, code: str) -> None:
    with pytest.raises(TextError):
        translator.render(Text(id), code)
    with pytest.raises(TextError):
        translator.longest(id, code, Letters.PLAIN)


def test_the_menus_can_ask_what_there_is(translator: Translator) -> None:
    assert translator.has("granted")
    assert not translator.has("nowhere")
    assert set(translator.slots_of("granted")) == set(GRANTED)
    assert translator.slots_of("braces") == {}
    assert translator.source == "en"
    assert set(translator.languages) == {"az", "en"}
    assert set(translator.ids()) == set(TEXTS["en"])
    with pytest.raises(TextError):
        translator.slots_of("nowhere")


def test_languages_know_their_own_names_and_directions(translator: Translator) -> None:
    assert translator.language("az").autonym == "Azərbaycan dili"
    assert translator.language("ar").rtl
    assert not translator.language("fr").rtl


def test_the_longest_word_is_that_of_all_that_may_fill_the_slot(translator: Translator) -> None:
    assert translator.longest("state_only", "en", Letters.FAITHFUL) == "State: granted"
    # "rədd" is shorter than "verilib", but brings UCS-2 with it.
    assert translator.longest("state_only", "az", Letters.FAITHFUL) == "Vəziyyət: əerilib"
    assert translator.longest("state_only", "az", Letters.PLAIN) == "Veziyyet: verilib"
    assert translator.longest("locked", "en", Letters.PLAIN) == "Wait 9999 minutes"


@given(
    st.text(alphabet="aə €{é…ß\U0001f600"),
    st.dates(),
    st.integers(-(10**11), 10**12),
    st.sampled_from(("en", "az")),
    st.sampled_from(Letters),
)
def test_nothing_is_ever_longer_than_its_longest(
    translator: Translator, typed: str, day: date, minor: int, code: str, letters: Letters
) -> None:
    amount = Money(minor, "AZN")
    values = {**GRANTED, "reference": typed, "place": typed, "until": day, "amount": amount}
    shown = translator.render(Text("granted", values), code, letters)
    assert cost(shown).units <= cost(translator.longest("granted", code, letters)).units
    if letters is Letters.PLAIN:
        assert cost(shown).alphabet is Alphabet.GSM7


def test_texts_are_values(translator: Translator) -> None:
    assert Text("a", {"b": 1}) == Text("a", {"b": 1})
    assert len({Text("a", {"b": 1}), Text("a", {"b": 1}), Text("a")}) == 2


def arabic(at: Path, own_digits: frozenset[str] = frozenset()) -> Translator:
    at.joinpath("locales").mkdir()
    at.joinpath("messages.yaml").write_text(
        "ready: {slots: {place: place_name, on: date}}\ncount: {slots: {n: count}, plural: n}\n", "utf-8"
    )
    plural = '\nmsgid "count"\nmsgid_plural "count"\n'
    forms = {"en": ("{n} day", "{n} days"), "ar": tuple(f"{{n}} {index} يوم" for index in range(6))}
    forms["ar_Latn"] = tuple(f"{{n}} ayyam {index}" for index in range(6))
    texts = {
        "en": "Ready at {place} from {on}.",
        "ar": "جاهز في {place} من {on}.",
        "ar_Latn": "Wajed f {place} mn {on}.",
    }
    for code, text in texts.items():
        header = f'msgid ""\nmsgstr "Plural-Forms: nplurals={len(forms[code])}; plural=0;\\n"\n\n'
        several = "".join(f'msgstr[{index}] "{form}"\n' for index, form in enumerate(forms[code]))
        body = f'{header}msgid "ready"\nmsgstr "{text}"\n{plural}{several}'
        at.joinpath("locales", f"{code}.po").write_text(body, "utf-8")
    return i18n.load([at], ["ar", "en"], "en", UTC, "MA", own_digits)


def test_arabic_is_arabic_where_the_telephone_shows_it_and_has_a_catalog_of_its_own_where_not(tmp_path: Path) -> None:
    said = arabic(tmp_path)
    ready = Text("ready", {"place": "المركز 5", "on": date(2026, 11, 23)})
    # The months' names of Morocco, the digits of the keypad.
    assert said.render(ready, "ar") == "جاهز في المركز 5 من 23 نونبر 2026."
    assert said.render(ready, "ar", Letters.PLAIN) == "Wajed f al-mrkz 5 mn 23 nov. 2026."
    # Plural forms are those of Arabic in both.
    assert said.render(Text("count", {"n": 2}), "ar", Letters.PLAIN) == "2 ayyam 2"
    assert said.languages == ("en", "ar")


def test_what_is_dialled_reads_from_the_left_in_a_line_that_does_not(tmp_path: Path) -> None:
    tmp_path.joinpath("locales").mkdir()
    tmp_path.joinpath("messages.yaml").write_text("more: {slots: {code: shortcode}}\n", "utf-8")
    for code, text in {"en": "Dial {code}", "ar": "اطلبوا {code}", "ar_Latn": "Dirou {code}"}.items():
        body = f'msgid ""\nmsgstr "Language: {code}\\n"\n\nmsgid "more"\nmsgstr "{text}"\n'
        tmp_path.joinpath("locales", f"{code}.po").write_text(body, "utf-8")
    said = i18n.load([tmp_path], ["ar", "en"])
    more = Text("more", {"code": "*123#"})
    assert said.render(more, "ar") == "اطلبوا \u200e*123#"
    assert said.render(more, "ar", Letters.PLAIN) == "Dirou *123#"
    assert said.render(more, "en") == "Dial *123#"
    assert len(said.longest("more", "ar", Letters.FAITHFUL)) == len("اطلبوا ") + 9
    # Nor does a number's plus stand behind its digits.
    here = i18n.load([Path(i18n.__file__).parent], ["ar", "en"], "en", UTC, "MA")
    assert here.render(Text("places.phone", {"phone": "+212500000005"}), "ar") == "الهاتف: \u200e+212500000005"


def test_what_is_dialled_stays_so_within_lines_of_ours(tmp_path: Path) -> None:
    tmp_path.joinpath("locales").mkdir()
    tmp_path.joinpath("messages.yaml").write_text("all: {slots: {screen: screen}, same_everywhere: true}\n", "utf-8")
    for code in ("en", "ar", "ar_Latn"):
        body = f'msgid ""\nmsgstr "Language: {code}\\n"\n\nmsgid "all"\nmsgstr "{{screen}}"\n'
        tmp_path.joinpath("locales", f"{code}.po").write_text(body, "utf-8")
    said = i18n.load([tmp_path], ["ar", "en"])
    assert said.render(Text("all", {"screen": "اطلبوا *123#.\n0 رجوع"}), "ar") == "اطلبوا \u200e*123#.\n0 رجوع"
    assert said.render(Text("all", {"screen": "Dial *123#"}), "en") == "Dial *123#"


def test_names_that_have_a_spelling_in_latin_letters_are_written_so(tmp_path: Path) -> None:
    arabic(tmp_path)
    spellings = {"ar": {"ملحقة": "annexe", "ملحقة 5 بركان": "5e annexe Berkane"}}
    said = i18n.load([tmp_path], ["ar", "en"], "en", UTC, "MA", spellings=spellings)
    on = date(2026, 11, 23)
    for place, shown in {"ملحقة 5 بركان": "5e annexe Berkane", "ملحقة وجدة": "annexe oujda"}.items():
        ready = Text("ready", {"place": place, "on": on})
        assert said.render(ready, "ar", Letters.PLAIN) == f"Wajed f {shown} mn 23 nov. 2026."
        assert place in said.render(ready, "ar")


def test_a_pack_may_want_the_digits_of_the_script(tmp_path: Path) -> None:
    said = arabic(tmp_path, frozenset({"ar"}))
    ready = Text("ready", {"place": "المركز 5", "on": date(2026, 11, 23)})
    assert said.render(ready, "ar") == "جاهز في المركز 5 من ٢٣ نونبر ٢٠٢٦."
    assert "23" in said.render(ready, "ar", Letters.PLAIN)


def test_a_language_without_latin_letters_needs_both_catalogs(tmp_path: Path) -> None:
    arabic(tmp_path)
    tmp_path.joinpath("locales", "ar_Latn.po").unlink()
    with pytest.raises(i18n.CatalogErrors, match="not translated into ar_Latn"):
        i18n.load([tmp_path], ["ar"])
