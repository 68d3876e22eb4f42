"""What is remembered of a person's visits as their ministries last told of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.values import Visit


class KnownVisits(Protocol):
    """The last that was heard of visits; what differs is marked as changed for her. Nothing here commits."""

    async def of(self, person: UUID) -> Sequence[Visit]:
        """Hers that have not begun, earliest first. A slot's id is "" where a ministry did not tell it."""
        ...

    async def saw(self, person: UUID, visits: Sequence[Visit]) -> None:
        """All calendars together told these now: others that were to come are no more."""
        ...

    async def keep(self, person: UUID, visit: Visit) -> None:
        """It is booked, or moved."""
        ...

    async def drop(self, person: UUID, service: str, visit_id: str) -> None:
        """It is cancelled."""
        ...

    async def happened(self, person: UUID, service: str, visit_id: str, starts: datetime, place_id: str) -> None:
        """A ministry told this unasked; `place_id` is "" where it did not say."""
        ...
