"""What is answered to a text message: values, before anything is written or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from i18n.text import SlotValue
from services.alerts import AlertKind
from services.outcomes import NotFound, PinNeeded, ReferenceMalformed, StateOnly, TooManyTries
from services.reading import NotRead
from services.values import Application
from sms.keyword_words import Intent
from sms.records.menu_sessions import SILENCE
from sms.records.prompts import Question


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. `asks`: the question in it, open from now on. `menu`: the menu that waits for an answer, with its
    turns so far. `language`: where it is not hers. `closes`: what was asked or played before is over."""

    text_id: str
    values: Mapping[str, SlotValue] = field(default_factory=dict)
    kind: AlertKind = AlertKind.REPLY
    asks: tuple[Question, Mapping[str, SlotValue]] | None = None
    menu: tuple[str, int] | None = None
    language: str = ""
    lives: timedelta = timedelta(hours=12)
    closes: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood, for the record, and the reply; None is silence."""

    intent: str
    reply: Reply | None = None


HELP = Reply("sms.reply_help")
UNCLEAR = Reply("sms.reply_unclear", closes=False)
AWAY = Reply("sms.reply_away")
DIAL = Reply("sms.reply_dial")


def of_state(found: Application | NotRead, intent: Intent, reference: str) -> Reply:
    """The answer to STATUS and PICKUP."""
    match found:
        case StateOnly(state):
            pickup = intent is Intent.PICKUP
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
