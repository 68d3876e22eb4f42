"""Accounts, PINs and consents, as use cases need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.rights_ports import Consent


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
        """A new PIN after the one before was proven, with no tries, lock or reset."""
        ...

    async def reset_pin(self, person: UUID, pin_hash: str) -> bool:
        """As `set_pin`, without the one before having been proven; False where no reset is asked for any more."""
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
