"""F8: the TLS certificate of a ministry or a provider has ended: nothing is sent there, and it goes on once renewed."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.aggregators.africastalking.account import account
from gateway.aggregators.africastalking.sms import AfricasTalking
from services.backends.wire import HttpWire
from sms.retry import LONGEST_PAUSE
from storage.unit_of_work import Database
from tests.faults.test_redis import seats
from tests.gateway.sms_peers import HttpPeer, http
from tests.gateway.sms_providers_under_test import at
from tests.gateway.walks import at_home, intents, pack_with, typed, walk_to_confirm
from tests.phone import AfricasTalkingPhone
from tests.services.backends.test_tls import Authority
from tests.sms.queueing import Post
from tests.whole import Stage, Whole, whole

GRANTED = "41000019"
GOOD, ENDED = 1, -2
"""Days that a certificate has left."""
LIMITS = {"connect": 3.0, "total": 8.0}
AFTER_THE_BREAKER = timedelta(minutes=1)


class Terminator:
    """Takes TLS off what comes, as a machine before the ministry's own does, and hands it on to `upstream`."""

    def __init__(self, authority: Authority, upstream: str) -> None:
        self.octets = 0
        """That anybody sent within TLS."""
        self._authority, self._upstream = authority, urlsplit(upstream)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.show(GOOD)
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", 0, ssl=self._context)
        self.url = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._upstream.path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.drop()

    def show(self, days: int) -> None:
        """From the next connection on: a certificate that ends in so many days."""
        self._context.load_cert_chain(*self._authority.issue(f"ends-in-{days}", days))

    async def drop(self) -> None:
        """Ends the connections that there are: those began with what was shown before."""
        held = list(self._open)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        there, back = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        answers = asyncio.create_task(self._flow(there, writer))
        with contextlib.suppress(asyncio.CancelledError):
            await self._flow(reader, back, counted=True)
        answers.cancel()
        back.transport.abort()
        writer.transport.abort()
        self._open.discard(task)

    async def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: bool = False) -> None:
        with contextlib.suppress(OSError):
            while octets := await reader.read(65536):
                self.octets += len(octets) if counted else 0
                writer.write(octets)
                await writer.drain()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture
async def door(ministries: tuple[Stage, str], authority: Authority) -> AsyncIterator[Terminator]:
    async with Terminator(authority, ministries[1]) as opened:
        yield opened


@pytest.fixture
async def gateway(
    clean_url: str,
    redis_url: str,
    ministries: tuple[Stage, str],
    door: Terminator,
    authority: Authority,
    tmp_path: Path,
) -> AsyncIterator[Whole]:
    """Two of its ministries are behind that door, and their authority is named in the pack."""
    pack = pack_with(tmp_path, LIMITS)
    written = yaml.safe_load((pack / "ministries.yaml").read_text())
    for name in ("vemtas", "asan"):
        written["ministries"][name]["address"]["tls"] = {"ca": {"env": "GUICHET_MINISTRIES_CA"}}
    (pack / "ministries.yaml").write_text(yaml.safe_dump(written))
    urls = {f"ministry_{name}_url": f"{door.url}/ministries/{name}" for name in ("vemtas", "asan")}
    more = {"country": str(pack), "ministries_ca": str(authority.file), "hop_deadline": "9", "ministry_deadline": "8"}
    async with whole(clean_url, redis_url, *ministries, **urls, **more) as running:
        yield running


def unavailable(gateway: Whole, ministry: str, operation: str) -> float:
    """How many calls to it the gateway has counted that came to nothing, and did nothing."""
    labels = {"ministry": ministry, "operation": operation, "result": "MinistryUnavailable"}
    found = gateway.parts.metrics.registry.get_sample_value("guichet_ministry_call_seconds_count", labels)
    return found or 0.0


async def test_a_ministrys_certificate_ends_while_people_call(
    gateway: Whole, door: Terminator, caplog: pytest.LogCaptureFixture
) -> None:
    """One is about to book, one asks how far it is. Both read that the office does not answer, and nothing is sent."""
    diary = gateway.sandbox.state.world.diary.appointments
    booking, asking = (AfricasTalkingPhone(gateway.app, f"+99450123450{last}") for last in (2, 1))
    seat = seats(gateway)[0]
    await walk_to_confirm(booking, gateway, seat)
    await at_home(asking)
    door.show(ENDED)
    await door.drop()
    before = door.octets
    for shown in (await booking.answer("1"), await typed(asking, "1", GRANTED)):
        assert (shown.name, shown.goes_on) == ("try_later", True)
        assert "does not answer now" in shown.text
    assert door.octets == before and not diary
    # Nothing was done there, and nothing is left to be done: she may try again.
    assert [row.state for row in await intents(gateway.parts)] == ["refused"]
    assert unavailable(gateway, "asan", "subscriber.list") >= 1
    assert unavailable(gateway, "vemtas", "application.get") >= 1
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.levelno >= logging.WARNING]
    assert told == [
        ("WARNING", "visits.book failed: MinistryUnavailable"),
        ("WARNING", "applications.find failed: MinistryUnavailable"),
    ], "the ministry's fault, and none of ours"
    door.show(GOOD)
    gateway.clock.advance(AFTER_THE_BREAKER)
    assert "312.40 manat" in (await typed(asking, "00", "1", GRANTED)).text
    await walk_to_confirm(booking, gateway, seat)
    assert (await booking.answer("1")).name == "visit_booked"
    assert len(diary) == 1


async def test_a_providers_certificate_ends_while_a_message_waits(database: Database, authority: Authority) -> None:
    """It was not sent, which is no word about our account nor about her number: it stays queued, and goes later."""
    post = Post(database)
    await post.put(await post.person())
    trusted = ssl.create_default_context(cafile=str(authority.file))
    async with HttpPeer(http(201, at(101))) as peer, Terminator(authority, peer.url) as door, HttpWire() as wire:
        provider = AfricasTalking(account("guichet", "key-of-ours", door.url), wire.secured(trusted))
        door.show(ENDED)
        await post.dispatcher(provider).once()
        assert await post.states() == ["queued not_sent"]
        assert (peer.seen, door.octets) == ([], 0), "nobody was told her number"
        [why] = [event for event in post.counted.events if event[0] == "not_sent"]
        assert why == ("not_sent", "africastalking", "not reached: ClientConnectorCertificateError", False)
        door.show(GOOD)
        post.clock.advance(LONGEST_PAUSE)
        await post.dispatcher(provider).once()
        assert await post.states() == ["sent"] and len(peer.seen) == 1
