"""Every expected result of a use case, on one page: what a menu must give a screen each.

`service` and `state` are words ("service.social_aid", "state.granted"), translated when they are shown; the other
fields are values that a screen's slots take as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar

from domain.money import Money
from domain.outcomes import Item, Outcome
from i18n.text import Text, Word
from services.values import Form

# --- met in many places -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReferenceMalformed(Outcome):
    """No service writes its references so; nothing was asked and nothing counted."""


@dataclass(frozen=True, slots=True)
class NotFound(Outcome):
    """Unknown, or not to be read by this caller: the two look the same."""


@dataclass(frozen=True, slots=True)
class TooManyTries(Outcome):
    """No guess is left today."""


@dataclass(frozen=True, slots=True)
class PinNeeded(Outcome):
    """The caller has to prove her PIN (or first set one) before this is shown or done."""


@dataclass(frozen=True, slots=True)
class StateOnly(Outcome):
    """What a bare reference tells: one word."""

    state: Word


@dataclass(frozen=True, slots=True)
class BeingProcessed(Outcome):
    """Confirmed and kept; the ministry has not answered yet, the worker goes on."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class AnswerPromised(Outcome):
    """No answer yet, and nothing more for her to do: it will be sent to her."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class FactWrong(Outcome):
    """The fact does not match; `tries` are left today."""

    tries: int


@dataclass(frozen=True, slots=True)
class NoAccount(Outcome):
    """This number has no account."""


# --- language and account ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCaller(Outcome):
    """Nobody known has this number."""


@dataclass(frozen=True, slots=True)
class KnownCaller(Outcome):
    """A person whose language we know. `asked`: an opinion of hers is asked for."""

    speaks: ClassVar[bool] = True

    language: str
    account: bool
    asked: bool = False


@dataclass(frozen=True, slots=True)
class LanguageChosen(Outcome):
    """The language to go on in."""

    speaks: ClassVar[bool] = True

    language: str


@dataclass(frozen=True, slots=True)
class AccountOpen(Outcome):
    """This number has an account."""


@dataclass(frozen=True, slots=True)
class PinAccepted(Outcome):
    """Good enough. `pin_seal` lets the same PIN, typed again in this session, be recognised; it is not the PIN."""

    pin_seal: str


@dataclass(frozen=True, slots=True)
class PinWeak(Outcome):
    """Too easy to guess."""


@dataclass(frozen=True, slots=True)
class PinMalformed(Outcome):
    """Not six digits."""


@dataclass(frozen=True, slots=True)
class AccountCreated(Outcome):
    """The account is open and its PIN proven."""

    proves_pin: ClassVar[bool] = True
    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PinsDiffer(Outcome):
    """The second PIN is not the first."""


@dataclass(frozen=True, slots=True)
class AccountExists(Outcome):
    """There is one already."""


@dataclass(frozen=True, slots=True)
class PinRight(Outcome):
    """Proven for the rest of this session."""

    proves_pin: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PinWrong(Outcome):
    """`tries` are left before the lock."""

    tries: int


@dataclass(frozen=True, slots=True)
class PinLocked(Outcome):
    """Wait so many minutes."""

    minutes: int


@dataclass(frozen=True, slots=True)
class PinResetNeeded(Outcome):
    """Ten wrong: only a reset helps."""


@dataclass(frozen=True, slots=True)
class PinChanged(Outcome):
    """The new PIN holds."""

    proves_pin: ClassVar[bool] = True
    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ResetNotAsked(Outcome):
    """No reset is under way."""


@dataclass(frozen=True, slots=True)
class ResetWaits(Outcome):
    """The new PIN may be set in so many hours."""

    hours: int


@dataclass(frozen=True, slots=True)
class ResetDue(Outcome):
    """The new PIN may be set now."""


@dataclass(frozen=True, slots=True)
class AccountClosed(Outcome):
    """PIN, links and drafts are gone, and the key to everything sealed for this person."""

    commits: ClassVar[bool] = True


# --- applications -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received(Outcome):
    """Handed in; a decision is due by that day."""

    service: Word
    reference: str
    due: date


@dataclass(frozen=True, slots=True)
class InReview(Outcome):
    """Being worked on; a decision is due by that day."""

    service: Word
    reference: str
    due: date


@dataclass(frozen=True, slots=True)
class ActionRequired(Outcome):
    """Sent back; `needs` says what is missing, in the ministry's words."""

    service: Word
    reference: str
    needs: str


