"""Lazy text: a message id and the values for its slots, turned into words at the last step before the wire."""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from domain.errors import GuichetError
from domain.money import Money


class Word(msgspec.Struct, frozen=True):
    """A value that is itself a message (a state, a service's name): translated when it is filled in."""

    id: str


SlotValue: TypeAlias = str | int | Money | date | datetime | time | Word

_NONE: Mapping[str, SlotValue] = MappingProxyType({})


class Text(msgspec.Struct, frozen=True):
    """The message `id` with its `slots`. Knows no language: only a `Translator` makes words of it."""

    id: str
    slots: Mapping[str, SlotValue] = _NONE

    def __hash__(self) -> int:
        return hash((self.id, frozenset(self.slots.items())))


class TextError(GuichetError):
    """A text that cannot be said: its id or the language is not known. A fault of ours, never the citizen's."""


class SlotError(TextError):
    """A slot without a value, or a value that its type cannot show.

    Amounts and counts are never cut, so one that is too long for its type ends here. The message names the
    text and the slot, never the value.
    """
