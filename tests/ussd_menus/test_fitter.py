"""Fitting: every page within its budget, nothing lost, nothing cut."""

import unicodedata
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from i18n.gsm7 import Alphabet, cost
from ussd_menus.fitter import Budget, Nav, fit, noted_on

NAV = Nav("0 Back", "00 Home", "98 More", "0 Back")
AZ = Nav("0 Geri", "00 Əsas", "98 Davamı", "0 Geri")
ARABIC = Nav("0 رجوع", "00 بداية", "98 مزيد", "0 رجوع")


def test_a_short_screen_is_one_page() -> None:
    assert fit("Hello", ["1 One", "2 Two"], NAV, Budget()) == ("Hello\n1 One\n2 Two\n0 Back 00 Home",)


def test_a_screen_without_anything_is_empty() -> None:
    assert fit("", [], Nav(), Budget()) == ("",)


def test_long_text_pages_at_words() -> None:
    body = " ".join(f"word{n}" for n in range(60))
    pages = fit(body, [], NAV, Budget(160, 70))
    assert len(pages) == 3
    assert pages[0].endswith("\n98 More 0 Back 00 Home")
    assert pages[-1].endswith("\n0 Back 00 Home")
    assert " ".join(page.rpartition("\n")[0] for page in pages) == body


def test_a_list_keeps_its_numbers_and_its_lines() -> None:
    options = [f"{n} Branch of the bank number {n}" for n in range(1, 21)]
    pages = fit("Which?", options, NAV, Budget(160, 70))
    lines = [line for page in pages for line in page.split("\n")[:-1]]
    assert lines == ["Which?", *options]


def test_the_last_words_of_a_session_offer_no_way_but_on() -> None:
    pages = fit("bye " * 100, [], Nav(more="98 More", previous="0 Back"), Budget())
    assert pages[0].endswith("\n98 More")
    assert pages[1].endswith("\n98 More 0 Back")
    assert pages[-1].endswith("bye\n0 Back")


def test_one_letter_outside_gsm7_makes_the_whole_page_ucs2() -> None:
    body = "a" * 30 + " " + "b" * 30 + " ə " + "c" * 30
    assert fit("a" * 30 + " " + "b" * 30, [], NAV, Budget()) == ("a" * 30 + " " + "b" * 30 + "\n0 Back 00 Home",)
    pages = fit(body, [], NAV, Budget())
    # The first page stays in GSM-7 and is measured so; the one with ə is not.
    assert [cost(page).alphabet for page in pages] == [Alphabet.GSM7, Alphabet.UCS2]


def test_escapes_count_two() -> None:
    assert len(fit("[" * 91, [], Nav(), Budget(182, 80))) == 1
    assert len(fit("[" * 92, [], Nav(), Budget(182, 80))) == 2


