"""The example mappings over the simulated ministries that they describe."""

from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.errors import InvalidValue
from services.backends.config import MinistryLimits
from services.backends.mapped import Mapped, mapped
from services.backends.wire import Wire
from tests.services.backends.backends_under_test import DUE, LIMITS, transport

MAPPINGS = Path(__file__).parent / "mappings"


@cache
def _content(name: str) -> dict[str, Any]:
    (only,) = yaml.safe_load((MAPPINGS / f"{name}.yaml").read_text()).values()
    assert isinstance(only, dict)
    return only


def entry(name: str) -> dict[str, Any]:
    """The one entry of a file, as a pack would hold it; the caller's own."""
    return deepcopy(_content(name))


def settings(name: str) -> dict[str, Any]:
    found = entry(name)["settings"]
    assert isinstance(found, dict)
    return found


def mapped_at(base_url: str, wire: Wire, raw: dict[str, Any], limits: MinistryLimits = LIMITS) -> Mapped:
    def due(service: str, start: date) -> date:
        return DUE

    return mapped(raw, transport("mapped", base_url, wire, limits), due)


def applications(name: str, base_url: str, wire: Wire) -> Any:
    found = mapped_at(base_url, wire, settings(name)).applications
    if found is None:
        raise InvalidValue("no applications")
    return found
