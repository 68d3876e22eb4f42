"""What is answered to a text message: values, before anything is written or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.states import ApplicationState
from i18n.text import SlotValue, Word
from services.alerts import AlertKind
from services.caller import Caller
from services.outcomes import NotFound, PinNeeded, ReferenceMalformed, StateOnly, TooManyTries
from services.questions import Question
from services.reading import NotRead
from services.values import Application
from sms.keyword_words import Intent
from sms.keywords import Answered
from sms.records.menu_sessions import SILENCE
from sms.records.prompts import Mark, Prompt


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. `asks`: the question in it, open from now on, `until` then (for a day where it is not said).
    `menu`: the menu that waits for an answer, with its turns so far. `language`: where it is not hers. `closes`: what
    was asked in the conversation or played before is over. `beside`: what it asks leaves the questions of messages of
    ours open."""

    text_id: str
    values: Mapping[str, SlotValue] = field(default_factory=dict)
    kind: AlertKind = AlertKind.REPLY
    asks: tuple[Question, Mapping[str, SlotValue]] | None = None
    menu: tuple[str, int] | None = None
    language: str = ""
    lives: timedelta = timedelta(hours=12)
    closes: bool = True
    until: datetime | None = None
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood, for the record, and the reply; None is silence. `marks`: what becomes of the question that
    it answered."""

    intent: str
    reply: Reply | None = None
    marks: tuple[UUID, Mark] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a question of ours. `answered`: None where it is neither yes, no nor a number. `others`: the
    questions that are open beside it, the last one first."""

    caller: Caller
    prompt: Prompt
    answered: Answered | None
    others: tuple[Prompt, ...] = ()


READY = Word(f"state.{ApplicationState.READY_FOR_PICKUP.value}")
"""The one state in which something waits: of all others the menus have no place and no day to tell."""

HELP = Reply("sms.reply_help")
# Where no slip has a number: two keywords fewer.
HELP_MENU = Reply("sms.reply_help_menu")
AWAY_AGAIN = Reply("sms.reply_away_again", closes=False)
UNCLEAR = Reply("sms.reply_unclear", closes=False)
AWAY = Reply("sms.reply_away")
DIAL = Reply("sms.reply_dial")
TOO_LATE = Reply("sms.reply_too_late")
LAST_WORD = Reply("sms.reply_last_word")
# What came of an answer to a question of ours, whatever it was about.
NOTHING_DONE = Reply("sms.reply_nothing_done")
IN_HAND = Reply("sms.reply_in_hand")
SURE_AGAIN = Reply("sms.reply_sure_again", closes=False)


def of_state(found: Application | NotRead, intent: Intent, reference: str) -> Reply:
    """The answer to STATUS and PICKUP."""
    match found:
        case StateOnly(state):
            pickup = intent is Intent.PICKUP and state == READY
            return Reply("sms.reply_pickup" if pickup else "sms.reply_state", {"reference": reference, "state": state})
        case ReferenceMalformed():
            return Reply("sms.reply_bad_reference")
        case NotFound():
            return Reply("sms.reply_not_found")
        case TooManyTries():
            return Reply("sms.reply_too_many")
        case PinNeeded():
            return DIAL
    raise TypeError("an application in full is never read by SMS")


def did_you_mean(shown: str, intent: Intent, argument: str, language: str) -> Reply:
    """Asks back: `shown` as she might have written it."""
    facts: dict[str, SlotValue] = {"intent": intent.value, "argument": argument, "language": language}
    return Reply("sms.reply_did_you_mean", {"guess": shown}, asks=(Question.DID_YOU_MEAN, facts))


def is_it_wrong(language: str) -> Reply:
    """Asks back whether the number is not, or no longer, hers."""
    facts: dict[str, SlotValue] = {"intent": Intent.WRONG.value, "argument": "", "language": language}
    return Reply("sms.reply_wrong_ask", asks=(Question.DID_YOU_MEAN, facts))


def screen(text: str, session: str, turns: int, *, goes_on: bool) -> Reply:
    """One screen of the menus; nobody wants to have it later."""
    return Reply(
        "sms.reply_screen", {"screen": text}, menu=(session, turns) if goes_on else None, lives=SILENCE, closes=True
    )


def asked_anew(intent: str, prompt: Prompt) -> Answer:
    """Nothing was done, and the same question is open still, under a new token: with the old one she would only be
    told the same again."""
    return Answer(intent, AWAY_AGAIN, marks=(prompt.id, Mark.AGAIN))
