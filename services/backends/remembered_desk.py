"""A desk whose kinds and questions are remembered: they are the same for everybody, also while the ministry is away."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryError
from services.ports import ReportDesk
from services.values import Form, FormUnsupportedReason, Report, ReportKind, ReportStanding, ReportTaken

T = TypeVar("T")
# Kinds and languages are few; whoever makes codes up must not fill the memory.
_MOST = 500


class RememberedDesk:
    """Fulfils `services.ports.ReportDesk` over another. `seconds`: how long something is remembered.

    While the ministry is away what it told last goes on being told, however old.
    """

    def __init__(self, desk: ReportDesk, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._desk, self._clock = desk, clock
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    async def kinds(self, language: str, deadline: Deadline) -> Sequence[ReportKind]:
        return await self._remembered(("kinds", language), lambda: self._desk.kinds(language, deadline))

    async def questions(self, kind: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        return await self._remembered((kind, language, ""), lambda: self._desk.questions(kind, language, deadline))

    async def send(self, report: Report, deadline: Deadline) -> ReportTaken:
        return await self._desk.send(report, deadline)

    async def find(self, report: Report, since: datetime, deadline: Deadline) -> ReportTaken | None:
        return await self._desk.find(report, since, deadline)

    async def number(self, token: str, deadline: Deadline) -> str:
        return await self._desk.number(token, deadline)

    async def standing(self, numbers: Sequence[str], deadline: Deadline) -> Sequence[ReportStanding]:
        return await self._desk.standing(numbers, deadline)

    async def _remembered(self, what: tuple[str, ...], ask: Callable[[], Awaitable[T]]) -> T:
        kept = self._kept.get(what)
        if kept is not None and self._clock.monotonic() - kept[0] < self.seconds:
            return cast("T", kept[1])
        try:
            told = await ask()
        except (MinistryError, DeadlineExceeded):
            if kept is None:
                raise
            return cast("T", kept[1])
        if len(self._kept) < _MOST or kept is not None:
            self._kept[what] = (self._clock.monotonic(), told)
        return told
