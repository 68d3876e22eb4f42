"""The place book that stays up to date: the pack's places and, read every few minutes, what ministries' guides tell.

Public data only. What a ministry told last stays while it is away, and over a restart where copies are kept; processes
that share copies ask a ministry once for all of them.
"""

import asyncio
import logging
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryError, StoreUnavailable
from services.listed_places import ListedPlace, MobileUnit
from services.place_book import Book, merged
from services.place_index import PlaceIndex
from services.ports import Guide
from services.values import Place

_log = logging.getLogger("guichet.places")
# A guide of 13,000 places comes in many pages.
READ_SECONDS = 120.0
# After a failure the ministry is asked again this soon, and each time twice as late, up to its own interval.
AGAIN_SECONDS = 15.0
ROUND_SECONDS = 5.0
GOOD_SECONDS = 600.0


class Copies(Protocol):
    """Where the last good copy is kept, by ministry. Both may raise `StoreUnavailable`."""

    async def get(self, ministry: str) -> bytes | None: ...

    async def put(self, ministry: str, copy: bytes) -> None: ...


class NoCopies:
    """Keeps none."""

    async def get(self, ministry: str) -> bytes | None:
        return None

    async def put(self, ministry: str, copy: bytes) -> None:
        return None


class _Copy(msgspec.Struct, frozen=True, array_like=True):
    """What stands in a copy; `at`: seconds since 1970."""

    at: float
    places: list[ListedPlace]


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Copy)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one ministry told, when (by the clock on the wall), when it is asked again (monotonic), and failures."""

    places: Sequence[ListedPlace] = ()
    at: float | None = None
    due: float = 0.0
    failed: int = 0


class LivePlaces:
    """Fulfils `services.ports.PlaceBook`; `run` keeps it up to date, `refresh` does one round.

    `pack`: what is known without anybody; `guides` by ministry, `seconds` for how long the places of each are good. One
    instance a process.
    """

    def __init__(
        self,
        pack: Book,
        guides: Mapping[str, Guide],
        clock: Clock,
        copies: Copies | None = None,
        seconds: Mapping[str, float] | None = None,
    ) -> None:
        self._pack, self._guides, self._clock = pack, guides, clock
        self._seconds = seconds or {}
        self._copies = copies or NoCopies()
        self._told = {name: _Told() for name in guides}
        self._book = pack
        self._complete = not guides
        self._round = asyncio.Lock()

    @property
    def index(self) -> PlaceIndex:
        return self._book.index

    def get(self, place_id: str) -> Place | None:
        return self._book.get(place_id)

    def offering(self, service: str) -> Sequence[Place]:
        return self._book.offering(service)

    def agents(self) -> Sequence[ListedPlace]:
        return self._book.agents()

    def nearest_agent(self, region: str = "", district: str = "") -> Place | None:
        return self._book.nearest_agent(region, district)

    def all(self) -> Sequence[ListedPlace]:
        return self._book.all()

    def units(self) -> Sequence[MobileUnit]:
        return self._book.units()

    @property
    def complete(self) -> bool:
        return self._complete

    def ages(self) -> Mapping[str, float | None]:
        """How many seconds ago each ministry told its places; None where it never did."""
        now = self._clock.now().timestamp()
        return {name: None if told.at is None else now - told.at for name, told in self._told.items()}

    async def run(self, stopped: asyncio.Event) -> None:
        """Rounds until told to stop; none where nobody tells of places."""
        while self._guides and not stopped.is_set():
            await self.refresh()
            try:
                await asyncio.wait_for(stopped.wait(), ROUND_SECONDS)
            except TimeoutError:
                continue

    async def refresh(self) -> bool:
        """Ask whoever is due, one round at a time; whether the book changed. A failure is that ministry's alone."""
        async with self._round:
            return await self._refresh()

    async def _refresh(self) -> bool:
        due = [name for name, told in self._told.items() if told.due <= self._clock.monotonic()]
        if not due:
            return False
        changed = await asyncio.gather(*(self._ask(name) for name in due))
        if any(changed):
            told = [listed for name in self._guides for listed in self._told[name].places]
            # A third of a second for 13,000: not on the loop that serves hops.
            complete = all(kept.at is not None for kept in self._told.values())
            self._book = await asyncio.to_thread(self._bound, told)
            self._complete = complete
        return any(changed)

    def _bound(self, told: Sequence[ListedPlace]) -> Book:
        return Book.of(merged(self._pack.all(), told), self._pack.units(), self._pack.index.areas)

    async def _ask(self, name: str) -> bool:
        """Whether there is something new from this ministry."""
        known, seconds = self._told[name], max(self._seconds.get(name, GOOD_SECONDS), AGAIN_SECONDS)
        now = self._clock.now().timestamp()
        copy = await self._copy(name)
        if copy is not None and (known.at is None or copy.at > known.at):
            age = max(0.0, now - copy.at)
            known = _Told(copy.places, copy.at, self._clock.monotonic() + max(0.0, seconds - age))
            self._told[name] = known
            if age < seconds:
                return True
            # Too old to be enough, and better than nothing until the ministry answers.
            await self._read(name, known, seconds)
            return True
        return await self._read(name, known, seconds)

    async def _read(self, name: str, known: _Told, seconds: float) -> bool:
        try:
            places = tuple(await self._guides[name].places(Deadline.after(READ_SECONDS, self._clock)))
        except (MinistryError, DeadlineExceeded) as failure:
            again = min(seconds, AGAIN_SECONDS * 2.0 ** min(known.failed, 10))
            due = self._clock.monotonic() + again
            self._told[name] = replace(known, due=due, failed=known.failed + 1)
            _log.warning("ministry=%s places=%d: %s", name, len(known.places), type(failure).__name__)
            return False
        at = self._clock.now().timestamp()
        changed = known.at is None or await asyncio.to_thread(operator.ne, places, tuple(known.places))
        self._told[name] = _Told(places, at, self._clock.monotonic() + seconds)
        await self._keep(name, _Copy(at, list(places)))
        return changed

    async def _copy(self, name: str) -> _Copy | None:
        try:
            kept = await self._copies.get(name)
            return None if kept is None else await asyncio.to_thread(_decoder.decode, kept)
        except (StoreUnavailable, msgspec.MsgspecError):
            return None

    async def _keep(self, name: str, copy: _Copy) -> None:
        try:
            await self._copies.put(name, await asyncio.to_thread(_encoder.encode, copy))
        except StoreUnavailable:
            return
