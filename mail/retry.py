"""What becomes of a mail after an attempt: one pure decision. The table is `tests/mail/test_retry.py`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from mail.config import Waits
from mail.states import MailState

# Servers that put strangers off ("greylisting") take the second try after some minutes.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
EXTRA_SENDS = 1
"""How often an alert may go again although it may have arrived."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has taken it: it answered the last dot with 250."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never take this one (5xx to recipient or content)."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not handed over: not reached, or 4xx. `account`: we were refused, not this mail."""

    why: str
    account: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Its octets were written, and no answer was read."""


Receipt: TypeAlias = Accepted | Refused | NotSent | Unanswered


@dataclass(frozen=True, slots=True)
class Fate:
    """The next state. `due_at`: when it is tried or looked at again. `handed_over`: it left us, or may have."""

    state: MailState
    due_at: datetime | None = None
    reason: str = ""
    handed_over: bool = False
    counts: bool = True


def after_attempt(
    once_only: bool, receipt: Receipt, attempts: int, extra_sends: int, waits: Waits, now: datetime
) -> Fate:
    """`attempts`: begun so far, this one included. A lease that died while sending is `Unanswered`."""
    match receipt:
        case Accepted():
            return Fate(MailState.SENT, handed_over=True)
        case Refused(why):
            return Fate(MailState.FAILED, reason=why)
        case NotSent(account=True):
            return Fate(MailState.QUEUED, now + waits.account, "account", counts=False)
        case NotSent(why):
            pause = min(FIRST_PAUSE * 3 ** min(max(attempts, 1) - 1, 8), LONGEST_PAUSE)
            return Fate(MailState.QUEUED, now + pause, why)
        case Unanswered():
            if once_only or extra_sends >= EXTRA_SENDS:
                return Fate(MailState.FAILED, reason="unanswered", handed_over=True)
            return Fate(MailState.UNKNOWN, now + waits.unanswered, "unanswered", handed_over=True)