def test_a_word_longer_than_a_page_is_cut_between_letters_not_within() -> None:
    family = "👩\u200d👩\u200d👧"
    pages = fit(family * 20, [], NAV, Budget(160, 70))
    assert len(pages) > 1
    for page in pages:
        content = page.rpartition("\n")[0]
        assert content == family * (len(content) // len(family))


def test_an_option_longer_than_a_page_breaks_at_its_words() -> None:
    pages = fit("", ["1 " + "very " * 60 + "long"], NAV, Budget(160, 70))
    assert len(pages) == 3
    assert all("ver\n" not in page for page in pages)


def test_a_budget_too_small_for_the_keys_still_shows_the_words() -> None:
    assert "".join(fit("abc", [], NAV, Budget(1, 1))) == "abc"


def words_of(pages: tuple[str, ...], nav: Nav) -> list[str]:
    """What the pages hold without their keys."""
    found: list[str] = []
    for number, page in enumerate(pages):
        keys = nav.line(first=number == 0, last=number == len(pages) - 1)
        assert page.endswith(keys)
        found += page.removesuffix(keys).split()
    return found


LETTERS = st.one_of(
    st.characters(codec="utf-8", exclude_categories=("Cs",)),
    st.sampled_from("abc €[]{}\\^~|əşğ\n  😀👩\u200d\u0301نص"),
)


@given(
    st.text(LETTERS, max_size=600),
    st.lists(st.text(LETTERS, max_size=60), max_size=30),
    st.sampled_from([NAV, AZ, ARABIC, Nav(), Nav(more="98 More")]),
    st.sampled_from([Budget(182, 80), Budget(160, 70), Budget(64, 64)]),
)
@example("x" * 400, [], NAV, Budget())
@example("€" * 400, ["1 " + "😀" * 200], AZ, Budget(160, 70))
@example("e" + "\u0301" * 300, [], NAV, Budget())
def test_every_page_fits_and_nothing_is_lost(body: str, options: list[str], nav: Nav, budget: Budget) -> None:
    lines = [f"{n} {label}" for n, label in enumerate(options, 1)]
    pages = fit(body, lines, nav, budget)
    assert pages
    for page in pages:
        said = cost(page)
        assert said.units <= (budget.septets if said.alphabet is Alphabet.GSM7 else budget.units), page
    assert "".join(words_of(pages, nav)) == "".join("\n".join([body, *lines]).split())


@given(st.lists(st.text(st.sampled_from("abcdeəşğ€[نص"), min_size=1, max_size=12), max_size=120))
def test_words_shorter_than_a_page_are_never_cut(words: list[str]) -> None:
    pages = fit(" ".join(words), [], AZ, Budget(160, 70))
    assert words_of(pages, AZ) == words


@given(st.text(st.sampled_from("ab\u0301\u0323😀\U0001f3fd\u200d"), max_size=300))
def test_marks_stay_with_their_letters(text: str) -> None:
    for page in fit("x" + text[:200], [], NAV, Budget(64, 64))[1:]:
        # A run of marks longer than a page is the one case in which a page may begin with one.
        if unicodedata.category(page[0]) == "Mn":
            assert "\u0301\u0301" in text or "\u0323" in text or "\u200d" in text


@pytest.mark.parametrize("size", [0, 1, 159, 160, 161, 5000])
def test_sizes_around_the_budget(size: int) -> None:
    pages = fit("x" * size, [], Nav(), Budget(160, 70))
    assert "".join(pages) == "x" * size


def test_keys_stand_on_two_lines_where_a_small_display_would_part_a_number_from_its_word() -> None:
    english, french = Nav("0 Back", "00 Home", "98 More"), Nav("0 Retour", "00 Menu", "98 Suite")
    assert english.line(first=True, last=False) == "98 More 0 Back 00 Home"
    assert french.line(first=True, last=False) == "98 Suite\n0 Retour 00 Menu"
    assert french.line(first=True, last=True) == "0 Retour 00 Menu"


def test_a_page_ends_with_a_sentence_where_that_takes_no_more_of_them() -> None:
    nav, budget = Nav("0 Back", "00 Home", "98 More"), Budget(80)
    text = "The first sentence is rather long, so it is. The second one would be cut in two."
    assert fit(text, (), nav, budget) == (
        "The first sentence is rather long, so it is.\n98 More 0 Back 00 Home",
        "The second one would be cut in two.\n0 Back 00 Home",
    )
    full = "No sentence ends here and there is as much as two pages hold of it, to the last letter of them all"
    assert len(fit(full, (), nav, budget)) == 2
    assert fit(full, (), nav, budget)[0].startswith("No sentence ends here and there is as much as two pages")


def fewest(parts: list[str], between: str, nav: Nav, budget: Budget) -> int:
    """The least number of pages that hold the parts whole, found by trying all ways."""

    @cache
    def from_there(start: int) -> int:
        def page(end: int) -> str:
            return f"{between.join(parts[start:end])}\n{nav.line(first=not start, last=end == len(parts))}"

        ends = [end for end in range(start + 1, len(parts) + 1) if budget.holds(page(end))]
        return min((1 + (from_there(end) if end < len(parts) else 0) for end in ends), default=len(parts))

    return from_there(0)


WORDS = st.lists(st.text(st.sampled_from("abcABC.,59əş"), min_size=1, max_size=12), min_size=1, max_size=30)


@given(WORDS)
def test_no_page_more_than_it_takes(words: list[str]) -> None:
    assert len(fit(" ".join(words), [], AZ, Budget(64, 50))) == fewest(words, " ", AZ, Budget(64, 50))


@given(st.lists(st.lists(st.sampled_from(["Bank", "küç.", "nə,", "in", "12"]), min_size=1, max_size=6), min_size=1))
def test_a_line_is_broken_only_where_that_saves_a_page(lines: list[list[str]]) -> None:
    whole, budget = [" ".join(words) for words in lines], Budget(64, 64)
    pages = fit("\n".join(whole), [], AZ, budget)
    if len(pages) == fewest(whole, "\n", AZ, budget):
        keys = [AZ.line(first=not number, last=number == len(pages) - 1) for number in range(len(pages))]
        shown = [page.removesuffix(key).strip() for page, key in zip(pages, keys, strict=True)]
        assert "\n".join(shown) == "\n".join(whole)


@given(WORDS, st.lists(WORDS.map(lambda words: " ".join(words)[:40].strip()), min_size=1, max_size=12))
def test_an_option_that_a_page_holds_is_never_broken(words: list[str], labels: list[str]) -> None:
    options = [f"{number} {label}" for number, label in enumerate(labels, 1)]
    pages = fit(" ".join(words), options, AZ, Budget(100, 80))
    shown = [line for page in pages for line in page.split("\n")]
    assert [option for option in options if option not in shown] == []


def test_no_line_of_words_stands_alone_on_the_last_page_where_that_takes_no_page_more() -> None:
    lines = [f"This is the line number {number}." for number in range(1, 7)]
    for count, expected in ((5, [3, 2]), (6, [4, 2])):
        pages = fit("\n".join(lines[:count]), [], NAV, Budget(140))
        assert [page.count("\n") for page in pages] == expected


def test_an_option_may_stand_alone_there() -> None:
    """Whoever finds hers on the first page need not turn it."""
    options = [f"{number} The branch number {number}" for number in range(1, 6)]
    first, last = fit("Which?", options, NAV, Budget(120))
    assert (first.count("\n"), last) == (5, "5 The branch number 5\n0 Back 00 Home")


def test_a_heading_stays_with_what_it_heads() -> None:
    body = "Sent on 23 Nov 2026:\nYour card is ready at the branch. Bring your ID card, and your slip, and come soon."
    pages = fit(body, [], NAV, Budget(90))
    assert [page.rpartition("\n")[0] for page in pages] == [
        "Sent on 23 Nov 2026:\nYour card is ready at the branch.",
        "Bring your ID card, and your slip, and come soon.",
    ]


def test_a_question_stays_with_its_answers() -> None:
    body = "Your form goes to the ministry and to the bank, which look at it there.\nDo you agree?"
    assert fit(body, ["1 Yes\n2 No"], NAV, Budget(105)) == (
        "Your form goes to the ministry and to the bank, which look at it there.\n98 More 0 Back 00 Home",
        "Do you agree?\n1 Yes\n2 No\n0 Back 00 Home",
    )


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("Ready, and you can have it at Demo Bank Nerimanov now.", "Ready, and you can have it at"),
        ("Ready for collection, from the day of 24 noy 2026 on it is.", "Ready for collection,"),
        ("Ready: it is to be had, all day, at Nümune küç. 12, Baki.", "Ready: it is to be had, all day,"),
    ],
)
def test_a_name_a_date_and_a_number_of_a_house_stay_whole(body: str, first: str) -> None:
    pages = fit(body, [], NAV, Budget(64, 64))
    assert [len(pages), pages[0].split("\n")[0]] == [2, first]


