"""Forms on a keypad: question after question, back again, groups that repeat."""

from datetime import date

import pytest

from domain.outcomes import Item
from i18n.text import Word
from services.values import FieldKind, Form, FormField, Holds
from tests.ussd_menus.menu_samples import FORM, menu
from ussd_menus import engine, forms
from ussd_menus.engine import Ended, Perform, Shown, State, Step

MENU = menu()


def typed(step: Step, *inputs: str) -> Step:
    for text in inputs:
        step = engine.answer(MENU, step.state, text, "token")
        while isinstance(step, Perform) and step.call.name == "keep":
            step = engine.resolve(MENU, step.state, "kept", {}, "token")
    return step


def opened(answers: dict[str, object] | None = None) -> Step:
    step = engine.answer(MENU, State("home"), "3")
    return engine.resolve(MENU, step.state, "form_opened", {"form": FORM, "answers": answers or {}})


def asked(step: Step) -> object:
    said = engine.view(MENU, step.state).body
    return next((text.slots["question"] for text in said if "question" in text.slots), None)


WHOLE = ("Leyla", "098", "31/12/1990", "2", "1", "1", "7", "2")
FILLED = {"name": "Leyla", "size": 98, "born": "1990-12-31", "home": "b", "work": True, "kids": [{"age": 7}]}


def test_a_form_is_answered_question_by_question() -> None:
    step = opened()
    assert asked(step) == "Your name"
    assert engine.view(MENU, step.state).body[0].slots == {"count": 1, "total": 6}
    assert asked(typed(step, "Leyla")) == "How many"
    done = typed(step, *WHOLE)
    assert isinstance(done, Shown) and done.state.node == "confirm_form"
    sent = engine.answer(MENU, done.state, "1")
    assert isinstance(sent, Perform)
    assert sent.arguments == {"answers": FILLED, "confirm": "token"}
    assert isinstance(engine.resolve(MENU, sent.state, "submitted", {}, commits=True), Ended)


def test_every_answer_is_kept_on_the_way() -> None:
    step = engine.answer(MENU, opened().state, "Leyla")
    assert isinstance(step, Perform)
    assert (step.call.use, step.arguments) == ("apply.keep", {"answers": {"name": "Leyla"}})
    failed = engine.resolve(MENU, step.state, "failed", {})
    assert asked(failed) == "How many"


def test_zero_goes_one_question_back_and_then_out() -> None:
    step = typed(opened(), "Leyla", "4")
    assert asked(typed(step, "0")) == "How many"
    assert asked(typed(step, "0", "0")) == "Your name"
    assert typed(step, "0", "0", "0").state.node == "home"


def test_back_from_the_confirmation_is_the_last_question() -> None:
    step = typed(opened(), *WHOLE, "0")
    assert step.state.node == "form"
    assert engine.view(MENU, step.state).body[2].id == "form.add_another"


def test_a_draft_goes_on_at_its_first_open_question() -> None:
    assert asked(opened({"name": "Leyla", "size": 2})) == "Born on"
    # That a group has no entries was not said yet.
    assert asked(opened({**FILLED, "kids": None})) is None
    without = {name: answer for name, answer in FILLED.items() if name != "kids"}
    assert asked(opened(without)) == "Children"


def test_of_a_full_form_one_answer_is_changed() -> None:
    step = opened(FILLED)
    shown = engine.view(MENU, step.state)
    assert [text.id for text in shown.body] == ["form.which"]
    assert [(option.key, option.label.slots.get("question")) for option in shown.options] == [
        ("1", "Your name"), ("2", "How many"), ("3", "Born on"), ("4", "Where"), ("5", "Do you work"),
        ("6", "Children"), ("7", None),
    ]  # fmt: skip
    home = typed(step, "4")
    assert asked(home) == "Where"
    # The only question: how many the form has says nothing here.
    assert "form.progress" not in [text.id for text in engine.view(MENU, home.state).body]
    changed = typed(home, "1")
    assert changed.state.node == "confirm_form"
    assert changed.state.vars["answers"].answers == {**FILLED, "home": "a"}  # type: ignore[union-attr]
    # From the confirmation back to the list, and from a question of it.
    for again in (typed(changed, "0"), typed(changed, "2"), typed(home, "0")):
        assert [text.id for text in engine.view(MENU, again.state).body] == ["form.which"]
    assert typed(step, "7").state.node == "confirm_form"
    assert typed(step, "8").state.note == "nav.invalid"
    assert typed(step, "0").state.node == "home"


