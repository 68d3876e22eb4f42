"""Parts of one inbound SMS, kept until they are all there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.aggregators.smpp.pdus import Delivery, decoded
from sms.values import GAP

MOST = 1000
SECONDS = 600.0

Key: TypeAlias = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Joined:
    """An SMS as its sender wrote it, with `sms.values.GAP` wherever parts of it did not come."""

    source: str
    destination: str
    text: str
    key: Key | None = None


@dataclass(slots=True)
class Waiting:
    """Parts that came; `since` when."""

    key: Key
    since: float
    parts: dict[int, Delivery] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.key[3]

    def joined(self) -> Joined:
        """Octets are joined, not letters: a sender may have cut one in two."""
        pieces: list[str] = []
        octets = b""
        for number in range(1, self.total + 1):
            if number in self.parts:
                octets += self.parts[number].octets
            elif octets or not pieces:
                # One mark for neighbours that are missing together.
                pieces += [self._read(octets), GAP] if octets else [GAP]
                octets = b""
        pieces += [self._read(octets)] if octets else []
        source, destination, *_ = self.key
        return Joined(source, destination, " ".join(pieces), self.key)

    def _read(self, octets: bytes) -> str:
        return decoded(octets, self.parts[min(self.parts)].coding)


class Joiner:
    """Holds parts in memory, by sender, recipient and reference; at most 1,000 messages, ten minutes each.

    A part is acknowledged when it comes: an SMSC may not send the next before. So a message of several parts whose
    last has not come is lost with the process; it is given on with gaps when its time is over.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[Key, Waiting] = {}

    def put(self, delivery: Delivery) -> Joined | None:
        """The message, if it is whole now; `forget` its key once it is durable."""
        key = _key(delivery)
        if key is None or delivery.part is None:
            return Joined(delivery.source, delivery.destination, delivery.text)
        waiting = self._open.setdefault(key, Waiting(key, self._monotonic()))
        waiting.parts[delivery.part.number] = delivery
        return waiting.joined() if len(waiting.parts) == waiting.total else None

    def forget(self, key: Key | None) -> None:
        """It is kept elsewhere now."""
        if key:
            self._open.pop(key, None)

    def crowded_out_by(self, delivery: Delivery) -> Key | None:
        """The oldest, where this would begin one message too many."""
        key = _key(delivery)
        if key is None or key in self._open or len(self._open) < MOST:
            return None
        return next(iter(self._open))

    def overdue(self) -> list[Key]:
        """Those that will not be whole any more."""
        now = self._monotonic()
        return [key for key, waiting in self._open.items() if now - waiting.since > SECONDS]

    def take(self, key: Key) -> Waiting | None:
        """Its parts, which are the caller's now: one that comes meanwhile begins anew."""
        return self._open.pop(key, None)

    def put_back(self, waiting: Waiting) -> None:
        """They could not be kept elsewhere."""
        newer = self._open.pop(waiting.key, None)
        if newer:
            waiting.parts |= newer.parts
        self._open[waiting.key] = waiting


def _key(delivery: Delivery) -> Key | None:
    part = delivery.part
    return (delivery.source, delivery.destination, part.reference, part.total) if part else None
