"""Ministries for `hung_ministry.py`: one a port, each answers after a while of its own, or accepts and never answers.

    python -m benchmarks.slow_ministries COUNT --least MS --most MS

It prints their ports in a line once all listen. `GET /hang` and `GET /answer`, to a ministry's own port, switch it;
both are answered at once.
"""

import argparse
import asyncio
import random
from functools import partial

import msgspec

FILE = {
    "fileId": "700000011",
    "registered": "2026-11-02T08:00:00Z",
    "serviceId": "4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01",
    "serviceName": "Targeted social aid",
    "status": {"code": "PENDING", "title": "In review"},
    "ended": False,
    "applicationData": {
        "applicationName": "Demo",
        "created": "2026-11-02T08:00:00Z",
        "formData": {"data": {"phase": "in_review", "amount": "312.40", "currency": "AZN", "dueOn": "2026-12-01"}},
        "documentUrls": [],
    },
}


def answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


RIGHT, SWITCHED = answer(msgspec.json.encode(FILE)), answer(b"{}")


class Ministry:
    """What all connections of one port share. `times`: seconds an answer takes."""

    def __init__(self, times: random.Random, least: float, most: float) -> None:
        self._times, self._least, self._most = times, least, most
        self.hung = False

    def takes(self) -> float:
        return self._times.uniform(self._least, self._most)


class Connection(asyncio.Protocol):
    """One kept connection; requests without a body, one at a time."""

    def __init__(self, ministry: Ministry) -> None:
        self._ministry, self._read = ministry, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._read.endswith(b"\r\n\r\n"):
            return
        path, self._read = self._read.split(b" ", 2)[1], b""
        if path in (b"/hang", b"/answer"):
            self._ministry.hung = path == b"/hang"
            self._transport.write(SWITCHED)
        elif not self._ministry.hung:
            asyncio.get_running_loop().call_later(self._ministry.takes(), self._transport.write, RIGHT)


async def serve(count: int, least: float, most: float) -> None:
    loop, listening = asyncio.get_running_loop(), []
    for number in range(count):
        ministry = Ministry(random.Random(number), least, most)
        listening.append(await loop.create_server(partial(Connection, ministry), "127.0.0.1", 0, backlog=512))
    print(*(server.sockets[0].getsockname()[1] for server in listening), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--least", type=float, default=10.0)
    parser.add_argument("--most", type=float, default=40.0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.count, arguments.least / 1000, arguments.most / 1000))


if __name__ == "__main__":
    main()
