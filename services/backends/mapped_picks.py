"""JMESPath with four functions of our own, bounded: picks values out of a ministry's answer. Pure.

- `date(text, format)`: a date or time written as `strptime` says (`unix`, `unix_ms`: seconds, milliseconds since 1970);
- `money(value, currency, style)`: an amount; style is `point`, `comma` or `minor` (`config.AmountStyle`);
- `join(glue, list)`: the texts and numbers of a list, without what is empty;
- `first(a, b, …)`: the first that is neither absent nor empty; of a list, its first item.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from domain.errors import InvalidValue
from domain.money import Money
from services.backends.mapped_config import AmountStyle
from services.backends.reading import Misread

_LONGEST = 600
# Each list that is made of the same thing several times multiplies it: `[@, @][]` again and again would never end.
_MOST_LISTS = 4
_COMMA = re.compile(r"-?[0-9]{1,3}(?:[. \u00a0\u202f]?[0-9]{3})*(?:,[0-9]+)?").fullmatch
_POINT = re.compile(r"-?[0-9]{1,3}(?:[, \u00a0\u202f]?[0-9]{3})*(?:\.[0-9]+)?").fullmatch


def read_amount(value: object, currency: str, style: AmountStyle) -> Money | None:
    """Absent or empty: None. Raises `InvalidValue`; nothing is ever rounded. A JSON number is what it is."""
    if isinstance(value, Money):
        return value
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidValue("not an amount")
    text = str(value).strip()
    if style is AmountStyle.MINOR:
        if not re.fullmatch(r"-?[0-9]{1,15}(\.0+)?", text):
            raise InvalidValue("not an amount in the minor unit")
        return Money(int(text.partition(".")[0]), Money.parse("0", currency).currency)
    if isinstance(value, str):
        if not (_COMMA if style is AmountStyle.COMMA else _POINT)(text):
            raise InvalidValue("not an amount")
        thousands = "." if style is AmountStyle.COMMA else ","
        text = re.sub(r"[ \u00a0\u202f]", "", text).replace(thousands, "").replace(",", ".")
    return Money.parse(text, currency)


def read_moment(text: str, style: str) -> datetime | date:
    """As `strptime` writes it; a style without hours gives a date. Raises `ValueError`."""
    if style in ("unix", "unix_ms"):
        return datetime.fromtimestamp(float(text) / (1000 if style == "unix_ms" else 1), UTC)
    if not style:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    read = datetime.strptime(text, style)
    return read if re.search(r"%[HIMSfXcpzT]", style) else read.date()


class _Functions(functions.Functions):
    """JMESPath's own, and ours."""

    @functions.signature({"types": []}, {"types": ["string"]})
    def _func_date(self, value: object, style: str) -> object:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise JMESPathError("date")
        try:
            return read_moment(str(value).strip(), style)
        except (ValueError, OverflowError, OSError):
            raise JMESPathError("date") from None

    @functions.signature({"types": []}, {"types": ["string"]}, {"types": ["string"]})
    def _func_money(self, value: object, currency: str, style: str) -> object:
        try:
            return read_amount(value, currency, AmountStyle(style))
        except ValueError:
            raise JMESPathError("money") from None

    @functions.signature({"types": ["string"]}, {"types": ["array", "null"]})
    def _func_join(self, glue: str, items: list[object] | None) -> str:
        kept = [item for item in items or [] if isinstance(item, str | int | float) and not isinstance(item, bool)]
        return glue.join(text for item in kept if (text := str(item).strip()))

    @functions.signature({"types": [], "variadic": True})
    def _func_first(self, *values: object) -> object:
        for value in values:
            found = next(iter(value), None) if isinstance(value, list) else value
            if found is not None and found != "":
                return found
        return None


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class MappedPick:
    """One expression, compiled at start; raises `InvalidValue` for one that is none, or that could grow without end."""

    def __init__(self, expression: str) -> None:
        if len(expression) > _LONGEST:
            raise InvalidValue(f"a pick has at most {_LONGEST} characters")
        try:
            self._compiled: Any = jmespath.compile(expression)
        except (JMESPathError, ValueError, RecursionError) as fault:
            raise InvalidValue(f"not a JMESPath expression: {expression!r} ({type(fault).__name__})") from None
        nodes = list(_nodes(self._compiled.parsed))
        if sum(node["type"] == "multi_select_list" for node in nodes) > _MOST_LISTS:
            raise InvalidValue(f"a pick makes at most {_MOST_LISTS} lists")
        for node in nodes:
            if node["type"] == "function_expression" and node["value"] not in _Functions.FUNCTION_TABLE:
                raise InvalidValue(f"no such function: {node['value']}()")
        self.expression = expression

    def __call__(self, document: object) -> object:
        """The value; raises `Misread`."""
        try:
            return self._compiled.search(document, options=_OPTIONS)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
            raise Misread(f"`{self.expression}` does not fit") from None

    def keys(self) -> set[str]:
        """The names of the object it makes, where it plainly makes one (`….{a: …, b: …}`)."""
        return {name for shape in _shapes(self._compiled.parsed) for name in shape}


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("children", ()):
        # Of a slice (`list[1:]`) they are its bare numbers.
        if isinstance(child, Mapping):
            yield from _nodes(child)


def _shapes(node: Mapping[str, Any]) -> Iterator[list[str]]:
    """The objects that an expression may end in."""
    children = node.get("children", [])
    match node["type"]:
        case "multi_select_dict":
            yield [child["value"] for child in children]
        case "subexpression" | "pipe" | "index_expression":
            yield from _shapes(children[-1])
        case "projection" | "value_projection" | "filter_projection":
            yield from _shapes(children[1])
        case "or_expression":
            for child in children:
                yield from _shapes(child)
