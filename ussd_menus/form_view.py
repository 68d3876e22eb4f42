"""What a ministry's form shows: a question, the list of its questions, all answers read back before they are sent."""

from collections.abc import Iterator
from datetime import date

import msgspec

from i18n.text import SlotValue, Text, Word
from services.values import FieldKind, Form, FormField, Holds
from ussd_menus import form_days, forms
from ussd_menus.session_values import State, StoredAnswers, from_stored
from ussd_menus.values import Confirm, FormScreen

# An answer follows a question mark as it is, other titles after a colon.
_ASKING = ("?", "؟", "：", ":")
_EMPTY = "-"


class Option(msgspec.Struct, frozen=True):
    """A key and what it stands for."""

    key: str
    label: Text


Shown = tuple[tuple[Text, ...], tuple[Option, ...]]


def asked(screen: FormScreen, state: State) -> Shown:
    """The question under the cursor, or the list of them."""
    form, given = _held(screen, state)
    if form is not None and state.cursor == forms.WHICH:
        return _which(form, state.note)
    question = forms.current(form, given, state.cursor) if form is not None else None
    if question is None:
        return (Text("error.ours"),), ()
    field = question.field
    body = [*_place(question, counted=not state.changing), Text("form.question", {"question": field.title})]
    if state.note:
        body.insert(0, _why(form, given, field, state.note))
    return (*body, *_hints(question, forms.answer_of(given, question))), _choices(question)


def _why(form: Form | None, given: forms.Answers, field: FormField, note: str) -> Text:
    """Why an answer was not taken: its bounds, or the other day that it crosses."""
    if form is not None and (other := form_days.told(form, given, field, note)):
        return Text(note, {"question": other.question, "day": other.day})
    return Text(note, {"least": field.minimum or 0, "most": field.maximum or 0})


def read_back(screen: Confirm, state: State) -> tuple[Text, ...]:
    """All that was answered, a line an answer, but what is secret."""
    form, given = _held(screen, state)
    return tuple(_told(form.fields, given)) if form is not None else ()


def _held(screen: FormScreen | Confirm, state: State) -> tuple[Form | None, forms.Answers]:
    form, answers = from_stored(state.vars.get(screen.form)), state.vars.get(screen.answers)
    return form if isinstance(form, Form) else None, answers.answers if isinstance(answers, StoredAnswers) else {}


def _which(form: Form, note: str) -> Shown:
    lines = [*([Text(note)] if note else []), Text("form.which")]
    titles = [field.title for field in form.fields]
    options = [
        Option(forms.choice_key(at), Text("form.question", {"question": each})) for at, each in enumerate(titles)
    ]
    return tuple(lines), (*options, Option(forms.nothing_key(form), Text("form.which_none")))


def _place(question: forms.Question, *, counted: bool) -> Iterator[Text]:
    """Which question it is: of the form, or of an entry of a group, whose name then stands above."""
    titled = bool(question.group) and question.group != question.field.title
    if titled:
        # Whose first name, whose birth date.
        yield Text("form.entry", {"group": question.group, "entry": question.entry})
    if question.total > 1 and (titled or counted):
        yield Text("form.progress", {"count": question.number, "total": question.total})


def _hints(question: forms.Question, answer: object) -> list[Text]:
    """How to answer, what stands there already, and how to leave it so."""
    field = question.field
    if question.more:
        return [Text("form.add_another")]
    hints = [Text("form.date_hint")] if field.kind is FieldKind.DATE else []
    if field.kind is FieldKind.NUMBER and _may_be_reserved(field.minimum, field.maximum):
        hints.append(Text("form.number_hint"))
    if answer is not None:
        hints.append(Text("form.kept", {"answer": _as_typed(field, answer)}))
    elif not field.required:
        hints.append(Text("form.skip"))
    return hints


def _may_be_reserved(least: int | None, most: int | None) -> bool:
    """Whether the answer may be 0 or 98, which the keypad keeps for itself."""
    return any((least is None or least <= n) and (most is None or n <= most) for n in (0, 98))


def _choices(question: forms.Question) -> tuple[Option, ...]:
    if question.more or question.field.kind is FieldKind.YES_NO:
        return (Option(forms.YES, Text("form.yes")), Option(forms.NO, Text("form.no")))
    return tuple(
        Option(forms.choice_key(index), Text("form.choice", {"choice": label}))
        for index, (_, label) in enumerate(question.field.choices)
    )


def _told(fields: tuple[FormField, ...], given: forms.Answers) -> Iterator[Text]:
    for field in fields:
        answer = given.get(field.name)
        entries = answer if field.kind is FieldKind.GROUP and isinstance(answer, list) else []
        for number, entry in enumerate(entries, 1):
            # One question of the group's own name says whose it is.
            if [inner.title for inner in field.fields] != [field.title]:
                yield Text("form.told_entry", {"group": field.title, "entry": number})
            yield from _told(field.fields, entry if isinstance(entry, dict) else {})
        if not entries:
            yield _line(field, None if field.kind is FieldKind.GROUP else answer)


def _line(field: FormField, answer: object) -> Text:
    title = field.title.strip()
    question = title if title.endswith(_ASKING) else f"{title}:"
    day = _day(answer) if field.kind is FieldKind.DATE and field.holds is not Holds.SECRET else None
    if day is not None:
        # With the month's name: whether day and month were understood as she meant them.
        return Text("form.told_day", {"question": question, "day": day})
    return Text("form.told", {"question": question, "answer": _EMPTY if answer is None else _as_typed(field, answer)})


def _as_typed(field: FormField, answer: object) -> SlotValue:
    """An answer in the citizen's words."""
    if field.holds is Holds.SECRET:
        return Word("form.hidden")
    if isinstance(answer, bool):
        return Word("form.yes" if answer else "form.no")
    if field.kind is FieldKind.DATE and isinstance(answer, str):
        # As the hint says to type it.
        return " ".join(reversed(answer.split("-")))
    labels = dict(field.choices)
    return labels.get(str(answer), str(answer))


def _day(answer: object) -> date | None:
    try:
        return date.fromisoformat(answer) if isinstance(answer, str) else None
    except ValueError:
        return None
