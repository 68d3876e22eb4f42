"""Identifiers made by us: UUIDv7, so that rows sort by when they were made (RFC 9562 §5.7)."""

import os
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from domain.clock import Clock


class RandomBytes(Protocol):
    """A source of random octets."""

    def __call__(self, count: int, /) -> bytes: ...


def made_at(id: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond, UTC."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


class Ids:
    """Makes UUIDv7 and unguessable tokens from an injected clock and source of randomness."""

    def __init__(self, clock: Clock, random_bytes: RandomBytes = os.urandom) -> None:
        self._clock = clock
        self._random = random_bytes
        self._latest = (0, 0)

    def uuid7(self) -> UUID:
        """48 bits of Unix milliseconds, a 12-bit counter within the millisecond (§6.2, method 1), 62 random bits.

        Those of one process are strictly increasing, also while the clock stands still or is set back.
        """
        now = int(self._clock.now().timestamp() * 1000) & ((1 << 48) - 1)
        milliseconds, count = max((now, -1), self._latest)
        count += 1
        if count > 0xFFF:
            milliseconds, count = milliseconds + 1, 0
        self._latest = (milliseconds, count)
        noise = int.from_bytes(self._random(8), "big") & ((1 << 62) - 1)
        return UUID(int=(milliseconds << 80) | (0x7 << 76) | (count << 64) | (0b10 << 62) | noise)

    def token(self, octets: int = 16) -> str:
        """Hexadecimal text of that many random octets (16 octets = 128 bits)."""
        return self._random(octets).hex()