@dataclass(frozen=True, slots=True)
class Granted(Outcome):
    """Granted, so much, until that day."""

    service: Word
    reference: str
    amount: Money
    until: date


@dataclass(frozen=True, slots=True)
class GrantedNoAmount(Outcome):
    """Granted, where the ministry tells no amount or no end."""

    service: Word
    reference: str


@dataclass(frozen=True, slots=True)
class Refused(Outcome):
    """Refused, for a reason in the ministry's words."""

    service: Word
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadyForPickup(Outcome):
    """Granted, and something waits at a place from a day on."""

    service: Word
    reference: str
    amount: Money
    place: str
    available_from: date


@dataclass(frozen=True, slots=True)
class ReadyNoAmount(Outcome):
    """Something that is no money waits at a place from a day on."""

    service: Word
    reference: str
    place: str
    available_from: date


@dataclass(frozen=True, slots=True)
class Collected(Outcome):
    """It was collected."""

    service: Word
    reference: str


@dataclass(frozen=True, slots=True)
class Closed(Outcome):
    """Over, without more to say."""

    service: Word
    reference: str


@dataclass(frozen=True, slots=True)
class StateKnown(Outcome):
    """A state we have a word for, where the ministry tells no more or nothing is collected."""

    service: Word
    reference: str
    state: Word


@dataclass(frozen=True, slots=True)
class OtherState(Outcome):
    """A state of the ministry's that we have no screen for, in its own word."""

    service: Word
    reference: str
    ministry_word: str


@dataclass(frozen=True, slots=True)
class Unanswered(Outcome):
    """The ministry does not answer now, for a reason; its answer can be sent to her once it does."""

    reason: Word


@dataclass(frozen=True, slots=True)
class NoApplications(Outcome):
    """Nothing is linked to this number."""


@dataclass(frozen=True, slots=True)
class Applications(Outcome):
    """What is linked; an entry shows `service`, `reference` and `state`."""

    applications: tuple[Item, ...]


# --- links ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskBirthDate(Outcome):
    """The service is linked by the applicant's birth date."""

    reference: str


@dataclass(frozen=True, slots=True)
class AskSlipKey(Outcome):
    """The service is linked by the key printed on the slip."""

    reference: str


@dataclass(frozen=True, slots=True)
class AlreadyLinked(Outcome):
    """It is linked to this person already."""


@dataclass(frozen=True, slots=True)
class Linked(Outcome):
    """Linked now."""

    commits: ClassVar[bool] = True

    reference: str


# --- applying ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Services(Outcome):
    """What can be applied for; an entry shows `service`."""

    services: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ConsentNeeded(Outcome):
    """The service reads other sources: the caller must agree first."""

    service: Word


@dataclass(frozen=True, slots=True)
class FormOpened(Outcome):
    """The form and what is filled in already."""

    service: Word
    form: Form
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DraftFound(Outcome):
    """A half-filled form was kept."""

    service: Word
    form: Form
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FormUnsupported(Outcome):
    """The form cannot be asked on a keypad: who helps."""

    place: str
    address: str


@dataclass(frozen=True, slots=True)
class AlreadyPending(Outcome):
    """One application for this service is under way."""

    reference: str


@dataclass(frozen=True, slots=True)
class Kept(Outcome):
    """The answers so far are kept for seven days."""


@dataclass(frozen=True, slots=True)
class Submitted(Outcome):
    """Handed in; a decision is due by that day."""

    commits: ClassVar[bool] = True

    reference: str
    due: date


@dataclass(frozen=True, slots=True)
class SubmissionRefused(Outcome):
    """The ministry does not take it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NothingToAmend(Outcome):
    """Nothing was sent back, or it is not the caller's."""


@dataclass(frozen=True, slots=True)
class Amended(Outcome):
    """What was sent back is answered."""

    commits: ClassVar[bool] = True

    reference: str


