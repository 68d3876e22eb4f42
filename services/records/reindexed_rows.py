"""Rows found by a blind index of what stands sealed beside it, with the column key: brought to the newest key.

They belong to nobody whose key could open anything: a number that was erased, or that wants no messages; how far a
reference has come. Whoever has the ring finds out a number from its index within minutes, by trying all there are:
that it stands there sealed with the same ring tells nobody more, and lets an old key go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from storage.errors import SealBroken
from storage.sealing import Sealer, header
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Twin:
    """`index`: the column with the blind index, of that `purpose`; `sealed`: the column with what it is an index of.

    `bound`: the column with the id that sealed values are bound to, "" where it is the index itself (`bound_to`);
    `along`: further columns that are sealed so.
    """

    table: Table
    index: str
    sealed: str
    purpose: str
    bound: str = ""
    along: tuple[str, ...] = ()


def bound_to(index: bytes) -> UUID:
    """The id that stands for an index, where a row has no other."""
    return UUID(bytes=index[:16])


def twin(sealer: Sealer, of: Twin, value: str) -> tuple[bytes, bytes]:
    """The newest index of a value, and the value sealed as its twin, for a row that has no id of its own."""
    index = sealer.blind_index(value, of.purpose)
    return index, sealer.seal(value, of.table.name, of.sealed, bound_to(index))


async def bring(work: UnitOfWork, sealer: Sealer, of: Twin, limit: int = 200) -> int:
    """Some rows more; gives how many, 0 once none is left. Each is found by the key that sealed it."""
    older = [header(key_id) for key_id in sealer.ring.ids[1:]]
    column = of.table.c[of.sealed]
    stale = or_(*(func.substr(column, 1, len(each)) == each for each in older))
    found = await work.execute(select(of.table).where(stale).limit(limit).with_for_update(skip_locked=True))
    rows = found.all()
    for row in rows:
        await _bring_one(work, sealer, of, row)
    return len(rows)


async def _bring_one(work: UnitOfWork, sealer: Sealer, of: Twin, row: Row[Any]) -> None:
    whole = row._mapping
    before = whole[of.bound] if of.bound else bound_to(whole[of.index])
    try:
        value = sealer.unseal_text(whole[of.sealed], of.table.name, of.sealed, before)
    except SealBroken:
        # Nobody reads it any more: the row stays where it is.
        await work.execute(update(of.table).where(*_this(of, whole)).values({of.sealed: None}))
        return
    index = sealer.blind_index(value, of.purpose)
    after = before if of.bound else bound_to(index)
    values: dict[str, Any] = {of.index: index, of.sealed: sealer.seal(value, of.table.name, of.sealed, after)}
    values |= {name: _again(sealer, of, name, whole, before, after) for name in of.along}
    try:
        async with work.savepoint():
            await work.execute(update(of.table).where(*_this(of, whole)).values(values))
    except IntegrityError:
        # It was written anew under the newest key meanwhile: that one knows better.
        await work.execute(delete(of.table).where(*_this(of, whole)))


def _again(sealer: Sealer, of: Twin, name: str, whole: Mapping[Any, Any], before: UUID, after: UUID) -> bytes | None:
    if whole[name] is None:
        return None
    try:
        return sealer.seal(sealer.unseal(whole[name], of.table.name, name, before), of.table.name, name, after)
    except SealBroken:
        return None


def _this(of: Twin, whole: Mapping[Any, Any]) -> list[ColumnElement[bool]]:
    return [column == whole[column.name] for column in of.table.primary_key]
