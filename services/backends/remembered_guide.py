"""A guide whose answers are remembered: they are the same for everybody, and a hop need not wait for them twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryError
from services.listed_places import ListedPlace
from services.ports import Guide
from services.values import ServiceInfo


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    info: ServiceInfo | None


class RememberedGuide:
    """Fulfils `services.ports.Guide` over another. `seconds`: how long something is remembered (0: not at all).

    While the ministry is away what it told last goes on being told, however old. `places` goes straight to the
    ministry: the place book asks rarely, and keeps what it got.
    """

    def __init__(self, name: str, guide: Guide, seconds: float, clock: Clock) -> None:
        self.name, self.seconds = name, seconds
        self._guide, self._clock = guide, clock
        self._kept: dict[str, _Kept] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        """As remembered, or as the ministry tells it now; many who ask at once are one question."""
        kept = self._kept.get(service)
        if kept is not None and self._is_fresh(kept):
            return kept.info
        lock = self._asking.setdefault(service, asyncio.Lock())
        if lock.locked() and kept is not None:
            return kept.info
        async with lock:
            kept = self._kept.get(service)
            if kept is not None and self._is_fresh(kept):
                return kept.info
            try:
                told = await self._guide.info(service, deadline)
            except (MinistryError, DeadlineExceeded):
                if kept is None:
                    raise
                return kept.info
            self._kept[service] = _Kept(self._clock.monotonic(), told)
            return told

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        return await self._guide.places(deadline)

    def _is_fresh(self, kept: _Kept) -> bool:
        return self._clock.monotonic() - kept.at < self.seconds
