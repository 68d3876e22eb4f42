"""What a session holds between two hops: the engine's state and its variables, in a compact stored form.

Variables are kept as JSON scalars or small tagged arrays, so that a state survives MessagePack and JSON alike;
`to_stored` and `from_stored` go between them and the values of the rooms below.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeAlias

import msgspec

from domain.money import Money
from domain.outcomes import Item
from i18n.text import SlotValue, Text, Word
from services.values import FieldKind, Form, FormField, Holds

# Annotations of stored structs cannot name themselves through an alias; forms' answers are plain JSON.
Json: TypeAlias = Any


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """A value that JSON has no word for, written as an array that begins with its tag."""


class StoredMoney(_Stored, frozen=True, tag="m"):
    """An amount in minor units."""

    minor: int
    currency: str


class StoredDate(_Stored, frozen=True, tag="d"):
    """A day."""

    day: date


class StoredMoment(_Stored, frozen=True, tag="i"):
    """An instant."""

    at: datetime


class StoredTime(_Stored, frozen=True, tag="t"):
    """A time of day."""

    at: time


class StoredWord(_Stored, frozen=True, tag="w"):
    """A message id that fills a slot."""

    id: str


class StoredText(_Stored, frozen=True, tag="x"):
    """A whole text: its id, then the names and the values of its slots."""

    id: str
    names: tuple[str, ...]
    values: tuple["Scalar", ...]


class StoredItems(_Stored, frozen=True, tag="l"):
    """A list: the names once, then a row an item, its id first."""

    names: tuple[str, ...]
    rows: tuple[tuple["Scalar", ...], ...]


class StoredField(_Stored, frozen=True, tag="q"):
    """One question of a form."""

    name: str
    kind: FieldKind
    title: str
    required: bool
    choices: tuple[tuple[str, str], ...]
    minimum: int | None
    maximum: int | None
    fields: tuple["StoredField", ...]
    # What came later stands behind, so that a session written before is read too, and by the code before.
    earliest: date | None = None
    latest: date | None = None
    holds: str = ""
    since: str = ""


class StoredForm(_Stored, frozen=True, tag="f"):
    """A form."""

    id: str
    title: str
    fields: tuple[StoredField, ...]


class StoredAnswers(_Stored, frozen=True, tag="a"):
    """A form's answers: field name to text, number, yes/no or a list of such maps."""

    answers: dict[str, Json]


Scalar: TypeAlias = str | int | bool | StoredMoney | StoredDate | StoredMoment | StoredTime | StoredWord | None
Value: TypeAlias = (
    str
    | int
    | bool
    | StoredMoney
    | StoredDate
    | StoredMoment
    | StoredTime
    | StoredWord
    | StoredText
    | StoredItems
    | StoredForm
    | StoredAnswers
    | None
)


class Return(msgspec.Struct, array_like=True, frozen=True):
    """A detour under way: the node to go back to, and how many screens lay behind it."""

    node: str
    behind: int


class State(msgspec.Struct, array_like=True, frozen=True):
    """Where a conversation stands.

    `back`: screens behind this one. `returns`: detours under way. `token`: of the confirm screen last entered.
    `note`: message id shown above the screen. `cursor`: the form's question. `errors`: inputs not understood
    since the last that was. `changing`: of a form that was filled, one answer is being changed.
    """

    node: str
    vars: dict[str, Value] = msgspec.field(default_factory=dict)
    back: tuple[str, ...] = ()
    returns: tuple[Return, ...] = ()
    token: str = ""
    note: str = ""
    cursor: int = 0
    errors: int = 0
    changing: bool = False


_AS_THEY_ARE = frozenset({type(None), str, int, bool})


