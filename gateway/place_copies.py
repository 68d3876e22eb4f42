"""Copies of what guides told, in Redis: over a restart, and for the gateway's other processes. Public data only."""

import asyncio
import zlib

from domain.errors import StoreUnavailable
from storage.errors import RedisRefused
from storage.redis_client import RedisClient

_KEPT_SECONDS = 7 * 24 * 3600
# Everybody shares the connection: a copy that would hold up the hops behind it is not kept.
_MOST_OCTETS = 4_000_000
_MOST_UNPACKED = 64_000_000


class RedisPlaceCopies:
    """Fulfils `services.places_live.Copies`; `country` keeps two packs on one Redis apart."""

    def __init__(self, redis: RedisClient, country: str) -> None:
        self._redis, self._country = redis, country

    async def get(self, ministry: str) -> bytes | None:
        """Raises `StoreUnavailable`."""
        try:
            packed = await self._redis.execute("GET", self._key(ministry))
        except RedisRefused:
            return None
        return None if packed is None else await asyncio.to_thread(_unpacked, packed)

    async def put(self, ministry: str, copy: bytes) -> None:
        """Raises `StoreUnavailable`."""
        packed = await asyncio.to_thread(zlib.compress, copy, 6)
        if len(packed) > _MOST_OCTETS:
            return
        try:
            await self._redis.execute("SET", self._key(ministry), packed, "EX", str(_KEPT_SECONDS))
        except RedisRefused:
            raise StoreUnavailable("Redis does not keep places") from None

    def _key(self, ministry: str) -> str:
        return f"guichet:places:1:{self._country}:{ministry}"


def _unpacked(packed: bytes) -> bytes | None:
    inflating = zlib.decompressobj()
    try:
        copy = inflating.decompress(packed, _MOST_UNPACKED)
    except zlib.error:
        return None
    return copy if inflating.eof else None
