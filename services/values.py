"""What ministries tell us, in canonical values: applications, visits, pickups, catalogue, forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.money import Money
from domain.msisdn import Msisdn
from domain.position import Position
from domain.states import ApplicationState

# A ministry's own words, by language tag ("az", "en"); "" holds the one without a language.
Localised = Mapping[str, str]


def in_language(words: Localised, language: str, default: str = "") -> str:
    """The words in that language, else without one, else in any; `default` if there are none."""
    return words.get(language) or words.get("") or next(iter(words.values()), default)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is done or collected. `hours` is for people, as the ministry or the pack words it.

    `names`, `addresses`: in languages that call it otherwise than the sign at its door.
    """

    id: str
    name: str
    address: str = ""
    hours: Localised = field(default_factory=dict)
    names: Localised = field(default_factory=dict)
    addresses: Localised = field(default_factory=dict)

    def called(self, language: str) -> str:
        """Its name for who speaks that language."""
        return self.names.get(language) or self.name

    def located(self, language: str) -> str:
        """Its address for who speaks that language."""
        return self.addresses.get(language) or self.address


@dataclass(frozen=True, slots=True)
class Pickup:
    """What waits where, and between which days (both included; no end: as long as needed)."""

    place: Place
    available_from: date | None = None
    available_until: date | None = None


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """What became of an application, and on which day. `word`: as the ministry words it; it may say nothing."""

    on: date
    state: ApplicationState
    word: Localised = field(default_factory=dict)


class DeliveryState(StrEnum):
    """How far a document that is brought to an address has come."""

    PREPARED = "prepared"
    ON_THE_WAY = "on_the_way"
    NOT_MET = "not_met"
    DELIVERED = "delivered"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A document on its way to her. `tracking`: the carrier's number for it; `on`: the day it came, or is expected."""

    state: DeliveryState
    tracking: str = ""
    carrier: str = ""
    on: date | None = None
    last_seen: str = ""


@dataclass(frozen=True, slots=True)
class FeeDue:
    """What she has to pay for an application, under which reference; paying itself is the ministry's affair."""

    amount: Money
    reference: str = ""
    paid: bool = False
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """One application as its ministry tells it now."""

    reference: str
    service: str
    state: ApplicationState
    ministry_word: str = ""
    submitted_on: date | None = None
    due_on: date | None = None
    amount: Money | None = None
    until: date | None = None
    reason: Localised = field(default_factory=dict)
    needs: tuple[Localised, ...] = ()
    pickup: Pickup | None = None
    pickup_choices: tuple[Place, ...] = ()
    contact: Msisdn | None = None
    # What the citizen may be asked to prove that it is hers (decisions.md, "who may read what").
    birth_date: date | None = None
    slip_key: str = ""
    # What was handed in, for mending what was sent back; and the key it was handed in under, where a ministry
    # gives it back: by it a submission whose answer was lost is recognised.
    answers: Mapping[str, object] = field(default_factory=dict)
    idempotency_key: str = ""
    # The earliest first; empty where the ministry keeps none.
    history: tuple[HistoryStep, ...] = ()
    delivery: Delivery | None = None
    fee: FeeDue | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """That something about an application changed, and when: what, its ministry says when it is asked."""

    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of a list of changes, the earliest first. `place`: where the list goes on; empty at its end."""

    changes: tuple[Change, ...] = ()
    place: str = ""


class FieldKind(StrEnum):
    """The kinds of question that can be asked on a keypad."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    GROUP = "group"


class Holds(StrEnum):
    """What an answer is, where a form says so. SECRET: nobody reads it over a shoulder, or in an SMS."""

    ANYTHING = ""
    BIRTH = "birth"
    NAME = "name"
    SECRET = "secret"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True)
class FormField:
    """One question; `title` and the choices' labels are in the citizen's language. `choices`: (value, label).
    `earliest`, `latest`: of a day, both included. `since`: the form's own question whose day this one may not be before
    (a residence does not begin before her birth), "" for none."""

    name: str
    kind: FieldKind
    title: str
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    fields: tuple["FormField", ...] = ()
    earliest: date | None = None
    latest: date | None = None
    holds: Holds = Holds.ANYTHING
    since: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A ministry's form, reduced to what a keypad can answer."""

    id: str
    title: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class FormUnsupportedReason:
    """Why a ministry's form cannot be asked on a keypad (the path of the part that does not fit)."""

    path: str


@dataclass(frozen=True, slots=True)
class Submission:
    """An application to hand in. `answers`: field name to str, int, bool, ISO date text, or list of such maps."""

    service: str
    form_id: str
    applicant: str
    answers: Mapping[str, object]
    contact: Msisdn
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked. `starts` carries the place's zone."""

    id: str
    service: str
    place_id: str
    starts: datetime
    seats_left: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A booked time. `application`: the reference of the one that it is for, where its ministry's list says so."""

    id: str
    slot: Slot
    application: str = ""


@dataclass(frozen=True, slots=True)
class SlotGone:
    """Somebody else took the last seat, or the time is closed."""


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """What a service asks of people. `fee` None: unknown; minor 0: free. `days`: working days it takes."""

    service: str
    documents: tuple[Localised, ...] = ()
    fee: Money | None = None
    days: int | None = None


class PaymentState(StrEnum):
    """What became of a sum that a ministry pays out."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """One sum paid out, or to be. `reason`: the ministry's code where it failed."""

    id: str
    state: PaymentState
    amount: Money
    on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of observation, proposal or complaint that a ministry takes. `asks`: it has questions of its own."""

    code: str
    title: str
    asks: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is handed in to a ministry that takes observations. `answers`: as in `Submission`; `place`: our place id."""

    kind: str
    text: str
    answers: Mapping[str, object] = field(default_factory=dict)
    place: str = ""
    address: str = ""
    contact: Msisdn | None = None
    language: str = ""
    idempotency_key: str = ""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class ReportTaken:
    """Taken: under `number`, or under a `token` until the ministry has given it one; it may keep both to itself."""

    number: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """How a report stands at the ministry. `words`: what it says of it; `due`: by when it will be done."""

    number: str
    closed: bool
    words: str = ""
    updated: datetime | None = None
    due: datetime | None = None
