"""The states of a mail. `sent`: the server took it; a bounce that comes later makes it `failed`."""

from enum import StrEnum


class MailState(StrEnum):
    """`unknown`: its last dot was written and no answer read: it may be on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


BOUNCED = "bounced"
"""The reason of a `failed` one that a server further on gave back."""

CANCELLED = "cancelled"
"""How the reason begins of one that an operator took back: it goes no more, and no SMS tells it instead."""

FINAL = frozenset({MailState.SENT, MailState.FAILED, MailState.EXPIRED, MailState.SUPPRESSED})
