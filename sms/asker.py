"""Who wrote a text message, what the pack says of answering, and what stands open between the two."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.msisdn import Msisdn
from services.caller import SMS, Caller
from services.ports import Person
from sms.keywords import Vocabulary
from sms.records.menu_sessions import MenuSession
from sms.records.prompts import Prompt, Standing

# An answer that was so long on its way answers nothing any more.
_OLD = timedelta(hours=2)
# What a provider's clock may be behind ours, its fractions of seconds included.
_CLOCKS = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the pack says. `decisions_in_spite_of_stop`: what the answer to STOP must tell. `region`: whose mobile
    numbers are answered. `numbered`: whether slips have numbers, by which a state can be asked for."""

    vocabulary: Vocabulary
    region: str
    languages: tuple[str, ...]
    default_language: str
    decisions_in_spite_of_stop: bool
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wrote, and what stands open between us. `person` is None for a number that nobody has; `language`: "" for
    such a one, and for whom only a ministry told of: she has not said which is hers. `late`: it was written before what
    is open now was asked, or hours ago."""

    number: Msisdn
    person: Person | None
    language: str
    stopped: bool
    asked: Standing
    menu: MenuSession | None
    network: str
    late: bool

    @property
    def prompt(self) -> Prompt | None:
        """The question that was asked last."""
        return self.asked.open[0] if self.asked.open else None

    @property
    def caller(self) -> Caller:
        """She, to use cases: on a channel that proves nothing of her."""
        return Caller(self.number, self.person, self.language, False, SMS, "")


def is_late(sent_at: datetime | None, asked: Standing, menu: MenuSession | None, now: datetime) -> bool:
    """Whether a message cannot be about what is open. `sent_at`: when it was written, where that is known."""
    if sent_at is None:
        return False
    moments = [*(prompt.asked_at for prompt in asked.open[:1]), *([menu.answered_at] if menu else [])]
    return now - sent_at > _OLD or any(sent_at + _CLOCKS < moment for moment in moments)
