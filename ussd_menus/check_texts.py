"""Checks of texts: each known in every language, each slot filled on every way to the screen that shows it."""

from collections.abc import Iterator, Mapping

from i18n.slots import Kind as SlotKind
from i18n.translator import Translator
from ussd_menus.check_ways import finding
from ussd_menus.findings import Finding
from ussd_menus.use_case_shapes import Kind, Kinds
from ussd_menus.values import Ask, Call, Confirm, FormScreen, ListScreen, Menu, Node, Screen, Show
from ussd_menus.ways import Shapes, Way, is_return

Known = Mapping[str, Kinds]

FORM_TEXTS = (
    "form.progress", "form.question", "form.choice", "form.kept", "form.skip", "form.date_hint",
    "form.number_hint", "form.add_another", "form.yes", "form.no", "form.bad_number", "form.bad_date",
    "form.bad_choice", "form.required", "form.too_small", "form.too_big", "form.too_short",
    "form.too_long", "form.too_early", "form.too_late", "form.no_letter", "form.entry", "form.which",
    "form.which_none", "form.told", "form.told_day", "form.told_entry", "form.hidden",
    "form.no_such_day", "form.before", "form.after",
)  # fmt: skip
SHELL_TEXTS = ("nav.back", "nav.home", "nav.more", "nav.invalid", "nav.keys", "error.ours")

_TAKES: Mapping[SlotKind, Kinds] = {
    SlotKind.CODE: frozenset({Kind.TEXT}),
    SlotKind.COUNT: frozenset({Kind.NUMBER}),
    SlotKind.DATE: frozenset({Kind.DAY, Kind.MOMENT}),
    SlotKind.DAY: frozenset({Kind.DAY, Kind.MOMENT}),
    SlotKind.MONEY: frozenset({Kind.MONEY}),
    SlotKind.TEXT: frozenset({Kind.TEXT, Kind.WORD}),
    SlotKind.TIME: frozenset({Kind.TIME, Kind.MOMENT}),
    SlotKind.WORD: frozenset({Kind.TEXT, Kind.WORD}),
}


def check_texts(menu: Menu, shapes: Shapes, translator: Translator, ways: list[Way]) -> Iterator[Finding]:
    """All findings about message ids, slots and the variables that calls, lists and forms take."""
    known = flow(menu, ways)
    needed = [*SHELL_TEXTS]
    if any(isinstance(screen, FormScreen) for screen in menu.screens()):
        needed += FORM_TEXTS
    for id in needed:
        if not translator.has(id):
            yield Finding("messages.yaml", 0, f"the message '{id}' is missing: the conversation itself says it")
    for screen in menu.screens():
        if screen.name in known:
            yield from _screen(screen, known, ways, translator)
    for way in ways:
        if way.target.note and way.source.name in known:
            # The main menu has forgotten everything by the time it shows a note.
            variables = {} if way.target.node == menu.home else _after(known[way.source.name], way)
            yield from _text(way.source, way.target.note, variables, translator, way.target.line, "")
    for call in menu.calls():
        if call.name in known and call.use in shapes:
            yield from _arguments(call, shapes, known, ways)


def texts_of(screen: Screen) -> Iterator[tuple[str, int]]:
    """The message ids that a screen may show with its variables, and where each is written."""
    for id in screen.body:
        yield id, screen.line
    for option in screen.options:
        yield option.text, option.line
    for id in refusals(screen):
        yield id, screen.line


def refusals(screen: Screen) -> tuple[str, ...]:
    """What may stand above a screen whose answer was not understood."""
    return (screen.invalid, screen.too_long) if isinstance(screen, Ask) and screen.too_long else (screen.invalid,)


def flow(menu: Menu, ways: list[Way]) -> dict[str, Known]:
    """The variables known at each node that can be reached, whichever way was taken.

    Forward over the ways until nothing changes: what is known at a node is what all ways to it know. The main menu
    forgets everything. A `return` is no way of its own: the call it repeats knew no more when the detour began.
    """
    onward: dict[str, list[Way]] = {}
    for way in ways:
        onward.setdefault(way.source.name, []).append(way)
    known: dict[str, Known] = {menu.home: {}}
    if menu.entry in menu.nodes:
        known[menu.entry] = {}
    left = list(known)
    while left:
        name = left.pop()
        for way in onward.get(name, ()):
            target = way.target.node
            if target not in menu.nodes or target == menu.home or is_return(way.target):
                continue
            after = _after(known[name], way)
            before = known.get(target)
            met = after if before is None else _met(before, after)
            if met != before:
                known[target] = met
                left.append(target)
    return known


