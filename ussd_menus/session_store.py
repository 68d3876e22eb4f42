"""Where sessions live between hops: Redis, one round trip to read and lock, one to write and release.

While Redis is away they live in PostgreSQL as snapshots. Stored is only what `SessionSealer` sealed, under keys
that are MACs: neither store tells who talks about what.
"""

import logging
from dataclasses import dataclass
from typing import Protocol

import msgspec

from domain.clock import Clock
from domain.errors import StoreUnavailable
from domain.msisdn import Msisdn
from storage.errors import SealBroken
from storage.redis_client import RedisClient
from storage.redis_wire import Word
from storage.session_sealing import SessionSealer

LOCK_SECONDS = 5.0
"""A lock outlives the longest hop; a process that died with it blocks the session no longer than this."""

# Writes first: a server that is full or only follows says so there. A follower would show scripts a lock that has long
# expired, and whoever read it first would wait for nobody.
_OPEN = """
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
local session = redis.call('GET', KEYS[1])
if session then return session end
local starts = redis.call('INCR', KEYS[4])
if starts == 1 then redis.call('EXPIRE', KEYS[4], 3600) end
return {redis.call('GET', KEYS[3]) or '', starts}
"""

# A hop that outlived its lock must not overwrite what the next one wrote.
_SAVE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if ARGV[4] == 'drop' then redis.call('DEL', KEYS[3])
elseif ARGV[4] == 'keep' then redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[6]) end
redis.call('DEL', KEYS[2])
return 1
"""

_RELEASE = "if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('DEL', KEYS[2]) end return 0"

log = logging.getLogger("guichet.ussd.sessions")


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The names of a session in the stores. `session` is its MAC, the name in PostgreSQL.

    `redis`: names of the session, its lock, the caller's resumable session and her starts this hour. All share the
    caller's tag, so that a cluster would keep them together.
    """

    session: bytes
    redis: tuple[str, str, str, str]


def session_keys(sealer: SessionSealer, aggregator: str, session: str, msisdn: Msisdn) -> SessionKeys:
    """A session is known by aggregator, session id *and* number: an id alone opens nobody's session."""
    own = sealer.mac("session", f"{aggregator}\0{session}\0{msisdn.e164}")
    tag = "{" + sealer.mac("caller", f"{aggregator}\0{msisdn.e164}").hex() + "}"
    return SessionKeys(own, (f"g:{tag}:s:{own.hex()}", f"g:{tag}:l:{own.hex()}", f"g:{tag}:r", f"g:{tag}:n"))


class Opened(msgspec.Struct, frozen=True):
    """The lock is ours. `session` and `resumable` are opened values; `starts` counts this hour's new sessions."""

    session: bytes | None
    resumable: bytes | None = None
    starts: int = 0
    degraded: bool = False


class Locked(msgspec.Struct, frozen=True):
    """Another hop of this session is being answered."""


class KeepResumable(msgspec.Struct, frozen=True):
    """What a later dial may take up again, for that many seconds."""

    value: bytes
    seconds: int


class DropResumable(msgspec.Struct, frozen=True):
    """Nothing to take up again."""


Resumable = KeepResumable | DropResumable | None
"""None leaves what there is."""


class Snapshots(Protocol):
    """The fallback store; fulfilled by `ussd_menus.records.snapshots`."""

    async def open(self, key: bytes, token: str, lock_seconds: float, ttl: int) -> bytes | Locked | None: ...

    async def save(self, key: bytes, token: str, sealed: bytes, ttl: int) -> bool: ...

    async def release(self, key: bytes, token: str) -> None: ...

    async def peek(self, key: bytes) -> bytes | None: ...


