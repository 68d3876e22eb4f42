"""Questions that our messages ask, as facts: what is asked, about what, and until when an answer counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from i18n.text import SlotValue


class Question(StrEnum):
    """What may be asked. The first two belong to a conversation, the others to a message of ours or to what came of
    one; `sms/prompted.py` says who takes the answer."""

    DID_YOU_MEAN = "did_you_mean"
    CANCEL_OR_STOP = "cancel_or_stop"
    VISIT = "visit"
    VISIT_SURE = "visit_sure"
    PICKUP = "pickup"
    PICKUP_SURE = "pickup_sure"
    SURVEY = "survey"


ASKING = "_ask"
"""The text of an alert that asks is named as the one that does not, with this behind it."""


@dataclass(frozen=True, slots=True)
class Asks:
    """The question that an alert asks where its sender can be replied to; else the alert goes without it.

    `text_id`: the alert's text with the question in it, of the same slots. `facts`: what the answer will need, sealed
    at rest. `until`: an instant, UTC; later answers count no more. `about`: who has said yes to this question about
    the same thing is not asked again.
    """

    question: Question
    text_id: str
    facts: Mapping[str, SlotValue]
    until: datetime
    about: str = ""
