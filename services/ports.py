"""The small Protocols that use cases need, fulfilled by `backends/` and `records/`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from i18n.text import SlotValue, Text
from services.agent_ports import AgentRecords
from services.alerts import Alert, AlertKind
from services.document_ports import Document, Documents
from services.email_ports import Emails
from services.event_ports import Events, Timers
from services.known_ports import ChangeKind as ChangeKind
from services.known_ports import Changes, KnownApplications
from services.listed_places import ListedPlace, MobileUnit
from services.rights_ports import AuditLog, Consent, Numbers, PersonalData
from services.satisfaction_ports import Feedback
from services.values import (
    Application,
    Change,
    Form,
    FormUnsupportedReason,
    Place,
    ServiceInfo,
    Slot,
    SlotGone,
    Submission,
    Visit,
)
from services.visit_ports import KnownVisits

# --- the ministries -------------------------------------------------------------------------------------


class Applications(Protocol):
    """A ministry that takes applications. Reads raise `MinistryError`; writes may raise `MinistryAmbiguous`."""

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        """The application, or None where the ministry knows no such reference."""
        ...

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        """All that this applicant id handed in for the service: how a lost answer is looked up."""
        ...

    async def changed(self, service: str, since: datetime, deadline: Deadline) -> Sequence[Change]:
        """What has changed since (included), earliest first: for ministries that cannot push."""
        ...

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        """The form to fill for the service, in the language; None where there is none."""
        ...

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        """Hand in; answers the new application. `MinistryRefused` if the ministry says no."""
        ...

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        """Answer what was sent back."""
        ...

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        """Move the pickup to another of its `pickup_choices`."""
        ...

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        """Add a document to an application; False where this ministry takes none for it."""
        ...

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        """Documents, fee and duration."""
        ...


class Appointments(Protocol):
    """A ministry that gives appointments."""

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        """The open times between two days, both included, earliest first."""
        ...

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        """One time as it stands now; None when it is gone or full."""
        ...

    async def book(
        self, slot_id: str, participant: str, contact: Msisdn, idempotency_key: str, deadline: Deadline
    ) -> Visit | SlotGone:
        """Book; the same participant on the same slot twice is one visit (looked up before it is made)."""
        ...

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        """Move to another time; None when the visit is gone."""
        ...

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        """Cancel; False when there was nothing (any more) to cancel."""
        ...

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        """The coming visits of a participant."""
        ...


class Ministries(Protocol):
    """Which ministry serves which service (the pack's map)."""

    def applications(self, service: str) -> Applications: ...

    def appointments(self, service: str) -> Appointments: ...


# --- what is remembered ---------------------------------------------------------------------------------


class Binding(StrEnum):
    """How a number stands to a person (`decisions.md`)."""

    ACTIVE = "active"
    STALE = "stale"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls: the person that an active or stale number stands for.

    `applicant` is the pseudonym by which ministries know her. `former_holder`: somebody else had the number
    before, so that a ministry's older record of it proves nothing. `last_seen`: the day of contact, UTC.
    `language_chosen`: she came herself and was spoken to in it; else it is what a ministry said of her.
    """

    id: UUID
    language: str
    binding: Binding
    has_account: bool
    applicant: str
    last_seen: datetime
    former_holder: bool = False
    language_chosen: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person is reached, in which language, and how sure it is that the number is hers."""

    number: Msisdn
    language: str
    binding: Binding


class LinkedBy(StrEnum):
    """How an application came to be linked. `CONTACT` only remembers: the ministry is asked again at each read."""

    FACT = "fact"
    HANDED_IN = "handed_in"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Link:
    """An application that a person linked, handed in, or that the ministry registered for the number."""

    id: UUID
    service: str
    reference: str
    by: LinkedBy


@dataclass(frozen=True, slots=True)
class PinRules:
    """After how many wrong tries a PIN rests, for how long, and after how many only a reset helps."""

    tries: int = 5
    lock: timedelta = timedelta(minutes=30)
    failures: int = 10


@dataclass(frozen=True, slots=True)
class PinRecord:
    """What is needed to judge a PIN. `hash` is what `PinVault` made; `failures` go on where `tries` start anew."""

    hash: str
    tries: int
    failures: int
    locked_until: datetime | None
    reset_due: datetime | None


class IntentState(StrEnum):
    """A write to a ministry: `prepared, sent, done, refused, unknown`."""

    PREPARED = "prepared"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Intent:
    """A confirmed write. `payload` is what was confirmed; `result` what came of it (both sealed at rest).

    `prepared_at` is when it was confirmed, `sent_at` when the ministry was last asked to do it.
    """

    id: UUID
    person: UUID
    kind: str
    service: str
    state: IntentState
    payload: Mapping[str, object]
    prepared_at: datetime
    sent_at: datetime | None = None
    result: Mapping[str, object] | None = None
    attempts: int = 0
    # A hop left with the promise that its end will be told.
    owed: bool = False


class People(Protocol):
    """Persons, their numbers and languages."""

    async def by_number(self, number: Msisdn) -> Person | None: ...

    async def greet(self, number: Msisdn, language: str, *, attested: bool = True) -> Person:
        """The person behind the number, made on first contact; keeps the language and the day of contact.

        Where the channel does not vouch for the number (`attested` is false), only the language: anybody may have
        written it, and it must keep no binding alive. A number that has been silent too long becomes stale here; it
        stays so until `confirm_number`.
        """
        ...

    async def meet(self, number: Msisdn, language: str) -> Person:
        """The person behind the number, made where nobody has it. Others gave it: neither the language of one who is
        known nor her day of contact changes."""
        ...

    async def by_applicant(self, applicant: str) -> UUID | None:
        """Whom ministries know by this pseudonym."""
        ...

    async def confirm_number(self, number: Msisdn, person: UUID) -> None:
        """The person proved that the number is still hers: a stale binding is active again."""
        ...

    async def doubt_number(self, number: Msisdn) -> None:
        """Something says that the number may be another's by now: an active binding is stale until it is confirmed."""
        ...

    async def end_number(self, number: Msisdn, person: UUID) -> None:
        """The number is another's now, or was never hers."""
        ...

    async def had_holder(self, number: Msisdn) -> bool:
        """Whether a binding of the number was ever ended, or went with whoever was erased: what ministries know of it
        may be another's."""
        ...

    async def contact(self, person: UUID) -> Contact | None:
        """Her number, active or stale; None where she has none (any more)."""
        ...

    async def choose_language(self, person: UUID, language: str) -> None:
        """She wants to be spoken to in it."""
        ...

    async def forget(self, person: UUID) -> None:
        """Take back one who was made known by mistake: her row and her key. Erasing is `PersonalData.erase`."""
        ...


class Accounts(Protocol):
    """Accounts, PINs and consents."""

    async def create(
        self, person: UUID, pin_hash: str, consent: str, language: str, *, channel: str = "", proof: str = ""
    ) -> bool:
        """False when there is one already. `consent`: message id and version of the words agreed to."""
        ...

    async def pin(self, person: UUID) -> PinRecord | None: ...

    async def count_try(self, person: UUID, now: datetime, rules: PinRules) -> PinRecord | None:
        """Raise the counter *and commit* before anything is compared; None when no try is left.

        The try that uses up the last one sets the lock in the same statement.
        """
        ...

    async def pin_was_right(self, person: UUID, fresh_hash: str | None = None) -> None:
        """Forget the tries and a reset that somebody asked for; keep `fresh_hash` if the pepper was rotated."""
        ...

    async def set_pin(self, person: UUID, pin_hash: str) -> None:
        """A new PIN, with no tries, lock or reset."""
        ...

    async def ask_reset(self, person: UUID, due: datetime) -> None: ...

    async def give_consent(
        self,
        person: UUID,
        purpose: str,
        text: str,
        language: str,
        *,
        channel: str = "",
        proof: str = "",
        agent: UUID | None = None,
    ) -> None:
        """`text`: message id and version of the words; `proof`: the session she said yes in; `agent`: who sat beside
        her. The same said again while it stands is no new entry."""
        ...

    async def withdraw_consent(self, person: UUID, purpose: str) -> bool:
        """What stands of that purpose stands no longer. False where nothing did."""
        ...

    async def has_consent(self, person: UUID, purpose: str) -> bool:
        """Given, and not withdrawn."""
        ...

    async def consents(self, person: UUID) -> Sequence[Consent]:
        """The whole ledger, the newest first."""
        ...


class Links(Protocol):
    """Which applications a person linked."""

    async def of(self, person: UUID) -> Sequence[Link]: ...

    async def proven(self, person: UUID, service: str, reference: str) -> bool:
        """Linked by a fact, or handed in by her."""
        ...

    async def add(self, person: UUID, service: str, reference: str, by: LinkedBy) -> None:
        """Link; one that was only remembered becomes proven, never the other way round."""
        ...

    async def holders(self, service: str, reference: str) -> Sequence[UUID]:
        """Whose it is: those who proved it or handed it in, earliest first."""
        ...


class Guesses(Protocol):
    """Counters that bound guessing; raised *and committed* before the comparison."""

    async def allow(self, kind: str, subject: str, limit: int, per_day: date) -> int | None:
        """Tries left after this one, or None when none was left. `subject` is stored as a blind index."""
        ...

    async def give_back(self, kind: str, subject: str, per_day: date) -> None:
        """The try was right: it does not count."""
        ...


class Drafts(Protocol):
    """Half-filled forms, kept 7 days."""

    async def get(self, person: UUID, service: str) -> Mapping[str, object] | None: ...

    async def keep(self, person: UUID, service: str, answers: Mapping[str, object], until: datetime) -> None: ...

    async def drop(self, person: UUID, service: str) -> None: ...


class Intents(Protocol):
    """Writes to ministries, in PostgreSQL before the call. A method that writes also commits, if it says no other."""

    async def by_token(self, person: UUID, kind: str, token: str) -> Intent | None:
        """What this confirmation of hers already became."""
        ...

    async def prepare(
        self,
        person: UUID,
        kind: str,
        service: str,
        digest: bytes,
        token: str,
        payload: Mapping[str, object],
        older: Sequence[bytes] = (),
    ) -> Intent:
        """The intent of this confirmation: a new one, or the one with the same token, or the live one with the
        same digest. Live are those under way, and those done a short while ago (a second door, a second press).
        `older`: the digests of the same under keys that are listed still.
        """
        ...

    async def claim(self, intent: UUID, lease_seconds: float) -> Intent | None:
        """Take it (`prepared` to `sent`, or over from a dead lease) for one attempt; None if another has it."""
        ...

    async def sent_again(self, intent: UUID) -> bool:
        """The ministry is asked a second time now. False where it has ended meanwhile: then it may not be."""
        ...

    async def owe(self, intent: UUID) -> bool:
        """Its end is to be told to her. False where it has ended already: then it can be told at once."""
        ...

    async def finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        """Its end, or `unknown` (to be looked at again later). False where it had ended already. Commits nothing."""
        ...

    async def get(self, intent: UUID) -> Intent | None: ...

    async def retire(self, person: UUID, kind: str, digest: bytes) -> None:
        """What it did has been undone (a visit cancelled): the same may be confirmed anew. Commits nothing."""
        ...

    async def under_way(self, person: UUID, kind: str) -> Sequence[Intent]:
        """Hers of that kind that have not ended, in the order in which they were confirmed."""
        ...

    async def overtake(self, intent: UUID, result: Mapping[str, object]) -> None:
        """Something that she confirmed later undid it: it ends `refused`, never to be asked again. Commits nothing."""
        ...

    async def open_intents(self, limit: int) -> Sequence[Intent]:
        """Those left `prepared`, `sent` with a dead lease, or `unknown`, and due: the worker's work."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is to be told outside the conversation, as facts.

    `service`, `subject`: what it is about, "" for neither. `once`: what it tells of; of that she is told once.
    `kind`: by which policy it goes out.
    """

    text_id: str
    values: Mapping[str, SlotValue]
    service: str = ""
    subject: str = ""
    once: UUID | None = None
    kind: AlertKind = AlertKind.PROMISED


class Notices(Protocol):
    """Tells a person something outside the conversation ("we will send you the answer")."""

    def can_send(self) -> bool:
        """Whether any channel can carry a notice. Where none can, no screen says that one will come."""
        ...

    async def promise(self, records: "Records", person: UUID, notice: Notice) -> bool:
        """Put it within the unit of work of what it tells. False where she cannot be reached."""
        ...


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that went out to a person, as the facts it was made of: it is rendered again when it is shown.

    `kind`: what it tells of. `state`: how far it came.
    """

    id: UUID
    sent_at: datetime
    kind: AlertKind
    service: str
    text: Text
    state: str = "sent"
    channel: str = "sms"


class SentMessages(Protocol):
    """What was sent to a person."""

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        """The newest first, those older than `before` where that is given. Screens of a menu played by SMS are not
        among them."""
        ...

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        """One of hers."""
        ...


class Outbox(Protocol):
    """Messages to be, written in the transaction of what they tell."""

    async def put(self, alert: Alert) -> UUID | None:
        """The message's id; None where this event has told this person already. Commits nothing."""
        ...


def _nobody_helps() -> AgentRecords:
    """Where nothing is remembered of agents."""
    raise NotImplementedError


def _nobody_writes() -> Emails:
    """Where nothing is remembered of e-mail addresses."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Records:
    """All that is remembered, within one unit of work.

    `settle` commits what was done so far and gives the connection back: called before a ministry is asked.
    """

    people: People
    accounts: Accounts
    links: Links
    guesses: Guesses
    drafts: Drafts
    intents: Intents
    outbox: Outbox
    messages: SentMessages
    events: Events
    timers: Timers
    audit: AuditLog
    numbers: Numbers
    personal: PersonalData
    known: KnownApplications
    changes: Changes
    documents: Documents
    visits: KnownVisits
    feedback: Feedback
    settle: Callable[[], Awaitable[None]]
    # Made when somebody asks: agents are few, and hops many.
    assisted: Callable[[], AgentRecords] = _nobody_helps
    email: Callable[[], Emails] = _nobody_writes


class PlaceBook(Protocol):
    """The pack's places."""

    def get(self, place_id: str) -> Place | None: ...

    def offering(self, service: str) -> Sequence[Place]: ...

    def nearest_agent(self) -> Place | None: ...

    def all(self) -> Sequence[ListedPlace]:
        """Every place, of agents and stops of mobile units too, in the country's order."""
        ...

    def units(self) -> Sequence[MobileUnit]: ...
