"""Reading the nodes of a menu file: screens, calls, options and targets, from fields to frozen values."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from ussd_menus.fields import Fields
from ussd_menus.values import (
    MOST_ENTRIES,
    RESERVED_KEYS,
    Answer,
    AnswerKind,
    Ask,
    Call,
    Choice,
    Condition,
    Confirm,
    End,
    FormScreen,
    ListScreen,
    MenuOption,
    Screen,
    Show,
    Source,
    Target,
)
from ussd_menus.yaml_tree import Map, Scalar, Tree

# `form` says so itself: how many pages a ministry's question takes is not the author's to know.
_FORM_PAGES = 12
# What is read has no list that a key could be missing from.
_KEYS_BELOW = "nav.keys"
_KEYS = frozenset(str(key) for key in range(1, MOST_ENTRIES + 1))


def read_screen(name: str, fields: Fields, journey: str) -> Screen | None:
    """One screen; its kind is the field that it has: choice, ask, form, show, list, confirm or end."""
    kinds = [kind for kind in _READERS if fields.has(kind)]
    if not kinds:
        fields.say(fields.line, f"a screen has one of: {', '.join(_READERS)}")
        fields.finish(tuple(_READERS))
        return None
    # `list: …` with `each: …`, `form: …`: the first kind in the table's order that is there decides.
    screen = _READERS[kinds[0]](fields, _shared(name, fields, journey))
    fields.finish(tuple(_READERS))
    return screen


def _shared(name: str, fields: Fields, journey: str) -> dict[str, Any]:
    return {"name": name, "journey": journey, "file": fields.file, "line": fields.line}


def _pages(fields: Fields, default: int = 1) -> int:
    return fields.number("pages", default) or default


def _choice(fields: Fields, shared: dict[str, Any]) -> Screen:
    options = _options(fields)
    if not options:
        fields.say(fields.line, "a choice needs options")
    invalid = fields.message("invalid", "nav.invalid")
    return Choice(body=fields.messages("choice"), options=options, pages=_pages(fields), invalid=invalid, **shared)


def _show(fields: Fields, shared: dict[str, Any]) -> Screen:
    said, of = fields.word("said"), fields.words("of")
    if bool(said) != bool(of):
        fields.say(fields.line, "'said' names a variable with a whole text, and 'of' what such texts' ids begin with")
    body, left_out = fields.lines("show")
    options = _options(fields)
    pages = _pages(fields)
    return Show(
        body=body, left_out=left_out, said=said, of=of, options=options, pages=pages, invalid=_KEYS_BELOW, **shared
    )


def _end(fields: Fields, shared: dict[str, Any]) -> Screen:
    return End(body=fields.messages("end"), pages=_pages(fields), **shared)


def _ask(fields: Fields, shared: dict[str, Any]) -> Screen:
    kind = fields.word("answer", needed=True)
    if kind and kind not in set(AnswerKind):
        close = get_close_matches(kind, list(AnswerKind), 1)
        known = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(AnswerKind)}"
        fields.say(fields.line_of("answer"), f"unknown kind of answer '{kind}', {known}")
    answer = Answer(
        AnswerKind(kind) if kind in set(AnswerKind) else AnswerKind.TEXT,
        fields.number("length", None, 1, 20),
        fields.number("min", None, 0, 10**12 - 1),
        fields.number("max", None, 0, 10**12 - 1),
    )
    save = fields.word("save")
    of_text = answer.kind is AnswerKind.TEXT
    if answer.kind is AnswerKind.PIN and save:
        fields.say(fields.line_of("save"), "a PIN is never saved: take 'save' away, the call gets it all the same")
        save = ""
    return Ask(
        body=fields.messages("ask"),
        options=_options(fields),
        answer=answer,
        # A text without words of its own for one that is refused: as in a form.
        invalid=fields.message("invalid", "form.too_short" if of_text else "nav.invalid"),
        too_long="form.too_long" if of_text else "",
        save=save,
        then=_target(fields, "then"),
        pages=_pages(fields),
        **shared,
    )


def _list(fields: Fields, shared: dict[str, Any]) -> Screen:
    return ListScreen(
        body=fields.messages("list"),
        items=fields.word("items", needed=True),
        each=fields.message("each", needed=True),
        save=fields.word("save"),
        then=_target(fields, "then"),
        entries=fields.number("entries", MOST_ENTRIES) or MOST_ENTRIES,
        pages=_pages(fields),
        **shared,
    )


def _confirm(fields: Fields, shared: dict[str, Any]) -> Screen:
    body = fields.messages("confirm")
    options = []
    for key, name in (("1", "yes"), ("2", "no")):
        inner = fields.map(name)
        if inner is None:
            fields.say(fields.line, f"a confirm needs '{name}' with a goto")
            continue
        text = inner.message("text", f"confirm.{name}")
        options.append(MenuOption(key, text, _target(inner, "goto"), line=fields.line_of(name)))
        inner.finish()
    shared = {**shared, "body": body, "options": tuple(options), "invalid": _KEYS_BELOW}
    if (read_back := fields.map("reads")) is None:
        return Confirm(pages=_pages(fields), **shared)
    form, answers = read_back.word("form", needed=True), read_back.word("answers", needed=True)
    read_back.finish()
    return Confirm(form=form, answers=answers, pages=_pages(fields, _FORM_PAGES), **shared)


def _form(fields: Fields, shared: dict[str, Any]) -> Screen:
    return FormScreen(
        body=(),
        form=fields.word("form", needed=True),
        answers=fields.word("answers", needed=True),
        each_answer=_target(fields, "each_answer") if fields.has("each_answer") else None,
        then=_target(fields, "then"),
        pages=_pages(fields, _FORM_PAGES),
        **shared,
    )


_READERS: Mapping[str, Callable[[Fields, dict[str, Any]], Screen]] = {
    "choice": _choice,
    "ask": _ask,
    "form": _form,
    "show": _show,
    "list": _list,
    "confirm": _confirm,
    "end": _end,
}


def _options(fields: Fields) -> tuple[MenuOption, ...]:
    inner = fields.map("options")
    if inner is None:
        return ()
    found = []
    for key, line, value in inner.entries():
        if key in RESERVED_KEYS:
            fields.say(line, f"option key {key} is reserved (0 back, 00 home, 98 more)")
        elif key not in _KEYS:
            fields.say(line, f"option key '{key}' must be a whole number from 1 to {MOST_ENTRIES}")
        if (option := inner.inner(f"option {key}", value, line)) is not None:
            found.append(_option(key, option, line))
    return tuple(found)


def _option(key: str, fields: Fields, line: int) -> MenuOption:
    sets = fields.map("set")
    given = {}
    for name, at, value in sets.entries() if sets else ():
        if isinstance(value, Scalar) and value.value is not None:
            given[name] = value.raw
        else:
            fields.say(at, f"'set' gives '{name}' a text")
    option = MenuOption(
        key, fields.message("text", needed=True), _target(fields, "goto"), _condition(fields), given, line
    )
    fields.finish()
    return option


def _condition(fields: Fields) -> Condition | None:
    words = fields.text("when").split()
    if not words:
        return None
    if len(words) == 2 and words[0] in ("no", "not"):
        return Condition(words[1], False)
    if len(words) > 1:
        fields.say(fields.line_of("when"), "'when' is a flag, or 'no' and a flag")
    return Condition(words[0])


def _target(fields: Fields, name: str) -> Target:
    value = fields.tree(name)
    line = fields.line_of(name)
    if value is None:
        fields.say(fields.line, f"'{name}' is missing")
        return Target("", line)
    return read_target(fields, name, value, line)


def read_target(fields: Fields, name: str, value: Tree, line: int) -> Target:
    """`node`, `{first: node}` or `{goto: node, note: message.id, past: screen}`."""
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return Target(value.value, line)
    if isinstance(value, Map) and (inner := fields.inner(name, value, line)) is not None:
        first = inner.word("first")
        node = first or inner.word("goto", needed=True)
        target = Target(node, line, bool(first), inner.message("note"), inner.word("past"))
        inner.finish()
        return target
    fields.say(line, f"'{name}' names a node, or is {{first: node}} or {{goto: node, note: message.id}}")
    return Target("", line)


def read_call(name: str, fields: Fields, journey: str, defaults: Mapping[str, Target]) -> Call:
    """One call; the journey's defaults stand behind its own outcomes."""
    arguments = {}
    given = fields.map("with")
    for parameter, line, value in given.entries() if given else ():
        if isinstance(value, Scalar) and isinstance(value.value, str):
            arguments[parameter] = Source(variable=value.value)
        elif isinstance(value, Map) and (inner := fields.inner(parameter, value, line)) is not None:
            literal = inner.tree("text")
            arguments[parameter] = Source(literal=literal.raw if isinstance(literal, Scalar) else "")
            inner.finish()
        else:
            fields.say(line, f"parameter '{parameter}' takes a variable's name or {{text: …}}")
    outcomes = fields.map("outcomes")
    own = {
        outcome: read_target(fields, f"outcome {outcome}", value, line)
        for outcome, line, value in (outcomes.entries() if outcomes else ())
    }
    use = fields.text("use")
    if not use:
        fields.say(fields.line, "'use' names the use case to perform")
    fields.finish()
    return Call(
        name=name,
        journey=journey,
        file=fields.file,
        line=fields.line,
        use=use,
        arguments=arguments,
        outcomes={**defaults, **own},
        own_outcomes=frozenset(own),
    )
