"""The least that a provider of SMS can be, for `sms.py` and `queues.py`: it reads a POST and gives an id.

    python -m benchmarks.stub_provider

It prints its port in a line once it listens. `POST /messages/50` is answered after 50 milliseconds.
"""

import asyncio
import secrets

import uvloop

from benchmarks.http_messages import first_whole


class Stub(asyncio.Protocol):
    """One kept connection; requests one at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._count = secrets.randbits(40)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if (message := first_whole(self._buffer)) is None:
            return
        head, _, self._buffer = message
        self._count += 1
        late = int(head.partition(b" /messages/")[2].partition(b" ")[0]) / 1000
        body = b'{"id":"%x-%x"}' % (id(self), self._count)
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        if late:
            asyncio.get_running_loop().call_later(late, self._transport.write, answer)  # type: ignore[attr-defined]
        else:
            self._transport.write(answer)  # type: ignore[attr-defined]


async def stub() -> None:
    """Says where it listens, and serves until it is killed."""
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(stub())
