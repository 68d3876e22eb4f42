"""The states of a mail. `sent` is the last thing we can know: bounces are not read."""

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


FINAL = frozenset({MailState.SENT, MailState.FAILED, MailState.EXPIRED, MailState.SUPPRESSED})
