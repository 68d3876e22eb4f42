"""The engine: where inputs lead, what lies behind, what is forgotten; any input on any state."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ussd_menus
from domain.money import Money
from domain.outcomes import Item
from i18n.text import Word
from tests.ussd_menus.menu_samples import FORM, SOURCES, STATUS, menu
from ussd_menus import engine
from ussd_menus.engine import Ended, Perform, Shown, State, Step
from ussd_menus.loader import load, load_sources
from ussd_menus.values import Screen

MENU = menu()
MENUS = Path(ussd_menus.__file__).parent / "menus"
GRANTED = {"service": Word("service.aid"), "amount": Money(12_345, "AZN"), "until": date(2028, 12, 1)}


def stored(state: State) -> State:
    """As it comes back from a session's store."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)


def state_of(step: Step) -> State:
    return stored(step.state)


def play(*inputs: str | tuple[str, Mapping[str, object]], at: str = "home", commits: bool = False) -> Step:
    """Texts are typed, pairs are outcomes of the use case that is asked for."""
    step = engine.start(MENU, at)
    for number, each in enumerate(inputs):
        state = state_of(step)
        if isinstance(each, str):
            step = engine.answer(MENU, state, each, f"token-{number}")
        else:
            assert isinstance(step, Perform), f"{each} but no call is asked for: {step}"
            step = engine.resolve(MENU, state, each[0], each[1], f"token-{number}", commits=commits)
    return step


def screen_of(step: Step) -> str:
    assert isinstance(step, Shown | Ended)
    return engine.view(MENU, step.state).screen


def test_a_reference_is_asked_for_and_found() -> None:
    step = play("1", "12-34 5678")
    assert isinstance(step, Perform)
    assert (step.call.use, step.arguments) == ("applications.find", {"reference": "12345678"})


def test_an_outcome_fills_its_screen() -> None:
    step = play("1", "12345678", ("granted", GRANTED))
    shown = engine.view(MENU, step.state)
    assert shown.screen == "granted"
    assert shown.body[0].slots["amount"] == Money(12_345, "AZN")
    assert shown.body[0].slots["service"] == Word("service.aid")
    assert [option.key for option in shown.options] == ["1"]
    assert shown.back and shown.home and not shown.secret and not shown.end


def test_zero_goes_back_to_the_screen_and_not_to_the_call() -> None:
    found = ("1", "12345678", ("not_found", {}))
    assert screen_of(play(*found, "0")) == "status_ask"
    assert screen_of(play(*found, "0", "0")) == "home"
    assert screen_of(play(*found, "0", "0", "0")) == "home"


def test_two_zeros_go_home_and_forget() -> None:
    step = play("1", "12345678", ("granted", GRANTED), "00")
    assert step.state == State("home")


def test_flags_are_remembered_at_home() -> None:
    step = play(("known_caller", {"language": "en", "account": True}), at="welcome")
    assert step.state.vars == {"account": True}
    assert [option.key for option in engine.view(MENU, step.state).options] == ["1", "2", "3", "4"]
    assert screen_of(engine.answer(MENU, step.state, "4")) == "account_menu"
    assert isinstance(engine.answer(MENU, step.state, "5"), Shown)
    assert screen_of(engine.answer(MENU, step.state, "5")) == "home"
    again = engine.start(MENU, "home", step.state)
    assert again.state.vars == {"account": True}


def test_walking_in_circles_leaves_nothing_behind() -> None:
    again: list[str | tuple[str, Mapping[str, object]]] = []
    for _ in range(30):
        again += ["12345678", ("not_found", {}), "1"]
    step = play("1", *again)
    assert step.state.back == ("home",)


def test_an_input_not_understood_stays_and_counts() -> None:
    step = play("1", "abc")
    assert (step.state.node, step.state.note, step.state.errors) == ("status_ask", "status.bad", 1)
    assert engine.view(MENU, step.state).body[0].id == "status.bad"
    assert play("1", "abc", "x").state.errors == 2
    assert engine.quiet(step.state).note == ""
    assert play("1", "abc", "12345678").state.errors == 0
    assert play("99").state == State("home", note="nav.invalid", errors=1)


def test_an_outcome_can_lead_to_a_screen_with_a_note() -> None:
    step = play("1", "12345678", ("malformed", {}))
    assert [text.id for text in engine.view(MENU, step.state).body] == ["status.bad", "status.ask"]


def test_the_pin_rides_along_once_and_is_kept_nowhere() -> None:
    step = play("1", "12345678", ("pin_needed", {}), "739154")
    assert isinstance(step, Perform)
    assert step.secrets == {"pin": "739154"}
    assert "739154" not in repr(step)
    assert b"739154" not in msgspec.msgpack.encode(step.state)


