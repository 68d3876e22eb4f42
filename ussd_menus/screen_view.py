"""What a state shows: lazy texts and numbered options, without language, letters or pages."""

from collections.abc import Mapping

import msgspec

from i18n.text import SlotValue, Text
from ussd_menus.form_view import Option, asked, read_back
from ussd_menus.session_values import State, StoredItems, from_stored, row_slots, slots
from ussd_menus.values import AnswerKind, Ask, Confirm, End, FormScreen, ListScreen, Menu, Screen, Show


class View(msgspec.Struct, frozen=True):
    """A screen to render: texts one a line, then options. `secret`: its answer must never be kept.

    `back`, `home`: whether those keys lead anywhere from here. `together`: its options stand on one page, as yes and
    no must: a no on the next page is one that is not seen. `noted`: the first text of the body is a note.
    """

    body: tuple[Text, ...]
    options: tuple[Option, ...]
    end: bool
    screen: str
    secret: bool
    back: bool
    home: bool
    together: bool = False
    noted: bool = False


def view(menu: Menu, state: State) -> View:
    """The screen of a state; of a state on a call or an unknown node, the main menu."""
    node = menu.nodes.get(state.node)
    screen = node if isinstance(node, Screen) else menu.nodes[menu.home]
    assert isinstance(screen, Screen)  # noqa: S101 - the loader refuses a home that is none
    if isinstance(screen, FormScreen):
        body, options = asked(screen, state)
    else:
        filled = slots(state.vars)
        told = read_back(screen, state) if isinstance(screen, Confirm) and screen.form else ()
        body = (*told, *[Text(id, filled) for id in _lines(screen, state)], *_said(screen, state))
        options = _items(screen, state) if isinstance(screen, ListScreen) else _options(screen, state, filled)
        if state.note:
            body = (Text(state.note, filled), *body)
    end = isinstance(screen, End)
    away = not end and screen.name != menu.home
    secret = isinstance(screen, Ask) and screen.answer.kind is AnswerKind.PIN
    return View(
        body,
        options,
        end,
        screen.name,
        secret,
        back=away and bool(state.back),
        home=away,
        together=isinstance(screen, Confirm),
        noted=bool(state.note and body and body[0].id == state.note),
    )


def _lines(screen: Screen, state: State) -> tuple[str, ...]:
    """Its words, without those that would say nothing."""
    if not isinstance(screen, Show) or not screen.left_out:
        return screen.body
    return tuple(id for id in screen.body if id not in screen.left_out or state.vars.get(screen.left_out[id]))


def _said(screen: Screen, state: State) -> tuple[Text, ...]:
    """A whole text that a variable holds."""
    held = from_stored(state.vars.get(screen.said)) if isinstance(screen, Show) and screen.said else None
    return (held,) if isinstance(held, Text) else ()


def _options(screen: Screen, state: State, filled: Mapping[str, SlotValue]) -> tuple[Option, ...]:
    return tuple(
        [
            Option(option.key, Text(option.text, filled))
            for option in screen.options
            if option.when is None or bool(state.vars.get(option.when.flag)) == option.when.wanted
        ]
    )


def _items(screen: ListScreen, state: State) -> tuple[Option, ...]:
    items = state.vars.get(screen.items)
    if not isinstance(items, StoredItems):
        return ()
    rows = items.rows[: screen.entries]
    return tuple([Option(str(n), Text(screen.each, row_slots(items, row))) for n, row in enumerate(rows, 1)])
