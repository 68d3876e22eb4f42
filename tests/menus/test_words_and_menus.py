"""The menus and the words agree: ids, slots, and the keys that texts tell people to press."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import i18n
from gateway.pack import load_pack
from services.use_cases import USE_CASES
from ussd_menus.check import check
from ussd_menus.loader import load
from ussd_menus.use_case_shapes import shapes_of
from ussd_menus.ways import all_ways

ROOT = Path(__file__).parents[2]
MENUS = ROOT / "ussd_menus" / "menus"
PACK = ROOT / "countries" / "azerbaijan"
LANGUAGES = ("az", "en", "fr")
TEXT_KEYS = ("ask", "choice", "show", "list", "each", "confirm", "end", "invalid", "text", "note")


def journeys() -> dict[str, dict[str, object]]:
    # Read as plain text: YAML 1.1 would make a truth value of the key "yes".
    return {path.name: yaml.load(path.read_text(), yaml.BaseLoader) for path in sorted(MENUS.glob("*.yaml"))}  # type: ignore[no-any-return]


def texts_of(node: object) -> Iterator[str]:
    """Every message id under the keys that hold one."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in TEXT_KEYS and not (isinstance(value, str) and "." not in value):
                yield from [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]
            if key != "with":
                yield from texts_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts_of(item)


@pytest.fixture(scope="module")
def translator() -> i18n.Translator:
    return i18n.load([i18n.SHARED, PACK], LANGUAGES)


def test_every_language_is_complete() -> None:
    assert [str(finding) for finding in i18n.check([i18n.SHARED, PACK], LANGUAGES)] == []


def test_every_text_of_a_menu_is_declared(translator: i18n.Translator) -> None:
    missing = {(name, id) for name, tree in journeys().items() for id in texts_of(tree) if not translator.has(id)}
    assert missing == set()


def test_no_declared_text_of_a_journey_is_left_unused(translator: i18n.Translator) -> None:
    used = {id for tree in journeys().values() for id in texts_of(tree)}
    said_by_code = (
        "nav.", "resume.", "session.", "limit.", "form.", "error.", "confirm.", "state.", "service.", "sms.", "texted.",
        "notice.", "message.", "messages.code", "problem.", "calendar.", "question.", "complaint_state.", "money.",
        "ministry.", "form_purpose.",
        "agent.own_hands", "assist_limit.", "purpose.", "slip.", "data.", "mail.", "payment.", "place_closed.",
    )  # fmt: skip
    assert {id for id in translator.ids() if id not in used and not id.startswith(said_by_code)} == set()


def test_the_static_check_finds_nothing(translator: i18n.Translator) -> None:
    pack = load_pack("azerbaijan")
    report = check(load(MENUS), shapes_of(USE_CASES), translator, pack.networks.values(), tuple(pack.languages))
    assert [str(finding) for finding in report.findings] == []


def test_an_answer_that_waits_for_a_ministry_says_what_to_dial(translator: i18n.Translator) -> None:
    waiting = {id for id in translator.ids() if id.endswith("processing") and not id.startswith("error.")}
    assert len(waiting) == 6
    assert all("Dial again" in translator.render(i18n.Text(id), "en") for id in waiting)


def test_the_keys_that_texts_name_lead_where_they_say() -> None:
    trees = journeys()
    home = trees["main.yaml"]["screens"]["home"]["options"]  # type: ignore[index]
    account = trees["account.yaml"]["screens"]  # type: ignore[assignment]
    visits = trees["visit.yaml"]["screens"]["visits"]["options"]  # type: ignore[index]
    assert home["1"]["goto"] == "status_ask"
    assert home["2"]["goto"] == "pickup_ask"
    assert (home["3"]["goto"], visits["2"]["goto"]) == ("visits", "visit_mine")
    assert home["6"]["goto"] == "account"
    assert account["account_none"]["options"]["1"]["goto"] == "mine"  # type: ignore[index]
    assert account["account_menu"]["options"]["1"]["goto"] == "mine"  # type: ignore[index]
    assert account["account_none"]["options"]["4"]["goto"] == "messages"  # type: ignore[index]
    assert account["account_menu"]["options"]["6"]["goto"] == "messages"  # type: ignore[index]
    assert account["account_menu"]["options"]["4"]["goto"] == "reset_open"  # type: ignore[index]


def test_the_first_screen_of_an_application_takes_the_number_at_once() -> None:
    screens = journeys()["status.yaml"]["screens"]
    assert screens["status_ask"]["answer"] == "reference"  # type: ignore[index]


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_screens_about_messages_speak_of_sms(translator: i18n.Translator, language: str) -> None:
    """No other screen says that something will be sent: it would promise what may not be kept."""
    about = ("promise.", "send.", "messages.", "message.", "notice.", "sms.", "stops.promised")
    said = {id: translator.longest(id, language, i18n.Letters.FAITHFUL) for id in translator.ids()}
    assert [id for id, text in said.items() if "SMS" in text and not id.startswith(about)] == []


def test_a_promise_is_said_only_where_one_was_made() -> None:
    """Nothing but the outcome of that name leads to the screen; and an offer only where it was found possible."""
    menu = load(MENUS)
    ways = all_ways(menu, shapes_of(USE_CASES))
    assert {way.why for way in ways if way.target.node == "promised"} == {"answer_promised"}
    assert {way.why for way in ways if way.target.node == "status_unanswered"} == {"unanswered"}
    for name in ("pickup_ready", "pickup_open", "visit_shown"):
        options = next(screen for screen in menu.screens() if screen.name == name).options
        assert [option.when.flag for option in options if option.text == "send.me" and option.when] == ["by_sms"]


def test_the_pack_names_the_twenty_one_sources(translator: i18n.Translator) -> None:
    said = translator.render(i18n.Text("apply.consent_sources"), "en")
    assert said.startswith("21 sources.")
    assert said.count(",") + said.count(".") + 1 >= 21
    for power in ("Azerishiq", "Azersu", "Azerigaz", "Interior", "Central Bank", "Executive authorities"):
        assert power in said


def test_services_have_names_ministries_and_rules(translator: i18n.Translator) -> None:
    services = yaml.safe_load((PACK / "services.yaml").read_text())["services"]
    ministries = yaml.safe_load((PACK / "ministries.yaml").read_text())["ministries"]
    rules = yaml.safe_load((PACK / "pack.yaml").read_text())["references"]
    assert [code for code in services if not translator.has(f"service.{code}")] == []
    for code, service in services.items():
        assert code in ministries[service["ministry"]]["settings"]["services"]
    assert {rule["service"] for rule in rules} <= set(services)


def test_fifteen_centres_five_of_them_in_baku() -> None:
    places = yaml.safe_load((PACK / "places.yaml").read_text())["places"]
    centres = [place for place in places.values() if place["kind"] == "centre"]
    assert (len(centres), sum("Bakı" in place["address"] for place in centres)) == (15, 5)
    assert all(place["demonstration"] and "(demo)" in place["name"] for place in places.values())
    assert all(len(place["name"]) <= 32 and len(place["address"]) <= 60 for place in places.values())
    assert all(len(hours) <= 40 for place in places.values() for hours in place["hours"].values())
