"""The ways of the engine: into a node, forward, back, home, out on a detour and back from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from services.values import Form
from ussd_menus import forms
from ussd_menus.session_values import Return, State, StoredAnswers, Value, from_stored
from ussd_menus.values import RETURN, Call, Confirm, End, FormScreen, Menu, Node, Screen, Target

CONFIRM = "confirm"


class Shown(msgspec.Struct, frozen=True):
    """A screen waits for its answer."""

    state: State


class Ended(msgspec.Struct, frozen=True):
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


def leave(
    menu: Menu,
    state: State,
    target: Target,
    sets: Mapping[str, Value],
    token: str,
    secrets: Mapping[str, str] = _NO_SECRETS,
) -> Step:
    """Forward from a screen, which from now on lies behind."""
    state = replace(state, vars={**state.vars, **sets}, back=(*state.back, state.node), errors=0, note="")
    return enter(menu, state, target, token, secrets)


def enter(menu: Menu, state: State, target: Target, token: str = "", secrets: Mapping[str, str] = _NO_SECRETS) -> Step:
    """Into a node: a screen is shown, a call is asked for, `return` ends a detour, nowhere is the main menu."""
    name = target.node
    if target.past in state.back:
        state = replace(state, back=state.back[: state.back.index(target.past)])
    if target.first:
        behind = Return(state.node, len(state.back))
        state = replace(state, returns=(*(r for r in state.returns if r.node != state.node), behind))
    elif name == RETURN:
        return _return(menu, state, target, token)
    node: Node | None = menu.nodes.get(name)
    if node is None or name == menu.home:
        return go_home(menu, state, target.note)
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
            form, answers = form_of(node, state)
            return Shown(replace(state, cursor=forms.first_open(form, answers) if form else 0, changing=False))
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
        return go_home(menu, state, target.note)
    last = state.returns[-1]
    state = replace(state, returns=state.returns[:-1], back=state.back[: last.behind])
    node = menu.nodes.get(last.node)
    if isinstance(node, FormScreen):
        return on_with_form(menu, node, replace(state, node=node.name), token)
    return enter(menu, state, Target(last.node, note=target.note), token)


def go_back(menu: Menu, state: State) -> Step:
    """The screen behind this one, as it was left; the main menu where nothing lies behind."""
    if not state.back or not isinstance(menu.nodes.get(state.back[-1]), Screen):
        return go_home(menu, state, "")
    name, behind = state.back[-1], state.back[:-1]
    if name == menu.home:
        return go_home(menu, state, "")
    state = replace(state, node=name, back=behind, note="", errors=0, returns=_still_open(state, behind))
    screen = menu.nodes[name]
    if isinstance(screen, FormScreen):
        form, answers = form_of(screen, state)
        last = len(forms.questions(form, answers)) - 1 if form else 0
        which = state.changing or state.cursor == forms.WHICH
        cursor = forms.WHICH if form and which else max(0, min(state.cursor, last))
        state = replace(state, cursor=cursor, changing=False)
    return Ended(state) if isinstance(screen, End) else Shown(state)


def _still_open(state: State, behind: tuple[str, ...]) -> tuple[Return, ...]:
    """A detour is given up when one goes back to before it began."""
    if not state.returns:
        return ()
    return tuple(each for each in state.returns if each.behind <= len(behind))


def go_home(menu: Menu, state: State, note: str) -> Step:
    """The main menu with nothing behind it; only flags are remembered."""
    return Shown(State(menu.home, flags_of(state.vars), note=note))


def flags_of(variables: Mapping[str, Value]) -> dict[str, Value]:
    """What the main menu remembers: the yes and no of things such as "has an account"."""
    return {name: value for name, value in variables.items() if isinstance(value, bool)}


def on_with_form(menu: Menu, screen: FormScreen, state: State, token: str) -> Step:
    """The form's next question, or what follows the form when the last is answered."""
    form, answers = form_of(screen, state)
    if form is None or forms.current(form, answers, state.cursor) is None:
        state = replace(state, node=screen.name, back=tuple(name for name in state.back if name != screen.name))
        return leave(menu, state, screen.then, {}, token)
    behind = state.back[: state.back.index(screen.name)] if screen.name in state.back else state.back
    return Shown(replace(state, node=screen.name, back=behind, note=""))


def form_of(screen: FormScreen, state: State) -> tuple[Form | None, forms.Answers]:
    """The form and its answers as the session holds them; None where there is no form."""
    form = from_stored(state.vars.get(screen.form))
    answers = state.vars.get(screen.answers)
    return (
        form if isinstance(form, Form) else None,
        answers.answers if isinstance(answers, StoredAnswers) else {},
    )