def test_a_group_is_changed_as_a_whole() -> None:
    step = typed(opened(FILLED), "6")
    assert asked(step) == "Age"
    second = typed(step, ".", "1")
    assert asked(second) == "Age"
    done = typed(second, "9", "2")
    assert done.state.node == "confirm_form"
    assert done.state.vars["answers"].answers["kids"] == [{"age": 7}, {"age": 9}]  # type: ignore[union-attr]


def test_in_a_group_its_own_questions_are_counted() -> None:
    fields = (FormField("who", FieldKind.STRING, "Who"), FormField("age", FieldKind.NUMBER, "Age"))
    group = FormField("kids", FieldKind.GROUP, "Children", fields=fields)
    form = Form("f", "F", (FormField("name", FieldKind.STRING, "Name"), group, FormField("b", FieldKind.YES_NO, "B")))
    answers = {"name": "L", "kids": [{"who": "A", "age": 1}, {}]}
    counts = [(each.number, each.total, each.more) for each in forms.questions(form, answers)]
    entry = [(1, 2, False), (2, 2, False)]
    assert counts == [(1, 3, False), *entry, *entry, (2, 3, True), (3, 3, False)]
    assert [each.top for each in forms.questions(form, answers)] == [1, 2, 2, 2, 2, 2, 3]


def test_the_answers_are_read_back_before_they_are_sent() -> None:
    step = typed(opened(), *WHOLE)
    body = engine.view(MENU, step.state).body
    told = [tuple(text.slots.values()) for text in body if text.id.startswith("form.told")]
    assert told == [
        ("Your name:", "Leyla"), ("How many:", "98"), ("Born on:", date(1990, 12, 31)), ("Where:", "House"),
        ("Do you work:", Word("form.yes")), ("Children", 1), ("Age:", "7"),
    ]  # fmt: skip
    assert body[-1].id == "form.sure"
    empty = typed(opened(), "Leyla", "4", ".", "1", "1", "2")
    last = [dict(text.slots) for text in engine.view(MENU, empty.state).body if text.id == "form.told"]
    assert [line["answer"] for line in last if line["question"] in ("Born on:", "Children:")] == ["-", "-"]


def test_a_secret_answer_is_not_shown_again() -> None:
    key = FormField("key", FieldKind.STRING, "Your key", holds=Holds.SECRET)
    form = Form("f", "F", (key, FormField("sure", FieldKind.YES_NO, "Are you sure?")))
    step = engine.resolve(
        MENU, engine.answer(MENU, State("home"), "3").state, "form_opened", {"form": form, "answers": {}}
    )
    done = typed(step, "0123", "1")
    assert [dict(text.slots) for text in engine.view(MENU, done.state).body[:2]] == [
        {"question": "Your key:", "answer": Word("form.hidden")},
        {"question": "Are you sure?", "answer": Word("form.yes")},
    ]
    kept = engine.view(MENU, typed(done, "2", "1").state).body[-1]
    assert (kept.id, kept.slots) == ("form.kept", {"answer": Word("form.hidden")})


