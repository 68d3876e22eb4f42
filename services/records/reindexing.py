"""Blind indexes brought from older keys to the newest, person by person: so that an old key may go.

The number and the references are opened with the person's key; what is stored elsewhere under an index of them is
found by the older keys and moved. It runs as a chore while more than one key is listed, and begins anew with each
process: what stands right already costs one look.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import exists, select, update

from domain.msisdn import Msisdn
from services.records.events import SUBJECT
from services.records.sealed import Sealed
from services.records.tables import EVENTS, LINKS, NUMBERS, PEOPLE, TIMERS
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

_TIMER_SUBJECT = "timer_subject"
_FIRST = UUID(int=0)

NumberAlso = Callable[[UnitOfWork, Sealer, Msisdn], Awaitable[None]]


@dataclass(slots=True)
class Reindexing:
    """`numbers_also`: what other rooms store under an index of a number."""

    database: Database
    sealer: Sealer
    keys: PersonKeys
    numbers_also: tuple[NumberAlso, ...] = ()
    _after: UUID = field(default=_FIRST)
    _done: bool = False

    async def step(self, limit: int = 200) -> int:
        """Some persons more; gives how many, 0 once all were seen."""
        if self._done or len(self.sealer.ring.ids) < 2:
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
            await self._links(sealed, person)
        except (KeyMissing, SealBroken):
            return  # erased meanwhile, or broken: nothing of it can be found by any key

    async def _numbers(self, sealed: Sealed, person: UUID) -> None:
        rows = await sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.msisdn, NUMBERS.c.msisdn_index).where(NUMBERS.c.person_id == person)
        )
        for row in rows.all():
            number = Msisdn.parse(await sealed.open(person, row.msisdn, NUMBERS.name, "msisdn", row.id))
            newest = sealed.index(number.e164, "msisdn")
            if bytes(row.msisdn_index) != newest:
                await sealed.work.execute(update(NUMBERS).where(NUMBERS.c.id == row.id).values(msisdn_index=newest))
            for also in self.numbers_also:
                await also(sealed.work, self.sealer, number)

    async def _links(self, sealed: Sealed, person: UUID) -> None:
        rows = await sealed.work.execute(
            select(LINKS.c.id, LINKS.c.reference, LINKS.c.reference_index, LINKS.c.service).where(
                LINKS.c.person_id == person
            )
        )
        for row in rows.all():
            reference = await sealed.open(person, row.reference, LINKS.name, "reference", row.id)
            newest = sealed.index(reference, "reference")
            there = LINKS.alias()
            twice = exists().where(
                there.c.person_id == person, there.c.service == row.service, there.c.reference_index == newest
            )
            if bytes(row.reference_index) != newest:
                await sealed.work.execute(
                    update(LINKS).where(LINKS.c.id == row.id, ~twice).values(reference_index=newest)
                )
            await self._subjects(sealed, person, reference)

    async def _subjects(self, sealed: Sealed, person: UUID, reference: str) -> None:
        newest, *older = sealed.indexes(reference, SUBJECT)
        await sealed.work.execute(update(EVENTS).where(EVENTS.c.subject_index.in_(older)).values(subject_index=newest))
        newest, *older = sealed.indexes(reference, _TIMER_SUBJECT)
        there = TIMERS.alias()
        twice = exists().where(
            there.c.person_id == person, there.c.kind == TIMERS.c.kind, there.c.subject_index == newest
        )
        await sealed.work.execute(
            update(TIMERS)
            .where(TIMERS.c.person_id == person, TIMERS.c.subject_index.in_(older), ~twice)
            .values(subject_index=newest)
        )
