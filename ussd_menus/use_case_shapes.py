"""What use cases take and what comes of them, read off their signatures for the static check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from enum import StrEnum
from inspect import Parameter as Signed
from inspect import signature
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from domain.money import Money
from domain.outcomes import Item, Outcome, outcome_name
from i18n.text import Text, Word
from services.caller import SECRET
from services.values import Form

# Desk and caller: what every use case is given, whoever asks.
_GIVEN = 2


class Kind(StrEnum):
    """What a variable holds, as far as slots and parameters care."""

    TEXT = "a text"
    NUMBER = "a number"
    FLAG = "a flag"
    MONEY = "an amount"
    DAY = "a day"
    MOMENT = "an instant"
    TIME = "a time"
    WORD = "a word"
    SAID = "a whole text"
    LIST = "a list"
    FORM = "a form"
    ANSWERS = "answers"
    OTHER = "something that no session keeps"


Kinds = frozenset[Kind]

# Most telling first: a flag is an int and an instant is a day, by inheritance.
_BY_TYPE: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.FLAG),
    (int, Kind.NUMBER),
    (str, Kind.TEXT),
    (Word, Kind.WORD),
    (Text, Kind.SAID),
    (Money, Kind.MONEY),
    (datetime, Kind.MOMENT),
    (date, Kind.DAY),
    (time, Kind.TIME),
    (Form, Kind.FORM),
    (Mapping, Kind.ANSWERS),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `secret`: typed, used at once and kept nowhere. `needed`: it has no default."""

    kinds: Kinds
    secret: bool = False
    needed: bool = True


@dataclass(frozen=True, slots=True)
class OutcomeShape:
    """One outcome: its fields and its markers (see `domain.outcomes`)."""

    fields: Mapping[str, Kinds] = field(default_factory=dict)
    commits: bool = False
    proves_pin: bool = False
    speaks: bool = False


@dataclass(frozen=True, slots=True)
class UseCaseShape:
    """What a menu must know of a use case."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    outcomes: Mapping[str, OutcomeShape] = field(default_factory=dict)


def shapes_of(use_cases: Mapping[str, Callable[..., Any]]) -> dict[str, UseCaseShape]:
    """The shape of every use case, by its name."""
    return {name: shape_of(use_case) for name, use_case in use_cases.items()}


def shape_of(use_case: Callable[..., Any]) -> UseCaseShape:
    """From annotations alone. Raises `TypeError` where an outcome is not annotated as one."""
    hints = get_type_hints(use_case, include_extras=True)
    parameters = list(signature(use_case).parameters.values())[_GIVEN:]
    return UseCaseShape(
        {each.name: _parameter(each, hints.get(each.name, str)) for each in parameters},
        {
            outcome_name(kind): _outcome(kind)  # type: ignore[arg-type]  # mypy: a class is hashable
            for kind in _alternatives(hints.get("return"))
        },
    )


def _parameter(signed: Signed, hint: Any) -> Parameter:
    secret = signed.name == "pin" or (get_origin(hint) is Annotated and SECRET in get_args(hint)[1:])
    return Parameter(kinds_of(hint), secret, signed.default is Signed.empty)


def _alternatives(hint: Any) -> tuple[type[Outcome], ...]:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, Outcome)):
            raise TypeError(f"{kind!r} is no outcome")
    return kinds


def _outcome(kind: type[Outcome]) -> OutcomeShape:
    hints = get_type_hints(kind, include_extras=True)
    shown = {each.name: kinds_of(hints[each.name]) for each in fields(kind)}
    return OutcomeShape(shown, kind.commits, kind.proves_pin, kind.speaks)


def kinds_of(hint: Any) -> Kinds:
    """The kinds that an annotation allows; `None` among them is ignored, such a variable is simply not there."""
    origin = get_origin(hint)
    if origin is Annotated:
        return kinds_of(get_args(hint)[0])
    if origin in (Union, UnionType):
        return frozenset().union(*(kinds_of(each) for each in get_args(hint) if each is not type(None)))
    if origin in (tuple, list) or (isinstance(origin, type) and issubclass(origin, (tuple, list))):
        return frozenset({Kind.LIST if get_args(hint)[:1] == (Item,) else Kind.OTHER})
    plain = origin or hint
    if isinstance(plain, type):
        for kind, name in _BY_TYPE:
            if issubclass(plain, kind):
                return frozenset({name})
    return frozenset({Kind.OTHER})
