"""Reading back what an intent kept as plain data: its parts with their types."""

from collections.abc import Mapping

from domain.errors import InvalidValue


def word(kept: Mapping[str, object], name: str) -> str:
    """A text."""
    found = kept.get(name)
    if not isinstance(found, str):
        raise InvalidValue(f"kept without {name}")
    return found


def mapping(kept: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A map."""
    found = kept.get(name)
    if not isinstance(found, Mapping):
        raise InvalidValue(f"kept without {name}")
    return found


def texts(kept: Mapping[str, object], name: str) -> frozenset[str]:
    """The texts of a list, in no order."""
    found = kept.get(name, ())
    return frozenset(str(entry) for entry in found) if isinstance(found, (list, tuple)) else frozenset()
