"""Identifiers made by us: UUIDv7, so that rows sort by when they were made (RFC 9562 §5.7)."""

import secrets
from typing import Protocol
from uuid import UUID

from domain.clock import Clock


class RandomBytes(Protocol):
    """A source of random octets."""

    def __call__(self, count: int, /) -> bytes: ...


class Ids:
    """Makes UUIDv7 and unguessable tokens from an injected clock and source of randomness."""

    def __init__(self, clock: Clock, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._clock = clock
        self._random = random_bytes

    def uuid7(self) -> UUID:
        """48 bits of Unix milliseconds, then 74 random bits."""
        milliseconds = int(self._clock.now().timestamp() * 1000) & ((1 << 48) - 1)
        noise = int.from_bytes(self._random(10), "big")
        value = (milliseconds << 80) | (0x7 << 76) | ((noise >> 64 & 0xFFF) << 64)
        value |= (0b10 << 62) | (noise & ((1 << 62) - 1))
        return UUID(int=value)

    def token(self, octets: int = 16) -> str:
        """Hexadecimal text of that many random octets (16 octets = 128 bits)."""
        return self._random(octets).hex()
