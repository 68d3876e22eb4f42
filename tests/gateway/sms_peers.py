"""Providers' sides on real sockets, doing exactly what a test says: an HTTP server and an SMSC of few lines."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit

# What a peer may do instead of answering.
HANG = b"(hang)"
CUT = b"(cut)"
DRIP = b"(drip)"


def http(status: int, body: bytes, kind: str = "application/json", **headers: str) -> bytes:
    """A whole HTTP answer."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Peer:
    """A listening socket whose conversations end with the block."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self.talk(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class HttpPeer(Peer):
    """Answers each request with the next of `answers`, the last again and again; `seen` are form or query fields."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self.answers = list(answers)
        self.seen: list[dict[str, str]] = []
        self.headers: list[str] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next((int(line[15:]) for line in head.lower().split("\r\n") if line[:15] == "content-length:"), 0)
            body = await reader.readexactly(length)
            address = urlsplit(head.split(" ")[1])
            fields = parse_qs(body.decode() or address.query, keep_blank_values=True, encoding="latin-1")
            self.seen.append({name: values[0] for name, values in fields.items()})
            self.headers.append(head.lower())
            self.paths.append(address.path)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer == HANG:
                await asyncio.sleep(3600)
            if answer == CUT:
                # A reset, as of a machine that died with the request in hand.
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if answer == DRIP:
                writer.write(b"HTTP/1.1 201 X\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n")
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            writer.write(answer)
            await writer.drain()


@dataclass
class Submitted:
    """One `submit_sm` as it came."""

    source: str
    destination: str
    esm_class: int
    coding: int
    octets: bytes
    registered: int
    validity: str


@dataclass
class Smsc(Peer):
    """Binds anyone while `bind_status` is 0; `answer(number)`: what a `submit_sm` gets, (status, id), CUT or HANG."""

    answer: Callable[[int], tuple[int, str] | bytes] = lambda number: (0, f"{number:08d}")
    bind_status: int = 0
    seen: list[Submitted] = field(default_factory=list)
    answered: list[tuple[int, int]] = field(default_factory=list)
    """Sequence and status of each `deliver_sm_resp`."""

    def __post_init__(self) -> None:
        super().__init__()
        self.lines: list[asyncio.StreamWriter] = []
        self._sequence = 0
        self._resps: dict[int, asyncio.Future[int]] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, command, status, sequence = struct.unpack("!IIII", await reader.readexactly(16))
            body = await reader.readexactly(length - 16)
            if command == 0x00000009:  # bind_transceiver
                writer.write(pdu(0x80000009, self.bind_status, sequence, b"smsc\0"))
                if self.bind_status:
                    await writer.drain()
                    return
                self.lines.append(writer)
            elif command == 0x00000004:
                self.seen.append(_submitted(body))
                told = self.answer(len(self.seen))
                if told == HANG:
                    continue
                if isinstance(told, bytes):
                    return
                writer.write(pdu(0x80000004, told[0], sequence, told[1].encode() + b"\0" if not told[0] else b""))
            elif command == 0x80000005:
                self.answered.append((sequence, status))
                self._resps[sequence].set_result(status)
            elif command == 0x00000006:  # unbind
                writer.write(pdu(0x80000006, 0, sequence, b""))
                await writer.drain()
                return
            elif command == 0x00000015:  # enquire_link
                writer.write(pdu(0x80000015, 0, sequence, b""))

    async def deliver(self, body: bytes) -> int:
        """Sends a `deliver_sm` on the newest line; the status it is answered with."""
        self._sequence += 1
        future = self._resps[self._sequence] = asyncio.get_running_loop().create_future()
        self.lines[-1].write(pdu(5, 0, self._sequence, body))
        return await asyncio.wait_for(future, 30)


def pdu(command: int, status: int, sequence: int, body: bytes) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, status, sequence) + body


def deliver_sm(
    octets: bytes, source: str = "994501234501", to: str = "7575", esm: int = 0, coding: int = 0, options: bytes = b""
) -> bytes:
    """The body of a `deliver_sm`."""
    return (
        b"\0" + b"\1\1" + source.encode() + b"\0" + b"\0\0" + to.encode() + b"\0"
        + bytes((esm, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(octets))) + octets + options
    )  # fmt: skip


def _submitted(body: bytes) -> Submitted:
    _service, rest = body.split(b"\0", 1)
    source, rest = rest[2:].split(b"\0", 1)
    destination, rest = rest[2:].split(b"\0", 1)
    esm = rest[0]
    _schedule, rest = rest[3:].split(b"\0", 1)
    validity, rest = rest.split(b"\0", 1)
    registered, _replace, coding, _default, length = rest[:5]
    octets = rest[5 : 5 + length]
    assert rest[5 + length :] == b"", "nothing but short_message"
    return Submitted(source.decode(), destination.decode(), esm, coding, octets, registered, validity.decode())
