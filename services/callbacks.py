"""`message.undelivered` back to the ministry: signed, a few times, to the address that the environment gives.

An address is never taken from an event, and no redirect is followed.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from domain.clock import Clock
from services.backends.wire import Wire, WireError
from services.event_ports import Signer

LOG = logging.getLogger(__name__)

CONNECT_SECONDS, TOTAL_SECONDS = 3.0, 10.0
LEASE_SECONDS = 60.0
# Before the second attempt, the third, …; after the last it is given up.
PAUSES = (10.0, 60.0, 600.0, 3600.0)
_ANSWER_CAP = 4096


@dataclass(frozen=True, slots=True)
class Callback:
    """One to deliver. `attempts` counts this one."""

    id: UUID
    source: str
    body: bytes
    attempts: int
    claim: UUID


Work: TypeAlias = Any
"""A unit of work, which only the records look into."""


class Callbacks(Protocol):
    """The rows."""

    async def claim(self, work: Work, limit: int, lease_seconds: float) -> Sequence[Callback]: ...
    async def taken(self, work: Work, callback: Callback) -> None: ...
    async def again(self, work: Work, callback: Callback, seconds: float) -> None: ...
    async def bury(self, work: Work, callback: Callback) -> None: ...


@dataclass(frozen=True, slots=True)
class CallbackDelivery:
    """The chore. `addresses`: by source, from the environment. `sign` makes the headers."""

    open: Callable[[], AbstractAsyncContextManager[Work]]
    callbacks: Callbacks
    addresses: Mapping[str, str]
    sign: Signer
    wire: Wire
    clock: Clock

    async def deliver(self, limit: int = 20) -> int:
        """Tell those that are due; gives how many were tried."""
        async with self.open() as work:
            due = await self.callbacks.claim(work, limit, LEASE_SECONDS)
        for callback in due:
            taken = await self._post(callback, self.clock.now())
            async with self.open() as work:
                if taken:
                    await self.callbacks.taken(work, callback)
                elif callback.attempts > len(PAUSES):
                    LOG.warning("callback %s to %s is given up", callback.id, callback.source)
                    await self.callbacks.bury(work, callback)
                else:
                    await self.callbacks.again(work, callback, PAUSES[callback.attempts - 1])
        return len(due)

    async def _post(self, callback: Callback, now: datetime) -> bool:
        address = self.addresses.get(callback.source)
        headers = self.sign(callback.source, str(callback.id), now, callback.body)
        if address is None or headers is None:
            return False
        kind = {"content-type": "application/cloudevents+json; charset=utf-8"}
        try:
            answer = await self.wire.send(
                "POST",
                address,
                {**headers, **kind},
                callback.body,
                connect=CONNECT_SECONDS,
                total=TOTAL_SECONDS,
                cap=_ANSWER_CAP,
            )
        except WireError as failure:
            LOG.info("callback to %s: %s", callback.source, failure.why)
            return False
        return 200 <= answer.status < 300
