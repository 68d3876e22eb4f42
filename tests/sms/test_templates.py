"""The texts of SMS: complete, within their parts, and harmless whatever anybody wrote into them."""

import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import i18n
from domain.money import Money
from gateway.cli import main
from gateway.pack import Pack
from gateway.words import composer_for
from i18n.gsm7 import septets
from i18n.letters import Letters
from i18n.links import has_link, unlink
from i18n.slots import Kind
from i18n.text import SlotError, SlotValue, TextError, Word
from i18n.translator import Translator
from services.alerts import AlertKind
from sms.examples import example
from sms.template_check import check, rows
from sms.templates import TEMPLATES, Composer, Template
from sms.values import Encoding
from tests.read_once import load_pack, translator_for

AID = Word("service.social_aid")
READY: Mapping[str, SlotValue] = {
    "service": AID,
    "reference": "41000019",
    "place": "Demo Bank Nərimanov",
    "address": "Nümunə küç. 12, Bakı",
    "available_from": date(2026, 12, 12),
    "available_until": date(2027, 1, 12),
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("azerbaijan")


@pytest.fixture(scope="module")
def translator(pack: Pack) -> Translator:
    return translator_for(pack)


@pytest.fixture(scope="module")
def composer(pack: Pack, translator: Translator) -> Composer:
    return composer_for(pack, translator)


# --- complete -------------------------------------------------------------------------------------------


def test_every_kind_of_event_has_a_text_of_its_own() -> None:
    # What is said to these comes from elsewhere: an answer, a promise, a ministry's own text.
    others = {AlertKind.REPLY, AlertKind.PROMISED, AlertKind.NOTIFY}
    own = {kind for row in TEMPLATES.values() if len(row.kinds) == 1 for kind in row.kinds}
    assert set(AlertKind) - others - own == set()


def test_no_text_is_without_a_row_and_none_needs_more_than_it_declares(pack: Pack, translator: Translator) -> None:
    assert [str(finding) for finding in check(translator, pack.languages, pack.sms.letters, pack.sms.longest)] == []
    listed = {row.text_id for row in rows(translator)}
    assert {id for id in translator.ids() if id.startswith("sms.")} - listed == set()
    assert all(row.parts <= 2 for row in rows(translator))


def test_no_arabic_text_takes_three_parts_whatever_others_wrote() -> None:
    there = load_pack("morocco")
    words = translator_for(there)
    sender = composer_for(there, words)
    place = {"place": "م" * 32, "address": "زنقة " * 12, "hours": "الإثنين " * 5}
    long = {"reason": "سبب " * 30, "needs": "وثيقة " * 20, "places": "1 ملحقة بعيدة جدا، " * 6}
    people = {"agent": "عبد الرحمن " * 3, "organisation": "جمعية المثال " * 3}
    day = date(2026, 12, 12)
    rest: dict[str, SlotValue] = {
        "reference": "9" * 16,
        "available_from": day,
        "available_until": day,
        "one_time": "284913",
    }
    rest |= {"service": "residence_certificate", "state": "ready_for_pickup", "purpose": "apply"}
    long_ones = ("action_required", "refused_reason", "pickup_until", "reply_pickup_places", "assist_code")
    for id in (*long_ones, "assist_receipt"):
        said = sender.compose(f"sms.{id}", {**place, **long, **people, **rest}, "ar")
        assert len(said.parts) == 2, said.text
        assert "..." in said.text
    # The name of the place stays where the address gives way.
    near = {**rest, "place": "ملحقة 5 بركان", "address": place["address"]}
    assert "ملحقة 5 بركان" in sender.compose("sms.ready_until", near, "ar").text


def test_a_long_arabic_text_is_cut_at_words_and_keeps_the_hours() -> None:
    there = load_pack("morocco")
    words = translator_for(there)
    sender = composer_for(there, words)
    office = there.places.by_id["annexe-5"]
    values: dict[str, SlotValue] = {
        "service": "residence_certificate",
        "reference": "51132800",
        "place": office.called("ar"),
        "address": office.located("ar"),
        "hours": office.hours["ar"],
        "available_from": date(2026, 11, 23),
        "available_until": date(2027, 2, 15),
    }
    said = sender.compose("sms.pickup_until", values, "ar")
    assert len(said.parts) == 2
    assert "ملحقة 5 بركان..." in said.text and "زنقة..." in said.text and office.hours["ar"] in said.text
    # Not one of its words is told in half, and the full stop of the text is not a fourth dot.
    for room in range(30, 61, 5):
        long = {**values, "address": "زنقة المثال الطويلة، "[:20] * 3, "hours": "الإثنين إلى الجمعة صباحا ومساء"[:room]}
        text = sender.compose("sms.pickup_until", long, "ar").text
        assert "...." not in text and len(sender.compose("sms.pickup_until", long, "ar").parts) == 2
        told = {word.strip("،.") for name in ("place", "address", "hours") for word in str(long[name]).split()}
        cut = {part.rsplit(" ", 1)[-1].strip("،.") for part in text.split("...")[:-1]}
        assert cut <= told | {""}, text


def test_a_day_is_not_torn_by_a_latin_name_before_it() -> None:
    """UAX 9 takes digits after a Latin word into its run, away from their month. An Arabic word stands between, or the
    day comes first."""
    there = load_pack("morocco")
    sender = composer_for(there, translator_for(there))
    day = date(2026, 11, 23)
    values: dict[str, SlotValue] = {
        "service": "residence_certificate", "reference": "51132800", "place": "Annexe", "address": "Rue 5, Berkane",
        "hours": "Lun-ven", "available_from": day, "available_until": day,
    }  # fmt: skip
    # From a Latin letter on over anything but letters to a day that an Arabic month follows.
    torn = re.compile("[A-Za-z][^A-Za-z\u0620-\u06ff]*[0-9]{1,2} [\u0620-\u06ff]")
    assert torn.search("Rue 5, Berkane، 23 نونبر")
    for id in ("ready_until", "ready_from", "pickup_until", "pickup_from", "not_collected_until"):
        # Words cost `ready_until` five units; the days of `pickup_until` stand first, which costs none.
        said = sender.compose(f"sms.{id}", values, "ar")
        assert not torn.search(said.text) and len(said.parts) == 2, said.text


def test_the_answer_to_stop_names_its_sender_in_every_language(translator: Translator) -> None:
    for country in ("azerbaijan", "morocco", "senegal", "vietnam"):
        there = load_pack(country)
        sender = composer_for(there, translator_for(there))
        for language in there.languages:
            ids = ("opted_out", "opted_out_decisions", "opted_in")
            sayings = [sender.compose(f"sms.{id}", {}, language).text for id in ids]
            assert len({saying.split(":")[0] for saying in sayings}) == 1, sayings


# --- composed -------------------------------------------------------------------------------------------


def test_a_card_is_ready_in_each_language(composer: Composer) -> None:
    assert composer.compose("sms.ready_until", READY, "en").text == (
        "Targeted social aid 41000019: ready to collect at Demo Bank Nerimanov, Nümune küc. 12, Baki, "
        "12 Dec 2026 - 12 Jan 2027. Hours and what to bring: dial *123#"
    )
    plain = composer.compose("sms.ready_until", READY, "az")
    assert (plain.encoding, len(plain.parts)) == (Encoding.GSM7, 1)
    faithful = composer.compose("sms.ready_until", READY, "az", Letters.FAITHFUL)
    assert (faithful.encoding, len(faithful.parts)) == (Encoding.UCS2, 3)
    assert "".join(faithful.parts) == faithful.text
    assert "Nərimanov" in faithful.text


def test_a_language_goes_in_plain_letters_only_where_pack_and_text_say_so(translator: Translator) -> None:
    text = "sms.granted"
    said = {"service": AID, "reference": "1"}
    as_sent = Composer(translator, {"az": Letters.PLAIN}, "*123#")
    assert as_sent.compose(text, said, "az").encoding is Encoding.GSM7
    assert as_sent.compose(text, said, "fr").text.startswith("Aide sociale ciblée")
    assert Composer(translator, {}, "*123#").compose(text, said, "az").encoding is Encoding.UCS2
    never = {text: Template(text, frozenset(), plain=False)}
    assert Composer(translator, {"az": Letters.PLAIN}, "*123#", templates=never).compose(text, said, "az").encoding is (
        Encoding.UCS2
    )


def test_a_sensitive_service_is_not_named_even_by_mistake(translator: Translator) -> None:
    composer = Composer(translator, {}, "*123#", hidden=frozenset({"service.social_aid"}))
    for word in (AID, "social_aid", "service.social_aid"):
        said = composer.compose("sms.granted", {"service": word, "reference": "41000019"}, "en").text
        assert said == "State service 41000019: granted. Details: dial *123#"
    assert composer.compose("sms.granted", {"service": Word("service.visa"), "reference": "1"}, "en").text == (
        "ASAN Visa 1: granted. Details: dial *123#"
    )


def test_a_stale_number_learns_nothing(composer: Composer) -> None:
    assert composer.compose("sms.stale", READY, "en").text == (
        "State services: there is a message for you. To read it, dial *123#"
    )


def test_what_a_ministry_ends_with_a_full_stop_has_one(composer: Composer) -> None:
    said = composer.compose(
        "sms.refused_reason", {"service": AID, "reference": "1", "reason": "The form was not signed. "}, "en"
    )
    assert "Reason: The form was not signed. If you" in said.text


def test_digits_of_any_script_stay_digits(composer: Composer) -> None:
    said = composer.compose("sms.granted", {"service": AID, "reference": "٤١٠٠٠٠١٩"}, "en")
    assert said.text == "Targeted social aid 41000019: granted. Details: dial *123#"


def test_what_cannot_be_said_is_an_error_that_names_no_value(composer: Composer) -> None:
    with pytest.raises(SlotError, match=r"sms\.granted: no value for slot 'reference'"):
        composer.compose("sms.granted", {"service": AID}, "en")
    with pytest.raises(TextError, match="is no text of an SMS"):
        composer.compose("status.granted", {}, "en")
    with pytest.raises(TextError, match="no text"):
        composer.compose("sms.stale", {}, "vi")


def test_a_screen_keeps_its_lines(composer: Composer) -> None:
    said = composer.compose("sms.reply_screen", {"screen": "State services\n1 Check\n2 Collect\x07 now"}, "en")
    assert said.text == "State services\n1 Check\n2 Collect now"
    cut = composer.compose("sms.reply_screen", {"screen": "\n".join(["a" * 60] * 9)}, "en")
    assert cut.text == "\n".join(["a" * 60] * 4 + ["a" * 53 + "..."])


# --- Arabic, which no pack has yet ----------------------------------------------------------------------

ARABIC = {
    "sms.ready": "{service} {reference}: جاهز للاستلام في {place}، {address}. للتفاصيل: {code}",
    "sms.stale": "لديكم رسالة. لقراءتها اتصلوا بالرقم {code}",
    "service.aid": "المساعدة الاجتماعية",
}
DECLARED = """
sms.ready: {slots: {service: word/service, reference: reference, place: place_name, address: address, code: shortcode}}
sms.stale: {slots: {code: shortcode}}
service.aid: {}
"""
ENGLISH = {
    "sms.ready": "{service} {reference}: ready at {place}, {address}. More: {code}",
    "sms.stale": "A message waits. Dial {code}",
    "service.aid": "Social aid",
}


def words_at(folder: Path, declared: str, texts: Mapping[str, Mapping[str, str]]) -> Translator:
    (folder / "locales").mkdir()
    (folder / "messages.yaml").write_text(declared, "utf-8")
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    for code, said in texts.items():
        entries = "".join(f'msgid "{id}"\nmsgstr "{text}"\n\n' for id, text in said.items())
        (folder / "locales" / f"{code}.po").write_text(head + entries, "utf-8")
    return i18n.load([folder], tuple(code for code in texts if code != "ar_Latn"))


def test_arabic_is_never_made_plain(tmp_path: Path) -> None:
    translator = words_at(tmp_path, DECLARED, {"en": ENGLISH, "ar": ARABIC, "ar_Latn": ARABIC})
    composer = Composer(translator, {"ar": Letters.PLAIN, "en": Letters.PLAIN}, "*123#")
    values: dict[str, SlotValue] = {
        "service": "aid",
        "reference": "٤١٠٠٠٠١٩",
        "place": "فرع نريمانوف",
        "address": "Nərimanov küç. 12",
    }
    said = composer.compose("sms.ready", values, "ar")
    assert said.text == (
        "المساعدة الاجتماعية 41000019: جاهز للاستلام في فرع نريمانوف، Nərimanov küç. 12. للتفاصيل: \u200e*123#"
    )
    assert (said.encoding, said.units, [len(part) for part in said.parts]) == (Encoding.UCS2, 96, [67, 29])
    assert composer.letters("sms.ready", "ar") is Letters.FAITHFUL
    assert len(composer.compose("sms.stale", {}, "ar").parts) == 1
    # The same place in an English text: a text with Arabic in it is not spelled out either.
    assert "فرع نريمانوف" in composer.compose("sms.ready", values, "en").text


# --- the check ------------------------------------------------------------------------------------------


def test_the_check_tells_everything_at_once(tmp_path: Path) -> None:
    declared = """
sms.long: {slots: {reason: sentence}}
sms.link: {}
sms.reply: {}
sms.no_row: {}
"""
    long = "We write to tell you at length, and then at some more length, that the answer is the following: {reason}"
    english = {
        "sms.long": long,
        "sms.link": "See asan.gov.az",
        "sms.reply": "Text STOP to end.",
        "sms.no_row": "A text",
    }
    azerbaijani = {
        "sms.long": "Çox uzun: {reason}",
        "sms.link": "Baxın: asan.gov.az saytı",
        "sms.reply": "Son",
        "sms.no_row": "Mətn",
    }
    translator = words_at(tmp_path, declared, {"en": english, "az": azerbaijani})
    ids = ("sms.long", "sms.link", "sms.reply", "sms.gone", "sms.greedy")
    table = {id: Template(id, frozenset(), parts=3 if id == "sms.greedy" else 1) for id in ids}
    found = [str(finding) for finding in check(translator, ["en", "az"], {"en": Letters.PLAIN}, 2, table)]
    assert sorted(found) == sorted(
        [
            "sms.no_row: has no row in sms/templates.py",
            "sms.gone: is in no catalog",
            "sms.greedy: is in no catalog",
            "sms.greedy: declares 3 parts, more than the pack's 2",
            "sms.long (en): 216 units of GSM-7 in plain letters at its longest: 2 parts, declared are 1",
            "sms.long (az): 130 units of UCS-2 in faithful letters at its longest: 2 parts, declared are 1",
            "sms.link (en): holds what a telephone may take for a link",
            "sms.link (az): holds what a telephone may take for a link",
            "sms.reply (en): asks for a reply, but is not declared two_way",
        ]
    )


def test_the_pack_check_stops_at_a_text_that_is_too_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "pack"
    (own / "locales").mkdir(parents=True)
    real = load_pack("azerbaijan").directory
    for file in [*real.glob("*.yaml"), *real.glob("locales/*.po")]:
        (own / file.relative_to(real)).write_bytes(file.read_bytes())
    with (own / "locales" / "fr.po").open("a", encoding="utf-8") as catalog:
        catalog.write(f'\nmsgid "sms.stale"\nmsgstr "{"Un message vous attend. " * 14}{{code}}"\n')
    assert main(["pack", "check", str(own)]) == 1
    told = capsys.readouterr().out
    assert told == ("sms.stale (fr): 344 units of GSM-7 in plain letters at its longest: 3 parts, declared are 2\n")


def test_the_preview_shows_every_language_and_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sms", "preview", "sms.ready_until"]) == 0
    shown = capsys.readouterr().out
    assert "sms.ready_until (ready_for_pickup; at most 2 parts)" in shown
    assert "az plain   * GSM-7 133 units  1 part   0.0450 AZN" in shown
    assert "az faithful  UCS-2 133 units  2 parts  0.0900 AZN" in shown
    assert main(["sms", "preview", "--longest"]) == 0
    shown = capsys.readouterr().out
    starred = [line for line in shown.splitlines() if "* " in line]
    assert starred
    assert not [line for line in starred if " 3 parts" in line]
    assert main(["sms", "preview", "sms.nothing"]) == 1
    assert "there is no text sms.nothing" in capsys.readouterr().err


def test_every_text_can_be_previewed_in_every_language(pack: Pack, translator: Translator, composer: Composer) -> None:
    for row in rows(translator):
        for language in pack.languages:
            slots = translator.slots_of(row.text_id)
            values = example(slots, language, pack.currency, AID, ("Nərimanov filialı", "Nümunə küç. 12"))
            said = composer.compose(row.text_id, values, language)
            assert len(said.parts) <= row.parts
            assert septets(said.text) is not None


# --- harmless -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("see https://bad.example/x?y=1", "see  bad. example/x?y=1"),
        ("HTTP://BAD.EXAMPLE", " BAD. EXAMPLE"),
        ("www.bad.az", "www. bad. az"),
        ("t.me/x", "t. me/x"),
        ("bad．com bad。com bad｡com", "bad． com bad。 com bad｡ com"),
        ("küç.Nizami 12", "küç. Nizami 12"),
        ("Nümunə küç. 3, Bakı", "Nümunə küç. 3, Bakı"),
        ("B.e.-Ş. 09:00-18:00, 12.12.2026, 312.40", "B.e.-Ş. 09:00-18:00, 12.12.2026, 312.40"),
        ("a...b", "a...b"),
    ],
)
def test_what_could_be_tapped_is_broken_apart(written: str, sent: str) -> None:
    assert unlink(written) == sent
    assert not has_link(unlink(written))


