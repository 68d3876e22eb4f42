"""How many answers away from the main menu a journey goes, against what was decided."""

from collections import deque
from collections.abc import Iterator

from ussd_menus.findings import Finding
from ussd_menus.values import AnswerKind, Ask, Menu, Node, Screen
from ussd_menus.ways import Shapes, Way, is_return

# Decided once (docs/menu-language.md): more needs a reason in the menu file.
_DECIDED = {"status": 4, "pickup": 4, "booking": 9, "visit": 9}
_OTHERWISE = 6


def decided_depth(journey: str) -> int:
    """The most answers after the main menu that a journey may need without a reason."""
    return _DECIDED.get(journey, _OTHERWISE)


def check_depth(menu: Menu, shapes: Shapes, ways: list[Way]) -> Iterator[Finding]:
    """Journeys that are deeper than they say, or say more than was decided without a reason."""
    away = answers_away(menu, shapes, ways)
    for journey in menu.journeys.values():
        allowed = journey.depth or decided_depth(journey.name)
        if allowed > decided_depth(journey.name) and not journey.because:
            message = (
                f"depth {allowed} is more than the {decided_depth(journey.name)} decided for "
                f"'{journey.name}': say why with 'because'"
            )
            yield Finding(journey.file, journey.line, message)
        inside = [screen for screen in menu.screens() if screen.journey == journey.name and screen.name in away]
        deepest = max(inside, key=lambda screen: away[screen.name], default=None)
        if deepest is not None and away[deepest.name] > allowed:
            message = f"{deepest.name}: {away[deepest.name]} answers after the main menu, {allowed} are allowed"
            yield Finding(deepest.file, deepest.line, message)


def answers_away(menu: Menu, shapes: Shapes, ways: list[Way]) -> dict[str, int]:
    """The fewest answers after the main menu to each node: the key pressed on it is not one of them.

    PIN and language are not counted, a form counts once.
    """
    onward: dict[str, list[Way]] = {}
    for way in ways:
        onward.setdefault(way.source.name, []).append(way)
    free = _free(menu, shapes, onward)
    away: dict[str, int] = {}
    left: deque[tuple[int, str]] = deque([(0, menu.home)])
    while left:
        steps, name = left.popleft()
        if name in away or name not in menu.nodes:
            continue
        away[name] = steps
        for way in onward.get(name, ()):
            if is_return(way.target):
                continue
            costs = isinstance(way.source, Screen) and name not in free and name != menu.home
            # Ways that cost nothing first, so that the fewest answers are found first.
            if costs:
                left.append((steps + 1, way.target.node))
            else:
                left.appendleft((steps, way.target.node))
    return away


def _free(menu: Menu, shapes: Shapes, onward: dict[str, list[Way]]) -> set[str]:
    """The questions that are not counted: the PIN, and the choice of a language."""
    return {
        screen.name
        for screen in menu.screens()
        if (isinstance(screen, Ask) and screen.answer.kind is AnswerKind.PIN)
        or any(_speaks(menu.nodes.get(way.target.node), shapes) for way in onward.get(screen.name, ()))
    }


def _speaks(node: Node | None, shapes: Shapes) -> bool:
    shape = shapes.get(getattr(node, "use", ""))
    return shape is not None and any(outcome.speaks for outcome in shape.outcomes.values())
