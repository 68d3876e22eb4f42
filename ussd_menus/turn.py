"""One hop as the conversation sees it, whatever the aggregator's dialect."""

from typing import Protocol

import msgspec

from domain.msisdn import Msisdn


class Recogniser(Protocol):
    """Keyed MACs: let a session recognise a history without keeping it (it may hold a PIN)."""

    def mac(self, text: str) -> bytes: ...

    def recognises(self, mac: bytes, text: str) -> bool: ...


class Mark(msgspec.Struct, frozen=True):
    """How far a session has read: the length of the last history in characters, and its MAC."""

    length: int = 0
    mac: bytes = b""


class Typed(msgspec.Struct, frozen=True):
    """One new input; `mark` is how far the session has read with it."""

    text: str
    mark: Mark


class Repeated(msgspec.Struct, frozen=True):
    """The same hop again, or an earlier one: show the last screen, change nothing."""


class Altered(msgspec.Struct, frozen=True):
    """A history that is not this session's: nothing in it can be trusted."""


class Began(msgspec.Struct, frozen=True):
    """A session begins. `inputs` came with the dialling: `*123*1*REF#`."""

    inputs: tuple[str, ...]
    mark: Mark


Progress = Typed | Repeated | Altered | Began


class Wire(Protocol):
    """How one aggregator's hops add up to a conversation; its folder knows, nobody else."""

    def since(self, mark: Mark, macs: Recogniser) -> Progress:
        """What is new since the session's mark."""
        ...

    def begin(self, macs: Recogniser) -> Began:
        """The hop as the first of a session that is not known."""
        ...

    @property
    def is_first(self) -> bool:
        """True when the hop can only be a session's first."""
        ...


class UssdTurn(msgspec.Struct, frozen=True):
    """One hop. `session` is the aggregator's id, which is not secret; `network` its MCC and MNC, if told."""

    aggregator: str
    session: str
    msisdn: Msisdn
    service_code: str
    network: str | None
    wire: Wire


class UssdReply(msgspec.Struct, frozen=True):
    """One screen. `screen` names it for counting where people give up; `goes_on` False ends the session."""

    text: str
    goes_on: bool
    screen: str