def to_stored(value: object) -> Value:
    """The stored form. Raises `TypeError` for a value that no session can keep (the static check finds it)."""
    if type(value) in _AS_THEY_ARE:
        return value  # type: ignore[return-value]
    if isinstance(value, str | int):
        # An enumeration's member (a state) is kept as its plain text.
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Word):
        return StoredWord(value.id)
    if isinstance(value, Money):
        return StoredMoney(value.minor, value.currency)
    if isinstance(value, datetime):
        return StoredMoment(value)
    if isinstance(value, date):
        return StoredDate(value)
    if isinstance(value, time):
        return StoredTime(value)
    if isinstance(value, Text):
        return StoredText(value.id, tuple(value.slots), tuple(map(_scalar, value.slots.values())))
    if isinstance(value, Form):
        return StoredForm(value.id, value.title, tuple(map(_field, value.fields)))
    if isinstance(value, Mapping):
        return StoredAnswers(msgspec.to_builtins(dict(value)))
    if isinstance(value, tuple | list):
        return _items(value)
    raise TypeError(f"a session cannot keep a {type(value).__name__}")


def _field(field: FormField) -> StoredField:
    inner = tuple(map(_field, field.fields))
    return StoredField(
        field.name, field.kind, field.title, field.required, field.choices, field.minimum, field.maximum, inner,
        field.earliest, field.latest, field.holds.value, field.since,
    )  # fmt: skip


def _items(items: tuple[object, ...] | list[object]) -> StoredItems:
    names: tuple[str, ...] = ()
    rows: list[tuple[Scalar, ...]] = []
    for item in items:
        if not isinstance(item, Item):
            raise TypeError(f"a session cannot keep a list of {type(item).__name__}")
        names = names or tuple(item.values)
        rows.append((item.id, *(_scalar(item.values.get(name)) for name in names)))
    return StoredItems(names, tuple(rows))


def _scalar(value: object) -> Scalar:
    if type(value) in _AS_THEY_ARE:
        return value  # type: ignore[return-value]
    stored = to_stored(value)
    if isinstance(stored, StoredText | StoredItems | StoredForm | StoredAnswers):
        raise TypeError("an item of a list, or a slot of a text, holds single values only")
    return stored


def from_stored(value: Value) -> object:
    """The value as use cases take it."""
    read = _READ.get(type(value))
    return read(value) if read else value


def _item(names: tuple[str, ...], row: tuple[Scalar, ...]) -> Item:
    return Item(str(row[0]), {name: from_stored(cell) for name, cell in zip(names, row[1:], strict=True)})


def _form_field(field: StoredField) -> FormField:
    inner = tuple(map(_form_field, field.fields))
    return FormField(
        field.name, field.kind, field.title, field.required, field.choices, field.minimum, field.maximum, inner,
        field.earliest, field.latest, Holds(field.holds), field.since,
    )  # fmt: skip


# By type, because this runs for every slot of every screen.
_READ: Mapping[type, Callable[[Any], object]] = {
    StoredMoney: lambda stored: Money(stored.minor, stored.currency),
    StoredDate: lambda stored: stored.day,
    StoredMoment: lambda stored: stored.at,
    StoredTime: lambda stored: stored.at,
    StoredWord: lambda stored: Word(stored.id),
    StoredText: lambda stored: Text(stored.id, slots(dict(zip(stored.names, stored.values, strict=True)))),
    StoredItems: lambda stored: tuple(_item(stored.names, row) for row in stored.rows),
    StoredForm: lambda stored: Form(stored.id, stored.title, tuple(map(_form_field, stored.fields))),
    StoredAnswers: lambda stored: stored.answers,
}
_NO_SLOT = frozenset({type(None), StoredText, StoredItems, StoredForm, StoredAnswers})


def slots(variables: Mapping[str, Value]) -> dict[str, SlotValue]:
    """The variables that can fill a text's slots."""
    filled = {}
    for name, value in variables.items():
        kind = type(value)
        if kind not in _NO_SLOT:
            read = _READ.get(kind)
            filled[name] = read(value) if read else value
    return filled  # type: ignore[return-value]  # scalars only: lists and forms are left out


def row_slots(items: StoredItems, row: tuple[Scalar, ...]) -> dict[str, SlotValue]:
    """What an item's line shows."""
    return slots(dict(zip(items.names, row[1:], strict=False)))
