"""Every kind of mistake in messages.yaml and in the catalogs, each with the message it must give."""

from pathlib import Path

import pytest

import i18n
from i18n import CatalogErrors, Text, plurals

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
DECLARED = "greeting:\n  slots: {name: person_name}\n"
GOOD = {"en": 'msgid "greeting"\nmsgstr "Hello {name}"\n', "az": 'msgid "greeting"\nmsgstr "Salam {name}"\n'}
WAITS = "wait:\n  slots: {minutes: minutes}\n  plural: minutes\n"
EN_WAIT = 'msgid "wait"\nmsgid_plural "wait"\nmsgstr[0] "One minute"\nmsgstr[1] "{minutes} minutes"\n'


def folder(at: Path, messages: str, **catalogs: str) -> Path:
    (at / "locales").mkdir(parents=True)
    (at / "messages.yaml").write_text(messages, encoding="utf-8")
    for code, entries in catalogs.items():
        (at / "locales" / f"{code}.po").write_text(HEADER + entries, encoding="utf-8")
    return at


def found(at: Path, messages: str, languages: tuple[str, ...] = ("az",), **catalogs: str) -> list[str]:
    """The findings, with their paths as seen from the folder."""
    directory = folder(at / "words", messages, **catalogs)
    return [str(finding).replace(f"{directory}/", "") for finding in i18n.check([directory], languages)]


def test_good_catalogs_have_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, DECLARED, **GOOD) == []


def both(text: str) -> dict[str, str]:
    return {"en": GOOD["en"], "az": f'msgid "greeting"\n{text}\n'}


TRANSLATIONS = {
    "unknown id": (
        {**GOOD, "az": GOOD["az"] + '\nmsgid "farewell"\nmsgstr "Sağ ol"\n'},
        "locales/az.po:7: farewell: no such message is declared",
    ),
    "not there": ({"en": GOOD["en"]}, "messages.yaml:1: greeting: not translated into az"),
    "empty": (both('msgstr ""'), "messages.yaml:1: greeting: not translated into az"),
    "no longer used": (
        {**GOOD, "az": '#~ msgid "greeting"\n#~ msgstr "Salam {name}"\n'},
        "messages.yaml:1: greeting: not translated into az",
    ),
    "fuzzy": (
        {**GOOD, "az": "#, fuzzy\n" + GOOD["az"]},
        "locales/az.po:5: greeting: fuzzy: to be read again before it is used",
    ),
    "copy": (
        both('msgstr "Hello {name}"'),
        "locales/az.po:4: greeting: a copy of the en text; translate it or declare same_everywhere",
    ),
    "placeholder unknown": (
        both('msgstr "Salam {name} {pin}"'),
        "locales/az.po:4: greeting: placeholder {pin} is not a slot of this message",
    ),
    "placeholder missing": (both('msgstr "Salam"'), "locales/az.po:4: greeting: placeholder {name} is missing"),
    "attribute access": (
        both('msgstr "Salam {name.__class__}"'),
        "locales/az.po:4: greeting: placeholder {name.__class__} reaches into a value; only {name} is allowed",
    ),
    "index access": (
        both('msgstr "Salam {name[0]}"'),
        "locales/az.po:4: greeting: placeholder {name[0]} reaches into a value; only {name} is allowed",
    ),
    "format spec": (
        both('msgstr "Salam {name!r:>9999}"'),
        "locales/az.po:4: greeting: placeholder {name!r:>9999} reaches into a value; only {name} is allowed",
    ),
    "no name": (
        both('msgstr "Salam {}"'),
        "locales/az.po:4: greeting: placeholder {} is no name (small letters, digits, _)",
    ),
    "lone brace": (
        both('msgstr "Salam {name"'),
        "locales/az.po:4: greeting: a lone '{' (write '{{' for the brace itself)",
    ),
    "line break": (
        both('msgstr "Salam\\n{name}"'),
        "locales/az.po:4: greeting: control or invisible character U+000A",
    ),
    "narrow space": (
        both('msgstr "Salam\u202f{name}"'),
        "locales/az.po:4: greeting: control or invisible character U+202F",
    ),
    "direction mark": (
        both('msgstr "Salam \u202e{name}"'),
        "locales/az.po:4: greeting: control or invisible character U+202E",
    ),
    "double": (
        {**GOOD, "az": GOOD["az"] + "\n" + GOOD["az"]},
        "locales/az.po:7: greeting: translated twice, first in line 4",
    ),
    "needless plural": (
        both('msgid_plural "greeting"\nmsgstr[0] "Salam {name}"\nmsgstr[1] "Salam {name}"'),
        "locales/az.po:4: greeting: has plural forms, but the message is declared without plural",
    ),
    "broken file": ({**GOOD, "az": GOOD["az"] + "oops\n"}, "not a PO file"),
    "broken index": ({**GOOD, "az": 'msgid "greeting"\nmsgstr[x] "Salam"\n'}, "locales/az.po:4: not a PO file"),
}


