"""The menu's engine: from a state and an input to the next state. Pure: no I/O, no clock, no randomness.

A step ends in a screen to show, a use case to perform, or the session's end. Any input on any state gives a step;
what is not understood shows the same screen again with a note. Secrets ride in `Perform` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from domain.digits import fold, is_digits
from services.values import Form
from ussd_menus import forms
from ussd_menus.answers import parse
from ussd_menus.screen_view import Option, View, view
from ussd_menus.session_values import Return, State, StoredAnswers, StoredItems, Value, from_stored, to_stored
from ussd_menus.values import (
    BACK,
    HOME,
    RETURN,
    AnswerKind,
    Ask,
    Call,
    Confirm,
    End,
    FormScreen,
    ListScreen,
    Menu,
    Node,
    Screen,
    Target,
)

__all__ = [
    "Ended", "Option", "Perform", "Shown", "State", "Step", "View",
    "answer", "blank", "misunderstood", "quiet", "resolve", "start", "view",
]  # fmt: skip

FAILED = "failed"
CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen waits for its answer."""

    state: State


@dataclass(frozen=True, slots=True)
class Ended:
    """Last words; nothing is awaited."""

    state: State


@dataclass(frozen=True, slots=True)
class Perform:
    """A use case to perform; go on with `resolve`. `secrets` must not outlive the hop."""

    state: State
    call: Call
    arguments: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


Step: TypeAlias = Shown | Ended | Perform
_NO_SECRETS: Mapping[str, str] = {}


def blank(menu: Menu) -> State:
    """The state of a session that has shown nothing yet."""
    return State(menu.home)


def start(menu: Menu, node: str = "", state: State | None = None) -> Step:
    """Begin at a node (the menu's entry by default); flags that `state` knows are kept."""
    flags = _flags(state.vars) if state else {}
    return _enter(menu, State(menu.home, flags), Target(node or menu.entry))


def answer(menu: Menu, state: State, text: str, token: str = "") -> Step:
    """One input. `token`: a fresh one, for the confirm screen that this input may lead to."""
    typed = fold(text)
    screen = menu.nodes.get(state.node)
    if typed == HOME:
        return _enter(menu, state, Target(menu.home))
    if not isinstance(screen, Screen):
        # The hop that called was lost with its secrets: show again what led to the call.
        return _back(menu, state)
    if typed == BACK:
        return _form_back(menu, screen, state) if isinstance(screen, FormScreen) else _back(menu, state)
    for option in screen.options:
        if option.key == typed and (
            option.when is None or bool(state.vars.get(option.when.flag)) == option.when.wanted
        ):
            sets: Mapping[str, Value] = option.sets
            return _leave(menu, state, option.target, sets, token)
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
        return _back(menu, state)
    target = call.outcomes.get(outcome) or call.outcomes.get(FAILED)
    if target is None:
        return _enter(menu, state, Target(menu.home, note="error.ours"))
    return _enter(menu, state, target, token)


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
        return Shown(misunderstood(menu, state))
    if screen.answer.kind is AnswerKind.PIN:
        return _leave(menu, state, screen.then, {}, token, {"pin": str(value)})
    return _leave(menu, state, screen.then, {screen.save: to_stored(value)} if screen.save else {}, token)


def _picked(menu: Menu, screen: ListScreen, state: State, typed: str, token: str) -> Step:
    items = state.vars.get(screen.items)
    if isinstance(items, StoredItems) and is_digits(typed) and len(typed) <= 2 and typed[0] != "0":
        place = int(typed) - 1
        if place < min(len(items.rows), screen.entries):
            chosen = str(items.rows[place][0])
            return _leave(menu, state, screen.then, {screen.save: chosen} if screen.save else {}, token)
    return Shown(misunderstood(menu, state))


def _filled(menu: Menu, screen: FormScreen, state: State, typed: str, token: str) -> Step:
    form, answers = _form(screen, state)
    if form is None:
        return _enter(menu, state, Target(menu.home, note="error.ours"))
    moved = forms.answer(form, answers, state.cursor, typed)
    if isinstance(moved, forms.Refused):
        return Shown(misunderstood(menu, state, moved.note))
    state = _cursor(state, screen, moved)
    if screen.each_answer:
        # Should the call lead elsewhere, "back" comes to the form again.
        back = (*state.back, screen.name)
        returns = (*state.returns, Return(screen.name, len(back)))
        return _enter(menu, replace(state, back=back, returns=returns), screen.each_answer, token)
    return _on_with_form(menu, screen, state, token)


def _on_with_form(menu: Menu, screen: FormScreen, state: State, token: str) -> Step:
    form, answers = _form(screen, state)
    if form is None or forms.current(form, answers, state.cursor) is None:
        state = replace(state, node=screen.name, back=tuple(name for name in state.back if name != screen.name))
        return _leave(menu, state, screen.then, {}, token)
    behind = state.back[: state.back.index(screen.name)] if screen.name in state.back else state.back
    return Shown(replace(state, node=screen.name, back=behind, note=""))


