"""What becomes of a message after an attempt to send it: one pure decision. The table is `tests/sms/test_retry.py`."""

from datetime import datetime, timedelta

import msgspec

from services.alerts import Policy
from sms.config import Waits
from sms.states import MessageState
from sms.values import Accepted, NotSent, Refused, SendReceipt, Unanswered

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
ACCOUNT_PAUSE = timedelta(minutes=1)
EXTRA_SENDS = 1
"""How often an alert may go out again although an earlier sending may have arrived."""


class Fate(msgspec.Struct, frozen=True):
    """The next state. `due_at`: when it is looked at (or sent) again, None for never.

    `handed_over`: it left us, or may have. `counts`: whether the attempt counts towards the most that are made.
    """

    state: MessageState
    due_at: datetime | None = None
    reason: str = ""
    handed_over: bool = False
    counts: bool = True


def after_attempt(
    policy: Policy, receipt: SendReceipt, attempts: int, extra_sends: int, waits: Waits, now: datetime
) -> Fate:
    """`attempts`: sendings begun, this one included. A lease that died while sending is `Unanswered`."""
    match receipt:
        case Accepted():
            return after_acceptance(waits, now)
        case Refused(why):
            return Fate(MessageState.FAILED, reason=why.value)
        case NotSent(account=True, after_seconds=asked):
            # It is none of this message's doing: it may wait as long as it is worth sending.
            pause = max(ACCOUNT_PAUSE, timedelta(seconds=asked or 0))
            return Fate(MessageState.QUEUED, now + min(pause, LONGEST_PAUSE), "account", counts=False)
        # Nor is it the message's fault that nobody could be reached: it is tried until it expires, however long.
        case NotSent(after_seconds=asked):
            pause = max(FIRST_PAUSE * 3 ** min(attempts - 1, 8), timedelta(seconds=asked or 0))
            return Fate(MessageState.QUEUED, now + min(pause, LONGEST_PAUSE), "not_sent")
        case Unanswered():
            return _unanswered(policy, extra_sends, waits, now)


def after_acceptance(waits: Waits, now: datetime) -> Fate:
    """Of any message that a provider took: the same for all that are written at once."""
    return Fate(MessageState.SENT, now + waits.final, handed_over=True)


def after_silence(policy: Policy, extra_sends: int, waits: Waits, now: datetime) -> Fate:
    """An `unknown` message that no report has settled when its wait was over."""
    if policy.once_only:
        return Fate(MessageState.FAILED, reason="unanswered")
    if extra_sends < EXTRA_SENDS:
        return Fate(MessageState.QUEUED, now, "unanswered")
    return Fate(MessageState.EXPIRED, reason="no_report")


def _unanswered(policy: Policy, extra_sends: int, waits: Waits, now: datetime) -> Fate:
    if policy.once_only:
        return Fate(MessageState.FAILED, reason="unanswered", handed_over=True)
    wait = waits.unanswered if extra_sends < EXTRA_SENDS else waits.final
    return Fate(MessageState.UNKNOWN, now + wait, "unanswered", handed_over=True)
