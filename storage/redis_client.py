"""The Redis client of the hot path: one shared connection, short time-outs, and a circuit that fails at once.

See `docs/decisions/0004-redis-client.md` for why it is not redis-py's. Blocking commands (BLPOP, SUBSCRIBE, …) and
MULTI are not for it: everybody shares its connection.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import Any

import hiredis

from domain.errors import StoreUnavailable
from storage.errors import RedisRefused
from storage.redis_sentinel import connector
from storage.redis_wire import Wire, Word

_TIMEOUT = 0.5
_CIRCUIT_SECONDS = 1.0

# Commands that may be sent twice: reading, and writing what a second time changes nothing.
_REPEATABLE = frozenset(
    {"GET", "MGET", "EXISTS", "TTL", "PTTL", "TYPE", "STRLEN", "HGET", "HMGET", "HGETALL", "SMEMBERS", "SISMEMBER"}
    | {"ZRANGE", "ZSCORE", "ZCARD", "SCAN", "DBSIZE", "TIME", "INFO", "PING"}
    | {"DEL", "UNLINK", "EXPIRE", "PEXPIRE", "PERSIST", "HSET", "SADD", "SREM"}
)
_SET_CONDITIONS = frozenset({"NX", "XX", "GET"})

# Error replies that speak of the server's condition, not of the command.
_CONDITIONS = frozenset(
    {"READONLY", "LOADING", "MISCONF", "OOM", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "BUSY"}
    | {"NOAUTH", "WRONGPASS", "NOPERM"}
)
# After these another server may have taken over: connect anew, which asks Sentinel anew.
_ELSEWHERE = frozenset({"READONLY", "MASTERDOWN", "LOADING", "NOREPLICAS"})
_INSIDE_SCRIPT = re.compile(r"-(READONLY|MISCONF|OOM|MASTERDOWN|NOREPLICAS)\b")


class RedisClient:
    """Gives each command's reply as octets, integers or lists of them; belongs to one event loop."""

    def __init__(self, url: str, *, timeout: float = _TIMEOUT, circuit: float = _CIRCUIT_SECONDS) -> None:
        self._reach = connector(url)
        self._timeout = timeout
        self._circuit = circuit
        self._wire: Wire | None = None
        self._connecting: asyncio.Task[Wire] | None = None
        self._closed_until: float | None = None  # loop time until which nothing is tried

    async def execute(self, *command: Word) -> Any:
        """Sends one command, together with all others of this loop turn.

        Raises `StoreUnavailable` when no answer comes within the time-out or the server cannot serve now, and
        `RedisRefused` for any other error reply. Without an answer a write may still have been carried out.
        """
        return await self._send(command, _repeatable(command))

    def script(self, source: str, *, repeatable: bool = False) -> "Script":
        """A Lua script; `repeatable` if running it twice does no more than once."""
        return Script(self, source, repeatable)

    async def ping(self) -> None:
        """Asks the server for an answer; raises `StoreUnavailable`."""
        await self.execute("PING")

    async def close(self) -> None:
        """Ends the connection."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._wire is not None:
            self._wire.close()
            self._wire = None
            await asyncio.sleep(0)  # the transport closes in the next turn

    async def _send(self, command: Sequence[Word], repeatable: bool) -> Any:
        wire = self._wire
        if wire is None or not wire.alive:
            wire = await self._connected()
        try:
            reply = await wire.send(command)
        except TimeoutError:
            self._break()
            raise StoreUnavailable("Redis did not answer in time") from None
        except ConnectionError:
            if not repeatable:
                raise StoreUnavailable("the connection to Redis was lost") from None
            reply = await self._once_more(command)
        if isinstance(reply, hiredis.ReplyError):
            raise self._meaning(wire, reply)
        return reply

    async def _once_more(self, command: Sequence[Word]) -> Any:
        wire = await self._connected()
        try:
            return await wire.send(command)
        except (ConnectionError, TimeoutError):
            self._break()
            raise StoreUnavailable("the connection to Redis was lost twice") from None

    async def _connected(self) -> Wire:
        """The live connection; all who need one wait for the same attempt, unless the circuit is open."""
        wire = self._wire
        if wire is not None and wire.alive:
            return wire
        until = self._closed_until
        # Half-open: the one that starts the attempt is the probe, all others fail at once.
        if until is not None and (self._connecting or asyncio.get_running_loop().time() < until):
            raise StoreUnavailable("Redis is away")
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._connect())
            # Seen, even when everybody who waited has given up.
            self._connecting.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            # Shielded: one hop that gives up must not end the attempt of the others.
            return await asyncio.shield(self._connecting)
        except (OSError, TimeoutError, hiredis.HiredisError):
            raise StoreUnavailable("Redis cannot be reached") from None

    async def _connect(self) -> Wire:
        try:
            self._wire = await self._reach(self._timeout)
        except BaseException:
            self._break()
            raise
        else:
            self._closed_until = None
            return self._wire
        finally:
            self._connecting = None

    def _break(self) -> None:
        self._closed_until = asyncio.get_running_loop().time() + self._circuit

    def _meaning(self, wire: Wire, reply: Exception) -> Exception:
        text = str(reply)
        code = text.partition(" ")[0]
        if code not in _CONDITIONS and (inside := _INSIDE_SCRIPT.search(text)):
            code = inside.group(1)
        if code not in _CONDITIONS:
            return RedisRefused(text)
        if code in _ELSEWHERE:
            wire.close()
        return StoreUnavailable(f"Redis cannot serve: {code}")


class Script:
    """A Lua script that the server knows by its digest after the first call."""

    def __init__(self, client: RedisClient, source: str, repeatable: bool) -> None:
        self._client = client
        self._source = source
        self._repeatable = repeatable
        self._sent = False
        # Redis names scripts by SHA-1; nothing secret depends on it.
        self._digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def call(self, keys: Sequence[Word], args: Sequence[Word] = ()) -> Any:
        """Runs it; raises as `RedisClient.execute` does."""
        rest = (len(keys), *keys, *args)
        if self._sent:
            try:
                return await self._client._send(("EVALSHA", self._digest, *rest), self._repeatable)
            except RedisRefused as refused:
                if not str(refused).startswith("NOSCRIPT"):
                    raise
        # In full the first time, rather than to be refused first: fakeredis hangs up after a refusal.
        reply = await self._client._send(("EVAL", self._source, *rest), self._repeatable)
        self._sent = True
        return reply


def _repeatable(command: Sequence[Word]) -> bool:
    name = command[0]
    if name in _REPEATABLE:
        return True
    return name == "SET" and _SET_CONDITIONS.isdisjoint(command[3:])
