"""What comes of language, account and PIN."""

from dataclasses import dataclass
from typing import ClassVar

from domain.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class NewCaller(Outcome):
    """Nobody that we know of has this number."""


@dataclass(frozen=True, slots=True)
class KnownCaller(Outcome):
    """A person whose language we know. `asked`: an opinion of hers is asked for."""

    speaks: ClassVar[bool] = True

    language: str
    account: bool
    asked: bool = False


@dataclass(frozen=True, slots=True)
class UnaskedCaller(KnownCaller):
    """As above, but it is somebody else who gave her language: it is spoken until she is asked."""


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
class ResetAtOffice(Outcome):
    """No application proves who she is in this country: it is for a clerk to see."""


@dataclass(frozen=True, slots=True)
class ResetDoubted(Outcome):
    """The number may be another's by now: no PIN is reset from it. It is for a clerk to see whose it is."""


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