def test_nothing_but_room_is_a_page_of_keys() -> None:
    assert fit(" " * 400, [], NAV, Budget()) == ("0 Back 00 Home",)


NOTE, TIGHT = "Use a key below.", Budget(64, 64)


def test_a_note_stands_on_the_page_that_is_read_and_all_pages_end_where_they_did() -> None:
    body, answers = "One two three four five six. Seven eight nine ten.\nAgreed?", ["1 Yes\n2 No"]
    pages = fit(body, answers, NAV, TIGHT)
    assert pages == (
        "One two three four five six.\n98 More 0 Back 00 Home",
        "Seven eight nine ten.\nAgreed?\n1 Yes\n2 No\n0 Back 00 Home",
    )
    # The words just read make room, never the question's answers.
    assert noted_on(1, NOTE, pages, answers, NAV, TIGHT) == (
        pages[0],
        f"{NOTE}\nAgreed?\n1 Yes\n2 No\n0 Back 00 Home",
    )
    # Where they are one line, its end stays.
    three = ("a b", "Seven eight nine ten eleven.\n98 More 0 Back 00 Home", "c")
    assert noted_on(1, NOTE, three, [], NAV, TIGHT) == (
        "a b",
        f"{NOTE}\n... nine ten eleven.\n98 More 0 Back 00 Home",
        "c",
    )


def test_a_page_of_options_alone_has_no_room_for_a_note() -> None:
    options = [f"{n} A name of a place" for n in range(1, 6)]
    pages = fit("Which?", options, NAV, TIGHT)
    assert noted_on(1, NOTE * 2, pages, options, NAV, TIGHT) is None


@given(
    st.text(LETTERS, min_size=80, max_size=400),
    st.lists(st.text(LETTERS, max_size=30), max_size=8),
    st.text(LETTERS, max_size=60),
    st.integers(1, 6),
    st.sampled_from([NAV, AZ, ARABIC]),
)
def test_a_noted_page_fits_and_keeps_its_keys(body: str, options: list[str], note: str, at: int, nav: Nav) -> None:
    lines, budget = [f"{n} {label}" for n, label in enumerate(options, 1)], Budget(160, 70)
    pages = fit(body, lines, nav, budget)
    noted = noted_on(at, note, pages, lines, nav, budget)
    if noted is not None and len(pages) > 1:
        at = min(at, len(pages) - 1)
        assert len(noted) == len(pages) and noted[:at] == pages[:at] and noted[at + 1 :] == pages[at + 1 :]
        assert budget.holds(noted[at]) and noted[at].endswith(nav.line(first=False, last=at == len(pages) - 1))
