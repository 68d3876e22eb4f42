"""One connection to Redis that many callers share: all commands of a loop turn leave in one write (RESP2)."""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from domain.errors import InvalidValue, StoreUnavailable

Word = str | bytes | int | float

_MANY = 4
_MOST_PENDING = 20_000
_HIGH_WATER = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is: a TCP host and port or a Unix socket, with what is said first."""

    host: str
    port: int
    path: str | None
    hello: tuple[tuple[Word, ...], ...] = field(repr=False)
    tls: ssl.SSLContext | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """From `redis://`, `rediss://` (TLS) or `unix://`; raises `InvalidValue` without quoting the password.

        Written as redis-py and redis-cli take it: `redis://user:password@host:port/2`, `unix:///path?db=2`, and
        `?ssl_ca_certs=FILE` for authorities of one's own. Only redis-py's parser would be needed of all redis-py,
        whose import takes a fifth of the start.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or 6379
            options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            on_socket = parts.scheme == "unix"
            database = int(options.get("db") or (parts.path.strip("/") if not on_socket else "") or 0)
        except ValueError:
            raise InvalidValue("not a Redis URL") from None
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise InvalidValue("not a Redis URL")
        hello: list[tuple[Word, ...]] = []
        if parts.password:
            user, password = unquote(parts.username or ""), unquote(parts.password)
            hello.append(("AUTH", user, password) if user else ("AUTH", password))
        if database:
            hello.append(("SELECT", database))
        tls = None
        if parts.scheme == "rediss":
            tls = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
        # PING last: a server that accepts connections but answers nothing is found here.
        hello.append(("PING",))
        host = parts.hostname or "localhost"
        return cls(host, port, unquote(parts.path) if on_socket else None, tuple(hello), tls)


class Wire(asyncio.Protocol):
    """A live connection. Replies come in the order of the commands, so a queue of futures is all it needs."""

    def __init__(self, timeout: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._reader = hiredis.Reader()
        self._pending: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self.alive = False
        self.silent = False  # closed by us because an answer did not come in time

    @classmethod
    async def connect(cls, address: Address, seconds: float) -> "Wire":
        """A connection that has greeted the server; raises `OSError`, `TimeoutError` or an error reply."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            if address.path is not None:
                _, wire = await loop.create_unix_connection(lambda: cls(seconds), address.path)
            else:
                _, wire = await loop.create_connection(
                    lambda: cls(seconds), address.host, address.port, ssl=address.tls
                )
            try:
                for reply in await asyncio.gather(*(wire.send(words) for words in address.hello)):
                    if isinstance(reply, Exception):
                        raise reply
            except BaseException:
                wire.close()
                raise
        return wire

    def send(self, words: Sequence[Word]) -> asyncio.Future[Any]:
        """The reply to come: a value, or an error reply as one. Fails with `ConnectionError` or `TimeoutError`.

        A caller that stops waiting does no harm: its reply is dropped when it comes.
        """
        if len(self._pending) >= _MOST_PENDING:
            raise StoreUnavailable("too many commands wait for Redis")
        if not self._out:
            # With many under way one turn more is worth its wait: more of them leave, and come back, in one piece.
            self._loop.call_soon(self._soon if len(self._pending) > _MANY else self._flush)
        self._out.append(hiredis.pack_command(words))  # type: ignore[arg-type]
        future: asyncio.Future[Any] = self._loop.create_future()
        now = self._loop.time()
        self._pending.append((future, now))
        if self._watch is None:
            self._watch = self._loop.call_at(now + self._timeout, self._look)
        return future

    def close(self) -> None:
        """Ends the connection; whoever still waits gets `ConnectionError`."""
        if self._transport is not None:
            self._transport.abort()
        self._end(ConnectionError("closed"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        reader, pending = self._reader, self._pending
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not False:
                future, _ = pending.popleft()
                if not future.done():
                    future.set_result(reply)
        except (hiredis.ProtocolError, IndexError):
            # Out of step with the server: no later reply could be trusted to be one's own.
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(ConnectionError("connection lost"))

    def _soon(self) -> None:
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None and self.alive:
            self._transport.write(b"".join(out))

    def _look(self) -> None:
        """One timer for all commands: replies are in order, so the oldest says how late we are."""
        self._watch = None
        if not self._pending:
            return
        late_at = self._pending[0][1] + self._timeout
        if self._loop.time() < late_at:
            self._watch = self._loop.call_at(late_at, self._look)
            return
        self.silent = True
        self._end(TimeoutError("no answer in time"))
        if self._transport is not None:
            self._transport.abort()

    def _end(self, error: Exception) -> None:
        self.alive = False
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        pending, self._pending = self._pending, deque()
        for future, _ in pending:
            if not future.done():
                future.set_exception(error)