# --- visits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitServices(Outcome):
    """What one can make a visit for; an entry shows `service`."""

    services: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Places(Outcome):
    """Where; an entry shows `place` and `address`."""

    places: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoPlaces(Outcome):
    """No place offers it."""


@dataclass(frozen=True, slots=True)
class Days(Outcome):
    """Days with open times; an entry shows `day`."""

    days: tuple[Item, ...]
    service: Word
    place_id: str


@dataclass(frozen=True, slots=True)
class NoDays(Outcome):
    """No open time in the weeks that can be booked."""


@dataclass(frozen=True, slots=True)
class Times(Outcome):
    """Open times of a day; an entry shows `day` and `time`."""

    times: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class NoTimes(Outcome):
    """The day's times are all gone."""


@dataclass(frozen=True, slots=True)
class SlotChosen(Outcome):
    """The time as it stands at the ministry now, for the confirm screen."""

    service: Word
    place: str
    address: str
    day: date
    time: time


@dataclass(frozen=True, slots=True)
class SlotTaken(Outcome):
    """Somebody else has it now."""


@dataclass(frozen=True, slots=True)
class Booked(Outcome):
    """The visit is made; `number` is what to say at the counter."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time
    number: str


@dataclass(frozen=True, slots=True)
class NoVisits(Outcome):
    """No visit is coming."""


@dataclass(frozen=True, slots=True)
class Visits(Outcome):
    """Coming visits; an entry shows `service`, `place`, `day` and `time`."""

    visits: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class VisitShown(Outcome):
    """One visit in full. `by_sms`: it can be sent to her."""

    service: Word
    place: str
    address: str
    day: date
    time: time
    number: str
    by_sms: bool = False


@dataclass(frozen=True, slots=True)
class VisitGone(Outcome):
    """There is no such visit any more."""


@dataclass(frozen=True, slots=True)
class Moved(Outcome):
    """The visit is at another time now."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time


@dataclass(frozen=True, slots=True)
class VisitCancelled(Outcome):
    """The visit is cancelled."""

    commits: ClassVar[bool] = True

    place: str
    day: date
    time: time


# --- pickups ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PickupReady(Outcome):
    """What waits where, from and until which day. `by_sms`: it can be sent to her."""

    place: str
    address: str
    hours: str
    available_from: date
    available_until: date
    by_sms: bool = False


@dataclass(frozen=True, slots=True)
class PickupOpen(Outcome):
    """What waits where, without a last day. `by_sms`: it can be sent to her."""

    place: str
    address: str
    hours: str
    available_from: date
    by_sms: bool = False


@dataclass(frozen=True, slots=True)
class PickupNotYet(Outcome):
    """Nothing to collect (yet, or any more)."""

    state: Word


@dataclass(frozen=True, slots=True)
class PickupPoints(Outcome):
    """Where it may be collected instead; an entry shows `place` and `address`."""

    points: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ChoiceNotAllowed(Outcome):
    """The ministry offers no other place, or it is not the caller's."""


@dataclass(frozen=True, slots=True)
class PointChosen(Outcome):
    """The place in full, for the confirm screen."""

    place: str
    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class PickupMoved(Outcome):
    """It will wait there."""

    commits: ClassVar[bool] = True

    place: str
    address: str
    hours: str


# --- messages ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DetailsSent(Outcome):
    """What she saw is on its way to her number."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SentTooOften(Outcome):
    """She had as many sent today as one may."""


@dataclass(frozen=True, slots=True)
class NotSendable(Outcome):
    """It cannot be sent to her: nothing to send, or no way to."""


@dataclass(frozen=True, slots=True)
class NoMessages(Outcome):
    """None that was sent to her is kept."""


@dataclass(frozen=True, slots=True)
class MessagesHidden(Outcome):
    """The number is in doubt: whoever calls may be another than the one they were sent to."""


@dataclass(frozen=True, slots=True)
class Messages(Outcome):
    """What was sent to her; an entry shows `day` and `title`."""

    messages: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class MessageShown(Outcome):
    """One message, to be said again in the language that she reads now."""

    sent_on: date
    message_text: Text


@dataclass(frozen=True, slots=True)
class MessageGone(Outcome):
    """There is no such message of hers any more."""


# --- catalogue --------------------------------------------------------------------------------------------


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
