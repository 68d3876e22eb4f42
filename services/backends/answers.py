"""Reads the body of a ministry's answer as JSON, within bounds of type, size and depth; or as a text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

_decoder = msgspec.json.Decoder()
_LONGEST_TEXT = 256


class UnreadableAnswer(Exception):
    """An answer that is no JSON within the bounds; says why, never what it held."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a ministry answered: `json` is None where the body is empty, a text where one was asked for; header names in
    lower case."""

    status: int
    json: object
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def is_json(content_type: str) -> bool:
    """`application/json`, `application/problem+json`, `text/json`, and the Scheduler's literal `json`."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "json" or kind.endswith(("/json", "+json"))


def decode(body: bytes | bytearray, content_type: str, max_depth: int, *, text_allowed: bool = False) -> object:
    """The JSON value; None for an empty body. Raises `UnreadableAnswer`.

    `text_allowed`: the Scheduler's examples answer `event_id:12345`, which is no JSON though declared as such.
    """
    if not body.strip():
        return None
    if not is_json(content_type):
        raise UnreadableAnswer("not declared as JSON")
    try:
        value: object = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if text_allowed and len(body) <= _LONGEST_TEXT and body.isascii():
            return body.decode("ascii")
        raise UnreadableAnswer("not JSON") from None
    # Most answers have fewer brackets than the bound in all: then there is nothing to walk.
    if body.count(b"{") + body.count(b"[") > max_depth and deeper_than(value, max_depth):
        raise UnreadableAnswer("nested too deep")
    return value


def decode_text(body: bytes | bytearray, content_type: str, kind: str) -> str:
    """The text in UTF-8, if it is declared as of that kind. Raises `UnreadableAnswer`."""
    if content_type.partition(";")[0].strip().lower() != kind:
        raise UnreadableAnswer(f"not declared as {kind}")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableAnswer("not UTF-8") from None


def deeper_than(value: object, bound: int) -> bool:
    """True when objects and lists stand in each other more than `bound` deep."""
    level = _containers([value])
    for _ in range(bound):
        if not level:
            return False
        level = [inner for node in level for inner in _containers(_children(node))]
    return bool(level)


def _containers(values: Iterable[object]) -> list[object]:
    return [value for value in values if isinstance(value, dict | list)]


def _children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