class SessionStore:
    """Opens, saves and releases sessions."""

    def __init__(
        self,
        redis: RedisClient,
        snapshots: Snapshots,
        sealer: SessionSealer,
        clock: Clock,
        ttl: int,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        """`ttl` and `lock_seconds` in seconds."""
        self._snapshots = snapshots
        self._sealer = sealer
        self._clock = clock
        self._ttl = ttl
        self._lock_seconds = lock_seconds
        # Sent twice it does no harm but to count one start too many.
        self._open = redis.script(_OPEN, repeatable=True)
        self._save = redis.script(_SAVE)
        self._release = redis.script(_RELEASE, repeatable=True)
        self._outage_at = float("-inf")

    @property
    def outage_at(self) -> float:
        """When this process last missed Redis, in Unix seconds: what was stored later is the newest there is."""
        return self._outage_at

    async def open(self, keys: SessionKeys, token: str) -> Opened | Locked:
        """Take the session's lock and read it. Raises `StoreUnavailable` when neither store answers."""
        names = keys.redis
        try:
            found = await self._open.call(names, (token, int(self._lock_seconds * 1000)))
        except StoreUnavailable:
            return await self._open_snapshot(keys, token)
        if found == 0:
            return Locked()
        if isinstance(found, bytes):
            return Opened(self._unseal(found, names[0]))
        resumable, starts = found
        return Opened(None, self._unseal(resumable, names[2]), int(starts))

    async def save(
        self, keys: SessionKeys, token: str, session: bytes, resumable: Resumable, *, degraded: bool
    ) -> bool:
        """Write and release; False when the lock was lost in between and nothing was written."""
        names = keys.redis
        sealed = self._sealer.seal(session, names[0].encode())
        if not degraded:
            left = self._resumable(resumable, names[2])
            try:
                return bool(await self._save.call(names, (token, sealed, self._ttl, *left)))
            except StoreUnavailable:
                log.warning("Redis went away between reading and writing a session")
                self._outage_at = self._clock.now().timestamp()
                await self._snapshots.open(keys.session, token, self._lock_seconds, self._ttl)
                kept = await self._snapshots.save(keys.session, token, sealed, self._ttl)
                # Where it is back at once, the next hop need not wait until the lock has expired. Not before it is
                # kept: a hop that came again meanwhile would find the session as it was, and do the same once more.
                await self.release(keys, token, degraded=False)
                return kept
        return await self._snapshots.save(keys.session, token, sealed, self._ttl)

    async def release(self, keys: SessionKeys, token: str, *, degraded: bool) -> None:
        """Give the lock back and write nothing. Never raises for a store that is away: locks expire."""
        try:
            if degraded:
                await self._snapshots.release(keys.session, token)
            else:
                await self._release.call(keys.redis, (token,))
        except StoreUnavailable:
            log.warning("a session's lock is left to expire")

    async def snapshot(self, keys: SessionKeys) -> bytes | None:
        """What PostgreSQL holds of the session, from a time when Redis was away."""
        sealed = await self._snapshots.peek(keys.session)
        return self._unseal(sealed, keys.redis[0]) if sealed else None

    async def _open_snapshot(self, keys: SessionKeys, token: str) -> Opened | Locked:
        self._outage_at = self._clock.now().timestamp()
        found = await self._snapshots.open(keys.session, token, self._lock_seconds, self._ttl)
        if isinstance(found, Locked):
            return found
        return Opened(self._unseal(found, keys.redis[0]) if found else None, degraded=True)

    def _resumable(self, resumable: Resumable, name: str) -> tuple[Word, ...]:
        match resumable:
            case KeepResumable(value, seconds) if seconds > 0:
                return "keep", self._sealer.seal(value, name.encode()), seconds
            case DropResumable():
                return ("drop",)
            case _:
                return ()

    def _unseal(self, sealed: bytes, name: str) -> bytes | None:
        if not sealed:
            return None
        try:
            return self._sealer.unseal(sealed, name.encode())
        except SealBroken:
            # Sealed by a key that was rotated out: as good as lost, and recovered like a lost one.
            log.warning("a session could not be unsealed")
            return None