def test_a_dot_leaves_a_question_as_it_is() -> None:
    step = typed(opened(FILLED), "1")
    kept = engine.view(MENU, step.state).body[-1]
    assert (kept.id, kept.slots) == ("form.kept", {"answer": "Leyla"})
    again = typed(step, ".")
    assert again.state.node == "confirm_form"
    assert again.state.vars["answers"] == step.state.vars["answers"]
    empty = typed(opened(), "Leyla", "4", ".", "1", "1", ".")
    assert empty.state.node == "confirm_form"
    assert typed(opened(), ".").state.note == "form.required"


@pytest.mark.parametrize(
    ("before", "text", "note"),
    [
        ((), "x" * 81, "form.too_long"),
        (("Leyla",), "many", "form.bad_number"),
        (("Leyla",), "99", "form.too_big"),
        (("Leyla",), "-1", "form.too_small"),
        (("Leyla", "4"), "31/02/1990", "form.no_such_day"),
        (("Leyla", "4"), "1990-12-31", "form.bad_date"),
        (("Leyla", "4", "."), "3", "form.bad_choice"),
        (("Leyla", "4", ".", "1"), "yes", "form.bad_choice"),
        (("Leyla", "4", ".", "1", "1"), "7", "form.bad_choice"),
    ],
)
def test_a_wrong_answer_says_why(before: tuple[str, ...], text: str, note: str) -> None:
    step = typed(opened(), *before)
    wrong = typed(step, text)
    assert (wrong.state.note, wrong.state.errors) == (note, 1)
    assert engine.view(MENU, wrong.state).body[0].id == note
    assert wrong.state.cursor == step.state.cursor


NAMED = Form(
    "f",
    "F",
    (
        FormField("name", FieldKind.STRING, "Name", holds=Holds.NAME),
        FormField("born", FieldKind.DATE, "Born", earliest=date(1901, 1, 1), latest=date(2026, 11, 23)),
    ),
)


@pytest.mark.parametrize("text", ["1234", "12 34", "...!", "+994"])
def test_a_name_without_any_letter_is_asked_again(text: str) -> None:
    assert forms.answer(NAMED, {}, 0, text) == forms.Refused("form.no_letter")


@pytest.mark.parametrize("text", ["O", "O'Neil", "Nguyễn-Lê", "ليلى", "Ł.", "李", "Jean 3", "ɓ", "Əli"])
def test_a_name_in_any_script_is_taken(text: str) -> None:
    assert forms.answer(NAMED, {}, 0, text) == forms.Moved({"name": text}, 1)


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("23 11 2026", "2026-11-23"),
        ("24 11 2026", "form.too_late"),
        ("1 1 2090", "form.too_late"),
        ("01 01 1901", "1901-01-01"),
        ("31 12 1900", "form.too_early"),
    ],
)
def test_a_day_is_within_its_bounds(text: str, came: str) -> None:
    found = forms.answer(NAMED, {"name": "A"}, 1, text)
    assert found == (forms.Refused(came) if came.startswith("form.") else forms.Moved({"name": "A", "born": came}, 2))


LIVED = Form(
    "f",
    "F",
    (
        FormField("born", FieldKind.DATE, "Born"),
        FormField("homes", FieldKind.GROUP, "Homes", fields=(FormField("from", FieldKind.DATE, "From", since="born"),)),
    ),
)


def test_no_home_begins_before_the_birth_and_no_birth_comes_after_a_home() -> None:
    step = engine.resolve(
        MENU, engine.answer(MENU, State("home"), "3").state, "form_opened", {"form": LIVED, "answers": {}}
    )
    first = typed(step, "12 03 1990")
    early = typed(first, "11 03 1990")
    note = engine.view(MENU, early.state).body[0]
    assert (note.id, note.slots) == (
        "form.before",
        {"question": "Born", "day": date(1990, 3, 12)},
    )
    whole = typed(early, "01 09 2014", "1", "01 09 2008", "2")
    assert whole.state.node == "confirm_form"
    later = typed(whole, "2", "1", "02 09 2008")
    said = engine.view(MENU, later.state).body[0]
    assert (said.id, said.slots["question"], said.slots["day"]) == ("form.after", "From", date(2008, 9, 1))
    assert typed(later, "01 09 2008").state.node == "confirm_form"


