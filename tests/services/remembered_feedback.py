"""People's opinions in memory: enough for stories about other things. Their own are told on PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.feedback_ports import Feedback
from services.satisfaction_ports import OpenSurvey


class NobodyAsked:
    """No survey is open, none is asked."""

    async def may_ask(self, person: UUID, since: datetime) -> bool:
        return False

    async def waiting(self, person: UUID) -> Sequence[OpenSurvey]:
        return ()

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError("opinions are kept on PostgreSQL only")


class NothingCounted:
    """Decisions are told, and not counted."""

    async def received(self, service: str, reference: str, day: date) -> None:
        return None

    async def decided(self, service: str, reference: str, submitted: date | None, day: date) -> date | None:
        return None

    async def count(self, service: str, month: date, days: int) -> None:
        return None

    async def of_month(self, month: date) -> Mapping[str, Mapping[int, int]]:
        return {}


def no_feedback() -> Feedback:
    return Feedback(NobodyAsked(), NobodyAsked(), NothingCounted(), NobodyAsked(), NobodyAsked())  # type: ignore[arg-type]
