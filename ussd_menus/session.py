"""A session as it is kept between two hops."""

import msgspec

from ussd_menus.session_values import State
from ussd_menus.turn import Mark


class Session(msgspec.Struct, array_like=True):
    """Everything a hop needs to know of the ones before it; never an answer that is a secret.

    `verified`: the PIN was proven in this session. `offered`: what can be taken up again, while she is asked
    whether she wants to. `touched`: when the last hop was answered, in Unix seconds. `hops`: answered so far.
    `beyond`: what was asked for cannot be had on this surface.
    """

    menu: str
    language: str
    state: State
    mark_length: int = 0
    mark_mac: bytes = b""
    page: int = 0
    verified: bool = False
    ended: bool = False
    offered: State | None = None
    touched: float = 0.0
    hops: int = 0
    beyond: bool = False
    # An agent acts for a citizen: the name of their session's menus, and how many of its turns were taken.
    helping: str = ""
    help_turn: int = 0
    # The page that a note stands on: where she was when a key was not understood.
    noted: int = 0

    @property
    def mark(self) -> Mark:
        return Mark(self.mark_length, self.mark_mac)

    @mark.setter
    def mark(self, mark: Mark) -> None:
        self.mark_length, self.mark_mac = mark.length, mark.mac


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Session)


def encode(session: Session) -> bytes:
    """MessagePack, before sealing."""
    return _encoder.encode(session)


def decode(stored: bytes) -> Session | None:
    """None for what an older or newer release wrote differently: then the session is recovered as a lost one."""
    try:
        return _decoder.decode(stored)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
