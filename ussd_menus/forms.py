"""A ministry's form on a keypad: one question a screen, a cursor that walks them, answers that grow.

The questions are numbered through, repeated groups entry by entry, each entry's end asking for another. A cursor
is a place in that row; `0` goes one back, and out of an entry's first question it takes the entry away again.
Where nothing is open any more, the cursor is at `WHICH`: she says which answer she would change, and only that one is
asked.
`.` leaves a question as it is: empty where nothing is asked for, unchanged where an answer stands.
Numbers keep clear of the reserved keys by leading zeros: "000" answers 0, "098" answers 98.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.digits import is_digits
from services.form_answers import day_of, has_letter, in_time
from services.values import FieldKind, Form, FormField, Holds
from ussd_menus.answers import is_no_day, parse_date, read_number
from ussd_menus.form_days import crossed

Answers = Mapping[str, Any]

LEAVE = "."
YES, NO = "1", "2"
MOST_LETTERS = 80
# The cursor of a form whose every question has been met: the list of its questions.
WHICH = -1
# Entries of a repeated group that a session can hold.
MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A field at its place; `more` asks for another entry of the group. `number` of `total` fields: of the form, or of
    the group's entry that it is asked in; `top`: the number of the form's field that it is of.

    `opens`: the group whose last entry begins here, where that entry may be taken away again. `group`: the title of
    the group that it is asked in, of whose entries this is number `entry`.
    """

    field: FormField
    path: tuple[str | int, ...]
    number: int
    total: int
    more: bool = False
    opens: tuple[str | int, ...] | None = None
    group: str = ""
    entry: int = 0
    top: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """The answers and the cursor after an input."""

    answers: Answers
    cursor: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The input is no answer to the question; `note` is the message id that says why."""

    note: str


def questions(form: Form, answers: Answers) -> list[Question]:
    """All questions in order, as far as the entries of its groups are known."""
    total = len(form.fields)
    return [
        replace(question, top=number)
        for number, field in enumerate(form.fields, 1)
        for question in _of_field(field, answers.get(field.name), (field.name,), number, total)
    ]


def _of_field(
    field: FormField, answer: object, path: tuple[str | int, ...], number: int, total: int
) -> Iterator[Question]:
    if field.kind is not FieldKind.GROUP:
        yield Question(field, path, number, total)
        return
    entries = _entries(field, answer)
    # An entry of one question of the group's own name is no part of its own.
    alone = [inner.title for inner in field.fields] == [field.title]
    for index, entry in enumerate(entries):
        last = index + 1 == len(entries) and (index > 0 or not field.required)
        opens = path if last else None
        for place, inner in enumerate(field.fields, 1):
            inner_path = (*path, index, inner.name)
            counted = (number, total) if alone else (place, len(field.fields))
            for question in _of_field(inner, entry.get(inner.name), inner_path, *counted):
                opened = opens if question.opens is None else question.opens
                of = (question.group, question.entry) if question.group else (field.title, index + 1)
                yield replace(question, opens=opened, group=of[0], entry=of[1])
                opens = None
    if len(entries) < min(field.maximum or MOST_GROUPS, MOST_GROUPS):
        yield Question(field, path, number, total, more=True)


def _entries(field: FormField, answer: object) -> Sequence[Answers]:
    """A group that must be filled has a first entry before anything is typed."""
    entries = [entry for entry in answer if isinstance(entry, Mapping)] if isinstance(answer, list) else []
    return entries or ([{}] if field.required and field.fields else [])


def first_open(form: Form, answers: Answers) -> int:
    """Where to go on with a half-filled form: its first question that nobody got to; none is left: `WHICH`."""
    rows = questions(form, answers)
    return next((index for index, each in enumerate(rows) if _at(answers, each.path) is _NOTHING), WHICH)


def beginning_of(form: Form, answers: Answers, typed: str) -> int | None:
    """Where the answer begins that she would change, by its key in the list of the form's questions."""
    asked = [index for index in range(len(form.fields)) if choice_key(index) == typed]
    rows = questions(form, answers)
    return next((index for index, each in enumerate(rows) if asked and each.top == asked[0] + 1), None)


def nothing_key(form: Form) -> str:
    """The key in that list for who would change nothing."""
    return choice_key(len(form.fields))


def leaves(form: Form, before: Moved, after: Moved) -> bool:
    """Whether an input went on to another of the form's fields."""
    was, now = current(form, before.answers, before.cursor), current(form, after.answers, after.cursor)
    return was is None or now is None or was.top != now.top


