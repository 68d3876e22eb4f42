"""Every expected result of assisted mode: what a menu, or an operation of the API, must answer each."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from domain.outcomes import Item, Outcome
from i18n.text import Word

# --- to an agent ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotAnAgent(Outcome):
    """This number is no active agent's."""


@dataclass(frozen=True, slots=True)
class AgentPurposes(Outcome):
    """With what a citizen can be helped."""

    purposes: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class CitizenAsked(Outcome):
    """A code is on its way to her telephone. `practice_code`: in practice, where nothing is sent."""

    assisted: str
    minutes: int
    practice_code: str = ""


@dataclass(frozen=True, slots=True)
class HelpRefused(Outcome):
    """A limit stands before it; `why`: the word that says which."""

    why: Word


@dataclass(frozen=True, slots=True)
class NumberUnfit(Outcome):
    """No mobile number of the country, or the agent's own."""


@dataclass(frozen=True, slots=True)
class CitizenAgreed(Outcome):
    """The session is open for so many minutes. `token`: for the API."""

    hands_over: ClassVar[bool] = True

    assisted: str
    minutes: int
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ConsentWrong(Outcome):
    """Not the code."""


@dataclass(frozen=True, slots=True)
class ConsentDead(Outcome):
    """Unknown, tried too often, too late, or not asked any more."""


@dataclass(frozen=True, slots=True)
class CitizenFirst(Outcome):
    """The number fell silent: she dials herself first, and types her PIN."""


@dataclass(frozen=True, slots=True)
class HelpEnded(Outcome):
    """It is over, and the citizen was sent a receipt where she has a telephone."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NobodyHelped(Outcome):
    """No session is open."""


# --- to a citizen -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoHelper(Outcome):
    """Nobody asks to help her, and nobody does. `is_agent`: she is one herself."""

    is_agent: bool


@dataclass(frozen=True, slots=True)
class HelpedBefore(Outcome):
    """Nobody asks or helps now; who was the last to help her, and on which day. `is_agent`: she is one herself."""

    agent: str
    organisation: str
    purpose: Word
    day: date
    is_agent: bool


@dataclass(frozen=True, slots=True)
class HelpAsked(Outcome):
    """Somebody asks."""

    agent: str
    organisation: str
    purpose: Word


@dataclass(frozen=True, slots=True)
class HelpRuns(Outcome):
    """Somebody helps her now."""

    agent: str
    organisation: str
    purpose: Word
    is_agent: bool


@dataclass(frozen=True, slots=True)
class HelpAgreed(Outcome):
    """She agreed, on her own telephone."""

    commits: ClassVar[bool] = True

    minutes: int


@dataclass(frozen=True, slots=True)
class HelpGone(Outcome):
    """What she answers to is over."""


@dataclass(frozen=True, slots=True)
class HeldForCallBack(Outcome):
    """Kept, not handed in: somebody else calls back first."""

    commits: ClassVar[bool] = True

    slip: str


@dataclass(frozen=True, slots=True)
class Claimed(Outcome):
    """What was done at her side is hers, at this number."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ClaimWrong(Outcome):
    """No slip has this code (any more)."""


@dataclass(frozen=True, slots=True)
class ClaimWaits(Outcome):
    """Something on the slip is on its way still, or waits for a call-back: the code is good afterwards."""
