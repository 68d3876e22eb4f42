"""How broken conversations end: what was never written is told from what was written and not answered."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.backends.wire import AnswerTooLong, CutOff, HttpWire, NotReached, RawAnswer, WireError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 10.0
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def send(wire: HttpWire, url: str, method: str = "POST", total: float = 10.0, connect: float = 5.0) -> RawAnswer:
    body = None if method == "GET" else b"{}"
    return await wire.send(method, url, {}, body, connect=connect, total=total, cap=1000)


async def reach(wire: HttpWire, url: str, method: str, total: float) -> RawAnswer:
    """As `send`; on a machine so busy that there was no time to connect nothing was sent, and it is tried again."""
    for _ in range(20):
        with contextlib.suppress(NotReached):
            return await send(wire, url, method, total)
    raise AssertionError("never reached")


class Peer:
    """A ministry that gives these answers in turn, then closes; it keeps what reached it."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.requests: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for answer in self.answers:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer)
                await writer.drain()


@contextlib.asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_refused_connection_was_not_reached(wire: HttpWire) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotReached):
            await send(wire, f"http://127.0.0.1:{unused.getsockname()[1]}/")


async def test_an_unknown_name_was_not_reached(wire: HttpWire) -> None:
    with pytest.raises(NotReached):
        await send(wire, "http://nowhere.invalid/", total=5)


async def test_tls_to_a_peer_without_it_was_not_reached(wire: HttpWire) -> None:
    async with listening(Peer(b"SSH-2.0\r\n\r\n")) as url:
        with pytest.raises(NotReached):
            await send(wire, url.replace("http:", "https:"), connect=0.2)


async def test_a_connection_that_nobody_takes_is_given_up_in_time(wire: HttpWire) -> None:
    with socket.socket() as deaf, contextlib.ExitStack() as full:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        began = time.monotonic()
        with pytest.raises(NotReached):
            await send(wire, f"http://127.0.0.1:{deaf.getsockname()[1]}/", connect=0.2)
        assert 0.15 < time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("then", ["hang", "reset", "close"])
@pytest.mark.parametrize("answer", [b"", OK + b"content-length: 9\r\n\r\n{", b"HTTP/1.1 200 OK\r\nconte"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_written_and_not_wholly_answered_is_cut_off_and_sent_once(
    wire: HttpWire, method: str, answer: bytes, then: str
) -> None:
    seen: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            if then == "hang":
                await asyncio.sleep(5)
            if then == "reset":
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    async with listening(once) as url:
        with pytest.raises(CutOff):
            await reach(wire, url, method, 0.15)
    assert len(seen) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_kept_connection_that_died_does_not_send_twice_by_itself(wire: HttpWire, method: str) -> None:
    seen: list[bytes] = []

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK + b"content-length: 2\r\n\r\n{}")
            seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with listening(twice) as url:
        assert (await send(wire, url, "GET")).status == 200
        with pytest.raises(CutOff):
            await send(wire, url, method)
    assert len(seen) == 2


async def test_a_drip_is_cut_at_the_deadline(wire: HttpWire) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: 900\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(900):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

    async with listening(drip) as url:
        began = time.monotonic()
        with pytest.raises(CutOff):
            await reach(wire, url, "GET", 0.2)
        assert time.monotonic() - began < PATIENCE < 18, "that is how long it would take"


@pytest.mark.parametrize("head", [b"content-length: 1001\r\n", b"transfer-encoding: chunked\r\n", b""])
async def test_no_more_than_the_cap_is_read(wire: HttpWire, head: bytes) -> None:
    body = b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n" if b"chunked" in head else b"x" * 1001
    async with listening(Peer(OK + head + b"\r\n" + body)) as url:
        with pytest.raises(AnswerTooLong) as caught:
            await send(wire, url, "GET")
    assert caught.value.status == 200


async def test_as_much_as_the_cap_is_read(wire: HttpWire) -> None:
    async with listening(Peer(OK + b"content-length: 1000\r\n\r\n" + b"x" * 1000)) as url:
        assert len((await send(wire, url, "GET")).body) == 1000


async def test_a_redirect_is_an_answer_and_is_not_followed(wire: HttpWire) -> None:
    peer = Peer(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")
    async with listening(peer) as url:
        assert (await send(wire, url, "GET")).status == 302
    assert len(peer.requests) == 1


async def test_what_is_packed_stays_packed_and_cookies_are_not_kept(wire: HttpWire) -> None:
    packed = OK + b"content-encoding: gzip\r\nset-cookie: a=b\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"
    peer = Peer(packed, OK + b"content-length: 2\r\n\r\n{}")
    async with listening(peer) as url:
        assert (await send(wire, url, "GET")).body == b"\x1f\x8b\x08"
        await send(wire, url, "GET")
    assert b"cookie" not in peer.requests[1].lower()


@pytest.mark.parametrize("nonsense", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 50 + b"\r\n\r\n"])
async def test_what_is_not_http_is_no_answer(wire: HttpWire, nonsense: bytes) -> None:
    async with listening(Peer(nonsense)) as url:
        with pytest.raises(WireError) as caught:
            await send(wire, url, "GET")
    assert not isinstance(caught.value, NotReached)


async def test_headers_without_end_are_refused(wire: HttpWire) -> None:
    async with listening(Peer(OK + b"x-filler: " + b"y" * 200_000)) as url:
        with pytest.raises(WireError) as caught:
            await send(wire, url, "GET")
    assert not isinstance(caught.value, NotReached)


async def test_no_error_repeats_what_was_asked(wire: HttpWire) -> None:
    async with listening(Peer(b"SSH\r\n\r\n")) as url:
        with pytest.raises(WireError) as caught:
            await send(wire, url + "?canary=994501112233", "GET")
    assert "canary" not in repr(caught.value) and caught.value.__suppress_context__


async def test_without_time_nothing_is_written(wire: HttpWire) -> None:
    """The client below would wait for ever."""
    peer = Peer(OK + b"content-length: 2\r\n\r\n{}")
    async with listening(peer) as url:
        with pytest.raises(NotReached):
            await send(wire, url, total=0.0)
    assert not peer.requests