def test_a_detour_comes_back_to_its_call() -> None:
    asked = ("1", "12345678", ("pin_needed", {}))
    assert engine.view(MENU, play(*asked).state).secret
    wrong = play(*asked, "739154", ("pin_wrong", {"tries": 4}))
    assert screen_of(wrong) == "pin"
    assert engine.view(MENU, wrong.state).body[0].slots["tries"] == 4
    right = play(*asked, "739154", ("pin_right", {}))
    assert isinstance(right, Perform)
    assert (right.call.name, right.arguments) == ("find", {"reference": "12345678"})
    granted = play(*asked, "739154", ("pin_right", {}), ("granted", GRANTED))
    assert granted.state.returns == ()
    assert screen_of(engine.answer(MENU, granted.state, "0")) == "status_ask"


def test_going_back_gives_a_detour_up() -> None:
    step = play("1", "12345678", ("pin_needed", {}), "0")
    assert (step.state.node, step.state.returns) == ("status_ask", ())


def test_return_without_a_detour_goes_home() -> None:
    step = engine.answer(MENU, State("pin"), "739154")
    assert screen_of(engine.resolve(MENU, step.state, "pin_right", {})) == "home"


ITEMS = tuple(Item(f"1000{n}", {"reference": f"1000{n}"}) for n in range(1, 100))


def test_a_list_is_numbered_and_chosen_from() -> None:
    step = play("2", ("applications", {"applications": ITEMS[:12]}))
    shown = engine.view(MENU, step.state)
    assert [option.key for option in shown.options] == [str(n) for n in range(1, 13)]
    assert shown.options[11].label.slots == {"reference": "100012"}
    chosen = engine.answer(MENU, step.state, "12")
    assert isinstance(chosen, Perform) and chosen.arguments == {"reference": "100012"}
    for wrong in ("13", "-1", "1.0", "²", "x", "9" * 5000):
        assert engine.answer(MENU, step.state, wrong).state.errors == 1


def test_a_list_holds_97_entries_at_most() -> None:
    step = play("2", ("applications", {"applications": ITEMS}))
    assert len(engine.view(MENU, step.state).options) == 97


def confirming(token: str) -> State:
    step = play("1", "12345678", ("granted", GRANTED))
    return stored(engine.answer(MENU, step.state, "1", token).state)


def test_confirming_takes_the_token_of_the_screen_that_was_confirmed() -> None:
    state = confirming("first")
    assert state.token == "first"
    wrong = engine.answer(MENU, state, "7", "other")
    once = engine.answer(MENU, state_of(wrong), "1", "another")
    again = engine.answer(MENU, state, "1", "yet another")
    assert isinstance(once, Perform) and isinstance(again, Perform)
    assert once.arguments["confirm"] == again.arguments["confirm"] == "first"


def test_the_same_screen_entered_again_is_another_confirmation() -> None:
    assert confirming("first").token != confirming("second").token


def test_after_something_was_done_nothing_lies_behind() -> None:
    call = engine.answer(MENU, confirming("first"), "1", "")
    done = engine.resolve(MENU, call.state, "chosen", {}, commits=True)
    assert done.state.back == ()
    shown = engine.view(MENU, done.state)
    assert not shown.back and shown.home
    assert screen_of(engine.answer(MENU, done.state, "0")) == "home"


def test_an_outcome_nobody_named_is_a_failure_and_a_failure_has_a_screen() -> None:
    step = play("1", "12345678", ("failed", {"reason": Word("error.ours")}))
    assert screen_of(step) == "sorry"
    assert screen_of(play("1", "12345678", ("no_such", {"reason": Word("error.ours")}))) == "sorry"


def test_the_end_ends() -> None:
    step = play("5")
    assert isinstance(step, Ended)
    shown = engine.view(MENU, step.state)
    assert shown.end and not shown.back and not shown.home


def test_an_option_can_set_a_variable() -> None:
    step = engine.answer(MENU, State("language"), "1")
    assert isinstance(step, Perform) and step.arguments == {"language": "en"}


def test_digits_of_every_script_are_keys() -> None:
    for one in ("1", "۱", "١", "１", " 1 ", "1\u200b", "\u202e1", "1\0"):
        assert screen_of(engine.answer(MENU, State("home"), one)) == "status_ask", ascii(one)


