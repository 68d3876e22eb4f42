"""Reads a part of a pack into its struct, or tells all that is wrong, each with its path of keys. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from domain.errors import InvalidValue

Path = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: the keys from the outermost in."""

    path: Path
    says: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.says}" if self.path else self.says

    def within(self, *outer: str) -> "Mistake":
        return Mistake((*outer, *self.path), self.says)


class Mistaken(InvalidValue):
    """All that is wrong with settings."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def read(raw: object, kind: type[T], path: Path = ()) -> tuple[T | None, list[Mistake]]:
    """The struct, and everything that is wrong (msgspec alone stops at the first).

    Beside mistakes the struct is what is left without them, for whoever looks for more; None where nothing is left.
    """
    tidy, mistakes = _tidied(raw, kind, path)
    if tidy is _NOTHING:
        return None, mistakes
    try:
        return msgspec.convert(tidy, kind, strict=False), mistakes
    except msgspec.ValidationError as wrong:
        return None, [*mistakes, Mistake(path, str(wrong))]


# Stands for what cannot be read.
_NOTHING = object()


def _tidied(raw: object, kind: Any, path: Path) -> tuple[object, list[Mistake]]:
    """YAML's own ideas undone (`10` and `no` as names), and what does not fit."""
    struct = _struct_in(kind)
    if struct is not None and isinstance(raw, dict):
        return _tidied_struct(raw, struct, path)
    if get_origin(kind) is dict and isinstance(raw, dict):
        return _tidied_map(raw, kind, path)
    value = _word(raw) if kind is str else raw
    wrong = _unfit(value, kind)
    return (_NOTHING, [Mistake(path, wrong)]) if wrong else (value, [])


def _tidied_struct(raw: dict[Any, Any], struct: type[msgspec.Struct], path: Path) -> tuple[object, list[Mistake]]:
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    mistakes = [
        Mistake((*path, str(_word(key))), f"not known here; known are {', '.join(sorted(known))}")
        for key in raw
        if key not in known
    ]
    tidy: dict[str, object] = {}
    whole = True
    for name, field in known.items():
        if name in raw:
            value, wrong = _tidied(raw[name], field.type, (*path, name))
            mistakes += wrong
            if value is not _NOTHING:
                tidy[name] = value
        elif field.required:
            mistakes.append(Mistake(path, f"{name} is missing"))
        whole = whole and (name in tidy or not field.required)
    return (tidy if whole else _NOTHING), mistakes


def _tidied_map(raw: dict[Any, Any], kind: Any, path: Path) -> tuple[object, list[Mistake]]:
    key_kind, value_kind = get_args(kind)
    tidy: dict[object, object] = {}
    mistakes: list[Mistake] = []
    for key, item in raw.items():
        name, inner = _word(key) if key_kind is str else key, (*path, str(_word(key)))
        value, wrong = _tidied(item, value_kind, inner)
        if unfit := _unfit(name, key_kind):
            wrong = [*wrong, Mistake(inner, unfit)]
        elif value is not _NOTHING:
            tidy[name] = value
        mistakes += wrong
    return tidy, mistakes


def _unfit(value: object, kind: Any) -> str:
    """Why it is not of this kind; "" where it is."""
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        return str(wrong)
    return ""


def _word(raw: object) -> object:
    """YAML reads `10`, `1.5` and `no` as numbers and a truth; where a text is wanted they are the text."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw) if isinstance(raw, int | float) else raw


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that `kind` is, or the only one of a union; msgspec itself reads those that a tag tells apart."""
    inside = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    structs = [one for one in inside if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    return structs[0] if len(structs) == 1 and structs[0].__struct_config__.tag is None else None
