"""Keyed fingerprints: a PIN's within one session, and what was confirmed."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, init=False)
class Fingerprints:
    """HMAC-SHA-256 under secret `keys` (32 octets each), newest first, with a domain of its own for each use.

    The newest makes them; those made under any listed key are recognised, so that changing keys forgets nothing.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    def __init__(self, newest: bytes, *older: bytes) -> None:
        object.__setattr__(self, "keys", (newest, *older))

    def pin_seal(self, session: str, pin: str) -> str:
        """Recognises the same PIN typed again in the same session; worthless anywhere else."""
        return _pin_seal(self.keys[0], session, pin)

    def seals(self, session: str, pin: str, pin_seal: str) -> bool:
        """Whether it is the seal of this PIN in this session, under any listed key."""
        return any(same(_pin_seal(key, session, pin), pin_seal) for key in self.keys)

    def digests(self, kind: str, confirmed: Mapping[str, object]) -> tuple[bytes, ...]:
        """Of what was confirmed: the same for the same, in whatever order it was put together.

        One for each key, newest first: the first is to be kept, all are to be looked for.
        """
        text = json.dumps(confirmed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return tuple(_mac(key, "intent", f"{kind}\0{text}".encode()) for key in self.keys)

    def change(self, reference: str, at: str) -> str:
        """Names a change of a ministry's list without telling the reference. Of the newest key alone: after a rotation
        the last few changes are read as new ones, and told nobody since they are no news."""
        return _mac(self.keys[0], "change", f"{reference}\0{at}".encode()).hex()


def same(left: str, right: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _pin_seal(key: bytes, session: str, pin: str) -> str:
    return _mac(key, "pin-seal", f"{session}\0{pin}".encode()).hex()


def _mac(key: bytes, use: str, message: bytes) -> bytes:
    return hmac.digest(key, b"guichet/" + use.encode() + b"/1\0" + message, "sha256")