@pytest.mark.parametrize("mistake", TRANSLATIONS)
def test_a_mistake_in_a_catalog_is_told(mistake: str, tmp_path: Path) -> None:
    catalogs, message = TRANSLATIONS[mistake]
    assert any(message in finding for finding in found(tmp_path, DECLARED, **catalogs))


DECLARATIONS = {
    "double": (DECLARED + DECLARED, "messages.yaml:3: greeting: declared twice, first in line 1"),
    "unknown key": (
        "greeting: {slot: {}}",
        "'slot' is not one of slots, plural, same_everywhere, note, each once",
    ),
    "unknown type": (
        "greeting: {slots: {name: persons_name}}",
        "messages.yaml:1: greeting: slot 'name': unknown slot type 'persons_name'",
    ),
    "plural of no number": (
        "greeting: {slots: {name: person_name}, plural: name}",
        "greeting: plural must name a slot of minutes, tries or count",
    ),
    "plural of no slot": ("greeting: {plural: count}", "greeting: plural must name a slot"),
    "strange sameness": (
        "greeting: {same_everywhere: perhaps}",
        "greeting: same_everywhere is true or a list of languages",
    ),
    "no mapping": ("greeting: hello", "messages.yaml:1: greeting: a mapping is expected here"),
    "a list": ("- greeting", "messages.yaml:1: the file: a mapping is expected here"),
    "strange key": ("[a, b]: {}", "messages.yaml:1: the file: a key must be plain text"),
    "no yaml": ("greeting: {", "not YAML"),
    "a tag": ("greeting: !!python/object/apply:os.system [ls]", "greeting: a mapping is expected here"),
    "nothing": ("", "messages.yaml:1: no message is declared"),
    "words of nothing": (
        "greeting: {slots: {state: word/state}}",
        "messages.yaml:1: greeting: slot 'state': no message begins with 'state.'",
    ),
    "word with slots": (
        "greeting: {slots: {state: word/state}}\nstate.a: {slots: {name: label}}",
        "messages.yaml:2: state.a: has slots, but fills greeting: slot 'state'",
    ),
}


@pytest.mark.parametrize("mistake", DECLARATIONS)
def test_a_mistake_in_a_declaration_is_told(mistake: str, tmp_path: Path) -> None:
    messages, message = DECLARATIONS[mistake]
    assert any(message in finding for finding in found(tmp_path, messages))


def test_all_findings_are_told_at_once(tmp_path: Path) -> None:
    directory = folder(tmp_path / "words", "a: {}\nb: {}\n", en='msgid "c"\nmsgstr "C"\n')
    with pytest.raises(CatalogErrors) as caught:
        i18n.load([directory], ["az"])
    assert len(caught.value.findings) == 5
    assert str(caught.value).count("not translated into") == 4


def test_an_unknown_language_is_told(tmp_path: Path) -> None:
    assert "'qq' is no language that CLDR knows" in found(tmp_path, DECLARED, ("qq",), **GOOD)[0]


@pytest.mark.parametrize(("code", "count"), [("az", 2), ("en", 2), ("fr", 2), ("ar", 6), ("wo", 1), ("vi", 1)])
def test_cldr_says_how_many_plural_forms(code: str, count: int) -> None:
    assert len(plurals.forms(code)) == count


