"""The states of a message, and which may follow which: the database refuses all others."""

from collections.abc import Mapping
from enum import StrEnum


class MessageState(StrEnum):
    """`unknown`: it was written to a provider and no answer was read: it may be on its way."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


S = MessageState

FINAL = frozenset({S.DELIVERED, S.UNDELIVERED, S.FAILED, S.EXPIRED, S.SUPPRESSED})
WAITING = frozenset({S.QUEUED, S.HELD})
"""Claimable once due. `held` says why it waits: quiet hours, a pause, a spend cap."""

MAY_FOLLOW: Mapping[MessageState, frozenset[MessageState]] = {
    # A report settles what waits to be sent once more (the trigger asks for `handed_over_at`).
    S.QUEUED: frozenset({S.HELD, S.SENDING, S.EXPIRED, S.SUPPRESSED, S.FAILED, S.DELIVERED, S.UNDELIVERED}),
    S.HELD: frozenset({S.QUEUED, S.SENDING, S.EXPIRED, S.SUPPRESSED, S.FAILED, S.DELIVERED, S.UNDELIVERED}),
    # Back to `queued` or `held` only where it is certain that nothing was handed over.
    S.SENDING: frozenset(
        {S.QUEUED, S.HELD, S.UNKNOWN, S.SENT, S.FAILED, S.EXPIRED, S.SUPPRESSED, S.DELIVERED, S.UNDELIVERED}
    ),
    # A second sending of an alert goes by way of `queued`, once.
    S.UNKNOWN: frozenset({S.QUEUED, S.SENT, S.DELIVERED, S.UNDELIVERED, S.FAILED, S.EXPIRED}),
    S.SENT: frozenset({S.DELIVERED, S.UNDELIVERED, S.EXPIRED}),
    S.DELIVERED: frozenset(),
    S.UNDELIVERED: frozenset(),
    S.FAILED: frozenset(),
    # Only our own clock sets `expired`: what a provider says later is truer (the trigger asks for `handed_over_at`).
    S.EXPIRED: frozenset({S.DELIVERED, S.UNDELIVERED}),
    S.SUPPRESSED: frozenset(),
}
"""From each state to these, and to itself."""
