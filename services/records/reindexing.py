"""Blind indexes brought from older keys to the newest: person by person, and row by row: so that an old key may go.

What is hers is opened with her key, and indexed anew; what is stored elsewhere under an index of it is found by the
older keys and moved. What belongs to nobody stands sealed beside its index (`reindexed_rows`). It runs as a chore while
more than one key is listed, and begins anew with each process: what stands right already costs one look. Which column
goes over how, and which goes by itself, is `gateway.key_rotation`.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, exists, select, update

from domain.msisdn import Msisdn
from services.records.changes import name_of
from services.records.events import SUBJECT
from services.records.known_tables import CHANGES
from services.records.known_visits import index_name
from services.records.reindexed_rows import Twin, bring
from services.records.satisfaction_tables import SURVEYS
from services.records.sealed import Sealed
from services.records.surveys import SURVEY_SUBJECT
from services.records.tables import EVENTS, LINKS, NUMBERS, PEOPLE, TIMERS
from services.records.timers import TIMER_SUBJECT, about_what
from services.records.visit_tables import KNOWN_VISITS
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

_FIRST = UUID(int=0)

NumberAlso = Callable[[UnitOfWork, Sealer, Msisdn], Awaitable[None]]
PersonAlso = Callable[[Sealed, UUID], Awaitable[None]]


@dataclass(slots=True)
class Reindexing:
    """`numbers_also`: what other rooms store under an index of a number; `persons_also`: under one of what a person
    has there; `twins`: rows that belong to nobody."""

    database: Database
    sealer: Sealer
    keys: PersonKeys
    numbers_also: tuple[NumberAlso, ...] = ()
    persons_also: tuple[PersonAlso, ...] = ()
    twins: tuple[Twin, ...] = ()
    _after: UUID = field(default=_FIRST)
    _done: bool = False

    async def step(self, limit: int = 200) -> int:
        """Some persons and rows more; gives how many, 0 once all were seen."""
        if len(self.sealer.ring.ids) < 2:
            return 0
        return await self._rows(limit) + await self._persons(limit)

    async def _rows(self, limit: int) -> int:
        moved = 0
        for twin in self.twins:
            async with self.database.unit_of_work() as work:
                moved += await bring(work, self.sealer, twin, limit)
        return moved

    async def _persons(self, limit: int) -> int:
        if self._done:
            return 0
        async with self.database.unit_of_work() as work:
            found = await work.execute(
                select(PEOPLE.c.id).where(PEOPLE.c.id > self._after).order_by(PEOPLE.c.id).limit(limit)
            )
            persons = list(found.scalars())
        for person in persons:
            async with self.database.unit_of_work() as work:
                await self._person(Sealed(work, self.sealer, self.keys), person)
        self._done = not persons
        self._after = persons[-1] if persons else self._after
        return len(persons)

    async def _person(self, sealed: Sealed, person: UUID) -> None:
        try:
            await self._numbers(sealed, person)
            for also in self.persons_also:
                await also(sealed, person)
            subjects = [*await _links(sealed, person), *await _visits(sealed, person)]
            await _surveys(sealed, person, subjects)
            await _timers(sealed, person, subjects)
            await _changes(sealed, person)
        except (KeyMissing, SealBroken):
            return  # erased meanwhile, or broken: nothing of it can be found by any key

    async def _numbers(self, sealed: Sealed, person: UUID) -> None:
        for row in await _hers(sealed, NUMBERS, person):
            number = Msisdn.parse(await sealed.open(person, row.msisdn, NUMBERS.name, "msisdn", row.id))
            await _put(sealed, NUMBERS, NUMBERS.c.msisdn_index, row, sealed.index(number.e164, "msisdn"))
            for also in self.numbers_also:
                await also(sealed.work, self.sealer, number)


async def _links(sealed: Sealed, person: UUID) -> Sequence[str]:
    references = []
    for row in await _hers(sealed, LINKS, person):
        reference = await sealed.open(person, row.reference, LINKS.name, "reference", row.id)
        same = LINKS.c.person_id, LINKS.c.service
        await _put(sealed, LINKS, LINKS.c.reference_index, row, sealed.index(reference, "reference"), same)
        newest, *older = sealed.indexes(reference, SUBJECT)
        await sealed.work.execute(update(EVENTS).where(EVENTS.c.subject_index.in_(older)).values(subject_index=newest))
        references.append(reference)
    return references


async def _visits(sealed: Sealed, person: UUID) -> Sequence[str]:
    """Gives what reminders of them are known by."""
    ids = []
    for row in await _hers(sealed, KNOWN_VISITS, person):
        id, index = index_name(sealed, await sealed.open(person, row.sealed, KNOWN_VISITS.name, "sealed", row.id))
        await _put(sealed, KNOWN_VISITS, KNOWN_VISITS.c.visit_index, row, index, (KNOWN_VISITS.c.person_id,))
        ids.append(id)
    return ids


async def _surveys(sealed: Sealed, person: UUID, subjects: Sequence[str]) -> None:
    for row in await _hers(sealed, SURVEYS, person):
        if newest := _among(sealed, row.subject_index, SURVEY_SUBJECT, subjects):
            await _put(sealed, SURVEYS, SURVEYS.c.subject_index, row, newest, (SURVEYS.c.person_id,))


async def _timers(sealed: Sealed, person: UUID, subjects: Sequence[str]) -> None:
    """What a timer is about stands among the facts that it was set with."""
    for row in await _hers(sealed, TIMERS, person):
        facts = await sealed.open(person, row.sealed, TIMERS.name, "sealed", row.id)
        known = [about_what(row.service, subject) for subject in (*subjects, *_texts(json.loads(facts)))]
        if newest := _among(sealed, row.subject_index, TIMER_SUBJECT, known):
            same = TIMERS.c.person_id, TIMERS.c.kind
            await _put(sealed, TIMERS, TIMERS.c.subject_index, row, newest, same)


async def _changes(sealed: Sealed, person: UUID) -> None:
    for row in await _hers(sealed, CHANGES, person):
        subject = await sealed.open(person, row.subject, CHANGES.name, "subject", row.id)
        same = CHANGES.c.person_id, CHANGES.c.kind
        await _put(sealed, CHANGES, CHANGES.c.subject_index, row, name_of(sealed, row.kind, subject), same)


def _among(sealed: Sealed, index: bytes | None, purpose: str, values: Sequence[str]) -> bytes | None:
    """The newest index of whichever value this is an older one of."""
    for value in values:
        newest, *older = sealed.indexes(value, purpose)
        if index is not None and bytes(index) in older:
            return newest
    return None


def _texts(value: object) -> Iterator[str]:
    """All texts within plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


async def _hers(sealed: Sealed, table: Table, person: UUID) -> Sequence[Any]:
    return (await sealed.work.execute(select(table).where(table.c.person_id == person))).all()


async def _put(
    sealed: Sealed, table: Table, column: Column[Any], row: Any, newest: bytes, same: tuple[Column[Any], ...] = ()
) -> None:
    """Under the newest key; `same`: the columns with which the index is unique: what stands there already stays."""
    if bytes(row._mapping[column]) == newest:
        return
    where = [table.c.id == row.id]
    if same:
        there = table.alias()
        twice = [there.c[one.name] == row._mapping[one] for one in same]
        where.append(~exists().where(*twice, there.c[column.name] == newest))
    await sealed.work.execute(update(table).where(*where).values({column.name: newest}))
