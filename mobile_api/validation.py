"""Values made of what was sent: an operation's struct, or a problem that points at the wrong field."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from mobile_api.problems import FieldError, Problem

T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)

_MOST_PARAMETERS = 50
_PATH = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`")
_PART = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")


def convert(value: Any, kind: type[T]) -> T:
    """The struct. Raises `Problem("invalid_fields")`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as wrong:
        raise Problem("invalid_fields", errors=(_field_error(str(wrong)),)) from None


def convert_query(query_string: bytes, kind: type[Q], repeated: frozenset[str]) -> Q:
    """The struct of a query. `repeated`: fields that may be given more than once; any other is wrong twice."""
    given: dict[str, Any] = {}
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise Problem("invalid_fields", errors=(FieldError("", "invalid"),)) from None
    for name, value in pairs:
        if "\0" in value:
            raise Problem("invalid_fields", errors=(FieldError("", "invalid"),))
        if name in repeated:
            given.setdefault(name, []).append(value)
        elif name in given and name in kind.__struct_fields__:
            raise Problem("invalid_fields", errors=(FieldError(f"/{name}", "invalid"),))
        else:
            given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise Problem("invalid_fields", errors=(_field_error(str(wrong)),)) from None


def repeated_fields(kind: type[Any] | None) -> frozenset[str]:
    """The fields of a query that take a list."""
    if kind is None:
        return frozenset()
    kinds: Mapping[str, Any] = {item.name: item.type for item in msgspec.structs.fields(kind)}
    return frozenset(name for name, of in kinds.items() if getattr(of, "__origin__", of) in (list, tuple))


def _field_error(message: str) -> FieldError:
    """Where and what, of msgspec's message. Names of fields that we did not declare are not repeated."""
    found = _PATH.search(message)
    pointer = _pointer(found[1] if found else "")
    if missing := _MISSING.match(message):
        return FieldError(f"{pointer}/{missing[1]}", "missing")
    if message.startswith("Object contains unknown field"):
        return FieldError(pointer, "unknown")
    if message.startswith("Expected `") and ", got `" in message:
        return FieldError(pointer, "kind")
    return FieldError(pointer, "invalid")


def _pointer(path: str) -> str:
    """`.answers[2].name` as `/answers/2/name`; what follows a key that the sender chose (`[...]`) is left out."""
    known = path.split("[...]", 1)[0]
    return "".join(f"/{name or index}" for name, index in _PART.findall(known))
