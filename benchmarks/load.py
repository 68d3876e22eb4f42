"""A load of HTTP requests on loopback: keep-alive connections, every answer's body checked."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from benchmarks.http_messages import first_whole

_MOST_SECONDS = 120.0


@dataclass(slots=True)
class Result:
    """What a run saw. Latencies in seconds."""

    requests: int = 0
    wrong: int = 0
    seconds: float = 0.0
    example: str = ""
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    """One connection: sends the next request when the last is answered."""

    def __init__(
        self, requests: Iterator[bytes], right: Callable[[bytes], bool], result: Result, done: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._right = right
        self._result = result
        self._done = done
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if (message := first_whole(self._buffer)) is None:
            return
        head, body, self._buffer = message
        self._result.latencies.append(time.perf_counter() - self._sent)
        self._result.requests += 1
        if not (head.startswith(b"HTTP/1.1 200") and self._right(body)):
            self._result.wrong += 1
            self._result.example = self._result.example or (head + b"\n" + body).decode(errors="replace")
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]


async def run(port: int, streams: list[Iterator[bytes]], right: Callable[[bytes], bool]) -> Result:
    """Every stream over a connection of its own, to its end. Addresses 127.0.0.1 only and stops by itself."""
    loop = asyncio.get_running_loop()
    result = Result()
    began = time.perf_counter()
    ends = []
    for stream in streams:
        done: asyncio.Future[None] = loop.create_future()
        ends.append(done)
        await loop.create_connection(partial(_Connection, stream, right, result, done), "127.0.0.1", port)
    async with asyncio.timeout(_MOST_SECONDS):
        await asyncio.gather(*ends)
    result.seconds = time.perf_counter() - began
    return result


def post(path: str, body: bytes) -> bytes:
    """A form post, as octets."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
