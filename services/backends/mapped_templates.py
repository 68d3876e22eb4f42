"""Puts values into the places of a request, each encoded as its place asks: path, query, header, body. Pure.

A value never changes what a place is: it cannot climb out of a path, split a header, or add a key to a body.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from domain.errors import InvalidValue
from domain.msisdn import Msisdn

Values = Mapping[str, object]
_HOLE = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_-]+)?)(?:\|([a-z]+))?\}")
# `date`, `moment`: as the ministry writes them; `digits`: nothing else; `number`: of its own kind in JSON.
FILTERS = frozenset({"date", "moment", "digits", "number"})
_DEEPEST = 10
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?").fullmatch
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
# What the HTTP client writes itself: a pack that set these could make one request look like two.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "te", "upgrade"})


class Absent(Exception):
    """A place has no value, and cannot be left out."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a ministry wants dates and times: `strftime`, `unix`, `unix_ms`, or ISO 8601 where empty."""

    dates: str
    moments: str
    zone: ZoneInfo

    def text(self, value: object, how: str) -> str:
        """One value as text; raises `InvalidValue` where the filter `how` does not fit it."""
        if value is None:
            return ""
        if isinstance(value, Msisdn):
            return value.e164.lstrip("+") if how == "digits" else value.e164
        if how in ("date", "moment") and isinstance(value, str):
            value = _iso(value)
        if isinstance(value, datetime):
            there = value.astimezone(self.zone)
            return self._moment(there) if how != "date" else self._day(there.date())
        if isinstance(value, date):
            return self._day(value)
        if how == "digits":
            return "".join(sign for sign in str(value) if sign.isdigit())
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        return msgspec.json.encode(value).decode()

    def _day(self, value: date) -> str:
        return _as(self.dates, datetime(value.year, value.month, value.day, tzinfo=self.zone), value.isoformat())

    def _moment(self, value: datetime) -> str:
        written = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return _as(self.moments, value, written.replace("+00:00", "Z"))


class Template:
    """A text with `{values}`; raises `InvalidValue` for braces that hold none."""

    def __init__(self, written: str) -> None:
        self.parts: list[str | tuple[str, str]] = []
        end = 0
        for found in _HOLE.finditer(written):
            self._literal(written[end : found.start()])
            if found[2] is not None and found[2] not in FILTERS:
                raise InvalidValue(f"{found[0]}: after | comes one of {', '.join(sorted(FILTERS))}")
            self.parts.append((found[1], found[2] or ""))
            end = found.end()
        self._literal(written[end:])

    def _literal(self, text: str) -> None:
        if "{" in text or "}" in text:
            raise InvalidValue(f"a brace without a name in it: {text.strip()!r}")
        if text:
            self.parts.append(text)

    @property
    def names(self) -> list[str]:
        return [part[0] for part in self.parts if not isinstance(part, str)]

    def fill(self, values: Values, writing: Writing) -> str:
        """The text; raises `Absent` where all it is made of is absent."""
        filled = [part if isinstance(part, str) else writing.text(_of(values, part[0]), part[1]) for part in self.parts]
        if self.names and not any(text for part, text in zip(self.parts, filled, strict=True) if part != text):
            raise Absent
        return "".join(filled)

    def value(self, values: Values, writing: Writing) -> object:
        """For JSON: a lone `{value}` keeps its kind (a number, a truth, an object); anything else is a text."""
        lone = self.parts[0] if len(self.parts) == 1 else ""
        if isinstance(lone, tuple) and not lone[1]:
            found = _of(values, lone[0])
            if isinstance(found, bool | int | float | list | dict):
                return found
        filled = self.fill(values, writing)
        return _number(filled) if isinstance(lone, tuple) and lone[1] == "number" else filled


