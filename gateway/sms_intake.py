"""Where what providers tell us becomes durable: one unit of work each, whichever wire it came by."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from sms.values import DeliveryReport, InboundSms, OptOutNotice
from storage.unit_of_work import UnitOfWork

TakeInbound: TypeAlias = Callable[[UnitOfWork, InboundSms], Awaitable[Any]]
TakeReport: TypeAlias = Callable[[UnitOfWork, DeliveryReport], Awaitable[Any]]
TakeOptOut: TypeAlias = Callable[[UnitOfWork, OptOutNotice], Awaitable[Any]]


class Intake:
    """Takes inbound messages, delivery reports and opt-outs. On return it is durable, and may be acknowledged.

    Each raises what the store raises (`domain.errors.StoreUnavailable`): then the provider is to tell it again.
    `wake` is called after each, once it is committed: somebody may have work.
    """

    def __init__(
        self,
        unit: Callable[[], UnitOfWork],
        take_inbound: TakeInbound,
        take_report: TakeReport,
        take_opt_out: TakeOptOut,
        wake: Callable[[], None] | None = None,
    ) -> None:
        self._unit = unit
        self._take_inbound = take_inbound
        self._take_report = take_report
        self._take_opt_out = take_opt_out
        self._wake = wake

    async def inbound(self, sms: InboundSms) -> None:
        async with self._unit() as work:
            await self._take_inbound(work, sms)
        self._woken()

    async def report(self, report: DeliveryReport) -> None:
        async with self._unit() as work:
            await self._take_report(work, report)
        self._woken()

    async def opt_out(self, notice: OptOutNotice) -> None:
        async with self._unit() as work:
            await self._take_opt_out(work, notice)
        self._woken()

    def _woken(self) -> None:
        if self._wake:
            self._wake()