def test_numbers_that_are_keys_are_typed_with_zeros_before() -> None:
    step = typed(opened(), "Leyla")
    assert [text.id for text in engine.view(MENU, step.state).body][2:] == ["form.number_hint"]
    assert typed(step, "000").state.vars["answers"].answers["size"] == 0  # type: ignore[union-attr]


def test_going_back_out_of_an_entry_takes_it_away() -> None:
    answers: forms.Answers = {"name": "L", "size": 1, "born": None, "home": "a", "work": True}
    place = 5
    yes = forms.answer(FORM, answers, place, "1")
    assert isinstance(yes, forms.Moved) and yes.cursor == place
    age = forms.answer(FORM, yes.answers, place, "7")
    assert isinstance(age, forms.Moved) and age.answers["kids"] == [{"age": 7}]
    second = forms.answer(FORM, age.answers, age.cursor, "1")
    assert isinstance(second, forms.Moved) and second.answers["kids"] == [{"age": 7}, {}]
    gone = forms.back(FORM, second.answers, second.cursor)
    assert gone is not None and gone.answers["kids"] == [{"age": 7}]
    question = forms.current(FORM, gone.answers, gone.cursor)
    assert question is not None and question.more


def test_a_group_that_must_be_filled_begins_with_an_entry() -> None:
    group = FormField("kids", FieldKind.GROUP, "Children", fields=(FormField("age", FieldKind.NUMBER, "Age"),))
    form = Form("f", "F", (group,))
    assert [question.more for question in forms.questions(form, {})] == [False, True]
    assert forms.back(form, {"kids": [{}]}, 0) is None


def test_a_question_in_a_group_says_whose_it_is() -> None:
    step = typed(opened(), *WHOLE[:6])
    lines = {text.id: dict(text.slots) for text in engine.view(MENU, step.state).body}
    assert lines["form.entry"] == {"group": "Children", "entry": 1}
    # Where it stands in the form is no count of what an entry asks.
    assert "form.progress" not in lines
    assert lines["form.question"] == {"question": "Age"}
    second = engine.view(MENU, typed(step, "7", "1").state).body
    assert [text.slots["entry"] for text in second if text.id == "form.entry"] == [2]
    asked_for_another = engine.view(MENU, typed(step, "7").state).body
    assert [text.id for text in asked_for_another if text.id == "form.entry"] == []


def test_a_group_of_one_question_of_its_name_says_it_once() -> None:
    inner = FormField("chosen", FieldKind.CHOICE, "What", choices=(("a", "A"),))
    form = Form("f", "F", (FormField("what", FieldKind.GROUP, "What", fields=(inner,)), *FORM.fields))
    step = engine.answer(MENU, State("home"), "3")
    step = engine.resolve(MENU, step.state, "form_opened", {"form": form, "answers": {}})
    assert [text.id for text in engine.view(MENU, step.state).body] == ["form.progress", "form.question"]


def test_many_choices_are_numbered_around_the_key_98() -> None:
    choices = tuple((f"v{n}", f"Label {n}") for n in range(100))
    form = Form("f", "F", (FormField("c", FieldKind.CHOICE, "C", choices=choices),))
    keys = [forms.choice_key(n) for n in range(100)]
    assert "98" not in keys and keys[96:99] == ["97", "99", "100"]
    moved = forms.answer(form, {}, 0, "99")
    assert isinstance(moved, forms.Moved) and moved.answers == {"c": "v97"}


def test_a_list_is_no_form() -> None:
    step = engine.answer(MENU, State("home"), "3")
    strange = engine.resolve(MENU, step.state, "form_opened", {"form": (Item("1", {}),), "answers": {}})
    assert engine.view(MENU, strange.state).body[0].id == "error.ours"
    assert engine.answer(MENU, strange.state, "1").state.node == "home"
