"""Parts of one inbound SMS, kept until they are all there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.aggregators.smpp.pdus import Delivery

_MOST = 1000
_SECONDS = 600.0

Key: TypeAlias = tuple[str, str, int, int]


@dataclass(slots=True)
class _Waiting:
    since: float
    parts: dict[int, Delivery] = field(default_factory=dict)


class Joiner:
    """Holds parts in memory, by sender, recipient and reference; at most 1,000 messages, ten minutes each.

    A part is acknowledged when it comes: an SMSC may not send the next before. So a message of several parts whose
    last has not come is lost with the process; it is given on without the missing ones when its time is over.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[Key, _Waiting] = {}

    def put(self, delivery: Delivery) -> list[tuple[Key | None, Delivery]]:
        """What is to be given on now; `forget` the key of each once it is durable."""
        part = delivery.part
        if part is None:
            return [*self._overdue(), (None, delivery)]
        key = (delivery.source, delivery.destination, part.reference, part.total)
        waiting = self._open.setdefault(key, _Waiting(self._monotonic()))
        waiting.parts[part.number] = delivery
        whole = [(key, _joined(waiting.parts))] if len(waiting.parts) == part.total else []
        return [*self._overdue(key), *whole]

    def forget(self, key: Key | None) -> None:
        """It is kept elsewhere now."""
        if key:
            self._open.pop(key, None)

    def _overdue(self, newest: Key | None = None) -> list[tuple[Key | None, Delivery]]:
        """Those that will not be whole any more, and the oldest where there are too many."""
        now = self._monotonic()
        surplus = len(self._open) - _MOST
        return [
            (key, _joined(waiting.parts))
            for place, (key, waiting) in enumerate(self._open.items())
            if key != newest and (now - waiting.since > _SECONDS or place < surplus)
        ]


def _joined(parts: dict[int, Delivery]) -> Delivery:
    """Octets are joined, not letters: a sender may have cut one in two."""
    first = parts[min(parts)]
    octets = b"".join(parts[number].octets for number in sorted(parts))
    return Delivery(first.source, first.destination, octets, first.coding, receipt=False)
