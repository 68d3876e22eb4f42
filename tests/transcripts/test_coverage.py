"""The transcripts together show every screen of the menus in every language, and nothing that a citizen may not see."""

import re
from functools import cache
from pathlib import Path

import pytest

import ussd_menus
from i18n.gsm7 import code_units, septets
from tests.transcripts.walk import FIRST, FOLDER, LANGUAGES, country_of, name_of, transcripts
from ussd_menus.loader import load
from ussd_menus.transcripts import Exchange, parse

MENUS = Path(ussd_menus.__file__).parent / "menus"
SHELL = {"resume_offer"}
# Screens that no transcript can reach, and why.
OUT_OF_REACH = {
    "visit_by_request": "no ministry of the pack gives visits for a request alone (tests/afternoon)",
    **dict.fromkeys(
        ("visit_refused", "move_refused", "cancel_refused"),
        "the standard of the pack's calendar has no words for a no (services/test_visits_and_pickups.py)",
    ),
    "reset_office": "the pack's slips have numbers (Senegal's have none: senegal/fr/account.txt)",
    "visit_no_places": "the pack names a place for each of its services",
    "visit_region": "no service of the pack is offered in so many places (Senegal's are: senegal/fr/visit_book.txt)",
    "agent_acting": "the citizen's own menus are shown instead",
    "agent_citizen_first": "a citizen fell silent for a season, and the agent did not",
    "apply_held": "whoever has no telephone is helped on an agent's page (tests/mobile_api/test_agents_witness.py)",
    "place_ask_here": "no area of the pack has more places than a list holds (Vietnam's have)",
    "place_gone": "the pack's places stay",
    "pickup_fixed": "another place is offered only where there is one (services/test_visits_and_pickups.py)",
    "place_hours_said": "the pack tells all hours to machines too",
    "place_none": "an area without places is not offered",
    "place_unit_unplanned": "the pack's units call for ever",
    "stop_none": "the pack's units call for ever",
    "stop_awaited_unplanned": "the pack's units call for ever",
    **dict.fromkeys(
        (
            "delivery_prepared",
            "delivery_coming",
            "delivery_not_met",
            "delivery_delivered",
            "delivery_returned",
            "fee_owed",
        ),
        "nobody in the pack sends papers by post (Vietnam's do: vietnam/en)",
    ),
    **dict.fromkeys(("delivery_on_the_way", "fee_owed_undated"), "every simulated ministry tells the day"),
    **dict.fromkeys(
        (
            "report_kind",
            "report_place",
            "report_form",
            "report_text",
            "report_confirm",
            "report_handed_in",
            "report_kept",
            "complaint_with_ministry",
            "complaint_on_its_way",
        ),
        "the pack keeps complaints itself (Morocco's ministry takes them: morocco/fr)",
    ),
    **dict.fromkeys(
        ("complaint_closed", "complaint_ministry_says", "report_unsupported"),
        "the simulated ministries close with an answer, and ask what a keypad can give (services/test_reports.py)",
    ),
    **dict.fromkeys(
        ("apply_refused_unsaid", "amend_refused_unsaid"), "the simulated ministry says why (services/test_apply.py)"
    ),
    "apply_open_there": "no simulated ministry knows of one that was not handed in through us (tests/afternoon)",
    "fee_none": "it is offered where there is a fee",
    "move_no_days": "the simulated calendar always has a free day where a visit could be booked",
}


@cache
def _screens_of_the_menus() -> frozenset[str]:
    return frozenset(screen.name for screen in load(MENUS).screens()) | SHELL


@cache
def _exchanges(language: str) -> tuple[tuple[str, Exchange], ...]:
    return tuple(
        (name_of(path), exchange)
        for path in transcripts()
        if country_of(path) == FIRST and path.parent.name == language
        for exchange in parse(path.read_text("utf-8")).exchanges
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_of_the_menus_is_shown(language: str) -> None:
    shown = {exchange.name for _, exchange in _exchanges(language)}
    assert _screens_of_the_menus() - shown == set(OUT_OF_REACH)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_vietnam_shows_what_is_sent_by_post_and_the_many_offices(language: str) -> None:
    told = [path for path in transcripts() if country_of(path) == "vietnam" and path.parent.name == language]
    shown = {exchange.name for path in told for exchange in parse(path.read_text("utf-8")).exchanges}
    assert {name for name, why in OUT_OF_REACH.items() if "Vietnam" in why} <= shown


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_morocco_shows_complaints_that_a_ministry_takes(language: str) -> None:
    told = [path for path in transcripts() if country_of(path) == "morocco" and path.parent.name == language]
    shown = {exchange.name for path in told for exchange in parse(path.read_text("utf-8")).exchanges}
    assert {name for name, why in OUT_OF_REACH.items() if "Morocco" in why} <= shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_travels_on_its_network(language: str) -> None:
    """Even the most generous network carries 182 septets or 80 units; the page says how to see more."""
    for name, exchange in _exchanges(language):
        length = septets(exchange.screen)
        fits = code_units(exchange.screen) <= 80 if length is None else length <= 182
        assert fits, f"{name} after {exchange.typed!r}:\n{exchange.screen}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_screen_shows_what_is_not_for_people(language: str) -> None:
    """No message ids, no unfilled slots, no ISO dates, no traces of code."""
    odd = re.compile(r"[{}<>]|\b[a-z]+_[a-z]|\b[a-z]+\.[a-z]+_|\d{4}-\d\d-\d\d|None|True|False|Traceback")
    for name, exchange in _exchanges(language):
        assert not odd.search(exchange.screen), f"{name} after {exchange.typed!r}:\n{exchange.screen}"


def test_the_main_menu_is_one_page_on_the_smallest_screen() -> None:
    for language in LANGUAGES:
        [first, *_] = parse((FOLDER / language / "unproven_network.txt").read_text("utf-8")).exchanges
        length = septets(first.screen)
        assert first.name == "home"
        assert length is not None
        assert length <= 160
        assert first.screen.count("\n") == 7


def test_the_same_conversations_are_told_in_every_language() -> None:
    told = {language: {path.stem for path in (FOLDER / language).glob("*.txt")} for language in LANGUAGES}
    assert told["az"] == told["en"] == told["fr"]
