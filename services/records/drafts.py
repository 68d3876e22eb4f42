"""Half-filled forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.records.sealed import Sealed
from services.records.tables import DRAFTS


@dataclass(frozen=True, slots=True)
class SqlDrafts:
    """`ports.Drafts` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def get(self, person: UUID, service: str) -> Mapping[str, object] | None:
        found = await self.sealed.work.execute(
            select(DRAFTS.c.id, DRAFTS.c.answers).where(
                DRAFTS.c.person_id == person,
                DRAFTS.c.service == service,
                DRAFTS.c.keep_until > self.clock.now(),
            )
        )
        row = found.first()
        if row is None:
            return None
        return await self.sealed.open_map(person, row.answers, "drafts", "answers", row.id)

    async def keep(self, person: UUID, service: str, answers: Mapping[str, object], until: datetime) -> None:
        # The sealed answers are bound to the row's id: the id goes along when a draft is replaced.
        id = self.ids.uuid7()
        sealed = await self.sealed.seal_map(person, answers, "drafts", "answers", id)
        statement = insert(DRAFTS).values(id=id, person_id=person, service=service, answers=sealed, keep_until=until)
        await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[DRAFTS.c.person_id, DRAFTS.c.service],
                set_={"id": id, "answers": sealed, "keep_until": until},
            )
        )

    async def drop(self, person: UUID, service: str) -> None:
        await self.sealed.work.execute(delete(DRAFTS).where(DRAFTS.c.person_id == person, DRAFTS.c.service == service))

    async def sweep(self) -> None:
        """Forget the drafts whose time is over."""
        await self.sealed.work.execute(delete(DRAFTS).where(DRAFTS.c.keep_until <= self.clock.now()))
