"""The proxy itself does what it is told, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import Cut, Proxy, Weather
from tests.until import until


class Echo:
    """A server that says what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while octets := await reader.read(100):
                self.heard += octets
                writer.write(octets)
        except OSError:
            pass
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, Proxy]]:
    told = Echo()
    server = await asyncio.start_server(told.talk, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[:2]) as proxy:
        yield told, proxy
    server.close()


async def said(proxy: Proxy, *pieces: bytes) -> bytes:
    """All that comes back, until the end or until as much came as was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    back = b""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            back += await asyncio.wait_for(reader.read(100), 10)
    except OSError:
        back += b"!"
    writer.close()
    return back


async def test_in_fair_weather_nothing_happens(echo: tuple[Echo, Proxy]) -> None:
    assert await said(echo[1], b"hello", b" there") == b"hello there"


async def test_cut_where_the_octets_are_before_or_after_they_are_heard(echo: tuple[Echo, Proxy]) -> None:
    told, proxy = echo
    for how, heard in ((Cut.UNSENT, b"BEGIN;COM"), (Cut.UNHEARD, b"BEGIN;COMMIT;")):
        told.heard = b""
        proxy.cut_at(b"COMMIT;", how)
        # In two pieces, too.
        assert (await said(proxy, b"BEGIN;COM", b"MIT;")).startswith(b"BEGIN;COM")
        assert told.heard == heard
    assert proxy.cuts == 2
    assert await said(proxy, b"COMMIT;") == b"COMMIT;", "once each"


async def test_cut_after_so_many_octets_down_and_up_again(echo: tuple[Echo, Proxy]) -> None:
    _, proxy = echo
    proxy.octets_left = 3
    assert (await said(proxy, b"hello", b"")).rstrip(b"!") in (b"hel", b"")
    proxy.octets_left = None
    await proxy.down()
    with pytest.raises(OSError):
        await said(proxy, b"hello")
    await proxy.up()
    assert await said(proxy, b"hello") == b"hello"


async def test_held_and_late_octets_arrive_in_the_end(echo: tuple[Echo, Proxy]) -> None:
    told, proxy = echo
    proxy.weather = Weather(latency=0.01, jitter=0.01, lost=0.5, again=0.02, per_second=4000)
    proxy.hold()
    saying = asyncio.create_task(said(proxy, b"hello"))
    await until(lambda: proxy.connections, saying)
    assert told.heard == b"" and not saying.done()
    proxy.flow()
    assert await saying == b"hello"
