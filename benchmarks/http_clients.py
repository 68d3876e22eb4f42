"""Measures aiohttp against pyreqwest as the client of a call to a ministry, and how each reports faults.

One GET of about 1 kB of JSON over kept-alive connections, the answer read with a cap and decoded by msgspec, a
total deadline on every call, no redirects. The server is bare ASGI on uvicorn in another process. Run:

    python -m benchmarks.http_clients            # CPU µs a call (all threads of the client) and calls a second
    python -m benchmarks.http_clients --faults   # which exception each client raises for which fault

The figures behind docs/decisions/0007-http-client.md.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import uvicorn
import uvloop

from benchmarks.peers.needs import module
from benchmarks.peers.servers import free_port

CAP = 256 * 1024
DEADLINE = 2.5
ANSWER = msgspec.json.encode({"fileId": "104417", "status": {"code": "APPROVED"}, "data": {"note": "x" * 930}})
Get = Callable[[str], Awaitable[object]]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def serve(port: int) -> None:
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="critical", lifespan="off")


@contextlib.asynccontextmanager
async def with_aiohttp() -> AsyncIterator[Get]:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=DEADLINE, sock_connect=1.0)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:

        async def get(url: str) -> object:
            async with session.get(url, allow_redirects=False) as answer:
                read = bytearray()
                async for chunk in answer.content.iter_any():
                    read += chunk
                    if len(read) > CAP:
                        raise ValueError("too long")
                return msgspec.json.decode(read)

        yield get


@contextlib.asynccontextmanager
async def with_pyreqwest() -> AsyncIterator[Get]:
    from pyreqwest.client import ClientBuilder

    builder = ClientBuilder().follow_redirects(False).connect_timeout(timedelta(seconds=1)).no_proxy()
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    async with builder.build() as client:

        async def get(url: str) -> object:
            request = client.get(url).timeout(timedelta(seconds=DEADLINE)).build_streamed()
            async with request as answer:
                read = bytearray()
                while chunk := await answer.body_reader.read_chunk():
                    read += chunk
                    if len(read) > CAP:
                        raise ValueError("too long")
                return msgspec.json.decode(read)

        yield get


CLIENTS = {"aiohttp": with_aiohttp, "pyreqwest": with_pyreqwest}


async def one_run(make: Callable[[], Any], url: str, calls: int, in_flight: int) -> tuple[float, float]:
    """CPU µs a call of this process with all its threads, and calls a second."""
    async with make() as get:
        await asyncio.gather(*(get(url) for _ in range(in_flight)))

        async def worker() -> None:
            for _ in range(calls // in_flight):
                await get(url)

        cpu, wall = time.process_time(), time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(in_flight)))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / calls * 1e6, calls / wall


async def measure(url: str, runs: int, calls: int) -> None:
    print(f"answer {len(ANSWER)} octets, {runs} runs of {calls} calls, medians (least to most)")
    print("| in flight | client | CPU µs a call | calls/s |\n|---|---|---|---|")
    for in_flight in (1, 4, 32):
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in CLIENTS}
        for _ in range(runs):  # turn about, so that a busy minute of the machine hits both
            for name, make in CLIENTS.items():
                figures[name].append(await one_run(make, url, calls, in_flight))
        for name, seen in figures.items():
            cpu, rate = [s[0] for s in seen], [s[1] for s in seen]
            print(
                f"| {in_flight} | {name} | {statistics.median(cpu):.0f} ({min(cpu):.0f}–{max(cpu):.0f}) "
                f"| {statistics.median(rate):,.0f} |"
            )


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    await asyncio.sleep(30)


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.close()


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.close()


async def _cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"a":')
    await writer.drain()
    writer.close()


async def _not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(b"SSH-2.0-nothing\r\n\r\n")
    await writer.drain()
    writer.close()


async def faults() -> None:
    print("| fault | " + " | ".join(CLIENTS) + " |\n|---|" + "---|" * len(CLIENTS))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        await _row("connection refused", refused)
        await _row("name unknown", "http://nowhere.invalid/")
    with socket.socket() as deaf, contextlib.ExitStack() as full:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # fills the backlog: the next connection gets no answer at all
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        await _row("connect gets no answer", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
    for story, handler in {
        "TLS expected, plain text there": _not_http,
        "request written, then silence": _hang,
        "request written, then reset": _reset,
        "request written, then closed": _close,
        "answer cut in the body": _cut,
        "answer is not HTTP": _not_http,
    }.items():
        async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await _row(story, f"{'https' if story.startswith('TLS') else 'http'}://127.0.0.1:{port}/")
            server.close()


async def _row(story: str, url: str) -> None:
    cells = []
    for make in CLIENTS.values():
        began = time.perf_counter()
        async with make() as get:
            try:
                await get(url)
                cell = "answered"
            except Exception as error:
                cell = f"{type(error).__name__} < {type(error).__mro__[1].__name__}"
        cells.append(f"{cell}, {time.perf_counter() - began:.2f} s")
    print(f"| {story} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--calls", type=int, default=3200)
    options = parser.parse_args()
    module("pyreqwest", "pyreqwest")
    if options.faults:
        uvloop.run(faults())
        return
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    server.start()
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)
    try:
        uvloop.run(measure(f"http://127.0.0.1:{port}/", options.runs, options.calls))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