def current(form: Form, answers: Answers, cursor: int) -> Question | None:
    """The question under the cursor; None past the last."""
    rows = questions(form, answers)
    return rows[cursor] if 0 <= cursor < len(rows) else None


def answer_of(answers: Answers, question: Question) -> object:
    """What stands there already, or None."""
    found = _at(answers, question.path)
    return None if question.more or found is _NOTHING else found


def answer(form: Form, answers: Answers, cursor: int, typed: str) -> Moved | Refused:
    """One input (folded) to the question under the cursor."""
    question = current(form, answers, cursor)
    if question is None:
        return Moved(answers, cursor)
    if question.more:
        return _another(question, answers, cursor, typed)
    if typed in (LEAVE, ""):
        if question.field.required and answer_of(answers, question) is None:
            return Refused("form.required")
        return Moved(_with(answers, question.path, answer_of(answers, question)), cursor + 1)
    value = _READERS[question.field.kind](question.field, typed)
    if isinstance(value, Refused):
        return value
    day = day_of(value) if question.field.kind is FieldKind.DATE else None
    if day is not None and (other := crossed(form, answers, question.field, day)):
        return Refused(other.note)
    return Moved(_with(answers, question.path, value), cursor + 1)


def _another(question: Question, answers: Answers, cursor: int, typed: str) -> Moved | Refused:
    """Yes opens an entry, whose first question then stands where this one stood."""
    if typed in (NO, LEAVE):
        # That there are none is an answer too: who comes back to the form is not asked again.
        met = answers if _at(answers, question.path) is not _NOTHING else _with(answers, question.path, None)
        return Moved(met, cursor + 1)
    if typed != YES:
        return Refused("form.bad_choice")
    entries = _at(answers, question.path)
    place = len(entries) if isinstance(entries, list) else 0
    return Moved(_with(answers, (*question.path, place), {}), cursor)


def back(form: Form, answers: Answers, cursor: int) -> Moved | None:
    """One question back; None from the first, which leaves the form."""
    question = current(form, answers, cursor)
    if question and question.opens:
        entries = _at(answers, question.opens)
        # The place where the entry stood then asks for another one.
        return Moved(_with(answers, question.opens, entries[:-1]), cursor)
    return Moved(answers, cursor - 1) if cursor > 0 else None


_NOTHING = object()


def _at(answers: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at that place; `_NOTHING` where nobody got to yet (a question left empty holds None)."""
    for step in path:
        try:
            answers = answers[step]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return answers


def _with(answers: Any, path: tuple[str | int, ...], value: object) -> Any:
    """A copy with the value at its place; lists grow by the entry that is missing."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        entries = list(answers) if isinstance(answers, list) else []
        entries += [{}] * (step + 1 - len(entries))
        entries[step] = _with(entries[step], rest, value)
        return entries
    named = dict(answers) if isinstance(answers, Mapping) else {}
    named[step] = _with(named.get(step), rest, value)
    return named


def choice_key(index: int) -> str:
    """The key of the choice at that place: 1, 2, 3 …, without 98."""
    return str(index + 1 if index < 97 else index + 2)


def _string(field: FormField, typed: str) -> object:
    if field.holds is Holds.NAME and not has_letter(typed):
        return Refused("form.no_letter")
    most = min(field.maximum or MOST_LETTERS, MOST_LETTERS)
    if len(typed) < min(field.minimum or 0, most):
        return Refused("form.too_short")
    return Refused("form.too_long") if len(typed) > most else typed


def _number(field: FormField, typed: str) -> object:
    number = read_number(typed)
    if number is None:
        return Refused("form.bad_number")
    if field.minimum is not None and number < field.minimum:
        return Refused("form.too_small")
    if field.maximum is not None and number > field.maximum:
        return Refused("form.too_big")
    return number


def _date(field: FormField, typed: str) -> object:
    day = parse_date(typed)
    if day is None:
        return Refused("form.no_such_day" if is_no_day(typed) else "form.bad_date")
    late = in_time(field, day)
    return Refused("form.too_late" if late > 0 else "form.too_early") if late else day.isoformat()


def _choice(field: FormField, typed: str) -> object:
    if is_digits(typed):
        for index, (value, _) in enumerate(field.choices):
            if choice_key(index) == typed:
                return value
    return Refused("form.bad_choice")


def _yes_no(field: FormField, typed: str) -> object:
    return {YES: True, NO: False}.get(typed, Refused("form.bad_choice"))


_READERS: dict[FieldKind, Callable[[FormField, str], object]] = {
    FieldKind.STRING: _string,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
}
