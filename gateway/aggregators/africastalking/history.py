"""The whole conversation arrives at every hop, joined by `*`; what is new is the suffix.

Africa's Talking gives a hop no id. A hop is known by its history: the session keeps only the length and a keyed
MAC of the last one, because a history repeats the PIN at every later hop (`docs/`: decisions on hops).
"""

import msgspec

from ussd_menus.turn import Altered, Began, Mark, Progress, Recogniser, Repeated, Typed

MOST_INPUTS = 12
"""Inputs that a direct dial may carry; more is no person's dialling."""


class History(msgspec.Struct, frozen=True):
    """The `text` field of one hop."""

    text: str

    @property
    def is_first(self) -> bool:
        return not self.text

    def begin(self, macs: Recogniser) -> Began:
        inputs = tuple(self.text.split("*", MOST_INPUTS)[:MOST_INPUTS]) if self.text else ()
        return Began(inputs, self._mark(macs))

    def since(self, mark: Mark, macs: Recogniser) -> Progress:
        if not self.text:
            # Safaricom repeats the start of a session; so does a person who dials again on a kept session.
            return Began((), Mark())
        if len(self.text) < mark.length:
            return Repeated()
        if mark.length == 0:
            return Typed(self.text, self._mark(macs))
        if not macs.recognises(mark.mac, self.text[: mark.length]):
            return Altered()
        if len(self.text) == mark.length:
            return Repeated()
        if self.text[mark.length] != "*":
            return Altered()
        # A `*` that she typed herself cannot be told from a separator: all of the suffix is one input.
        return Typed(self.text[mark.length + 1 :], self._mark(macs))

    def _mark(self, macs: Recogniser) -> Mark:
        return Mark(len(self.text), macs.mac(self.text)) if self.text else Mark()
