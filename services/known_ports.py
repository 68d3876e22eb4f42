"""What is remembered of a person's applications as their ministries last told of them, and of what changed for her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from domain.states import ApplicationState
from services.values import Application, DeliveryState, Localised


class ChangeKind(StrEnum):
    """Of what kind a thing is that changed."""

    APPLICATION = "application"
    APPOINTMENT = "appointment"
    PICKUP = "pickup"
    MESSAGE = "message"
    ME = "me"
    FEEDBACK = "feedback"
    CONSENT = "consent"


class SeenState(msgspec.Struct, frozen=True):
    """A state, and the day on which it was first seen."""

    state: ApplicationState
    day: date


class KnownPickup(msgspec.Struct, frozen=True, omit_defaults=True):
    """What waits where, as it was told."""

    id: str
    name: str
    address: str = ""
    hours: Localised = {}
    available_from: date | None = None
    available_until: date | None = None


class KnownDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far what is brought to her has come, as it was told."""

    state: DeliveryState
    tracking: str = ""
    carrier: str = ""
    on: date | None = None
    last_seen: str = ""


class KnownFee(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it costs, as it was told."""

    minor: int
    currency: str
    reference: str = ""
    paid: bool = False
    until: date | None = None


class KnownFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of an application; what was handed in, and by what it is proven to be hers, is not.

    `contact`: the number that the ministry has for it (E.164), "" where it told none. `movable`: another place to
    collect it could be chosen. `history`: earliest first.
    """

    reference: str
    service: str
    state: ApplicationState
    ministry_word: str = ""
    submitted_on: date | None = None
    due_on: date | None = None
    amount_minor: int | None = None
    currency: str = ""
    until: date | None = None
    reason: Localised = {}
    needs: tuple[Localised, ...] = ()
    pickup: KnownPickup | None = None
    movable: bool = False
    contact: str = ""
    history: tuple[SeenState, ...] = ()
    delivery: KnownDelivery | None = None
    fee: KnownFee | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One of her applications. `facts`, `as_of`: None where its ministry was never heard of it since it was linked.

    `id`: the link's; newer ones are greater. `proven`: by a fact, or handed in by her; else only its ministry's
    record of her number makes it hers.
    """

    id: UUID
    service: str
    reference: str
    proven: bool
    facts: KnownFacts | None = None
    as_of: datetime | None = None


class KnownApplications(Protocol):
    """The last that was heard of applications. Nothing here commits."""

    async def of(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[Known]:
        """Hers, newest first; those before the link of that id."""
        ...

    async def get(self, person: UUID, service: str, reference: str) -> Known | None: ...

    async def saw(self, person: UUID, applications: Sequence[Application], today: date) -> None:
        """Her ministries told this now. What is not linked yet is remembered as hers by contact."""
        ...

    async def happened(self, application: Application, today: date) -> None:
        """A ministry told this unasked: it is kept for everybody whose it is. What an event leaves out stays."""
        ...

    async def lost(self, person: UUID, link: UUID) -> None:
        """It is not hers (any more), or is no more: what was known of it goes."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: below `floor` all transactions had ended when she was last given something.

    `day`: when that was. `xid`, `id`: the last row that she was given, where more waits.
    """

    floor: int
    day: date
    xid: int | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """Which of her things changed. `gone`: it is no longer there."""

    kind: str
    subject: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since. `whole`: the reader begins anew, and forgets what she has. `more`: ask again at once."""

    touched: tuple[Touched, ...] = ()
    next: Position | None = None
    more: bool = False
    whole: bool = False


class Changes(Protocol):
    """What changed for a person, so that an app on a bad network asks for nothing else."""

    async def touch(self, person: UUID, kind: ChangeKind | str, subject: str, *, gone: bool = False) -> None:
        """Something of hers changed, in this unit of work. `subject`: the id under which the app knows it."""
        ...

    async def since(self, person: UUID, position: Position | None, limit: int) -> Changed:
        """What changed since, at least once each: what is being written at this moment comes next time. Where nothing
        did, `next` is the position itself (but for a step once in some days).

        `whole` where there is no position to begin from, or one that is too old.
        """
        ...