# Counted in another way than the code under test does.
_tappable = re.compile(r"http|://|www\.\S|[^\s.][.．。｡․][^\W\d_]{2}", re.IGNORECASE)
_nasty = st.text(alphabet="htpsw:/.．。｡․comaəÇ1 \n\r\u2028\u200b\u200d\u0301\u202eℎℍ\u0645٤{}\\€😀", max_size=200)
_anything = st.one_of(
    _nasty, st.text(max_size=300), st.sampled_from(["http://x.az/" * 9, "a.bc\n" * 60, "...", "ℎttp．co م" * 9])
)
_letters = st.sampled_from(Letters)


@settings(max_examples=400)
@given(st.data(), _anything, _letters)
def test_no_text_of_anybody_brings_a_link_a_line_or_a_part_more(
    composer: Composer, translator: Translator, data: st.DataObject, typed: str, letters: Letters
) -> None:
    # A ministry's own texts and screens of several lines have tests of their own.
    told = [row for row in rows(translator) if row.text_id != "sms.reply_screen"]
    row = data.draw(st.sampled_from(told))
    language = data.draw(st.sampled_from(translator.languages))
    values: dict[str, SlotValue] = {}
    for name, slot in translator.slots_of(row.text_id).items():
        other: Mapping[Kind, SlotValue] = {
            Kind.WORD: {"service.": AID, "purpose.": "apply"}.get(slot.prefix, "received"),
            Kind.MONEY: Money(99_999_999_999, "AZN"),
            Kind.DATE: date(2026, 9, 30),
            Kind.DAY: date(2026, 9, 30),
            Kind.TIME: time(23, 59),
            Kind.COUNT: 9999,
        }
        values[name] = typed if slot.kind in (Kind.TEXT, Kind.CODE) else other[slot.kind]
    said = composer.compose(row.text_id, values, language, letters)
    assert not _tappable.search(said.text), said.text
    assert said.text.isprintable()
    assert "".join(said.parts) == said.text
    if letters is Letters.PLAIN and said.encoding is Encoding.GSM7:
        assert len(said.parts) <= row.parts


@given(_anything)
def test_a_screen_brings_no_link_either(composer: Composer, typed: str) -> None:
    try:
        said = composer.compose("sms.reply_screen", {"screen": typed}, "az")
    except TextError:
        return  # nothing visible was left
    assert not _tappable.search(said.text), said.text
    assert all(line.isprintable() for line in said.text.split("\n"))
