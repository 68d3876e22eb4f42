"""What a state shows: lazy texts and numbered options, without language, letters or pages."""

from collections.abc import Mapping

import msgspec

from i18n.text import SlotValue, Text, Word
from services.values import FieldKind, Form
from ussd_menus import forms
from ussd_menus.session_values import State, StoredAnswers, StoredItems, from_stored, row_slots, slots
from ussd_menus.values import AnswerKind, Ask, Confirm, End, FormScreen, ListScreen, Menu, Screen, Show


class Option(msgspec.Struct, frozen=True):
    """A key and what it stands for."""

    key: str
    label: Text


class View(msgspec.Struct, frozen=True):
    """A screen to render: texts one a line, then options. `secret`: its answer must never be kept.

    `back`, `home`: whether those keys lead anywhere from here. `together`: its options stand on one page, as yes and
    no must: a no on the next page is one that is not seen.
    """

    body: tuple[Text, ...]
    options: tuple[Option, ...]
    end: bool
    screen: str
    secret: bool
    back: bool
    home: bool
    together: bool = False


def view(menu: Menu, state: State) -> View:
    """The screen of a state; of a state on a call or an unknown node, the main menu."""
    node = menu.nodes.get(state.node)
    screen = node if isinstance(node, Screen) else menu.nodes[menu.home]
    assert isinstance(screen, Screen)  # noqa: S101 - the loader refuses a home that is none
    if isinstance(screen, FormScreen):
        body, options = _form(screen, state)
    else:
        filled = slots(state.vars)
        body = (*[Text(id, filled) for id in _lines(screen, state)], *_said(screen, state))
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


def _form(screen: FormScreen, state: State) -> tuple[tuple[Text, ...], tuple[Option, ...]]:
    form = from_stored(state.vars.get(screen.form))
    answers = state.vars.get(screen.answers)
    given = answers.answers if isinstance(answers, StoredAnswers) else {}
    question = forms.current(form, given, state.cursor) if isinstance(form, Form) else None
    if question is None:
        return (Text("error.ours"),), ()
    field = question.field
    body = [Text("form.progress", {"count": question.number, "total": question.total})]
    if question.group and question.group != field.title:
        # Whose first name, whose birth date.
        body.append(Text("form.entry", {"group": question.group, "entry": question.entry}))
    body.append(Text("form.question", {"question": field.title}))
    if state.note:
        least, most = field.minimum or 0, field.maximum or 0
        body.insert(0, Text(state.note, {"least": least, "most": most}))
    return (*body, *_hints(question, forms.answer_of(given, question))), _choices(question)


def _hints(question: forms.Question, answer: object) -> list[Text]:
    """How to answer, what stands there already, and how to leave it so."""
    field = question.field
    if question.more:
        return [Text("form.add_another")]
    hints = [Text("form.date_hint")] if field.kind is FieldKind.DATE else []
    if field.kind is FieldKind.NUMBER and _may_be_reserved(field.minimum, field.maximum):
        hints.append(Text("form.number_hint"))
    if answer is not None:
        hints.append(Text("form.kept", {"answer": _as_shown(question, answer)}))
    elif not field.required:
        hints.append(Text("form.skip"))
    return hints


def _may_be_reserved(least: int | None, most: int | None) -> bool:
    """Whether the answer may be 0 or 98, which the keypad keeps for itself."""
    return any((least is None or least <= n) and (most is None or n <= most) for n in (0, 98))


def _as_shown(question: forms.Question, answer: object) -> SlotValue:
    """A kept answer in the citizen's words."""
    if isinstance(answer, bool):
        return Word("form.yes" if answer else "form.no")
    if question.field.kind is FieldKind.DATE and isinstance(answer, str):
        # As the hint says to type it.
        return " ".join(reversed(answer.split("-")))
    labels = dict(question.field.choices)
    return labels.get(str(answer), str(answer))


def _choices(question: forms.Question) -> tuple[Option, ...]:
    if question.more or question.field.kind is FieldKind.YES_NO:
        return (Option(forms.YES, Text("form.yes")), Option(forms.NO, Text("form.no")))
    return tuple(
        Option(forms.choice_key(index), Text("form.choice", {"choice": label}))
        for index, (_, label) in enumerate(question.field.choices)
    )
