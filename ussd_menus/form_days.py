"""Days of a form that must not cross: none before the one that its ministry counts it from. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.form_answers import begins, day_of
from services.values import Form, FormField

# What is said of a day that crosses another: it is before that one, or after it.
BEFORE, AFTER = "form.before", "form.after"


@dataclass(frozen=True, slots=True)
class Crossed:
    """The other question and her answer to it; `note`: the message id that says how the two days lie."""

    note: str
    question: str
    day: date


def crossed(form: Form, answers: Mapping[str, Any], field: FormField, day: date) -> Crossed | None:
    """The answer that this day would cross."""
    least = begins(field, answers)
    if least is not None and day < least:
        other = _of_form(form, field.since)
        return Crossed(BEFORE, other.title if other else "", least)
    first = _first_counted_from(form, answers, field)
    return first if first is not None and first.day < day else None


def told(form: Form, answers: Mapping[str, Any], field: FormField, note: str) -> Crossed | None:
    """The same for the screen that says it, when the day itself is gone."""
    if note == BEFORE:
        return crossed(form, answers, field, date.min)
    return _first_counted_from(form, answers, field) if note == AFTER else None


def _first_counted_from(form: Form, answers: Mapping[str, Any], field: FormField) -> Crossed | None:
    """Of the days that may not be before this one, the first that stands."""
    if _of_form(form, field.name) is not field:
        # Only the form's own questions are pointed to, none of a group.
        return None
    found = _counted_from(form.fields, answers, field.name)
    return min(found, key=lambda each: each.day, default=None)


def _of_form(form: Form, name: str) -> FormField | None:
    return next((each for each in form.fields if each.name == name), None)


def _counted_from(fields: tuple[FormField, ...], answers: Mapping[str, Any], name: str) -> Iterable[Crossed]:
    for field in fields:
        answer = answers.get(field.name)
        for entry in answer if field.fields and isinstance(answer, list) else ():
            if isinstance(entry, Mapping):
                yield from _counted_from(field.fields, entry, name)
        if field.since == name and (day := day_of(answer)) is not None:
            yield Crossed(AFTER, field.title, day)
