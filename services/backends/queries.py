"""Writes nested parameters into a query string, in the two ways that Scheduler servers read them.

The standard puts an object into `qry` with `style: form, explode: true`; OpenAPI leaves nested objects undefined
there. Its working group's own tests send brackets, some servers take JSON instead.
"""

from collections.abc import Iterator, Mapping

import msgspec

from services.backends.config import FieldCase, QueryStyle

# A value is a text, a list of texts, or an object of values.
Pairs = list[tuple[str, str]]


def encode(
    plain: Mapping[str, str], nested: Mapping[str, object], style: QueryStyle, case: FieldCase = FieldCase.SNAKE
) -> Pairs:
    """`plain` parameters as they are, `nested` in the style, names in the case; empty texts are left out."""
    pairs = [(_named(name, case), value) for name, value in plain.items() if value]
    kept = _without_empty(nested, case)
    if style is QueryStyle.QRY_JSON:
        return [*pairs, ("qry", msgspec.json.encode(kept).decode())]
    return [*pairs, *(pair for name, value in kept.items() for pair in _brackets(name, value))]


def _brackets(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _brackets(f"{name}[{inner}]", item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _brackets(f"{name}[]", item)
    else:
        yield name, str(value)


def _without_empty(values: Mapping[str, object], case: FieldCase) -> dict[str, object]:
    kept = {
        _named(name, case): _without_empty(value, case) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
    return {name: value for name, value in kept.items() if value not in ("", {}, (), None)}


def _named(name: str, case: FieldCase) -> str:
    """`event_id`, or `eventId`."""
    if case is FieldCase.SNAKE:
        return name
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
