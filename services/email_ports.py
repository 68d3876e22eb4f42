"""What is remembered of e-mail addresses: whose they are, and whether alerts go there."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.email_address import EmailAddress
from services.sign_in_codes import KeptCode

PURPOSE = "email"
"""Of the consent without which no alert goes by e-mail."""


class AlertsBy(StrEnum):
    """On which channel she is told. Codes for signing in and what concerns her account always come by SMS."""

    SMS = "sms"
    EMAIL = "email"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class HeldEmail:
    """The address that is hers: a code that was sent there was typed back. `failing`: letters came back from there, so
    that she is told by SMS until she proves it anew."""

    address: EmailAddress
    by: AlertsBy
    failing: bool = False


@dataclass(frozen=True, slots=True)
class PendingEmail:
    """An address whose code is awaited."""

    address: EmailAddress
    code: KeptCode


class Emails(Protocol):
    """A person's e-mail address. Nothing here commits but `count_try`."""

    @property
    def open(self) -> bool:
        """Whether this gateway can send mail at all."""
        ...

    async def of(self, person: UUID) -> HeldEmail | None:
        """Hers, if she has one."""
        ...

    async def ask(
        self,
        request: UUID,
        person: UUID,
        address: EmailAddress,
        kept: KeptCode,
        code: str,
        language: str,
        lives: timedelta,
    ) -> None:
        """Keep what was asked for, in place of what was asked before, and put the mail with the code. How long it
        `lives` is measured where it is kept."""
        ...

    async def count_try(self, request: UUID, person: UUID, most: int) -> PendingEmail | None:
        """Raise the counter *and commit* before anything is compared; None when no try is left or it is over."""
        ...

    async def bind(self, request: UUID, person: UUID) -> bool:
        """The address is hers from now on, in place of another; False where another try was faster."""
        ...

    async def choose(self, person: UUID, by: AlertsBy) -> bool:
        """Where alerts go. False where she has no address."""
        ...

    async def remove(self, person: UUID) -> bool:
        """It is hers no longer: what waits for it goes by SMS. False where she had none."""
        ...


class NoEmails:
    """Where no mail can be sent: nobody has an address, and none can be given (`open`)."""

    open = False

    async def of(self, person: UUID) -> HeldEmail | None:
        return None

    async def ask(
        self,
        request: UUID,
        person: UUID,
        address: EmailAddress,
        kept: KeptCode,
        code: str,
        language: str,
        lives: timedelta,
    ) -> None:
        return None

    async def count_try(self, request: UUID, person: UUID, most: int) -> PendingEmail | None:
        return None

    async def bind(self, request: UUID, person: UUID) -> bool:
        return False

    async def choose(self, person: UUID, by: AlertsBy) -> bool:
        return False

    async def remove(self, person: UUID) -> bool:
        return False
