"""The static check: a sound menu has no findings, each kind of mistake has one that names it."""

from dataclasses import replace
from pathlib import Path

import pytest

from i18n.letters import Letters
from tests.ussd_menus.menu_samples import (
    APPLY,
    MAIN,
    NETWORKS,
    SHAPES,
    STATUS,
    menu,
    messages,
    report,
    translator,
)
from ussd_menus.check import check
from ussd_menus.networks import Network
from ussd_menus.use_case_shapes import Kind, OutcomeShape, UseCaseShape

LONG = "word " * 60


def status(old: str, new: str) -> dict[str, str]:
    assert old in STATUS
    return {"status": STATUS.replace(old, new)}


def test_the_small_menu_is_sound(tmp_path: Path) -> None:
    found = report(tmp_path, menu())
    assert messages(found) == []
    kinds = {("en", Letters.FAITHFUL), ("en", Letters.PLAIN), ("ar", Letters.FAITHFUL), ("ar", Letters.PLAIN)}
    assert {(worst.language, worst.letters) for worst in found.worst} == kinds
    # The fullest list and the fullest of all other screens, for each.
    assert len(found.worst) == 2 * len(kinds)
    assert any(
        line.startswith("en faithful: my_list takes 2242 of 160 septets (GSM-7)") for line in found.stats_lines()
    )


