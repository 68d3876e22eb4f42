"""What may come of what she does with her own data, numbers and consents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.outcomes import Outcome
from services.email_ports import HeldEmail
from services.rights_ports import Consent, HeldNumber, Rows


@dataclass(frozen=True, slots=True)
class Me(Outcome):
    """Who she is to us. Where her number stands in doubt there is her language, and nothing else."""

    language: str
    has_account: bool
    sure: bool
    numbers: Sequence[HeldNumber] = ()
    consents: Sequence[Consent] = ()
    email: HeldEmail | None = None


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Outcome):
    """What she agreed to stands no longer."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ConsentNone(Outcome):
    """Nothing of that purpose stands."""


@dataclass(frozen=True, slots=True)
class ConsentOfAccount(Outcome):
    """Without it there is no account: to withdraw it is to erase what is held, which is asked for by itself."""


@dataclass(frozen=True, slots=True)
class NumberAdded(Outcome):
    """One more number is hers."""

    number: UUID
    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NumberChanged(Outcome):
    """It is hers no longer, or she is reached there from now on."""

    commits: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NumberGone(Outcome):
    """She has no such number."""


@dataclass(frozen=True, slots=True)
class NumberTaken(Outcome):
    """It stands for another account."""


@dataclass(frozen=True, slots=True)
class NumbersFull(Outcome):
    """She has as many numbers as one may have."""


@dataclass(frozen=True, slots=True)
class NumberTooNew(Outcome):
    """It was added less than a day ago: before that it takes over from no other."""


@dataclass(frozen=True, slots=True)
class NumberNeeded(Outcome):
    """It is the only one, by which she is recognised."""


@dataclass(frozen=True, slots=True)
class Held(Outcome):
    """Everything held about her, by table."""

    rows: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Erased(Outcome):
    """Nothing is held about her any more."""

    commits: ClassVar[bool] = True