class PathTemplate:
    """`/requests/{reference}`: each segment stands for itself; raises `InvalidValue`."""

    def __init__(self, written: str) -> None:
        if not written.startswith("/"):
            raise InvalidValue("a path begins with /")
        segments = written[1:].split("/")
        # Some servers insist on a last slash; it is written, never filled in.
        self.slash = segments[-1] == ""
        self._segments = [Template(segment) for segment in (segments[:-1] if self.slash else segments)]
        for segment in self._segments:
            literal = "".join(part for part in segment.parts if isinstance(part, str))
            climbs = not segment.names and literal in (".", "..")
            if not segment.parts or climbs or set(literal) & set("\\?#%;"):
                raise InvalidValue("a path is made of plain segments; what comes after ? stands in query")

    @property
    def names(self) -> list[str]:
        return [name for segment in self._segments for name in segment.names]

    def fill(self, values: Values, writing: Writing) -> tuple[str, ...]:
        """Unencoded segments: `addresses.segment` encodes each and refuses what could climb. Raises `InvalidValue`."""
        try:
            return tuple(segment.fill(values, writing) for segment in self._segments)
        except Absent:
            raise InvalidValue("a value of the path is absent") from None


class Fields:
    """Names to templates: a query, headers, or a form. What has no value is left out."""

    def __init__(self, written: Mapping[str, str]) -> None:
        self._fields = {name: Template(text) for name, text in written.items()}

    @property
    def names(self) -> list[str]:
        return [name for template in self._fields.values() for name in template.names]

    def fill(self, values: Values, writing: Writing) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for name, template in self._fields.items():
            try:
                found.append((name, template.fill(values, writing)))
            except Absent:
                continue
        return found


def header_name(name: str) -> None:
    """Raises `InvalidValue` for what is no header that a pack may set."""
    if not _HEADER(name) or name.lower() in _OURS:
        raise InvalidValue("not a header that can be set here")


def header_values(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Raises `InvalidValue` for a value that could end its line, or that two servers would read in two ways."""
    for name, value in pairs:
        if not (value.isascii() and value.isprintable()):
            raise InvalidValue(f"value cannot stand in the header {name}")
    return dict(pairs)


class Body:
    """A tree of JSON whose texts are templates; raises `InvalidValue`."""

    def __init__(self, written: object, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise InvalidValue("a body this deep is not sent")
        self._tree: object
        if isinstance(written, dict):
            self._tree = {str(name): Body(item, depth + 1) for name, item in written.items()}
        elif isinstance(written, list):
            self._tree = [Body(item, depth + 1) for item in written]
        elif isinstance(written, str):
            self._tree = Template(written)
        elif written is None or isinstance(written, bool | int | float):
            self._tree = written
        else:
            raise InvalidValue("a date in a body stands in quotes")

    @property
    def names(self) -> list[str]:
        if isinstance(self._tree, Template):
            return self._tree.names
        if not isinstance(self._tree, dict | list):
            return []
        inner = self._tree.values() if isinstance(self._tree, dict) else self._tree
        return [name for item in inner for name in item.names]

    def fill(self, values: Values, writing: Writing) -> object:
        """The JSON value; keys and items without a value are left out. Raises `Absent` for a lone absent one."""
        if isinstance(self._tree, Template):
            return self._tree.value(values, writing)
        if isinstance(self._tree, dict):
            pairs = [(name, _filled(item, values, writing)) for name, item in self._tree.items()]
            return {name: item for name, item in pairs if item is not _NOTHING}
        if isinstance(self._tree, list):
            items = [_filled(item, values, writing) for item in self._tree]
            return [item for item in items if item is not _NOTHING]
        return self._tree


_NOTHING = object()


def _filled(body: Body, values: Values, writing: Writing) -> object:
    try:
        return body.fill(values, writing)
    except Absent:
        return _NOTHING


def _of(values: Values, name: str) -> object:
    if name in values or "." not in name:
        return values.get(name)
    group, _, inner = name.partition(".")
    found = values.get(group)
    return found.get(inner) if isinstance(found, Mapping) else None


def _as(style: str, value: datetime, iso: str) -> str:
    if style == "unix":
        return str(int(value.timestamp()))
    if style == "unix_ms":
        return str(int(value.timestamp() * 1000))
    return value.strftime(style) if style else iso


def _number(text: str) -> int | float:
    if not _NUMBER(text):
        raise InvalidValue("not a number")
    return float(text) if "." in text else int(text)


def _iso(text: str) -> date:
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        raise InvalidValue("not a date") from None
