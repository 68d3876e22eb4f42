"""What may come of many a use case."""

from dataclasses import dataclass
from typing import ClassVar

from domain.outcomes import Outcome
from i18n.text import Word


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
