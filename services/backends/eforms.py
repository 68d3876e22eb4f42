"""Reduces a ministry's JSON Schema form to what a keypad can answer, or says which part cannot be.

Read: objects of strings, numbers, dates, choices (`enum`, or `oneOf` of `const`), yes/no, and lists of such
objects. Titles: `x-title` by language, else `title`; labels of choices: `x-labels`, by value and language. Days within
`formatMinimum` and `formatMaximum`; `formatMinimum: {"$data": "/birthDate"}` is the day that is answered there (Ajv's
$data reference, https://ajv.js.org/guide/combining-schemas.html). What an answer is: a secret by `writeOnly`, a birth
date or a person's name by `x-autocomplete` (HTML's words: `bday`, `name`, `given-name` …), a `pattern` that asks for a
letter, or a usual name.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.backends.reading import Misread, needed, record, text, words
from services.values import FieldKind, Form, FormField, FormUnsupportedReason, Holds, in_language

# Keywords that make an answer depend on another, or that stand for something not in the form itself.
_UNSUPPORTED = (
    "$ref",
    "allOf",
    "anyOf",
    "not",
    "if",
    "dependentSchemas",
    "dependentRequired",
)
# What stands in a file or needs letters and signs that a keypad has not.
_UNTYPEABLE = ("contentEncoding", "contentMediaType")
_FORMATS = frozenset({"", "date", "phone", "tel"})
_MOST_FIELDS = 40
_MOST_CHOICES = 97
# "A letter somewhere in it": of all patterns the one whose fault has words of its own. Others the ministry judges.
_SOME_LETTER = r"\p{L}"
# As HTML's `autocomplete` calls them, and as forms that say nothing usually name such a field.
_NAMES = frozenset({"name", "given-name", "additional-name", "family-name"})
_USUAL_NAMES = frozenset({"fullname", "firstname", "lastname", "givenname", "familyname", "surname"})
_USUAL_BIRTHS = frozenset({"birthdate", "dateofbirth", "birthday", "dob"})


class _Unsupported(Exception):
    def __init__(self, path: str) -> None:
        self.path = path


def read_form(form: Mapping[str, object], form_id: str, language: str) -> Form | FormUnsupportedReason:
    """The form in the language; raises `Misread` where it is no JSON Schema of an object."""
    schema = record(form.get("schema"), "form schema")
    try:
        fields = _fields(schema, language, "", groups=True)
    except _Unsupported as part:
        return FormUnsupportedReason(part.path)
    title = _title(schema, language) or text(form.get("name"), "form name")
    return Form(form_id, title, fields)


def _fields(schema: Mapping[str, object], language: str, path: str, *, groups: bool) -> tuple[FormField, ...]:
    if any(word in schema for word in (*_UNSUPPORTED, "oneOf")):
        raise _Unsupported(path or "/")
    properties = record(schema.get("properties"), "form properties")
    required = schema.get("required", [])
    if not isinstance(required, list):
        raise Misread("form required is not a list")
    if not 0 < len(properties) <= _MOST_FIELDS:
        raise _Unsupported(path or "/")
    return tuple(
        _field(name, record(part, "form field"), language, f"{path}/{name}", name in required, groups)
        for name, part in properties.items()
        if not (isinstance(part, dict) and part.get("readOnly") is True)
    )


def _field(name: str, part: Mapping[str, object], language: str, path: str, required: bool, groups: bool) -> FormField:
    if any(word in part for word in (*_UNSUPPORTED, *_UNTYPEABLE)):
        raise _Unsupported(path)
    kind = part.get("type", "string" if "enum" in part or "oneOf" in part else None)
    title = _title(part, language) or name
    choices = _choices(part, language, path)
    if choices:
        return FormField(name, FieldKind.CHOICE, title, required, choices, holds=_secret(part))
    match kind:
        case "string":
            return _string(name, part, title, path, required)
        case "number" | "integer":
            bounds = _bound(part.get("minimum")), _bound(part.get("maximum"))
            return FormField(name, FieldKind.NUMBER, title, required, (), *bounds, holds=_secret(part))
        case "boolean":
            return FormField(name, FieldKind.YES_NO, title, required, holds=_secret(part))
        case "array" if groups and _is_object(items := part.get("items")):
            inner = _fields(record(items, "form items"), language, path, groups=False)
            bounds = _bound(part.get("minItems")), _bound(part.get("maxItems"))
            return FormField(name, FieldKind.GROUP, title, required, (), *bounds, fields=inner)
        case _:
            raise _Unsupported(path)


def _secret(part: Mapping[str, object]) -> Holds:
    return Holds.SECRET if part.get("writeOnly") is True else Holds.ANYTHING


def _is_object(items: object) -> bool:
    return isinstance(items, dict) and isinstance(items.get("properties"), dict)


def _string(name: str, part: Mapping[str, object], title: str, path: str, required: bool) -> FormField:
    form = part.get("format", "")
    if not isinstance(form, str) or form not in _FORMATS:
        raise _Unsupported(path)
    holds = _holds(name, part)
    if form == "date":
        least, latest = part.get("formatMinimum"), _day(part.get("formatMaximum"))
        day = FormField(name, FieldKind.DATE, title, required, earliest=_day(least), latest=latest, holds=holds)
        return replace(day, since=_since(least))
    bounds = _bound(part.get("minLength")), _bound(part.get("maxLength"))
    return FormField(name, FieldKind.STRING, title, required, (), *bounds, holds=holds)


def _holds(name: str, part: Mapping[str, object]) -> Holds:
    """What the answer is. Of a text a name, of a day a birth date; anything may be a secret."""
    if (secret := _secret(part)) is Holds.SECRET:
        return secret
    said, usual = part.get("x-autocomplete"), name.lower().replace("_", "").replace("-", "")
    if part.get("format") == "date":
        return Holds.BIRTH if said == "bday" or usual in _USUAL_BIRTHS else Holds.ANYTHING
    named = said in _NAMES or part.get("pattern") == _SOME_LETTER or usual in _USUAL_NAMES
    return Holds.NAME if named else Holds.ANYTHING


def _choices(part: Mapping[str, object], language: str, path: str) -> tuple[tuple[str, str], ...]:
    """(value, label) pairs; empty where any answer is free."""
    if "enum" not in part and "oneOf" not in part:
        return ()
    listed = part.get("enum", part.get("oneOf"))
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_CHOICES:
        raise _Unsupported(path)
    labels = part.get("x-labels", {})
    found = []
    for item in listed:
        if isinstance(item, dict):
            value, said = item.get("const"), words(item.get("x-title", item.get("title")), "choice")
        else:
            value, said = item, words(labels.get(item) if isinstance(labels, dict) else None, "choice")
        if not isinstance(value, str) or not value:
            raise _Unsupported(path)  # answers are handed in as texts: a choice of numbers would change its type
        found.append((needed(value, "choice"), in_language(said, language, value)))
    return tuple(found)


def _title(part: Mapping[str, object], language: str) -> str:
    return in_language(words(part.get("x-title"), "title"), language) or in_language(
        words(part.get("title"), "title"), language
    )


def _day(value: object) -> date | None:
    """A bound of days; what is no day bounds nothing, and the ministry judges."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _since(least: object) -> str:
    """The question of the whole form that a bound points to; other pointers bound nothing, and the ministry judges."""
    pointer = least.get("$data") if isinstance(least, dict) else None
    whole = isinstance(pointer, str) and pointer.startswith("/") and "/" not in pointer[1:]
    return pointer[1:].replace("~1", "/").replace("~0", "~") if isinstance(pointer, str) and whole else ""


def _bound(value: object) -> int | None:
    """A bound that a keypad's check can use: whole ones only (a fraction is left to the ministry)."""
    if isinstance(value, bool):
        return None
    return int(value) if isinstance(value, int | float) and value == int(value) else None
