"""Where what providers tell us becomes durable: one unit of work each, whichever wire it came by."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from domain.errors import StoreUnavailable
from gateway.spooling import Spooling, Told
from sms.values import DeliveryReport, InboundSms, OptOutNotice
from storage.unit_of_work import UnitOfWork

TakeInbound: TypeAlias = Callable[[UnitOfWork, InboundSms], Awaitable[Any]]
TakeReport: TypeAlias = Callable[[UnitOfWork, DeliveryReport], Awaitable[Any]]
TakeOptOut: TypeAlias = Callable[[UnitOfWork, OptOutNotice], Awaitable[Any]]


class Intake:
    """Takes inbound messages, delivery reports and opt-outs. On return it is durable, and may be acknowledged.

    Each raises what the store raises (`domain.errors.StoreUnavailable`): then the provider is to tell it again. With
    `spooling`, what the store does not take is durable on the spool's volume. `wake` is called after each, once it is
    committed: somebody may have work.
    """

    def __init__(
        self,
        unit: Callable[[], UnitOfWork],
        take_inbound: TakeInbound,
        take_report: TakeReport,
        take_opt_out: TakeOptOut,
        wake: Callable[[], None] | None = None,
        spooling: Spooling | None = None,
    ) -> None:
        self._unit = unit
        self._take_inbound = take_inbound
        self._take_report = take_report
        self._take_opt_out = take_opt_out
        self._wake = wake
        self.spooling = spooling

    async def inbound(self, sms: InboundSms) -> None:
        await self._taken(sms)

    async def report(self, report: DeliveryReport) -> None:
        await self._taken(report)

    async def opt_out(self, notice: OptOutNotice) -> None:
        await self._taken(notice)

    async def flush(self, stopped: asyncio.Event) -> None:
        """Hands in what waits in the spool, until stopped; ends at once where there is none."""
        if self.spooling:
            await self.spooling.run(stopped, self._stored, self._ping)

    async def _taken(self, told: Told) -> None:
        if self.spooling is None:
            return await self._stored(told)
        if not self.spooling.away:
            try:
                return await self._stored(told)
            except StoreUnavailable:
                # Also where a commit's answer was lost: what is stored twice is kept once.
                self.spooling.away = True
        await self.spooling.keep(told)

    async def _stored(self, told: Told) -> None:
        async with self._unit() as work:
            match told:
                case InboundSms():
                    await self._take_inbound(work, told)
                case DeliveryReport():
                    await self._take_report(work, told)
                case OptOutNotice():
                    await self._take_opt_out(work, told)
        if self._wake:
            self._wake()

    async def _ping(self) -> None:
        async with self._unit() as work:
            await work.read("SELECT 1")
