"""What is said of applications: entries of her list, one in full, and what came of handing something in."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from domain.states import ApplicationState
from mobile_api.operations import Input, Output, Query
from mobile_api.shown import Amount
from services.values import DeliveryState

REFERENCE = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}"
HEX_ID = r"[0-9a-f]{32}"

Reference = Annotated[str, Meta(min_length=1, max_length=40, description="As on the slip or in a message.")]


class ApplicationListed(Output, frozen=True):
    """One of her applications. `as_of`: when its ministry was last heard of it, null where it never was."""

    reference: str
    service: str
    service_name: str
    state: ApplicationState
    state_name: str
    due_on: date | None
    as_of: datetime | None


class ApplicationList(Output, frozen=True):
    """Newest first. `next`: the cursor of the next page, null on the last."""

    items: tuple[ApplicationListed, ...]
    next: str | None


class StateSeen(Output, frozen=True):
    """A state it came to, and the day on which that was first seen."""

    state: ApplicationState
    state_name: str
    day: date


class WaitsAt(Output, frozen=True):
    """Where something waits, and between which days (both included; null: no such bound is known)."""

    place_id: str
    place: str
    address: str
    hours: str
    available_from: date | None
    available_until: date | None


class Brought(Output, frozen=True):
    """A document on its way to her. `day`: on which it came, or is expected."""

    state: DeliveryState
    tracking: str
    carrier: str
    day: date | None
    last_seen: str


class FeeShown(Output, frozen=True):
    """What it costs; paid elsewhere, under `reference`."""

    amount: Amount
    reference: str
    paid: bool
    until: date | None


class Step(StrEnum):
    """What can be done next."""

    AMEND = "amend"
    CHOOSE_PICKUP = "choose_pickup"
    ADD_DOCUMENT = "add_document"


class NextStep(Output, frozen=True):
    """Something that can be done next, and where."""

    step: Step
    href: str


class ApplicationDetails(Output, frozen=True):
    """One of hers in full. `live`: its ministry said so just now; else it is the last that was heard,
    `as_of` then. `needs`: what was asked for when it was sent back. `ministry_word`: the ministry's own for the state.
    """

    reference: str
    service: str
    service_name: str
    state: ApplicationState
    state_name: str
    ministry_word: str
    submitted_on: date | None
    due_on: date | None
    amount: Amount | None
    until: date | None
    reason: str
    needs: tuple[str, ...]
    pickup: WaitsAt | None
    history: tuple[StateSeen, ...]
    next_steps: tuple[NextStep, ...]
    as_of: datetime
    live: bool
    delivery: Brought | None = None
    fee: FeeShown | None = None


class LinkQuery(Query, frozen=True):
    """Which application is to be linked."""

    reference: Reference = ""


class LinkFactNeeded(Output, frozen=True):
    """By which fact it is linked: `birth_date` (YYYY-MM-DD) or `slip_key`. `linked`: it is hers already."""

    fact: str | None
    linked: bool


class LinkWanted(Input, frozen=True):
    """`fact`: the applicant's birth date, or the key printed on the slip."""

    reference: Reference
    fact: Annotated[str, Meta(min_length=1, max_length=32)]


class ApplicationLinked(Output, frozen=True):
    """It is among hers now."""

    reference: str