@pytest.mark.parametrize("typed", ["*", "****", "*1", "-1", "+", "²", "Ⅰ", "😀", "9" * 10_000, "1\r\nEND hacked"])
def test_what_is_no_key_is_asked_again(typed: str) -> None:
    assert engine.answer(MENU, State("home"), typed).state == State("home", note="nav.invalid", errors=1)


def test_a_typical_session_is_small() -> None:
    step = play("1", "12345678", ("granted", GRANTED))
    assert len(msgspec.msgpack.encode(step.state)) < 300
    assert msgspec.json.decode(msgspec.json.encode(step.state), type=State) == step.state


def test_a_state_from_other_menus_is_no_trouble() -> None:
    assert screen_of(engine.answer(MENU, State("gone", back=("gone too",)), "0")) == "home"
    assert engine.view(MENU, State("gone")).screen == "home"
    # A call whose hop was lost shows again what led to it.
    assert screen_of(engine.answer(MENU, State("find", back=("home", "status_ask")), "1")) == "status_ask"


OUTCOMES: dict[str, list[tuple[str, Mapping[str, object], bool]]] = {
    "welcome": [("new_caller", {}, False), ("known_caller", {"language": "en", "account": True}, False)],
    "speak": [("language_chosen", {"language": "en"}, False)],
    "find": [("granted", GRANTED, False), *((name, {}, False) for name in ("not_found", "pin_needed", "malformed"))],
    "mine": [("applications", {"applications": ITEMS[:5]}, False), ("pin_needed", {}, False)],
    "choose": [("chosen", {}, True), ("pin_needed", {}, False)],
    "verify": [("pin_right", {}, False), ("pin_wrong", {"tries": 3}, False)],
    "open_form": [("form_opened", {"form": FORM, "answers": {}}, False)],
    "keep": [("kept", {}, False)],
    "submit": [("submitted", {}, True)],
}  # fmt: skip
KEYS = st.sampled_from(["0", "00", "98", "1", "2", "3", "4", "5", ".", "12345678", "739154", "1/2/1990", "Leyla"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(KEYS, st.text(max_size=12)), max_size=25), st.data())
def test_any_inputs_in_any_order_keep_the_conversation_whole(inputs: list[str], data: st.DataObject) -> None:
    step = engine.start(MENU)
    for typed in (*inputs, None):
        for _ in range(8):
            if not isinstance(step, Perform):
                break
            name, values, commits = data.draw(st.sampled_from(OUTCOMES[step.call.name]))
            step = engine.resolve(MENU, state_of(step), name, values, "token", commits=commits)
        assert isinstance(step, Shown | Ended)
        state = state_of(step)
        assert state == step.state
        assert isinstance(MENU.nodes[state.node], Screen)
        assert len(set(state.back)) == len(state.back)
        shown = engine.view(MENU, state)
        assert shown.body or shown.options
        assert not {option.key for option in shown.options} & {"0", "00", "98"}
        if typed is None or isinstance(step, Ended):
            return
        step = engine.answer(MENU, state, typed, "token")


@pytest.mark.parametrize(
    ("screen", "typed", "note"),
    [
        ("complaint_text", "1", "form.too_short"),
        ("complaint_text", "the lift " * 10, "form.too_long"),
        ("report_text", "?!", "form.too_short"),
        ("reset_key", "12", "answer.bad_key"),
        ("pickup_ask", "9" * 81, "answer.bad_reference"),
    ],
)
def test_a_text_that_is_refused_is_told_why_and_of_no_list(screen: str, typed: str, note: str) -> None:
    step = engine.answer(load(MENUS), State(screen), typed)
    assert step.state.node == screen
    assert step.state.note == note


@given(
    st.text(max_size=40), st.sampled_from(sorted(MENU.nodes)), st.lists(st.sampled_from(sorted(MENU.nodes)), max_size=4)
)
def test_any_text_on_any_state_is_a_step(typed: str, node: str, back: list[str]) -> None:
    step = engine.answer(MENU, State(node, back=tuple(back)), typed, "t")
    assert step.state.node in MENU.nodes
    engine.view(MENU, step.state)


def test_what_is_settled_lies_behind_no_more() -> None:
    """Once agreed to, the way back leads past the question, to what was before it."""
    settled = {
        **SOURCES,
        "status.yaml": STATUS.replace("{chosen: chosen}", "{chosen: {goto: chosen, past: confirm_choice}}"),
    }
    for sources, behind in ((SOURCES, "confirm_choice"), (settled, "granted")):
        changed = load_sources(sources)
        call = engine.answer(changed, confirming("first"), "1", "")
        done = engine.resolve(changed, call.state, "chosen", {})
        assert screen_of(engine.answer(changed, done.state, "0")) == behind
