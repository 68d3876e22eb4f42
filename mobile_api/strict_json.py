"""JSON read strictly: what two readers could take for two things is refused (RFC 8259 §4, §6; I-JSON, RFC 7493)."""

import codecs
import json
import math
from typing import Any, NoReturn

from mobile_api.problems import Problem

_DEEPEST = 32
_LONGEST_NUMBER = 18


class _Ambiguous(ValueError):
    """Valid JSON, perhaps, but not to be relied on."""


def parse(octets: bytes) -> Any:
    """The value, of at most 32 levels. A byte order mark is passed over.

    Raises `Problem("invalid_json")` for what is no JSON, for a name given twice, numbers that are not finite or
    beyond 64 bits, and text that cannot be stored (NUL, lone surrogates).
    """
    try:
        text = octets.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refused, parse_float=_float, parse_int=_integer
        )
        _check(value, 0)
    except (ValueError, RecursionError):
        raise Problem("invalid_json") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Ambiguous
    return found


def _refused(constant: str) -> NoReturn:
    raise _Ambiguous


def _float(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise _Ambiguous
    return value


def _integer(number: str) -> int:
    if len(number) > _LONGEST_NUMBER:
        raise _Ambiguous
    return int(number)


def _check(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise _Ambiguous
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, entry in value.items():
            _check_text(name)
            _check(entry, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            _check(entry, depth + 1)


def _check_text(text: str) -> None:
    # Encoding finds lone surrogates (UnicodeEncodeError is a ValueError).
    if b"\0" in text.encode():
        raise _Ambiguous
