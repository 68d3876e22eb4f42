"""Applications linked to persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.known_ports import ChangeKind
from services.ports import Link, LinkedBy
from services.records.changes import SqlChanges
from services.records.sealed import Sealed
from services.records.tables import LINKS


@dataclass(frozen=True, slots=True)
class SqlLinks:
    """`ports.Links` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def of(self, person: UUID) -> Sequence[Link]:
        found = await self.sealed.work.execute(
            select(LINKS.c.id, LINKS.c.service, LINKS.c.reference, LINKS.c.linked_by)
            .where(LINKS.c.person_id == person)
            .order_by(LINKS.c.created_at.desc(), LINKS.c.id.desc())
        )
        return [
            Link(
                row.id,
                row.service,
                await self.sealed.open(person, row.reference, "links", "reference", row.id),
                LinkedBy(row.linked_by),
            )
            for row in found.all()
        ]

    async def proven(self, person: UUID, service: str, reference: str) -> bool:
        found = await self.sealed.work.execute(
            select(LINKS.c.id).where(
                LINKS.c.person_id == person,
                LINKS.c.service == service,
                LINKS.c.reference_index.in_(self.sealed.indexes(reference, "reference")),
                LINKS.c.linked_by != LinkedBy.CONTACT.value,
            )
        )
        return found.first() is not None

    async def add(self, person: UUID, service: str, reference: str, by: LinkedBy) -> None:
        newest, *older = self.sealed.indexes(reference, "reference")
        for index in older:  # found under a key that is being rotated out: one row stays one row
            await self.sealed.work.execute(
                update(LINKS)
                .where(
                    LINKS.c.person_id == person,
                    LINKS.c.service == service,
                    LINKS.c.reference_index == index,
                )
                .values(reference_index=newest)
            )
        id = self.ids.uuid7()
        statement = insert(LINKS).values(
            id=id,
            person_id=person,
            service=service,
            reference=await self.sealed.seal(person, reference, "links", "reference", id),
            reference_index=newest,
            linked_by=by.value,
            created_at=self.clock.now(),
        )
        changed = await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[LINKS.c.person_id, LINKS.c.service, LINKS.c.reference_index],
                set_={"linked_by": by.value},
                where=LINKS.c.linked_by == LinkedBy.CONTACT.value,
            ).returning(LINKS.c.id)
        )
        if by is not LinkedBy.CONTACT and changed.first() is not None:
            # Proven from now on: she may be shown it where she could not before.
            changes = SqlChanges(self.sealed, self.clock, self.ids)
            await changes.touch(person, ChangeKind.APPLICATION, reference)

    async def holders(self, service: str, reference: str) -> Sequence[UUID]:
        found = await self.sealed.work.execute(
            select(LINKS.c.person_id)
            .where(
                LINKS.c.service == service,
                LINKS.c.reference_index.in_(self.sealed.indexes(reference, "reference")),
                LINKS.c.linked_by != LinkedBy.CONTACT.value,
            )
            .order_by(LINKS.c.created_at, LINKS.c.id)
        )
        return list(found.scalars())