def test_french_counts_zero_as_one_and_arabic_has_a_dual() -> None:
    assert [plurals.PluralRule("fr")(count) for count in (0, 1, 2, 5000)] == [0, 0, 1, 1]
    assert [plurals.PluralRule("ar")(count) for count in (0, 1, 2, 3, 11, 100, 1102)] == [0, 1, 2, 3, 4, 5, 5]


def test_missing_plural_forms_are_told(tmp_path: Path) -> None:
    az = 'msgid "wait"\nmsgid_plural "wait"\nmsgstr[0] "{minutes} dəqiqə"\n'
    assert found(tmp_path, WAITS, en=EN_WAIT, az=az) == [
        "locales/az.po:4: wait: 1 plural forms, az needs 2: one, other"
    ]


def test_a_plural_message_without_plural_is_told(tmp_path: Path) -> None:
    az = 'msgid "wait"\nmsgstr "{minutes} dəqiqə"\n'
    assert found(tmp_path, WAITS, en=EN_WAIT, az=az) == [
        "locales/az.po:4: wait: 0 plural forms, az needs 2: one, other"
    ]


def test_a_header_with_another_count_of_forms_is_told(tmp_path: Path) -> None:
    wo = 'msgid "wait"\nmsgid_plural "wait"\nmsgstr[0] "{minutes} simili"\nmsgstr[1] "{minutes} simili"\n'
    findings = found(tmp_path, WAITS, ("wo",), en=EN_WAIT, wo=wo)
    assert "locales/wo.po:1: Plural-Forms has nplurals=2, wo has 1 (other)" in findings


def test_a_language_of_one_form_needs_no_plural_entry(tmp_path: Path) -> None:
    assert found(tmp_path, WAITS, ("vi",), en=EN_WAIT, vi='msgid "wait"\nmsgstr "{minutes} phút"\n') == []


def test_only_the_general_form_must_show_the_number(tmp_path: Path) -> None:
    az = 'msgid "wait"\nmsgid_plural "wait"\nmsgstr[0] "{minutes} dəqiqə"\nmsgstr[1] "Bir neçə dəqiqə"\n'
    assert found(tmp_path, WAITS, en=EN_WAIT, az=az) == ["locales/az.po:4: wait: placeholder {minutes} is missing"]


def test_what_is_the_same_everywhere_needs_no_translation(tmp_path: Path) -> None:
    assert found(tmp_path, "asan: {same_everywhere: true}", en='msgid "asan"\nmsgstr "ASAN Visa"\n') == []


def test_a_copy_may_be_allowed_for_one_language(tmp_path: Path) -> None:
    catalogs = dict.fromkeys(("en", "fr", "az"), 'msgid "pages"\nmsgstr "Pages"\n')
    findings = found(tmp_path, "pages: {same_everywhere: [fr]}", ("fr", "az"), **catalogs)
    assert [finding.split(":")[0] for finding in findings] == ["locales/az.po"]


def test_a_line_of_values_alone_is_no_copy(tmp_path: Path) -> None:
    catalogs = dict.fromkeys(("en", "az"), 'msgid "line"\nmsgstr "{day}: {place}"\n')
    assert found(tmp_path, "line: {slots: {day: day, place: place_name}}", **catalogs) == []


def test_a_pack_adds_and_overrides(tmp_path: Path) -> None:
    shared = folder(tmp_path / "shared", "greeting: {}", en='msgid "greeting"\nmsgstr "Hello"\n')
    pack = folder(
        tmp_path / "pack",
        "service.aid: {}",
        en='msgid "greeting"\nmsgstr "Good day"\n\nmsgid "service.aid"\nmsgstr "Aid"\n',
    )
    translator = i18n.load([shared, pack], ["en"])
    assert translator.render(Text("greeting"), "en") == "Good day"
    assert translator.render(Text("service.aid"), "en") == "Aid"


def test_a_pack_cannot_declare_a_message_again(tmp_path: Path) -> None:
    shared = folder(tmp_path / "shared", DECLARED, **GOOD)
    pack = folder(tmp_path / "pack", "greeting: {}")
    (finding,) = i18n.check([shared, pack], ["az"])
    assert "greeting: declared already in" in finding.message
    assert finding.file == pack / "messages.yaml"
