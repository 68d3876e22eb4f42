"""Whether answers fit a ministry's form, each fault with where it is. Pure.

The kinds are those of `values.FieldKind`, the answers' types those of `values.Submission`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.values import FieldKind, Form, FormField, Holds

MISSING, UNKNOWN, KIND, INVALID = "missing", "unknown", "kind", "invalid"
# As a keypad bounds them; a ministry's own bounds are narrower.
_MOST_LETTERS = 200
_MOST_DIGITS = 12
_MOST_ENTRIES = 20
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_UNSPOKEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]").search


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one answer. `pointer`: RFC 6901, into the answers; `fault`: one of the constants above."""

    pointer: str
    fault: str


@dataclass(frozen=True, slots=True)
class _Whole:
    """All answers of the form, to which one may have to fit; `whole`: nothing that is required may be missing."""

    answers: Mapping[str, object]
    whole: bool


def faults(form: Form, answers: Mapping[str, object], *, whole: bool = True) -> tuple[Fault, ...]:
    """All that is wrong. `whole`: required questions must be answered; a draft's need not."""
    return tuple(_of_map(form.fields, answers, "", _Whole(answers, whole)))


def in_time(field: FormField, day: date) -> int:
    """0 for a day within the field's bounds, -1 for one before them, 1 for one after."""
    if field.earliest is not None and day < field.earliest:
        return -1
    return 1 if field.latest is not None and day > field.latest else 0


def begins(field: FormField, answers: Mapping[str, object]) -> date | None:
    """The day that this one may not be before: the answer to the question that the form names, of all its `answers`."""
    return day_of(answers.get(field.since)) if field.since else None


def day_of(answer: object) -> date | None:
    """The day that an answer is, None for what is none."""
    return date.fromisoformat(answer) if isinstance(answer, str) and _is_date(answer) else None


def has_letter(name: str) -> bool:
    """No name is without one, in any script; one is enough."""
    return any(map(str.isalpha, name))


def given(answers: Mapping[str, object]) -> dict[str, object]:
    """The answers without those that say nothing."""
    kept = {name: answer for name, answer in answers.items() if answer is not None}
    return {
        name: [given(entry) if isinstance(entry, dict) else entry for entry in answer]
        if isinstance(answer, list)
        else answer
        for name, answer in kept.items()
    }


def _of_map(fields: tuple[FormField, ...], answers: Mapping[str, object], path: str, form: _Whole) -> Iterator[Fault]:
    asked = {field.name: field for field in fields}
    if any(name not in asked for name in answers):
        # The name is the sender's: it is not repeated.
        yield Fault(path, UNKNOWN)
    for name, field in asked.items():
        pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if answers.get(name) is None:
            if form.whole and field.required:
                yield Fault(pointer, MISSING)
        else:
            yield from _of_answer(field, answers[name], pointer, form)


def _of_answer(field: FormField, answer: object, pointer: str, form: _Whole) -> Iterator[Fault]:
    match field.kind:
        case FieldKind.GROUP:
            yield from _of_group(field, answer, pointer, form)
        case FieldKind.YES_NO if not isinstance(answer, bool):
            yield Fault(pointer, KIND)
        case FieldKind.NUMBER:
            if isinstance(answer, bool) or not isinstance(answer, int):
                yield Fault(pointer, KIND)
            elif abs(answer) >= 10**_MOST_DIGITS or not _within(field, answer):
                yield Fault(pointer, INVALID)
        case FieldKind.STRING | FieldKind.DATE | FieldKind.CHOICE:
            if not isinstance(answer, str):
                yield Fault(pointer, KIND)
            elif not _is_text_of(field, answer, form):
                yield Fault(pointer, INVALID)


def _of_group(field: FormField, answer: object, pointer: str, form: _Whole) -> Iterator[Fault]:
    if not isinstance(answer, list):
        yield Fault(pointer, KIND)
        return
    if len(answer) > _MOST_ENTRIES or not _within(field, len(answer), least=form.whole):
        yield Fault(pointer, INVALID)
        return
    for place, entry in enumerate(answer):
        if isinstance(entry, dict):
            yield from _of_map(field.fields, entry, f"{pointer}/{place}", form)
        else:
            yield Fault(f"{pointer}/{place}", KIND)


def _is_text_of(field: FormField, answer: str, form: _Whole) -> bool:
    if field.kind is FieldKind.CHOICE:
        return any(value == answer for value, _ in field.choices)
    if field.kind is FieldKind.DATE:
        return _is_date(answer) and _is_day_of(field, date.fromisoformat(answer), form.answers)
    if field.holds is Holds.NAME and not has_letter(answer):
        return False
    spoken = bool(answer.strip()) and not _UNSPOKEN(answer)
    return spoken and len(answer) <= _MOST_LETTERS and _within(field, len(answer))


def _is_day_of(field: FormField, day: date, answers: Mapping[str, object]) -> bool:
    least = begins(field, answers)
    return in_time(field, day) == 0 and (least is None or day >= least)


def _is_date(answer: str) -> bool:
    try:
        return _ISO_DATE(answer) is not None and 1900 <= date.fromisoformat(answer).year <= 2100
    except ValueError:
        return False


def _within(field: FormField, count: int, *, least: bool = True) -> bool:
    low = field.minimum if least else None
    return (low is None or count >= low) and (field.maximum is None or count <= field.maximum)