def _form_back(menu: Menu, screen: FormScreen, state: State) -> Step:
    form, answers = _form(screen, state)
    moved = forms.back(form, answers, state.cursor) if form else None
    return Shown(quiet(_cursor(state, screen, moved))) if moved else _back(menu, state)


def _cursor(state: State, screen: FormScreen, moved: forms.Moved) -> State:
    kept = {**state.vars, screen.answers: StoredAnswers(dict(moved.answers))}
    return replace(state, vars=kept, cursor=moved.cursor, errors=0)


def _form(screen: FormScreen, state: State) -> tuple[Form | None, forms.Answers]:
    form = from_stored(state.vars.get(screen.form))
    answers = state.vars.get(screen.answers)
    return (
        form if isinstance(form, Form) else None,
        answers.answers if isinstance(answers, StoredAnswers) else {},
    )


# --- ways -------------------------------------------------------------------------------------------------


def _leave(
    menu: Menu,
    state: State,
    target: Target,
    sets: Mapping[str, Value],
    token: str,
    secrets: Mapping[str, str] = _NO_SECRETS,
) -> Step:
    """Forward from a screen, which from now on lies behind."""
    state = replace(state, vars={**state.vars, **sets}, back=(*state.back, state.node), errors=0, note="")
    return _enter(menu, state, target, token, secrets)


def _enter(
    menu: Menu, state: State, target: Target, token: str = "", secrets: Mapping[str, str] = _NO_SECRETS
) -> Step:
    name = target.node
    if target.first:
        behind = Return(state.node, len(state.back))
        state = replace(state, returns=(*(r for r in state.returns if r.node != state.node), behind))
    elif name == RETURN:
        return _return(menu, state, target, token)
    node: Node | None = menu.nodes.get(name)
    if node is None or name == menu.home:
        return _go_home(menu, state, target.note)
    if isinstance(node, Call):
        return _perform(replace(state, node=name, note=target.note), node, secrets)
    # A screen met again takes the way back to where it was, so that "back" never walks in circles.
    behind_it = state.back[: state.back.index(name)] if name in state.back else state.back
    state = replace(state, node=name, note=target.note, back=behind_it, returns=_still_open(state, behind_it))
    match node:
        case End():
            return Ended(state)
        case Confirm():
            return Shown(replace(state, token=token))
        case FormScreen():
            form, answers = _form(node, state)
            return Shown(replace(state, cursor=forms.first_open(form, answers) if form else 0))
    return Shown(state)


def _perform(state: State, call: Call, secrets: Mapping[str, str]) -> Perform:
    arguments: dict[str, object] = {}
    for parameter, source in call.arguments.items():
        if source.literal is not None:
            arguments[parameter] = source.literal
        elif source.variable == CONFIRM:
            arguments[parameter] = state.token
        elif source.variable in state.vars:
            arguments[parameter] = from_stored(state.vars[source.variable])
    # A parameter with a name of its own for the PIN that was just typed.
    named = {
        parameter: secrets[source.variable]
        for parameter, source in call.arguments.items()
        if source.variable in secrets
    }
    return Perform(state, call, arguments, named or secrets)


def _return(menu: Menu, state: State, target: Target, token: str) -> Step:
    """The end of a detour: the call that needed it again, or the form whose answer was kept."""
    if not state.returns:
        return _go_home(menu, state, target.note)
    last = state.returns[-1]
    state = replace(state, returns=state.returns[:-1], back=state.back[: last.behind])
    node = menu.nodes.get(last.node)
    if isinstance(node, FormScreen):
        return _on_with_form(menu, node, replace(state, node=node.name), token)
    return _enter(menu, state, Target(last.node, note=target.note), token)


def _back(menu: Menu, state: State) -> Step:
    if not state.back or not isinstance(menu.nodes.get(state.back[-1]), Screen):
        return _go_home(menu, state, "")
    name, behind = state.back[-1], state.back[:-1]
    if name == menu.home:
        return _go_home(menu, state, "")
    state = replace(state, node=name, back=behind, note="", errors=0, returns=_still_open(state, behind))
    screen = menu.nodes[name]
    if isinstance(screen, FormScreen):
        form, answers = _form(screen, state)
        last = len(forms.questions(form, answers)) - 1 if form else 0
        state = replace(state, cursor=max(0, min(state.cursor, last)))
    return Ended(state) if isinstance(screen, End) else Shown(state)


def _still_open(state: State, behind: tuple[str, ...]) -> tuple[Return, ...]:
    """A detour is given up when one goes back to before it began."""
    if not state.returns:
        return ()
    return tuple(each for each in state.returns if each.behind <= len(behind))


def _go_home(menu: Menu, state: State, note: str) -> Step:
    """The main menu with nothing behind it; only flags are remembered."""
    return Shown(State(menu.home, _flags(state.vars), note=note))


def _flags(variables: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in variables.items() if isinstance(value, bool)}
