"""What ministries last told of visits, under their persons' keys (fulfils `visit_ports.KnownVisits`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.known_ports import ChangeKind
from services.records.changes import SqlChanges
from services.records.sealed import Sealed
from services.records.visit_tables import KNOWN_VISITS
from services.values import Slot, Visit

_INDEX = "visit"
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Visit).decode


def subject(service: str, visit_id: str) -> str:
    """By which the app knows it."""
    return f"{service}:{visit_id}"


def index_name(sealed: Sealed, text: str) -> tuple[str, bytes]:
    """The visit's id and the newest index, from what is kept of it."""
    visit = _DECODE(text)
    return visit.id, sealed.index(subject(visit.slot.service, visit.id), _INDEX)


@dataclass(frozen=True, slots=True)
class _Kept:
    id: UUID
    visit: Visit


@dataclass(frozen=True, slots=True)
class SqlKnownVisits:
    """Rows of `known_visits`."""

    sealed: Sealed
    changes: SqlChanges
    clock: Clock
    ids: Ids

    async def of(self, person: UUID) -> Sequence[Visit]:
        now = self.clock.now()
        visits = [kept.visit for kept in await self._rows(person)]
        return sorted((visit for visit in visits if visit.slot.starts > now), key=lambda visit: visit.slot.starts)

    async def saw(self, person: UUID, visits: Sequence[Visit]) -> None:
        kept = {(row.visit.slot.service, row.visit.id): row for row in await self._rows(person)}
        for visit in visits:
            row = kept.pop((visit.slot.service, visit.id), None)
            if row is None or _told(row.visit) != _told(visit):
                await self._put(person, visit, row)
        for row in kept.values():
            # One that has begun is over, not gone.
            if row.visit.slot.starts > self.clock.now():
                await self._drop(person, row)

    async def keep(self, person: UUID, visit: Visit) -> None:
        row = await self._row(person, visit.slot.service, visit.id)
        if row is None or _told(row.visit) != _told(visit):
            await self._put(person, visit, row)

    async def drop(self, person: UUID, service: str, visit_id: str) -> None:
        if row := await self._row(person, service, visit_id):
            await self._drop(person, row)

    async def happened(self, person: UUID, service: str, visit_id: str, starts: datetime, place_id: str) -> None:
        row = await self._row(person, service, visit_id)
        before = row.visit.slot if row else Slot("", service, "", starts)
        same = row is not None and before.starts == starts and place_id in ("", before.place_id)
        if same:
            return
        slot = Slot("", service, place_id or before.place_id, starts)
        await self._put(person, Visit(visit_id, slot), row)

    async def sweep(self) -> None:
        """Forget those that are over."""
        await self.sealed.work.execute(delete(KNOWN_VISITS).where(KNOWN_VISITS.c.expires_at < self.clock.now()))

    async def _put(self, person: UUID, visit: Visit, row: _Kept | None) -> None:
        id = row.id if row else self.ids.uuid7()
        slot = visit.slot
        whole = replace(visit, slot=replace(slot, seats_left=None))
        values = {
            # The sealed text is bound to the row's id, which goes along.
            "id": id,
            "sealed": await self.sealed.seal(person, _ENCODE(whole).decode(), KNOWN_VISITS.name, "sealed", id),
            "expires_at": slot.starts.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1),
        }
        name = subject(slot.service, visit.id)
        if row is not None:
            await self.sealed.work.execute(KNOWN_VISITS.update().where(KNOWN_VISITS.c.id == id).values(**values))
        else:
            await self.sealed.work.execute(
                insert(KNOWN_VISITS)
                .values(person_id=person, visit_index=self.sealed.index(name, _INDEX), **values)
                .on_conflict_do_update(
                    index_elements=[KNOWN_VISITS.c.person_id, KNOWN_VISITS.c.visit_index], set_=values
                )
            )
        await self.changes.touch(person, ChangeKind.APPOINTMENT, name)

    async def _drop(self, person: UUID, row: _Kept) -> None:
        await self.sealed.work.execute(delete(KNOWN_VISITS).where(KNOWN_VISITS.c.id == row.id))
        name = subject(row.visit.slot.service, row.visit.id)
        await self.changes.touch(person, ChangeKind.APPOINTMENT, name, gone=True)

    async def _row(self, person: UUID, service: str, visit_id: str) -> _Kept | None:
        found = await self._rows(person, self.sealed.indexes(subject(service, visit_id), _INDEX))
        return found[0] if found else None

    async def _rows(self, person: UUID, indexes: Sequence[bytes] | None = None) -> list[_Kept]:
        wanted = select(KNOWN_VISITS.c.id, KNOWN_VISITS.c.sealed).where(KNOWN_VISITS.c.person_id == person)
        if indexes is not None:
            wanted = wanted.where(KNOWN_VISITS.c.visit_index.in_(indexes))
        rows = (await self.sealed.work.execute(wanted)).all()
        return [
            _Kept(row.id, _DECODE(await self.sealed.open(person, row.sealed, KNOWN_VISITS.name, "sealed", row.id)))
            for row in rows
        ]


def _told(visit: Visit) -> tuple[str, str, float]:
    """What makes it another one for her."""
    return visit.slot.id, visit.slot.place_id, visit.slot.starts.timestamp()
