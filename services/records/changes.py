"""What changed for whom, one row a thing, read by transaction so that a late commit is not passed over.

A row carries the id of the transaction that wrote it. A reader's position is the oldest transaction that was still
open when she was last given something: all that it and later ones wrote is read next time, whenever they commit. Where
there is nothing for her the position stays, however much others write: the same question has the same answer.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Text, and_, cast, delete, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.known_ports import Changed, ChangeKind, Position, Touched
from services.records.known_tables import CHANGES
from services.records.sealed import Sealed

KEPT = timedelta(days=90)
"""For so long what is gone is known to be gone; who has not read since begins anew."""
MOVES_ON = timedelta(days=7)
"""A position to which nothing came moves on after so long, so that it never grows too old while it is used."""
_XID = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
_OLDEST_OPEN = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_INDEX = "person_changes.subject"
_COLUMNS = (CHANGES.c.id, CHANGES.c.kind, CHANGES.c.subject, CHANGES.c.gone, CHANGES.c.xid)


def name_of(sealed: Sealed, kind: str, subject: str) -> bytes:
    """The index that a thing of hers is found by."""
    return sealed.index(f"{kind}\0{subject}", _INDEX)


@dataclass(frozen=True, slots=True)
class SqlChanges:
    """`known_ports.Changes` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def touch(self, person: UUID, kind: ChangeKind | str, subject: str, *, gone: bool = False) -> None:
        id = self.ids.uuid7()
        # The sealed subject is bound to the row's id, which goes along.
        values: dict[str, Any] = {
            "id": id,
            "subject": await self.sealed.seal(person, subject, CHANGES.name, "subject", id),
            "gone": gone,
            "xid": _XID,
            "changed_at": self.clock.now(),
        }
        index = name_of(self.sealed, str(kind), subject)
        await self.sealed.work.execute(
            insert(CHANGES)
            .values(person_id=person, kind=str(kind), subject_index=index, **values)
            .on_conflict_do_update(
                index_elements=[CHANGES.c.person_id, CHANGES.c.kind, CHANGES.c.subject_index], set_=values
            )
        )

    async def since(self, person: UUID, position: Position | None, limit: int) -> Changed:
        today = self.clock.now().date()
        rows = (await self.sealed.work.execute(_read(person, position, limit + 1))).all()
        floor = rows[0].floor
        if position is None or position.floor > floor or position.day < today - KEPT:
            # Nothing to begin from, or too old, or of a database that was restored and counts anew.
            return Changed(next=Position(floor, today), whole=True)
        if rows[0].id is None and position.xid is None and position.day > today - MOVES_ON:
            return Changed(next=position)
        if position.xid is not None:
            floor = position.floor
        here = [row for row in rows[:limit] if row.id is not None]
        told = [
            Touched(row.kind, await self.sealed.open(person, row.subject, CHANGES.name, "subject", row.id), row.gone)
            for row in here
        ]
        if len(rows) > limit:
            return Changed(tuple(told), Position(floor, today, here[-1].xid, here[-1].id), more=True)
        return Changed(tuple(told), Position(floor, today))

    async def sweep(self) -> None:
        """Forget what nobody who still has a good position needs."""
        before = self.clock.now() - KEPT - timedelta(days=1)
        await self.sealed.work.execute(delete(CHANGES).where(CHANGES.c.changed_at < before))


def _read(person: UUID, position: Position | None, most: int) -> Select[Any]:
    """Her rows after the position, and the oldest open transaction, also where there is no row."""
    one = select(literal(1).label("one")).subquery()
    if position is None:
        return select(_OLDEST_OPEN.label("floor")).select_from(one)
    later = CHANGES.c.xid >= position.floor
    if position.xid is not None:
        later = tuple_(CHANGES.c.xid, CHANGES.c.id) > tuple_(literal(position.xid), literal(position.id))
    return (
        # One statement is one snapshot: what it does not see is not older than its floor.
        select(_OLDEST_OPEN.label("floor"), *_COLUMNS)
        .select_from(one.outerjoin(CHANGES, and_(CHANGES.c.person_id == person, later)))
        .order_by(CHANGES.c.xid, CHANGES.c.id)
        .limit(most)
    )
