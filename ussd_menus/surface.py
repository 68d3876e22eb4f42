"""Where a conversation is shown: USSD screens, or messages that anybody may have sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from i18n.text import Text


@dataclass(frozen=True, slots=True)
class Surface:
    """`channel`: as use cases know it. `instead`: the last words where a secret would have to be typed, or where
    something needs proof; None where secrets may be typed. `words`: what is said there in place of some messages, by
    their ids, where those would not be true. `hidden`: options, by their messages' ids, that lead nowhere there."""

    channel: str = "ussd"
    instead: Text | None = None
    words: Mapping[str, Text] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


USSD = Surface()
