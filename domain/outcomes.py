"""Expected results of a use case: values with names, that a menu must give a screen each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a use case. Its name is its class's in snake_case; its fields fill screens.

    Class markers tell the conversation what else follows from it:
    `proves_pin`: the caller has just proved her PIN; `commits`: something was done that "back" must not redo.
    A field `language` of an outcome marked `speaks` is the language to go on in. With one marked `hands_over` an
    agent goes on in the citizen's menus: its field `assisted` names their session.
    """

    proves_pin: ClassVar[bool] = False
    commits: ClassVar[bool] = False
    speaks: ClassVar[bool] = False
    hands_over: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return outcome_name(type(self))  # type: ignore[arg-type]  # mypy: a class is hashable

    def values(self) -> dict[str, object]:
        """Its fields by name."""
        return {name: getattr(self, name) for name in _field_names(type(self))}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list: the `id` that choosing it stands for, and what its line shows."""

    id: str
    values: Mapping[str, object]


@cache
def outcome_name(kind: type[Outcome]) -> str:
    """`ReadyForPickup` is `ready_for_pickup`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


@cache
def _field_names(kind: type[Outcome]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
