"""Kinds, questions and standings out of GeoReport v2 answers, as real servers write them: or `Misread`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.backends.reading import Misread, moment, needed, record, records, text
from services.values import (
    FieldKind,
    Form,
    FormField,
    FormUnsupportedReason,
    ReportKind,
    ReportStanding,
    ReportTaken,
)

Json = Mapping[str, object]
_TRUE = frozenset({"true", "1", "yes"})
_PLAIN = {
    "string": FieldKind.STRING,
    "text": FieldKind.STRING,
    "number": FieldKind.NUMBER,
    "datetime": FieldKind.DATE,
    "singlevaluelist": FieldKind.CHOICE,
}
_MANY = "multivaluelist"
_MOST_FIELDS, _MOST_CHOICES = 40, 97
# What an answer to a report may hold; an object with none of these is none.
_OF_TAKEN = frozenset({"service_request_id", "token", "service_notice", "account_id"})
CHOSEN = "value"
"""Under which name an entry of a list of choices holds the one chosen."""


def items(value: object, what: str, named: str = "") -> list[Json]:
    """The objects of a list; of one that stands alone, or wrapped in a single member of an object, too.

    `named`: what one that stands alone must have, else it is something else.
    """
    if isinstance(value, dict):
        inner = next(iter(value.values())) if len(value) == 1 else None
        if not isinstance(inner, list) and named and named not in value:
            raise Misread(f"{what}: neither a list nor one with {named}")
        return records(inner, what) if isinstance(inner, list) else [value]
    return records(value, what)


def errors(value: object) -> list[tuple[str, str]]:
    """(code, description) of each; none where it is no answer of errors. Raises nothing, whatever it is."""
    if isinstance(value, dict):
        inner = value.get("errors", value.get("error"))
        value = inner if isinstance(inner, list) else [inner if isinstance(inner, dict) else value]
    if not isinstance(value, list) or not value or not all(_is_error(item) for item in value):
        return []
    return [(_said(item.get("code")), _said(item.get("description"))) for item in value]


def _is_error(item: object) -> bool:
    """An attribute too has a code and a description; but never without a datatype."""
    if not isinstance(item, dict) or "datatype" in item:
        return False
    return "description" in item and "code" in item and "service_code" not in item and "service_request_id" not in item


def _said(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def kind(item: Json) -> ReportKind:
    """One of its services."""
    code = needed(item.get("service_code"), "service_code")
    title = text(item.get("service_name"), "service_name") or text(item.get("description"), "description") or code
    return ReportKind(code, title, _is_true(item.get("metadata")), text(item.get("group"), "group"))


def questions(value: object, code: str) -> Form | FormUnsupportedReason | None:
    """What it asks; None for nothing. A question that no keypad can ask is left out, if it need not be answered.

    The specification's definition has both `service_code` and `attributes`; servers leave either out, never both.
    """
    definition = record(value[0] if isinstance(value, list) and value else value, "definition")
    if not {"service_code", "attributes"} & definition.keys():
        raise Misread("neither service_code nor attributes: no definition")
    listed = definition.get("attributes")
    if listed is None or listed == "":
        return None
    found: list[FormField] = []
    for item in sorted(items(listed, "attributes"), key=_order):
        if "variable" in item and not _is_true(item["variable"]):
            continue  # words between the questions
        field = _field(item)
        if field is not None:
            found.append(field)
        elif _is_true(item.get("required")):
            return FormUnsupportedReason(f"/{text(item.get('code'), 'attribute code')}")
    if len({field.name for field in found}) < len(found):
        raise Misread("two attributes of one code")
    if len(found) > _MOST_FIELDS:
        return FormUnsupportedReason("/")
    return Form(code, text(definition.get("service_name"), "service_name"), tuple(found)) if found else None


def moments(value: object) -> frozenset[str]:
    """The codes of its questions for a date and time."""
    definition = record(value[0] if isinstance(value, list) and value else value, "definition")
    listed = items(definition.get("attributes") or [], "attributes")
    asked = (item for item in listed if text(item.get("datatype"), "datatype").lower() == "datetime")
    return frozenset(text(item.get("code"), "attribute code") for item in asked)


def _order(item: Json) -> int:
    """Where it stands; those without a number come last, as they were told."""
    written = text(item.get("order"), "order")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 10**9


def _field(item: Json) -> FormField | None:
    """None for a type that no keypad can answer."""
    name, title = needed(item.get("code"), "attribute code"), text(item.get("description"), "description")
    hint = text(item.get("datatype_description"), "datatype_description")
    title = f"{title} ({hint})" if title and hint and hint not in title else title or hint or name
    required, datatype = _is_true(item.get("required")), text(item.get("datatype"), "datatype").lower()
    choices = _choices(item.get("values")) if datatype in ("singlevaluelist", _MANY) else ()
    if datatype in ("singlevaluelist", _MANY) and not 0 < len(choices) <= _MOST_CHOICES:
        return None
    if datatype == _MANY:
        inner = FormField(CHOSEN, FieldKind.CHOICE, title, True, choices)
        return FormField(name, FieldKind.GROUP, title, required, (), int(required), len(choices), (inner,))
    return FormField(name, _PLAIN[datatype], title, required, choices) if datatype in _PLAIN else None


def _choices(value: object) -> tuple[tuple[str, str], ...]:
    """(key, name); a key without a name is its own, and servers write maps and bare texts as well."""
    if isinstance(value, dict) and not {"key", "name"} & value.keys():
        inner = next(iter(value.values()), None)
        value = inner if isinstance(inner, list) else [{"key": key, "name": name} for key, name in value.items()]
    listed = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    found: dict[str, str] = {}
    for entry in listed:
        given = entry if isinstance(entry, dict) else {"key": entry}
        key, name = text(given.get("key"), "value key"), text(given.get("name"), "value name")
        if key or name:
            found.setdefault(key or name, name or key)
    return tuple(found.items())


def taken(value: object) -> ReportTaken:
    """Under which number or token; a `blackbox` tells neither."""
    listed = items(value, "request")
    first: Json = listed[0] if listed else {}
    if not _OF_TAKEN & first.keys():
        raise Misread("request has neither number nor token")
    number = text(first.get("service_request_id"), "service_request_id")
    return ReportTaken(number, "" if number else text(first.get("token"), "token"))


def number_of(value: object) -> str:
    """What a token became; "" while there is nothing."""
    listed = items(value, "token")
    return text(listed[0].get("service_request_id"), "service_request_id") if listed else ""


def standing(item: Json, closed: Sequence[str], zone: ZoneInfo) -> ReportStanding:
    """How one stands. A time that does not read hides no answer."""
    state = text(item.get("status"), "status").lower()
    return ReportStanding(
        number=needed(item.get("service_request_id"), "service_request_id"),
        closed=state == "closed" or state in closed,
        words=text(item.get("status_notes"), "status_notes"),
        updated=_moment(item.get("updated_datetime"), zone),
        due=_moment(item.get("expected_datetime"), zone),
    )


def _moment(value: object, zone: ZoneInfo) -> datetime | None:
    try:
        return moment(value, "moment", zone)
    except Misread:
        return None


def _is_true(value: object) -> bool:
    return isinstance(value, bool | str | int) and str(value).strip().lower() in _TRUE
