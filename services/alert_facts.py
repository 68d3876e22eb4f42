"""The facts of a message as JSON: a map of slot values there and back, each kind told apart."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from domain.errors import InvalidValue
from domain.money import Money
from i18n.text import SlotValue, Word

# Text and whole numbers are themselves; every other kind is an object with one member that names it.
_MONEY, _DATETIME, _DATE, _TIME, _WORD = "money", "datetime", "date", "time", "word"


def facts_to_json(values: Mapping[str, SlotValue]) -> dict[str, object]:
    """Plain data that `json.dumps` takes; `facts_from_json` gives the same values back.

    Raises `InvalidValue` for a value of no slot's kind, naming the slot and never the value.
    """
    return {name: _plain(name, value) for name, value in values.items()}


def facts_from_json(plain: Mapping[str, object]) -> dict[str, SlotValue]:
    """The values that were put; raises `InvalidValue` for what is none of them."""
    values: dict[str, Any] = dict(plain)
    for name, found in plain.items():
        if type(found) is not str and type(found) is not int:
            values[name] = _value(name, found)
    return values


def _plain(name: str, value: object) -> object:
    match value:
        case bool():
            raise InvalidValue(f"slot {name} cannot hold a {type(value).__name__}")
        case str() | int():
            return value
        case Money():
            return {_MONEY: [value.minor, value.currency]}
        case datetime():  # before `date`, which it is a kind of
            return {_DATETIME: value.isoformat()}
        case date():
            return {_DATE: value.isoformat()}
        case time():
            return {_TIME: value.isoformat()}
        case Word():
            return {_WORD: value.id}
    raise InvalidValue(f"slot {name} cannot hold a {type(value).__name__}")


def _value(name: str, found: Any) -> SlotValue:
    try:
        (kind,) = found
        return _READ[kind](found[kind])
    except (KeyError, TypeError, ValueError):
        raise InvalidValue(f"slot {name} holds no value that was put there") from None


def _money(written: object) -> Money:
    # Thousands a second are read: a pattern that says the same takes three times as long.
    if type(written) is list and len(written) == 2:
        minor, currency = written
        if type(minor) is int and type(currency) is str:
            return Money(minor, currency)
    raise ValueError("no amount")


def _word(written: object) -> Word:
    if not isinstance(written, str):
        raise ValueError("no message id")
    return Word(written)


_READ: Mapping[str, Callable[[Any], SlotValue]] = {
    _MONEY: _money,
    _DATETIME: datetime.fromisoformat,
    # The same few of them for everybody: remembering them tells nothing of anybody.
    _DATE: lru_cache(maxsize=1024)(date.fromisoformat),
    _TIME: time.fromisoformat,
    _WORD: lru_cache(maxsize=1024)(_word),
}