def _after(known: Known, way: Way) -> Known:
    return {**known, **way.sets}


def _met(one: Known, other: Known) -> Known:
    return {name: one[name] | other[name] for name in one.keys() & other.keys()}


def _screen(screen: Screen, known: Mapping[str, Known], ways: list[Way], translator: Translator) -> Iterator[Finding]:
    for id, line in texts_of(screen):
        yield from _text(screen, id, known[screen.name], translator, line, _lacking(screen, known, ways))
    if isinstance(screen, ListScreen):
        if not translator.has(screen.each):
            yield finding(screen, f"there is no message '{screen.each}'")
        yield from _variable(screen, screen.items, frozenset({Kind.LIST}), known, ways, "items")
    for variable in screen.left_out.values() if isinstance(screen, Show) else ():
        if variable not in known[screen.name]:
            yield finding(screen, f"when: '{variable}' is not known here")
    if isinstance(screen, Show) and screen.said:
        yield from _variable(screen, screen.said, frozenset({Kind.SAID}), known, ways, "said")
        for prefix in screen.of:
            if not any(id.startswith(f"{prefix}.") for id in translator.ids()):
                yield finding(screen, f"there is no message '{prefix}.…' that could be said")
    if isinstance(screen, FormScreen) or (isinstance(screen, Confirm) and screen.form):
        yield from _variable(screen, screen.form, frozenset({Kind.FORM}), known, ways, "form")
    if isinstance(screen, Confirm) and screen.form:
        yield from _variable(screen, screen.answers, frozenset({Kind.ANSWERS}), known, ways, "answers")


def _text(
    node: Node, id: str, known: Known, translator: Translator, line: int, hint: "str | _Lacking"
) -> Iterator[Finding]:
    if not translator.has(id):
        yield finding(node, f"there is no message '{id}'", line)
        return
    for slot, kind in translator.slots_of(id).items():
        kinds = known.get(slot)
        if kinds is None:
            where = hint.of(slot) if isinstance(hint, _Lacking) else hint
            yield finding(node, f"'{{{slot}}}' of {id} is not known here{where}", line)
        elif not kinds <= _TAKES[kind.kind]:
            held = " or ".join(sorted(each.value for each in kinds))
            yield finding(node, f"'{{{slot}}}' of {id} takes {kind.kind.value}, the variable holds {held}", line)


class _Lacking:
    """Names a way on which a variable is not known."""

    def __init__(self, node: Node, known: Mapping[str, Known], ways: list[Way]) -> None:
        self._ways = [way for way in ways if way.target.node == node.name and way.source.name in known]
        self._known = known

    def of(self, variable: str) -> str:
        for way in self._ways:
            if variable not in _after(self._known[way.source.name], way):
                return f" when coming from '{way.source.name}' ({way.why})"
        return ""


def _lacking(node: Node, known: Mapping[str, Known], ways: list[Way]) -> _Lacking:
    return _Lacking(node, known, ways)


def _variable(
    node: Node, name: str, wanted: Kinds, known: Mapping[str, Known], ways: list[Way], role: str
) -> Iterator[Finding]:
    kinds = known[node.name].get(name)
    if kinds is None:
        yield finding(node, f"{role}: '{name}' is not known here{_lacking(node, known, ways).of(name)}")
    elif not kinds <= wanted:
        held = " or ".join(sorted(each.value for each in kinds))
        needs = " or ".join(sorted(each.value for each in wanted))
        yield finding(node, f"{role}: '{name}' holds {held}, {needs} is needed")


def _arguments(call: Call, shapes: Shapes, known: Mapping[str, Known], ways: list[Way]) -> Iterator[Finding]:
    parameters = shapes[call.use].parameters
    for name, source in call.arguments.items():
        parameter = parameters.get(name)
        if parameter is None or parameter.secret or source.literal is not None or source.variable == "confirm":
            continue
        wanted = parameter.kinds
        if Kind.OTHER not in wanted:
            yield from _variable(call, source.variable, wanted, known, ways, f"parameter {name}")
