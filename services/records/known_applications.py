"""What ministries last told of applications, under their persons' keys (fulfils `known_ports.KnownApplications`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from services.known_facts import completed, facts_of
from services.known_ports import ChangeKind, Known, KnownFacts
from services.ports import Binding, LinkedBy
from services.records.changes import SqlChanges
from services.records.known_tables import KNOWN
from services.records.links import SqlLinks
from services.records.people import SILENCE
from services.records.sealed import Sealed
from services.records.tables import LINKS, NUMBERS
from services.values import Application
from storage.sealing import SealingKey
from storage.unit_of_work import Record

_DECODE = msgspec.json.Decoder(KnownFacts).decode
_ENCODE = msgspec.json.Encoder().encode
_CONTACT = LinkedBy.CONTACT.value
_NEWEST = UUID(int=(1 << 128) - 1)
_COLUMNS = (LINKS.c.id, LINKS.c.person_id, LINKS.c.service, LINKS.c.reference, LINKS.c.linked_by)
_ROWS = select(*_COLUMNS, KNOWN.c.sealed, KNOWN.c.as_of).select_from(LINKS.outerjoin(KNOWN, KNOWN.c.id == LINKS.c.id))
# Past SQLAlchemy (`UnitOfWork.read`): her list is what an app asks for most.
_OF = """
SELECT l.id, l.service, l.reference, l.linked_by, k.sealed, k.as_of
FROM links l LEFT JOIN known_applications k ON k.id = l.id
WHERE l.person_id = $1 AND l.id < $2
ORDER BY l.id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class SqlKnownApplications:
    """Rows of `known_applications`, one beside each link."""

    sealed: Sealed
    links: SqlLinks
    changes: SqlChanges
    clock: Clock

    async def of(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[Known]:
        rows = await self.sealed.work.read(_OF, person, before or _NEWEST, limit)
        if not rows:
            return ()
        key = await self.sealed.key(person)
        return [self._opened(row, key) for row in rows]

    async def get(self, person: UUID, service: str, reference: str) -> Known | None:
        indexes = self.sealed.indexes(reference, "reference")
        mine = (LINKS.c.person_id == person, LINKS.c.service == service, LINKS.c.reference_index.in_(indexes))
        row = (await self.sealed.work.execute(_ROWS.where(*mine))).first()
        return await self._own(row) if row else None

    async def saw(self, person: UUID, applications: Sequence[Application], today: date) -> None:
        found = await self._hers(person, applications)
        missing = [each for each in applications if (each.service, each.reference) not in found]
        for application in missing:
            await self.links.add(person, application.service, application.reference, LinkedBy.CONTACT)
        if missing:
            found |= await self._hers(person, missing)
        for application in applications:
            known = found[application.service, application.reference]
            await self._keep(person, known, facts_of(application, known.facts, today))

    async def happened(self, application: Application, today: date) -> None:
        for row in await self._rows([application]):
            known = await self._own(row)
            if (known.service, known.reference) == (application.service, application.reference):
                await self._keep(row.person_id, known, completed(application, known.facts, today))

    async def lost(self, person: UUID, link: UUID) -> None:
        gone = await self.sealed.work.execute(
            delete(KNOWN).where(KNOWN.c.id == link, KNOWN.c.person_id == person).returning(KNOWN.c.id, KNOWN.c.sealed)
        )
        for row in gone.all():
            facts = _DECODE(await self.sealed.open(person, row.sealed, KNOWN.name, "sealed", row.id))
            await self.changes.touch(person, ChangeKind.APPLICATION, facts.reference, gone=True)

    async def _keep(self, person: UUID, known: Known, facts: KnownFacts) -> None:
        before, now = known.facts, self.clock.now()
        if facts == before:
            await self.sealed.work.execute(update(KNOWN).where(KNOWN.c.id == known.id).values(as_of=now))
            return
        if not known.proven and not await self._reaches(person, facts.contact):
            # Another's by now, as its ministry has it: nothing of theirs is kept under her name.
            if before is not None and facts.contact != before.contact:
                await self.lost(person, known.id)
            return
        sealed = await self.sealed.seal(person, _ENCODE(facts).decode(), KNOWN.name, "sealed", known.id)
        values = {"sealed": sealed, "as_of": now, "changed_at": now}
        await self.sealed.work.execute(
            insert(KNOWN)
            .values(id=known.id, person_id=person, **values)
            .on_conflict_do_update(index_elements=[KNOWN.c.id], set_=values)
        )
        await self.changes.touch(person, ChangeKind.APPLICATION, facts.reference)
        if facts.pickup != (before.pickup if before else None):
            await self.changes.touch(person, ChangeKind.PICKUP, facts.reference, gone=facts.pickup is None)

    async def _reaches(self, person: UUID, number: str) -> bool:
        """Whether it stands for her without doubt: what is not proven is hers by that alone."""
        stands = exists().where(
            NUMBERS.c.person_id == person,
            NUMBERS.c.msisdn_index.in_(self.sealed.indexes(number, "msisdn")),
            NUMBERS.c.state == Binding.ACTIVE.value,
            NUMBERS.c.last_seen >= self.clock.now() - SILENCE,
        )
        return bool(number) and bool((await self.sealed.work.execute(select(stands))).scalar_one())

    async def _hers(self, person: UUID, applications: Sequence[Application]) -> dict[tuple[str, str], Known]:
        rows = await self._rows(applications, LINKS.c.person_id == person)
        known = [await self._own(row) for row in rows]
        return {(each.service, each.reference): each for each in known}

    async def _rows(self, applications: Sequence[Application], *more: ColumnElement[bool]) -> Sequence[Row[Any]]:
        indexes = [index for each in applications for index in self.sealed.indexes(each.reference, "reference")]
        return (await self.sealed.work.execute(_ROWS.where(LINKS.c.reference_index.in_(indexes), *more))).all()

    async def _own(self, row: Row[Any]) -> Known:
        return self._opened(row._asdict(), await self.sealed.key(row.person_id))

    def _opened(self, row: Record, key: SealingKey) -> Known:
        id, service, proven = row["id"], row["service"], row["linked_by"] != _CONTACT
        if row["sealed"] is None:
            reference = self.sealed.sealer.unseal_text(row["reference"], LINKS.name, "reference", id, key)
            return Known(id, service, reference, proven)
        facts = _DECODE(self.sealed.sealer.unseal(row["sealed"], KNOWN.name, "sealed", id, key))
        return Known(id, service, facts.reference, proven, facts, row["as_of"])
