"""Checks of calls and answers: outcomes with screens, parameters given, no secret kept, no key twice."""

from collections.abc import Iterator
from difflib import get_close_matches

from ussd_menus.check_ways import finding
from ussd_menus.findings import Finding
from ussd_menus.use_case_shapes import Kind, OutcomeShape, UseCaseShape
from ussd_menus.values import ABSENT, AnswerKind, Ask, Call, Menu, Node, Target
from ussd_menus.ways import FAILED, Shapes, Way, is_return

CONFIRM = "confirm"
_SHORTEST = 3


def check_calls(menu: Menu, shapes: Shapes, ways: list[Way]) -> Iterator[Finding]:
    """All findings about calls, and about questions whose answers a key would swallow."""
    for call in menu.calls():
        shape = shapes.get(call.use)
        if shape is None:
            close = get_close_matches(call.use, shapes, 1)
            hint = f", did you mean '{close[0]}'?" if close else ""
            if call.use:
                yield finding(call, f"there is no use case '{call.use}'{hint}")
            continue
        yield from _outcomes(call, shape)
        yield from _parameters(call, shape)
        yield from _secrets(call, shape, [way for way in ways if way.target.node == call.name])
    for way in ways:
        yield from _detour(way, menu)
    for screen in menu.screens():
        if isinstance(screen, Ask):
            yield from _answers(screen)
    yield from _flags(menu, shapes)


def _outcomes(call: Call, shape: UseCaseShape) -> Iterator[Finding]:
    for outcome in sorted(shape.outcomes.keys() - call.outcomes.keys()):
        yield finding(call, f"outcome '{outcome}' of {call.use} has no screen")
    if FAILED not in call.outcomes:
        yield finding(call, f"'{FAILED}' has no screen: the ministry may be away")
    for outcome in sorted(call.own_outcomes - shape.outcomes.keys() - {FAILED}):
        close = get_close_matches(outcome, shape.outcomes, 1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        line = call.outcomes[outcome].line
        yield finding(call, f"{call.use} has no outcome '{outcome}'{hint}", line)
    for outcome, each in shape.outcomes.items():
        yield from _kept(call, outcome, each)


def _kept(call: Call, outcome: str, shape: OutcomeShape) -> Iterator[Finding]:
    for name, kinds in shape.fields.items():
        if Kind.OTHER in kinds:
            yield finding(call, f"'{name}' of outcome '{outcome}' is {Kind.OTHER.value}")


def _parameters(call: Call, shape: UseCaseShape) -> Iterator[Finding]:
    for name, parameter in shape.parameters.items():
        if parameter.needed and not parameter.secret and name not in call.arguments:
            yield finding(call, f"{call.use} needs the parameter '{name}'")
    for name in call.arguments.keys() - shape.parameters.keys():
        close = get_close_matches(name, shape.parameters, 1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        yield finding(call, f"{call.use} has no parameter '{name}'{hint}")


def _secrets(call: Call, shape: UseCaseShape, incoming: list[Way]) -> Iterator[Finding]:
    """A PIN lives for one hop: only the question itself can lead to the call that takes it."""
    secret = any(parameter.secret for parameter in shape.parameters.values())
    for way in incoming:
        if secret and not way.secret:
            yield finding(
                call, f"takes a PIN, but '{way.source.name}' leads here without asking for it", way.target.line
            )
        if way.secret and not secret:
            yield finding(way.source, f"the PIN leads to {call.use}, which takes none", way.target.line)
        if CONFIRM in shape.parameters and not way.confirmed:
            message = f"needs a confirmation, but '{way.source.name}' leads here without a confirm's yes"
            yield finding(call, message, way.target.line)
    if secret and any(target.first for target in _used(call, shape)):
        yield finding(call, "takes a PIN, which is gone when a detour ('first') returns")


def _used(call: Call, shape: UseCaseShape) -> list[Target]:
    return [target for outcome, target in call.outcomes.items() if outcome in shape.outcomes]


def _detour(way: Way, menu: Menu) -> Iterator[Finding]:
    source: Node = way.source
    if way.target.first and not isinstance(source, Call):
        yield finding(source, "'first' is for a call's outcome: only a call can be repeated", way.target.line)
    if way.secret and (is_return(way.target) or not isinstance(menu.nodes.get(way.target.node), Call)):
        yield finding(source, "a PIN must go straight to a call: no screen may hold it", way.target.line)


def _answers(screen: Ask) -> Iterator[Finding]:
    """No answer may be what a reserved key or one of the screen's own options is."""
    answer = screen.answer
    if answer.kind is AnswerKind.NUMBER:
        least, most = answer.minimum, answer.maximum
        if least is None or most is None or least > most or any(least <= key <= most for key in (0, 98)):
            yield finding(
                screen, "an answer may be a reserved key (0, 00, 98): give 'min' and 'max' that leave out 0 and 98"
            )
        elif any(least <= int(option.key) <= most for option in screen.options):
            yield finding(screen, "an answer may be one of the options' keys")
    elif answer.kind is AnswerKind.DIGITS and answer.length is not None and answer.length < _SHORTEST:
        yield finding(screen, f"an answer may be a reserved key (0, 00, 98): 'length' must be at least {_SHORTEST}")
    if not screen.save and answer.kind is not AnswerKind.PIN:
        yield finding(screen, "the answer goes nowhere: 'save' is missing")


def _flags(menu: Menu, shapes: Shapes) -> Iterator[Finding]:
    known = {
        name
        for shape in shapes.values()
        for outcome in shape.outcomes.values()
        for name, kinds in outcome.fields.items()
        if kinds == {Kind.FLAG}
    } | ABSENT
    for screen in menu.screens():
        for option in screen.options:
            if option.when and option.when.flag not in known:
                yield finding(screen, f"no outcome carries the flag '{option.when.flag}'", option.line)
