"""The placeholders of catalogs: `{name}` and nothing else; `{{` and `}}` are the braces themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from domain.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Where a slot's value goes."""

    name: str


Pieces: TypeAlias = tuple[str | Placeholder, ...]

_token = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_name = re.compile(r"[a-z][a-z0-9_]*")


def parse(text: str) -> Pieces:
    """Literals and placeholders in order; raises `InvalidValue` for anything a formatter could run.

    Attribute and index access, conversions and format specs of `str.format` are refused: a template must not be
    able to reach into the values it is given.
    """
    pieces: list[str | Placeholder] = []
    for token in _token.findall(text):
        if token in ("{{", "}}"):
            _literal(pieces, token[0])
        elif token in ("{", "}"):
            raise InvalidValue(f"a lone {token!r} (write {token * 2!r} for the brace itself)")
        elif token[0] == "{":
            pieces.append(Placeholder(_checked(token[1:-1])))
        else:
            _literal(pieces, token)
    return tuple(pieces)


def names(pieces: Pieces) -> set[str]:
    """The names of the placeholders."""
    return {piece.name for piece in pieces if isinstance(piece, Placeholder)}


def literals(pieces: Iterable[str | Placeholder]) -> str:
    """The text between the placeholders."""
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _literal(pieces: list[str | Placeholder], text: str) -> None:
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] += text
    else:
        pieces.append(text)


def _checked(name: str) -> str:
    if _name.fullmatch(name):
        return name
    if re.search(r"[.\[\]!:]", name):
        raise InvalidValue(f"placeholder {{{name}}} reaches into a value; only {{name}} is allowed")
    raise InvalidValue(f"placeholder {{{name}}} is no name (small letters, digits, _)")
