"""The menu's engine: from a state and an input to the next state. Pure: no I/O, no clock, no randomness.

A step ends in a screen to show, a use case to perform, or the session's end. Any input on any state gives a step;
what is not understood shows the same screen again with a note. Secrets ride in `Perform` only.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from domain.digits import fold, is_digits
from ussd_menus import forms
from ussd_menus.answers import MOST_TEXT, parse
from ussd_menus.form_view import Option
from ussd_menus.screen_view import View, view
from ussd_menus.session_values import Return, State, StoredAnswers, StoredItems, Value, to_stored
from ussd_menus.steps import (
    Ended,
    Perform,
    Shown,
    Step,
    enter,
    flags_of,
    form_of,
    go_back,
    leave,
    on_with_form,
)
from ussd_menus.values import BACK, HOME, AnswerKind, Ask, Call, FormScreen, ListScreen, Menu, Screen, Target

__all__ = [
    "Ended", "Option", "Perform", "Shown", "State", "Step", "View",
    "answer", "blank", "misunderstood", "quiet", "resolve", "start", "view",
]  # fmt: skip

FAILED = "failed"


def blank(menu: Menu, flags: Iterable[str] = ()) -> State:
    """The state of a session that has shown nothing yet; `flags` are set in it, and stay so."""
    return State(menu.home, dict.fromkeys(flags, True))


def start(menu: Menu, node: str = "", state: State | None = None) -> Step:
    """Begin at a node (the menu's entry by default); flags that `state` knows are kept."""
    flags = flags_of(state.vars) if state else {}
    return enter(menu, State(menu.home, flags), Target(node or menu.entry))


def answer(menu: Menu, state: State, text: str, token: str = "") -> Step:
    """One input. `token`: a fresh one, for the confirm screen that this input may lead to."""
    typed = fold(text)
    screen = menu.nodes.get(state.node)
    if typed == HOME:
        return enter(menu, state, Target(menu.home))
    if not isinstance(screen, Screen):
        # The hop that called was lost with its secrets: show again what led to the call.
        return go_back(menu, state)
    if typed == BACK:
        return _form_back(menu, screen, state) if isinstance(screen, FormScreen) else go_back(menu, state)
    for option in screen.options:
        if option.key == typed and (
            option.when is None or bool(state.vars.get(option.when.flag)) == option.when.wanted
        ):
            sets: Mapping[str, Value] = option.sets
            return leave(menu, state, option.target, sets, token)
    match screen:
        case Ask():
            return _asked(menu, screen, state, typed, token)
        case ListScreen():
            return _picked(menu, screen, state, typed, token)
        case FormScreen():
            return _filled(menu, screen, state, typed, token)
    return Shown(misunderstood(menu, state))


def resolve(
    menu: Menu,
    state: State,
    outcome: str,
    values: Mapping[str, object],
    token: str = "",
    *,
    commits: bool = False,
) -> Step:
    """What a use case came to; its fields become variables. After one that commits, nothing lies behind."""
    call = menu.nodes.get(state.node)
    stored = {name: to_stored(value) for name, value in values.items()}
    state = replace(state, vars={**state.vars, **stored})
    if commits:
        state = replace(state, back=(), returns=tuple(Return(each.node, 0) for each in state.returns))
    if not isinstance(call, Call):
        return go_back(menu, state)
    target = call.outcomes.get(outcome) or call.outcomes.get(FAILED)
    if target is None:
        return enter(menu, state, Target(menu.home, note="error.ours"))
    return enter(menu, state, target, token)


def misunderstood(menu: Menu, state: State, note: str = "") -> State:
    """The same screen with a note above it, one error more."""
    screen = menu.nodes.get(state.node)
    said = note or (screen.invalid if isinstance(screen, Screen) else "nav.invalid")
    return replace(state, note=said, errors=state.errors + 1)


def quiet(state: State) -> State:
    """The same screen without its note."""
    return replace(state, note="") if state.note else state


# --- answers ----------------------------------------------------------------------------------------------


def _asked(menu: Menu, screen: Ask, state: State, typed: str, token: str) -> Step:
    value = parse(screen.answer, typed)
    if value is None:
        return Shown(misunderstood(menu, state, screen.too_long if len(typed) > MOST_TEXT else ""))
    if screen.answer.kind is AnswerKind.PIN:
        return leave(menu, state, screen.then, {}, token, {"pin": str(value)})
    return leave(menu, state, screen.then, {screen.save: to_stored(value)} if screen.save else {}, token)


def _picked(menu: Menu, screen: ListScreen, state: State, typed: str, token: str) -> Step:
    items = state.vars.get(screen.items)
    if isinstance(items, StoredItems) and is_digits(typed) and len(typed) <= 2 and typed[0] != "0":
        place = int(typed) - 1
        if place < min(len(items.rows), screen.entries):
            chosen = str(items.rows[place][0])
            return leave(menu, state, screen.then, {screen.save: chosen} if screen.save else {}, token)
    return Shown(misunderstood(menu, state))


def _filled(menu: Menu, screen: FormScreen, state: State, typed: str, token: str) -> Step:
    form, answers = form_of(screen, state)
    if form is None:
        return enter(menu, state, Target(menu.home, note="error.ours"))
    if state.cursor == forms.WHICH:
        return _which(menu, screen, state, typed, token)
    moved = forms.answer(form, answers, state.cursor, typed)
    if isinstance(moved, forms.Refused):
        return Shown(misunderstood(menu, state, moved.note))
    if state.changing and forms.leaves(form, forms.Moved(answers, state.cursor), moved):
        # Only this one was to be changed: behind the last question the form is left.
        moved = forms.Moved(moved.answers, len(forms.questions(form, moved.answers)))
    state = _cursor(state, screen, moved)
    if screen.each_answer:
        # Should the call lead elsewhere, "back" comes to the form again.
        back = (*state.back, screen.name)
        returns = (*state.returns, Return(screen.name, len(back)))
        return enter(menu, replace(state, back=back, returns=returns), screen.each_answer, token)
    return on_with_form(menu, screen, state, token)


def _which(menu: Menu, screen: FormScreen, state: State, typed: str, token: str) -> Step:
    """Which answer she would change: then only that is asked; none, and the form is left."""
    form, answers = form_of(screen, state)
    if form is not None and typed == forms.nothing_key(form):
        return leave(menu, state, screen.then, {}, token)
    place = forms.beginning_of(form, answers, typed) if form is not None else None
    if place is None:
        return Shown(misunderstood(menu, state))
    return Shown(replace(state, cursor=place, changing=True, errors=0, note=""))


def _form_back(menu: Menu, screen: FormScreen, state: State) -> Step:
    form, answers = form_of(screen, state)
    if form is None or state.cursor == forms.WHICH:
        return go_back(menu, state)
    moved = forms.back(form, answers, state.cursor)
    left = moved is None or forms.leaves(form, forms.Moved(answers, state.cursor), moved)
    if state.changing and left:
        return Shown(quiet(replace(state, cursor=forms.WHICH, changing=False, errors=0)))
    return Shown(quiet(_cursor(state, screen, moved))) if moved else go_back(menu, state)


def _cursor(state: State, screen: FormScreen, moved: forms.Moved) -> State:
    kept = {**state.vars, screen.answers: StoredAnswers(dict(moved.answers))}
    return replace(state, vars=kept, cursor=moved.cursor, errors=0)
