"""The ways between nodes: what leads where, and what is known from there on. Checks and graphs walk them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ussd_menus.use_case_shapes import Kind, Kinds, UseCaseShape
from ussd_menus.values import (
    RETURN,
    AnswerKind,
    Ask,
    Call,
    Confirm,
    FormScreen,
    ListScreen,
    Menu,
    Node,
    Screen,
    Target,
)

FAILED = "failed"
Shapes = Mapping[str, UseCaseShape]

_ANSWERED: Mapping[AnswerKind, Kind] = {AnswerKind.DATE: Kind.DAY, AnswerKind.NUMBER: Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class Way:
    """From `source` to `target`. `why`: an option's message id, an outcome's name, or "then".

    `sets`: variables known from here on. `secret`: a PIN travels along. `confirmed`: by the "yes" of a confirm.
    """

    source: Node
    target: Target
    why: str
    sets: Mapping[str, Kinds] = field(default_factory=dict)
    secret: bool = False
    confirmed: bool = False


def ways_from(node: Node, shapes: Shapes | None = None) -> Iterator[Way]:
    """All ways out of a node. With `shapes`, defaults count only where the use case has the outcome."""
    if isinstance(node, Screen):
        yield from _from_screen(node)
    elif isinstance(node, Call):
        yield from _from_call(node, shapes)


def all_ways(menu: Menu, shapes: Shapes | None = None) -> list[Way]:
    """The ways of the whole menu."""
    return [way for node in menu.nodes.values() for way in ways_from(node, shapes)]


def _from_screen(screen: Screen) -> Iterator[Way]:
    for option in screen.options:
        sets = {name: frozenset({Kind.TEXT}) for name in option.sets}
        confirmed = isinstance(screen, Confirm) and option.key == "1"
        yield Way(screen, option.target, option.text, sets, confirmed=confirmed)
    match screen:
        case Ask():
            kind = _ANSWERED.get(screen.answer.kind, Kind.TEXT)
            sets = {screen.save: frozenset({kind})} if screen.save else {}
            yield Way(screen, screen.then, "then", sets, secret=screen.answer.kind is AnswerKind.PIN)
        case ListScreen():
            sets = {screen.save: frozenset({Kind.TEXT})} if screen.save else {}
            yield Way(screen, screen.then, "then", sets)
        case FormScreen():
            sets = {screen.answers: frozenset({Kind.ANSWERS})}
            yield Way(screen, screen.then, "then", sets)
            if screen.each_answer:
                yield Way(screen, screen.each_answer, "each answer", sets)


def _from_call(call: Call, shapes: Shapes | None) -> Iterator[Way]:
    shape = shapes.get(call.use) if shapes is not None else None
    for outcome, target in call.outcomes.items():
        if outcome == FAILED:
            yield Way(call, target, outcome, {"reason": frozenset({Kind.WORD})})
        elif shape and outcome in shape.outcomes:
            yield Way(call, target, outcome, shape.outcomes[outcome].fields)
        elif shape is None and (shapes is None or outcome in call.own_outcomes):
            yield Way(call, target, outcome)


def reachable(menu: Menu, ways: list[Way], *starts: str) -> set[str]:
    """The nodes that can be come to from these, `return` aside."""
    onward: dict[str, list[str]] = {}
    for way in ways:
        onward.setdefault(way.source.name, []).append(way.target.node)
    found: set[str] = set()
    left = [name for name in starts if name in menu.nodes]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [target for target in onward.get(name, ()) if target in menu.nodes]
    return found


def is_return(target: Target) -> bool:
    """Does it end a detour?"""
    return target.node == RETURN and not target.first
