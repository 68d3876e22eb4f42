"""A process beside the worker: it claims, opens, words and seals, while the worker itself has only to send.

A worker is one process, and Python uses one core of it; what a claim takes is a fifth of that. With a long queue the
other cores have room for it. Where no such process is up, or it is gone, the worker claims for itself: it is never
needed. It shares nothing with the worker but the database and one socket: what it dies with are rows that nobody has
begun, which come back as those of any worker that died.

On the socket: frames of four octets of length and a MessagePack array; one question, then its answer.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, TypeVar
from uuid import UUID

import msgspec

from domain.clock import Clock
from domain.errors import GuichetError, StoreUnavailable
from domain.msisdn import Msisdn
from services.alerts import POLICIES, AlertKind
from sms.claims import Claimed, Written
from sms.holding import End
from sms.records.claiming import Claim
from sms.states import MessageState
from sms.values import Encoding

log = logging.getLogger("guichet.sms")

Launch: TypeAlias = Callable[[socket.socket], Awaitable[asyncio.subprocess.Process]]
"""Starts the process that answers (`answer`) at that end of a pair."""

Writer: TypeAlias = Callable[[UUID, int], Awaitable[Claim[Written]]]
"""(token, at most) to what one claim found, committed; raises `StoreUnavailable`."""

LONG = 8
"""So many full claims in succession are a long queue."""
REST_SECONDS = 60.0
"""So long after the last full claim it is ended; so long it is not tried again where it would not start, or broke."""
START_SECONDS = 30.0
ANSWER_SECONDS = 12.0
"""Longer than two statements may take (`storage.engine`), and shorter than a worker that is told to stop may."""
_END_SECONDS = 2.0
_MOST_OCTETS = 64 << 20
_LIMIT = 1 << 20
_LOST = (OSError, EOFError, TimeoutError, ValueError)


class BesideGone(GuichetError):
    """It died, or did not answer in time. What it had claimed is given back by the token, or comes back by itself."""


class _Asked(msgspec.Struct, frozen=True, array_like=True):
    token: UUID
    most: int


class _Words(msgspec.Struct, frozen=True, array_like=True):
    """`sms.claims.Worded`."""

    text: str
    encoding: Encoding
    parts: tuple[str, ...]


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """`Written`, flat."""

    id: UUID
    event: UUID | None
    kind: AlertKind
    source: str
    language: str
    to: str
    expires_at: datetime | None
    attempts: int
    extra_sends: int
    link_id: str
    network: str
    avoid: str
    words: _Words | None
    sealed: bytes


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    """`ended`: the states of those that were ended for good. `failed`: "" or why there was no claim."""

    seen: int = 0
    rows: list[_Row] = []
    ended: list[MessageState] = []
    failed: str = ""


class _Hello(msgspec.Struct, frozen=True, array_like=True):
    """It is up. `form`: of what it will say, as its code knows it."""

    form: str


FORM = sha256(msgspec.json.encode(msgspec.json.schema_components((_Asked, _Answer)), order="deterministic")).hexdigest()
"""Of the frames alone. Another where they are of another release: code on the disk was replaced under a running worker,
and the two would not understand each other."""

_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_asked = msgspec.msgpack.Decoder(_Asked)
_answer = msgspec.msgpack.Decoder(_Answer)
_hello = msgspec.msgpack.Decoder(_Hello)
_AWAY, _BROKE = "away", "broke"


class Beside:
    """The worker's end of it. `saw` after each claim of the worker's own; `claim` while it is `up`; `stop` at the end.

    `told`: whether it is up, at each change.
    """

    def __init__(self, launch: Launch, clock: Clock, told: Callable[[bool], None] = lambda _: None) -> None:
        self._launch = launch
        self._clock = clock
        self._told = told
        self._full = 0
        self._last_full = 0.0
        self._not_before = 0.0
        self._starting: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def up(self) -> bool:
        """Whether it can be asked."""
        return self._link is not None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    def saw(self, full: bool) -> None:
        """A claim that the worker made itself brought all that it asked for, or not; many such start the process."""
        self._full = self._full + 1 if full else 0
        if self._full >= LONG and self._starting is None and self._clock.monotonic() >= self._not_before:
            self._starting = asyncio.create_task(self._started())

    async def start(self) -> None:
        """At once, whatever the queue; raises `BesideGone` where it does not start. Nothing happens where it is up."""
        if self.up:
            return
        ours: socket.socket | asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(START_SECONDS):
                ours, its = socket.socketpair()
                with its:
                    self._process = await self._launch(its)
                reader, writer = await asyncio.open_connection(sock=ours, limit=_LIMIT)
                ours = writer
                if (await _read(reader, _hello)).form != FORM:
                    raise ValueError("of another release")
        except BaseException as failure:
            if ours:
                ours.close()
            await self._ended()
            if not isinstance(failure, _LOST):
                raise
            raise BesideGone(type(failure).__name__) from failure
        self._link = reader, writer
        self._last_full = self._clock.monotonic()
        self._told(True)

    async def claim(self, token: UUID, most: int) -> Claim[Written]:
        """One claim under that token, committed. Raises `StoreUnavailable` and `BesideGone`: then it is ended, and
        what it may have claimed is to be let go."""
        if self._link is None:
            raise BesideGone("it is not up")
        reader, writer = self._link
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _write(writer, _Asked(token, most))
                await writer.drain()
                answer = await _read(reader, _answer)
            rows = [_written(row, token) for row in answer.rows]
        except BaseException as failure:
            # Also where we are cut off between a question and its answer: the next would get this one's.
            await self._given_up()
            if not isinstance(failure, _LOST):
                raise
            raise BesideGone(type(failure).__name__) from failure
        if answer.failed:
            # What breaks there may break here: but then it is known where. And PostgreSQL may be away for it alone,
            # with no connection left for one more: kept up, it would keep the worker from claiming for good.
            await self._given_up()
            raise StoreUnavailable("for the process beside") if answer.failed == _AWAY else BesideGone("it broke")
        await self._rest_unless(answer.seen >= most)
        return Claim(rows, answer.seen, [(None, End(state, "")) for state in answer.ended])

    async def stop(self) -> None:
        """Ended; nothing that it holds is more than a lease."""
        if self._starting:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        self._starting, self._full = None, 0
        await self._ended()

    async def _given_up(self) -> None:
        await self.stop()
        self._not_before = self._clock.monotonic() + REST_SECONDS

    async def _rest_unless(self, full: bool) -> None:
        now = self._clock.monotonic()
        if full:
            self._last_full = now
        elif now - self._last_full >= REST_SECONDS:
            log.info("the queue is short: the process beside is ended")
            await self.stop()

    async def _started(self) -> None:
        try:
            await self.start()
        except Exception as failure:
            # The worker goes on by itself whatever it was.
            log.warning("no process beside: %s", failure if isinstance(failure, BesideGone) else type(failure).__name__)
            self._not_before = self._clock.monotonic() + REST_SECONDS
        else:
            log.info("the queue is long: a process beside claims")
        finally:
            self._starting, self._full = None, 0

    async def _ended(self) -> None:
        link, self._link = self._link, None
        process, self._process = self._process, None
        if link:
            self._told(False)
            link[1].close()
        if process:
            try:
                if link:
                    # It ends by itself at the end of the link.
                    async with asyncio.timeout(_END_SECONDS):
                        await process.wait()
            except TimeoutError:
                pass
            finally:
                # Also where we are cut off meanwhile.
                if process.returncode is None:
                    await _killed(process)


async def _killed(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()


async def answer(connection: socket.socket, write: Writer) -> None:
    """The other end, until the worker closes it or is gone: each claim that is asked for, made by `write`."""
    reader, writer = await asyncio.open_connection(sock=connection, limit=_LIMIT)
    _write(writer, _Hello(FORM))
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            asked = await _read(reader, _asked)
            _write(writer, await _answered(asked, write))
            await writer.drain()
    writer.close()


async def _answered(asked: _Asked, write: Writer) -> _Answer:
    try:
        claim = await write(asked.token, asked.most)
        return _Answer(claim.seen, [_row(one) for one in claim.taken], [end.state for _, end in claim.ended])
    except StoreUnavailable:
        return _Answer(failed=_AWAY)
    except Exception as failure:
        # Its words may hold personal data.
        log.error("a claim broke: %s", type(failure).__name__)
        return _Answer(failed=_BROKE)


def _row(one: Written) -> _Row:
    claim, worded = one.claim, one.worded
    return _Row(
        claim.id,
        claim.event,
        one.kind,
        claim.source,
        claim.language,
        claim.to.e164,
        claim.expires_at,
        claim.attempts,
        claim.extra_sends,
        claim.link_id,
        one.network,
        one.avoid,
        _Words(worded.text, worded.encoding, worded.parts) if worded else None,
        one.sealed,
    )


def _written(row: _Row, token: UUID) -> Written:
    claim = Claimed(
        row.id,
        token,
        row.event,
        POLICIES[row.kind],
        row.source,
        row.language,
        Msisdn(row.to),
        row.expires_at,
        row.attempts,
        row.extra_sends,
        row.link_id,
    )
    return Written(claim, row.kind, row.network, row.avoid, row.words, row.sealed)


Frame = TypeVar("Frame")


def _write(writer: asyncio.StreamWriter, frame: msgspec.Struct) -> None:
    octets = _encode(frame)
    writer.write(len(octets).to_bytes(4, "big") + octets)


async def _read(reader: asyncio.StreamReader, decoder: "msgspec.msgpack.Decoder[Frame]") -> Frame:
    """Raises `EOFError` at the end, `ValueError` for what is no frame."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > _MOST_OCTETS:
        raise ValueError("too long")
    return decoder.decode(await reader.readexactly(length))