# What is changed in the small menu's status.yaml, and a part of the finding that must come of it.
MISTAKES = [
    (
        "goto: status_ask}",
        "goto: status_aks}",
        "'status.again' leads to 'status_aks', which is nowhere, did you mean 'status_ask'?",
    ),
    ("{chosen: chosen}", "{chosen: {goto: chosen, past: choose}}", "past: 'choose' is no screen"),
    (
        "not_found: not_found",
        "not_fuond: not_found",
        "outcome 'not_found' of applications.find has no screen",
    ),
    (
        "not_found: not_found",
        "not_fuond: not_found",
        "has no outcome 'not_fuond', did you mean 'not_found'?",
    ),
    (
        "chosen: {show: status.chosen}",
        "chosen: {show: status.chosen}\n  lost: {show: status.chosen}",
        "this screen cannot be reached",
    ),
    (
        "use: applications.choose",
        "use: applications.chose",
        "there is no use case 'applications.chose', did you mean 'applications.choose'?",
    ),
    (
        "    with: {reference: reference}\n    outcomes:\n      not",
        "    outcomes:\n      not",
        "applications.find needs the parameter 'reference'",
    ),
    (
        "with: {reference: reference, confirm: confirm}",
        "with: {reference: reference, confirm: confirm, refrence: reference}",
        "has no parameter 'refrence'",
    ),
    (
        "with: {reference: reference, confirm: confirm}",
        "with: {reference: service, confirm: confirm}",
        "parameter reference: 'service' holds a word, a text is needed",
    ),
    (
        "{show: status.chosen}",
        "{show: status.chose}",
        "there is no message 'status.chose'",
    ),
    (
        "show: status.not_found",
        "show: status.granted",
        "'{amount}' of status.granted is not known here when coming from 'find' (not_found)",
    ),
    (
        "{show: status.chosen}",
        "{show: [status.chosen, mine.entry]}",
        None,
    ),
    (
        "yes: {goto: choose}",
        "yes: {goto: find}",
        "this call cannot be reached",
    ),
    (
        "no: {goto: find}",
        "no: {goto: choose}",
        "needs a confirmation, but 'confirm_choice' leads here without a confirm's yes",
    ),
    (
        "no: {goto: find}",
        "no: {goto: verify}",
        "takes a PIN, but 'confirm_choice' leads here without asking for it",
    ),
    (
        "then: verify}",
        "then: mine}",
        "the PIN leads to applications.mine, which takes none",
    ),
    (
        "then: verify}",
        "then: chosen}",
        "a PIN must go straight to a call: no screen may hold it",
    ),
    (
        "invalid: pin.bad, then",
        "invalid: pin.bad, options: {1: {text: status.again, goto: {first: find}}}, then",
        "'first' is for a call's outcome",
    ),
    (
        "answer: reference, invalid",
        "answer: number, invalid",
        "an answer may be a reserved key (0, 00, 98)",
    ),
    (
        "answer: reference, invalid",
        "answer: number, min: 1, max: 98, invalid",
        "an answer may be a reserved key (0, 00, 98)",
    ),
    (
        "answer: reference, invalid",
        "answer: digits, length: 2, invalid",
        "'length' must be at least 3",
    ),
    (
        "invalid: status.bad, save: reference",
        "invalid: status.bad",
        "the answer goes nowhere: 'save' is missing",
    ),
    (
        "depth: 4",
        "depth: 5",
        "depth 5 is more than the 4 decided for 'status': say why with 'because'",
    ),
    (
        "depth: 4",
        "depth: 1",
        "answers after the main menu, 1 are allowed",
    ),
    (
        "items: applications",
        "items: reference",
        "items: 'reference' is not known here",
    ),
    (
        "pin_needed: {first: pin}",
        "pin_needed: {first: verify}",
        "a loop without input",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str | None) -> None:
    found = messages(report(tmp_path, menu(**status(old, new))))
    if message is None:
        assert found == []
    else:
        assert any(message in line and line.startswith("status.yaml:") for line in found), found


def test_a_deeper_journey_may_say_why(tmp_path: Path) -> None:
    assert messages(report(tmp_path, menu(**status("depth: 4", 'depth: 5\nbecause: "the law"')))) == []


def test_a_screen_too_long_is_named_with_the_count_in_each_language(tmp_path: Path) -> None:
    small = menu()
    found = messages(report(tmp_path, small, status__chosen=("", "short", LONG)))
    assert len(found) == 4 or len(found) == 2
    assert all("chosen: ar, " in line and "(316 " in line and "declares 1" in line for line in found), found
    paged = menu(**status("{show: status.chosen}", "{show: status.chosen, pages: 8}"))
    assert messages(report(tmp_path, paged, status__chosen=("", "short", LONG))) == []


def test_arabic_bursts_where_english_fits(tmp_path: Path) -> None:
    arabic = "طلبك قيد المراجعة " * 8
    found = messages(report(tmp_path, menu(), status__chosen=("", "in review " * 8, arabic)))
    assert found and all("ar, " in line and "units" in line for line in found)


def test_slots_are_measured_at_their_longest(tmp_path: Path) -> None:
    found = messages(report(tmp_path, menu(), pin__ask=("", "PIN? " * 30, "رمز؟")))
    assert found and all(line.startswith("status.yaml:22: pin: en, ") for line in found), found


def test_a_bigger_budget_is_a_network_of_its_own(tmp_path: Path) -> None:
    words = translator(tmp_path, status__chosen=("", "x" * 155, "م"))
    roomy = check(menu(), SHAPES, words, (Network("1", "Roomy"), Network("2", "Tight", 160, 70)), ("en",))
    assert {str(finding).split(" letters, ")[1].split(":")[0] for finding in roomy.findings} == {"Tight, any other"}


def test_an_incomplete_language_is_an_error(tmp_path: Path) -> None:
    words = translator(tmp_path, ("en",))
    found = messages(check(menu(), SHAPES, words, NETWORKS, ("en", "ar")))
    assert any("ar: no text" in line for line in found)


def test_no_end_anywhere_is_one_finding(tmp_path: Path) -> None:
    endless = menu(
        main=MAIN.replace("goodbye: {end: end", "goodbye: {show: end"),
        apply=APPLY.replace("submitted: {end: end", "submitted: {show: end"),
    )
    found = [line for line in messages(report(tmp_path, endless)) if "no way out" in line]
    assert found == ["main.yaml:5: home: no way out: no 'end' can be reached from here"]


def test_a_flag_that_nothing_carries(tmp_path: Path) -> None:
    found = messages(report(tmp_path, menu(main=MAIN.replace("when: account", "when: acount"))))
    assert found == ["main.yaml:11: home: no outcome carries the flag 'acount'"]


def test_options_that_exclude_each_other_are_not_counted_together(tmp_path: Path) -> None:
    words = {"home__account": ("", "x" * 60, "م"), "home__create": ("", "y" * 60, "م")}
    assert messages(report(tmp_path, menu(), **words)) == []
    together = menu(main=MAIN.replace(", when: no account", "").replace(", when: account", ""))
    assert messages(report(tmp_path, together, **words)) != []


def test_a_call_loop_through_outcomes(tmp_path: Path) -> None:
    found = messages(report(tmp_path, menu(**status("not_found: not_found", "not_found: mine").copy())))
    assert not any("loop" in line for line in found)
    looping = STATUS.replace("not_found: not_found", "not_found: mine").replace(
        "{applications: my_list}", "{applications: my_list, pin_needed: find}"
    )
    found = messages(report(tmp_path, menu(status=looping)))
    assert any("a loop without input: find -> mine -> find" in line for line in found), found


def test_a_field_that_no_session_keeps(tmp_path: Path) -> None:
    shapes = {**SHAPES, "applications.mine": replace(SHAPES["applications.mine"])}
    odd = OutcomeShape({"applications": frozenset({Kind.LIST}), "odd": frozenset({Kind.OTHER})})
    shapes["applications.mine"] = UseCaseShape({}, {"applications": odd})
    found = messages(check(menu(), shapes, translator(tmp_path), NETWORKS, ("en",)))
    assert any("'odd' of outcome 'applications' is something that no session keeps" in line for line in found)
