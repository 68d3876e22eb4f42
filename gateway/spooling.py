"""What providers tell us while PostgreSQL is away, kept on a durable volume and handed in later (decision 37)."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.clock import Clock
from domain.errors import StoreUnavailable
from domain.ids import Ids, made_at
from gateway.spool_metrics import SpoolMetrics
from sms.values import DeliveryReport, InboundSms, OptOutNotice
from storage.errors import SealBroken
from storage.spool import Spool

log = logging.getLogger("guichet.spool")

Told: TypeAlias = InboundSms | DeliveryReport | OptOutNotice
HandIn: TypeAlias = Callable[[Told], Awaitable[None]]
Ping: TypeAlias = Callable[[], Awaitable[None]]

_KINDS: dict[str, type[Told]] = {"inbound": InboundSms, "report": DeliveryReport, "opt-out": OptOutNotice}
_EVERY = 1.0
_LOOK_EVERY = 10.0
"""Who is not the one who hands in learns that late what others of the folder have kept and handed in."""
_SWEEP_EVERY = 3600.0
_PAGE = 2000
_TOGETHER = 8
_MOST_TRIES = 10


class Spooling:
    """Keeps what was told while the store is away, and hands it in. One for each process of `serve` and `worker`.

    `away`: the store was found away, and has not answered since. Until then nobody waits for it to fail once more.
    """

    def __init__(self, spool: Spool, most: int, clock: Clock, ids: Ids, metrics: SpoolMetrics) -> None:
        """`most`: entries that may wait in the folder, whoever put them there."""
        self.spool = spool
        self.away = False
        self._most = most
        self._clock = clock
        self._ids = ids
        self._metrics = metrics
        self._waiting = self._under_way = self._written = 0
        self._looked = self._swept = float("-inf")
        self._oldest: datetime | None = None
        self._batch: list[tuple[UUID, str, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._tries: Counter[UUID] = Counter()
        metrics.watch(lambda: self._waiting, self._oldest_seconds)

    async def keep(self, told: Told) -> None:
        """On return the disk has it, and it may be acknowledged. Raises `StoreUnavailable` where it has not: the spool
        is full, or its disk is, or broke."""
        if self._waiting + self._under_way >= self._most:
            raise StoreUnavailable("the spool is full")
        id, kept = self._ids.uuid7(), asyncio.get_running_loop().create_future()
        self._batch.append((id, _written(told, id), kept))
        self._under_way += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        if not await kept:
            raise StoreUnavailable("the spool's disk does not take it")
        self._metrics.kept()

    async def run(self, stopped: asyncio.Event, hand_in: HandIn, ping: Ping) -> None:
        """Rounds until stopped, and a last one: what it leaves is taken up by the next process on this volume."""
        while not stopped.is_set():
            await self.round(hand_in, ping)
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await stopped.wait()
        await self.round(hand_in, ping)

    async def round(self, hand_in: HandIn, ping: Ping) -> None:
        """Hand in what waits, the oldest first, unless another process does or the store is away. Raises nothing."""
        try:
            there = await self._is_there(ping)
            await self._now_and_then()
            if there:
                async with _claimed(self.spool) as ours:
                    if ours:
                        await self._hand_in_all(hand_in, ping)
        except StoreUnavailable:
            self.away = True
        except OSError as failure:
            log.error("the spool cannot be read: %s", failure.strerror)
        except Exception as failure:
            # Its words may hold personal data; the next round tries again.
            log.error("the spool broke: %s", type(failure).__name__)

    async def _write(self) -> None:
        """All that came while the disk was busy is written together."""
        while self._batch:
            batch, self._batch = self._batch, []
            try:
                written = await asyncio.to_thread(self.spool.put, [(id, text) for id, text, _ in batch])
            except Exception as failure:
                log.error("the spool broke: %s", type(failure).__name__)
                written = set()
            self._waiting += len(written)
            self._written += len(written)
            self._under_way -= len(batch)
            if written:
                self._oldest = self._oldest or made_at(min(written))
            for id, _, kept in batch:
                if not kept.done():
                    kept.set_result(id in written)
            if len(written) < len(batch):
                log.error("the spool's disk does not take what came")

    async def _is_there(self, ping: Ping) -> bool:
        """Whether the store is: asked only where it was away, else the next that is handed in finds out."""
        if self.away:
            try:
                await ping()
            except StoreUnavailable:
                return False
            self.away = False
        return True

    async def _now_and_then(self) -> None:
        """What need not be known each second of a folder with many entries. Also while the store is away: what others
        keep counts for the bound."""
        now = self._clock.monotonic()
        if now - self._swept >= _SWEEP_EVERY:
            await asyncio.to_thread(self.spool.sweep, self._clock.now())
            self._swept = now
        if now - self._looked >= _LOOK_EVERY:
            await self._look(1)

    async def _look(self, most: int, after: UUID | None = None) -> Sequence[UUID]:
        """The oldest entries, or the oldest after that one."""
        written = self._written
        seen = await asyncio.to_thread(self.spool.look, most, after)
        # What was written during the look may be in it or not. Counted twice, the spool is full a little early.
        self._waiting = seen.count + self._written - written
        if after is None:
            self._oldest = made_at(seen.first[0]) if seen.first else None
        self._looked = self._clock.monotonic()
        return seen.first

    def _oldest_seconds(self) -> float:
        return (self._clock.now() - self._oldest).total_seconds() if self._oldest else 0.0

    async def _hand_in_all(self, hand_in: HandIn, ping: Ping) -> None:
        """Page by page, so that a folder with many entries is read once for each some thousand of them."""
        page = await self._look(_PAGE)
        if not page:
            return
        while page:
            for begin in range(0, len(page), _TOGETHER):
                self._oldest = made_at(page[begin])
                await self._hand_in(page[begin : begin + _TOGETHER], hand_in, ping)
            page = await self._look(_PAGE, page[-1]) if len(page) == _PAGE else ()
        await self._look(1)  # what could not be handed in waits, too

    async def _hand_in(self, ids: Sequence[UUID], hand_in: HandIn, ping: Ping) -> None:
        """A few at a time; those of one number, or of one message, in the order in which they came. Raises
        `StoreUnavailable` where the store went away again."""
        lanes: dict[str, list[tuple[UUID, Told]]] = {}
        for id in ids:
            if (told := await self._read(id)) is not None:
                lanes.setdefault(_lane(told), []).append((id, told))
        ends = await asyncio.gather(*(self._in_order(lane, hand_in) for lane in lanes.values()))
        failed = [end for end in ends if end]
        away = [failure for _, failure in failed if isinstance(failure, StoreUnavailable)]
        if away:
            await ping()
        for id, failure in failed:
            if isinstance(failure, StoreUnavailable):
                continue  # a store may answer and yet take nothing: read-only after a fail-over, full, locked
            # The store is there: it is this one that cannot be handed in.
            log.error("an entry of the spool cannot be handed in: %s", type(failure).__name__)
            self._tries[id] += 1
            if self._tries[id] >= _MOST_TRIES:
                await self._put_aside(id, "refused")
        if away:
            raise away[0]

    async def _read(self, id: UUID) -> Told | None:
        """None where it is not to be had: put aside, or handed in by another process."""
        try:
            return _read(await asyncio.to_thread(self.spool.read, id))
        except FileNotFoundError:
            return None
        except SealBroken:
            await self._put_aside(id, "damaged")
        except Exception as failure:
            # Its disk may fare better next time; what a newer version wrote is for that to read.
            log.error("an entry of the spool cannot be read: %s", type(failure).__name__)
            self._tries[id] += 1
            if self._tries[id] >= _MOST_TRIES:
                await self._put_aside(id, "damaged")
        return None

    async def _in_order(self, lane: Sequence[tuple[UUID, Told]], hand_in: HandIn) -> tuple[UUID, Exception] | None:
        """The first that failed, and how: those behind it wait with it."""
        for id, told in lane:
            try:
                await hand_in(told)
            except Exception as failure:
                return id, failure
            await asyncio.to_thread(self.spool.remove, [id])
            self._gone(id)
            self._metrics.handed_in()
        return None

    async def _put_aside(self, id: UUID, why: str) -> None:
        try:
            await asyncio.to_thread(self.spool.put_aside, id)
        except OSError as failure:
            # A full disk may have no room for the folder. It is tried again, and the others go on.
            log.error("an entry of the spool cannot be put aside: %s", failure.strerror)
            return
        self._gone(id)
        self._metrics.put_aside(why)
        log.error("an entry of the spool is put aside: %s", why)

    def _gone(self, id: UUID) -> None:
        self._waiting -= 1
        self._tries.pop(id, None)


@asynccontextmanager
async def _claimed(spool: Spool) -> AsyncIterator[bool]:
    """`Spool.claimed`, in a thread: the disk is asked for its folder. Where this is cancelled while the thread is under
    way, the claim ends with the object that holds it."""
    claim = spool.claimed()
    ours = await asyncio.to_thread(claim.__enter__)
    try:
        yield ours
    finally:
        await asyncio.to_thread(claim.__exit__, None, None, None)


def _written(told: Told, id: UUID) -> str:
    """With the id that says when it came. As JSON of ASCII only, so that half a surrogate pair is no trouble."""
    if isinstance(told, InboundSms):
        told = replace(told, spooled=id, sent_at=told.sent_at or made_at(id))
    elif isinstance(told, DeliveryReport):
        told = replace(told, spooled=id)
    kind = next(name for name, kind in _KINDS.items() if isinstance(told, kind))
    return json.dumps({"kind": kind, "told": msgspec.to_builtins(told)})


def _read(text: str) -> Told:
    """Raises `ValueError`, `LookupError` or `TypeError` for what this version does not know."""
    entry = json.loads(text)
    return msgspec.convert(entry["told"], _KINDS[entry["kind"]])


def _lane(told: Told) -> str:
    match told:
        case InboundSms():
            return f"from {told.sender}"
        case DeliveryReport():
            return f"of {told.provider_id}"
        case OptOutNotice():
            return f"by {told.number.e164}"
