"""A TCP proxy on loopback that spoils connections as told: late, slow, held, reset, cut at an octet, down.

It stands before a real server and knows nothing of what flows, except for octets that it is told to look for. What is
late here is late as TCP makes it: a lost packet is sent again, and to whoever reads it is nothing but a delay.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Self

from tests.ports import held_port

Upstream = str | tuple[str, int]
"""A Unix socket's path, or host and port."""

CHUNK = 65536
# Linger for no time: the kernel ends it with RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)


class Cut(StrEnum):
    """What becomes of the octets at which a connection is cut."""

    UNSENT = "unsent"
    """They never arrive: the server has not been asked."""
    UNHEARD = "unheard"
    """They arrive and are answered; the answer never does."""


@dataclass
class Weather:
    """What befalls octets on their way, each way. Seconds; `per_second`: octets, 0 for no limit.

    `lost`: the share of pieces that have to be sent again, which takes `again` longer.
    """

    latency: float = 0.0
    jitter: float = 0.0
    lost: float = 0.0
    again: float = 0.2
    per_second: int = 0


@dataclass
class Look:
    """Connections are cut where a client sends these octets: each `every`-th of them, `times` times."""

    octets: bytes
    how: Cut
    times: int = 1
    every: int = 1
    seen: int = 0

    def sees(self, octets: bytes) -> bool:
        if not self.times or self.octets not in octets:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.times -= 1
        return True


@dataclass(eq=False)
class Link:
    """One connection of a client and ours to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    pumps: set[asyncio.Task[None]] = field(default_factory=set)
    deaf: bool = False  # the next octets from the server end it

    def reset(self) -> None:
        for writer in (self.client, self.server):
            if (sock := writer.get_extra_info("socket")) is not None and sock.family != socket.AF_UNIX:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Up from `async with` on. Its settings may be changed at any time, `upstream` too: that is a fail-over."""

    def __init__(self, upstream: Upstream, seed: int = 1) -> None:
        self.upstream = upstream
        self.weather = Weather()
        self.look: Look | None = None
        self.octets_left: int | None = None  # from servers, all connections together; then they are cut
        self.cuts = 0
        self.port = 0
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = contextlib.ExitStack()
        self._listener: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._draw = Random(seed)

    async def __aenter__(self) -> Self:
        self._flowing.set()
        self.port = self._held.enter_context(held_port())  # while it is down, too
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        self._held.close()

    @property
    def connections(self) -> int:
        return len(self._links)

    async def up(self) -> None:
        """Listens, always on the same port."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._joined, "127.0.0.1", self.port)

    async def down(self) -> None:
        """Nobody listens, and whoever was connected is no more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._flowing.set()
        self.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reset(self) -> None:
        """Every connection ends with RST."""
        for link in list(self._links):
            link.reset()

    def hold(self) -> None:
        """Connections stay, and nothing flows over them."""
        self._flowing.clear()

    def flow(self) -> None:
        """What was held flows on."""
        self._flowing.set()

    def cut_at(self, octets: bytes, how: Cut = Cut.UNHEARD, times: int = 1, every: int = 1) -> None:
        self.look = Look(octets, how, times, every)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.upstream, str):
                answers, server = await asyncio.open_unix_connection(self.upstream)
            else:
                answers, server = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, server)
        self._links.add(link)
        for pump in (self._up(link, reader), self._down(link, answers)):
            task = asyncio.create_task(self._ended(link, pump))
            for tasks in (self._tasks, link.pumps):
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def _ended(self, link: Link, pump: Coroutine[Any, Any, None]) -> None:
        """When one way ends, so does the other."""
        try:
            with contextlib.suppress(OSError):
                await pump
        finally:
            self._links.discard(link)
            for writer in (link.client, link.server):
                writer.close()

    async def _up(self, link: Link, reader: asyncio.StreamReader) -> None:
        before = b""
        while octets := await reader.read(CHUNK):
            if self.look is not None and self.look.sees(before + octets):
                self.cuts += 1
                if self.look.how is Cut.UNSENT:
                    link.reset()
                    return
                link.deaf = True
            if self.look is not None:
                before = octets[-(len(self.look.octets) - 1) :]
            await self._pass(octets, link.server)

    async def _down(self, link: Link, reader: asyncio.StreamReader) -> None:
        while octets := await reader.read(CHUNK):
            if link.deaf:
                link.reset()
                return
            if self.octets_left is not None:
                octets, self.octets_left = octets[: self.octets_left], max(0, self.octets_left - len(octets))
                await self._pass(octets, link.client)
                if not self.octets_left:
                    self.cuts += 1
                    link.reset()
                    return
                continue
            await self._pass(octets, link.client)

    async def _pass(self, octets: bytes, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        weather = self.weather
        late = weather.latency + weather.jitter * self._draw.uniform(-1, 1)
        if weather.lost and self._draw.random() < weather.lost:
            late += weather.again
        if late > 0:
            await asyncio.sleep(late)
        step = weather.per_second // 20 if weather.per_second else len(octets)
        for at in range(0, len(octets), max(1, step)):
            writer.write(octets[at : at + max(1, step)])
            await writer.drain()
            if weather.per_second:
                await asyncio.sleep(0.05)


def postgres_behind(url: str) -> str:
    """The socket of the server at that URL of the tests' own (`storage.embedded`)."""
    return f"{url.partition('?host=')[2]}/.s.PGSQL.5432"


def postgres_through(proxy: Proxy, url: str) -> str:
    """The same database's URL, by way of the proxy."""
    name = url.partition("?")[0].rpartition("/")[2]
    return f"postgresql+asyncpg://postgres@127.0.0.1:{proxy.port}/{name}?ssl=disable"


def redis_behind(url: str) -> str:
    """The socket of the Redis at that URL of the tests' own."""
    return url.removeprefix("unix://")
