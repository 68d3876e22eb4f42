"""The canonical states of an application; the ministry's own word is kept beside them."""

from enum import StrEnum


class ApplicationState(StrEnum):
    """What every ministry's own states are mapped to (`docs/`: names of things)."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    ACTION_REQUIRED = "action_required"
    GRANTED = "granted"
    REFUSED = "refused"
    READY_FOR_PICKUP = "ready_for_pickup"
    COLLECTED = "collected"
    CLOSED = "closed"
    UNKNOWN = "unknown"
