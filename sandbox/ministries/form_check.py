"""Whether a citizen's answers fit the ministry's form: the small part of JSON Schema that the forms use."""

from dataclasses import dataclass
from datetime import date
from typing import Any

Json = dict[str, Any]


def faults_in(answers: Json, schema: Json) -> list[str]:
    """What is wrong, each with the path of the field; empty when all is well.

    Numbers and booleans may come as text: a form-encoded body has nothing else.
    """
    found: list[str] = []
    _object(answers, schema, "", _Found(answers, found))
    return found


@dataclass(frozen=True)
class _Found:
    """What is wrong so far; `answers`: all of them, to which a bound may point."""

    answers: Json
    faults: list[str]

    def append(self, fault: str) -> None:
        self.faults.append(fault)


def _object(value: Json, schema: Json, path: str, found: _Found) -> None:
    for name in schema.get("required", ()):
        if value.get(name) in (None, ""):
            found.append(f"{path}{name}: missing")
    for name, field in schema.get("properties", {}).items():
        if value.get(name) not in (None, ""):
            _value(value[name], field, path + name, found)


def _value(value: Any, field: Json, path: str, found: _Found) -> None:
    kind = field["type"]
    if kind == "array":
        _array(value, field, path, found)
    elif kind == "object":
        if isinstance(value, dict):
            _object(value, field, path + ".", found)
        else:
            found.append(f"{path}: not an object")
    elif problem := _CHECKS[kind](value, _pointed_to(field, found.answers)):
        found.append(f"{path}: {problem}")


def _pointed_to(field: Json, answers: Json) -> Json:
    """The field with a bound that stands in another answer (`{"$data": "/birthDate"}`); without, where none does."""
    least = field.get("formatMinimum")
    if not isinstance(least, dict):
        return field
    answered = answers.get(least["$data"].removeprefix("/"))
    return {**field, "formatMinimum": answered if _is_day(answered) else "0001-01-01"}


def _is_day(answer: Any) -> bool:
    try:
        return bool(date.fromisoformat(answer))
    except (TypeError, ValueError):
        return False


def _array(value: Any, field: Json, path: str, found: _Found) -> None:
    if not isinstance(value, list) or not field.get("minItems", 0) <= len(value) <= field["maxItems"]:
        found.append(f"{path}: not a list of {field.get('minItems', 0)} to {field['maxItems']}")
        return
    for place, item in enumerate(value):
        _value(item, field["items"], f"{path}[{place}]", found)


def _string(value: Any, field: Json) -> str | None:
    if not isinstance(value, str):
        return "not a text"
    if "enum" in field and value not in field["enum"]:
        return "not one of the choices"
    if field.get("format") == "date":
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return "not a date"
        if "formatMinimum" in field and day < date.fromisoformat(field["formatMinimum"]):
            return "too early"
    # The one pattern that the forms use.
    if field.get("pattern") == r"\p{L}" and not any(map(str.isalpha, value)):
        return "without a letter"
    if not field.get("minLength", 0) <= len(value) <= field.get("maxLength", 1_000_000):
        return "too short or too long"
    return None


def _number(value: Any, field: Json) -> str | None:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        return "not a number"
    if isinstance(value, bool) or not field.get("minimum", amount) <= amount <= field.get("maximum", amount):
        return "out of range"
    return None


def _boolean(value: Any, field: Json) -> str | None:
    return None if value in (True, False, "true", "false") else "neither true nor false"


_CHECKS = {"string": _string, "number": _number, "integer": _number, "boolean": _boolean}
