"""Documents in PostgreSQL, under their persons' keys (fulfils `document_ports.Documents`)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.document_ports import WAITS, Document, DocumentState, DueDocument, KeptDocument, WaitingDocument
from services.known_ports import ChangeKind
from services.records.changes import SqlChanges
from services.records.known_tables import DOCUMENTS
from services.records.sealed import Sealed
from services.records.tables import LINKS
from storage.errors import KeyMissing, SealBroken

_SHOWN = (DOCUMENTS.c.id, DOCUMENTS.c.media, DOCUMENTS.c.size, DOCUMENTS.c.state, DOCUMENTS.c.created_at)
_GONE = b""
_NOTHING = (DocumentState.REFUSED.value, DocumentState.LAPSED.value)
# Twice as long after each attempt.
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class SqlDocuments:
    """Rows of `documents`."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def keep(self, person: UUID, link: UUID, document: Document) -> KeptDocument:
        id, sealer, now = self.ids.uuid7(), self.sealed.sealer, self.clock.now()
        key = await self.sealed.keys.load(self.sealed.work, person)
        digests = self.sealed.indexes(hashlib.sha256(document.octets).hexdigest(), "documents.digest")
        mine = (DOCUMENTS.c.person_id == person, DOCUMENTS.c.link_id == link, DOCUMENTS.c.digest_index.in_(digests))
        # What came to nothing is tried anew.
        await self.sealed.work.execute(delete(DOCUMENTS).where(*mine, DOCUMENTS.c.state.in_(_NOTHING)))
        await self.sealed.work.execute(
            insert(DOCUMENTS)
            .values(
                id=id,
                person_id=person,
                link_id=link,
                media=document.media,
                sealed=sealer.seal(document.octets, DOCUMENTS.name, "sealed", id, key),
                size=len(document.octets),
                digest_index=digests[0],
                state=DocumentState.KEPT.value,
                attempts=0,
                due_at=now + _FIRST,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )
        return _kept((await self.sealed.work.execute(select(*_SHOWN).where(*mine))).first())

    async def of(self, person: UUID, link: UUID) -> Sequence[KeptDocument]:
        hers = select(*_SHOWN).where(DOCUMENTS.c.person_id == person, DOCUMENTS.c.link_id == link)
        return [_kept(row) for row in (await self.sealed.work.execute(hers.order_by(DOCUMENTS.c.id))).all()]

    async def end(self, document: UUID, state: DocumentState) -> None:
        gone = {"state": state.value, "sealed": _GONE, "due_at": None}
        await self.sealed.work.execute(update(DOCUMENTS).where(*_waits(), DOCUMENTS.c.id == document).values(gone))

    async def due(self, limit: int) -> Sequence[DueDocument]:
        found = await self.sealed.work.execute(
            select(DOCUMENTS.c.id, LINKS.c.service)
            .join_from(DOCUMENTS, LINKS, LINKS.c.id == DOCUMENTS.c.link_id)
            .where(*_waits(), DOCUMENTS.c.due_at <= self.clock.now())
            .order_by(DOCUMENTS.c.due_at, DOCUMENTS.c.id)
            .limit(limit)
        )
        return [DueDocument(row.id, row.service) for row in found.all()]

    async def waiting(self, document: UUID) -> WaitingDocument | None:
        found = await self.sealed.work.execute(
            select(DOCUMENTS, LINKS.c.service, LINKS.c.reference)
            .join_from(DOCUMENTS, LINKS, LINKS.c.id == DOCUMENTS.c.link_id)
            .where(*_waits(), DOCUMENTS.c.id == document)
        )
        row = found.first()
        if row is None:
            return None
        try:
            key = await self.sealed.keys.load(self.sealed.work, row.person_id)
            octets = self.sealed.sealer.unseal(row.sealed, DOCUMENTS.name, "sealed", row.id, key)
            reference = await self.sealed.open(row.person_id, row.reference, LINKS.name, "reference", row.link_id)
        except (KeyMissing, SealBroken):
            return None
        return WaitingDocument(row.id, row.service, reference, Document(row.media, octets))

    async def put_off(self, document: UUID) -> None:
        found = await self.sealed.work.execute(select(DOCUMENTS.c.attempts).where(DOCUMENTS.c.id == document))
        attempts = found.scalar_one_or_none() or 0
        pause = min(_FIRST * (1 << min(attempts, 10)), _LONGEST)
        later = {"attempts": attempts + 1, "due_at": self.clock.now() + pause}
        await self.sealed.work.execute(update(DOCUMENTS).where(*_waits(), DOCUMENTS.c.id == document).values(later))

    async def lapse(self) -> int:
        gone = {"state": DocumentState.LAPSED.value, "sealed": _GONE, "due_at": None}
        lapsed = await self.sealed.work.execute(
            update(DOCUMENTS)
            .where(*_waits(), DOCUMENTS.c.created_at < self.clock.now() - WAITS)
            .values(gone)
            .returning(DOCUMENTS.c.person_id, DOCUMENTS.c.link_id)
        )
        rows = lapsed.all()
        for person, link in {(row.person_id, row.link_id) for row in rows}:
            await self._touch(person, link)
        return len(rows)

    async def _touch(self, person: UUID, link: UUID) -> None:
        sealed = await self.sealed.work.execute(select(LINKS.c.reference).where(LINKS.c.id == link))
        try:
            reference = await self.sealed.open(person, sealed.scalar_one(), LINKS.name, "reference", link)
        except (KeyMissing, SealBroken):
            return
        changes = SqlChanges(self.sealed, self.clock, self.ids)
        await changes.touch(person, ChangeKind.APPLICATION, reference)


def _waits() -> tuple[ColumnElement[bool]]:
    return (DOCUMENTS.c.state == DocumentState.KEPT.value,)


def _kept(row: Row[Any] | None) -> KeptDocument:
    if row is None:
        raise LookupError("a document that was just kept")
    return KeptDocument(row.id, row.media, row.size, DocumentState(row.state), row.created_at)
