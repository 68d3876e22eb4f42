"""What comes of asking what there is, needs and costs."""

from dataclasses import dataclass

from domain.money import Money
from domain.outcomes import Item, Outcome
from i18n.text import Word


@dataclass(frozen=True, slots=True)
class Catalogue(Outcome):
    """What there is; an entry shows `service`."""

    services: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ServiceShown(Outcome):
    """What it needs, costs and takes (working days)."""

    service: Word
    needs: str
    fee: Money
    days: int


@dataclass(frozen=True, slots=True)
class ServiceFree(Outcome):
    """What it needs and takes; it costs nothing."""

    service: Word
    needs: str
    days: int


@dataclass(frozen=True, slots=True)
class ServiceNeeds(Outcome):
    """What it needs; the ministry does not tell what it costs or how long it takes."""

    service: Word
    needs: str


@dataclass(frozen=True, slots=True)
class ServiceGone(Outcome):
    """The ministry does not tell about it now."""
