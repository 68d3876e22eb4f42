"""What a person is to be told outside a conversation: one alert is one message to one number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from domain.msisdn import Msisdn
from i18n.text import SlotValue
from services.questions import Asks


class AlertKind(StrEnum):
    """Why she is told. What follows from it (priority, quiet hours, opt-out) is `POLICIES`, nowhere else."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    ACTION_REQUIRED = "action_required"
    GRANTED = "granted"
    REFUSED = "refused"
    READY_FOR_PICKUP = "ready_for_pickup"
    NOT_COLLECTED = "not_collected"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_REMINDER = "appointment_reminder"
    UNIT_COMING = "unit_coming"
    DAYS_PASSED = "days_passed"
    TERM_ENDING = "term_ending"
    SURVEY = "survey"
    ACCOUNT = "account"
    CODE = "code"
    # An agent asks whether she may help her, with a code that says yes.
    CONSENT = "consent"
    OPT_OUT = "opt_out"
    # The answer to an SMS of hers; what a hop promised or she asked for; a ministry's own text (GOV.UK Notify's API).
    REPLY = "reply"
    PROMISED = "promised"
    NOTIFY = "notify"


class Priority(IntEnum):
    """Which goes first; lower is sooner."""

    CODE = 0
    REPLY = 1
    ALERT = 2
    REMINDER = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows from a kind.

    `statutory`: goes out in spite of an opt-out where the pack says that decisions do. `always`: goes out in spite
    of any (answers, codes, the confirmation of the opt-out itself). `quiet`: waits for the end of quiet hours.
    `once_only`: an answer that was lost is never sent again.
    """

    priority: Priority
    quiet: bool = True
    statutory: bool = False
    always: bool = False
    once_only: bool = False


_ALERT = Policy(Priority.ALERT)
_DECISION = Policy(Priority.ALERT, statutory=True)
_ASKED_FOR = Policy(Priority.REPLY, quiet=False, always=True)

POLICIES: Mapping[AlertKind, Policy] = {
    AlertKind.RECEIVED: _ALERT,
    AlertKind.IN_REVIEW: _ALERT,
    AlertKind.ACTION_REQUIRED: _DECISION,
    AlertKind.GRANTED: _DECISION,
    AlertKind.REFUSED: _DECISION,
    AlertKind.READY_FOR_PICKUP: _DECISION,
    AlertKind.NOT_COLLECTED: Policy(Priority.REMINDER),
    AlertKind.APPOINTMENT_BOOKED: _ALERT,
    # Whoever is not told of these travels for nothing.
    AlertKind.APPOINTMENT_MOVED: Policy(Priority.ALERT, statutory=True, quiet=False),
    AlertKind.APPOINTMENT_CANCELLED: Policy(Priority.ALERT, statutory=True, quiet=False),
    AlertKind.APPOINTMENT_REMINDER: Policy(Priority.REMINDER),
    AlertKind.UNIT_COMING: Policy(Priority.REMINDER),
    AlertKind.DAYS_PASSED: Policy(Priority.REMINDER),
    AlertKind.TERM_ENDING: Policy(Priority.REMINDER),
    AlertKind.SURVEY: Policy(Priority.REMINDER),
    AlertKind.ACCOUNT: Policy(Priority.ALERT, statutory=True, quiet=False),
    AlertKind.CODE: Policy(Priority.CODE, quiet=False, always=True, once_only=True),
    AlertKind.CONSENT: Policy(Priority.CODE, quiet=False, always=True, once_only=True),
    AlertKind.OPT_OUT: _ASKED_FOR,
    AlertKind.REPLY: _ASKED_FOR,
    AlertKind.PROMISED: _ASKED_FOR,
    AlertKind.NOTIFY: _ALERT,
}


# What answers a text of hers, at once and to the number that wrote it: no news, and nothing that she must tell from a
# forged message.
ANSWERS = frozenset({AlertKind.REPLY, AlertKind.OPT_OUT})


@dataclass(frozen=True, slots=True)
class Gist:
    """What a message says of its subject: the type of the news, and a digest of each of its facts.

    `since`: when she last confirmed a write that is told so; what was put before that is of another one. `bare`: she
    reads no more than that there is something, and where.
    """

    told: str
    facts: Mapping[str, str]
    since: datetime | None = None
    bare: bool = False

    def same_as(self, other: "Gist") -> bool:
        """Whether both say the same; what only one of them knows is no difference."""
        return self.told == other.told and all(self.facts.get(name, it) == it for name, it in other.facts.items())

    def told_by(self, other: "Gist") -> bool:
        """Whether the other tells her the same, and no less of it."""
        return self.same_as(other) and (self.bare or not other.bare)


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to be, as facts: words come at dispatch.

    `text_id`: the message in the catalogs, whose slots `values` fill. `source`: the ministry (or `guichet`) that pays
    and that operators pause by. `subject`: the reference or visit it is about, "" for none: alerts of one number and
    subject go out in the order in which they were put. `event`: the ministry's event behind it; an event tells one
    person on one channel once. `not_before`, `expires_at`: instants, UTC. `asks`: what an answer to it may answer.
    `gist`: of what a promise and an event both tell; the second of them puts no message.
    """

    person: UUID
    to: Msisdn
    kind: AlertKind
    text_id: str
    values: Mapping[str, SlotValue]
    language: str
    source: str
    service: str = ""
    subject: str = ""
    event: UUID | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    # What the provider gave with the SMS that this answers, where it asks for it back (Africa's Talking: `linkId`).
    link_id: str = ""
    network: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    asks: Asks | None = None
    gist: Gist | None = None
