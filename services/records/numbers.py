"""The numbers of a person: which she has, one more, one less, and where she is reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.ports import Binding
from services.records.people import SILENCE, SqlPeople
from services.records.sealed import Sealed
from services.records.sign_in_tables import SESSIONS
from services.records.tables import ACCOUNTS, NUMBERS, PEOPLE
from services.rights_ports import HeldNumber

_REACHED_FIRST = (NUMBERS.c.preferred.desc(), NUMBERS.c.last_seen.desc(), NUMBERS.c.id)


@dataclass(frozen=True, slots=True)
class SqlNumbers:
    """`rights_ports.Numbers` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def of(self, person: UUID, *, locked: bool = False) -> Sequence[HeldNumber]:
        if locked:
            hers = select(PEOPLE.c.id).where(PEOPLE.c.id == person)
            await self.sealed.work.execute(hers.with_for_update(key_share=True))
        found = await self.sealed.work.execute(select(NUMBERS).where(*_hers(person)).order_by(*_REACHED_FIRST))
        rows, silent_since = found.all(), self.clock.now() - SILENCE
        return [
            HeldNumber(
                row.id,
                Msisdn.parse(await self.sealed.open(person, row.msisdn, NUMBERS.name, "msisdn", row.id)),
                row.state == Binding.ACTIVE.value and row.last_seen >= silent_since,
                place == 0,
                row.created_at,
            )
            for place, row in enumerate(rows)
        ]

    async def add(self, person: UUID, number: Msisdn) -> UUID | None:
        work, now, id = self.sealed.work, self.clock.now(), self.ids.uuid7()
        people = SqlPeople(self.sealed, self.clock, self.ids)
        held = await self._held_by(number)
        if held is not None and held[0] != person:
            holder, has_account = held
            if has_account:
                return None
            await people.end_number(number, holder)
        elif held is not None:
            await people.confirm_number(number, person)
            return await self._row(person, number)
        await self._pin_down(person)
        made = await work.execute(
            insert(NUMBERS)
            .values(
                id=id,
                person_id=person,
                msisdn=await self.sealed.seal(person, number.e164, NUMBERS.name, "msisdn", id),
                msisdn_index=self.sealed.index(number.e164, "msisdn"),
                state=Binding.ACTIVE.value,
                former_holder=await people.had_holder(number),
                preferred=False,
                last_seen=now,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(NUMBERS.c.id)
        )
        return id if made.first() is not None else None

    async def remove(self, person: UUID, number: UUID) -> bool:
        ended = await self.sealed.work.execute(
            update(NUMBERS)
            .where(*_hers(person), NUMBERS.c.id == number)
            .values(state=Binding.ENDED.value, preferred=False)
        )
        # Who signs in by that number from now on is somebody else.
        await self.sealed.work.execute(
            update(SESSIONS)
            .where(SESSIONS.c.person_id == person, SESSIONS.c.number_id == number, SESSIONS.c.ended_at.is_(None))
            .values(ended_at=self.clock.now())
        )
        return ended.rowcount > 0

    async def prefer(self, person: UUID, number: UUID) -> bool:
        chosen = await self.sealed.work.execute(
            update(NUMBERS)
            .where(*_hers(person), exists().where(NUMBERS.c.id == number, NUMBERS.c.person_id == person))
            .values(preferred=NUMBERS.c.id == number)
            .returning(NUMBERS.c.id)
        )
        return number in set(chosen.scalars())

    async def _pin_down(self, person: UUID) -> None:
        """A new number is the last one heard from: where none is preferred, the one that was reached stays."""
        found = await self.sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.preferred).where(*_hers(person)).order_by(*_REACHED_FIRST).limit(1)
        )
        first = found.first()
        if first is not None and not first.preferred:
            await self.sealed.work.execute(update(NUMBERS).where(NUMBERS.c.id == first.id).values(preferred=True))

    async def _held_by(self, number: Msisdn) -> tuple[UUID, bool] | None:
        found = await self.sealed.work.execute(
            select(NUMBERS.c.person_id, exists().where(ACCOUNTS.c.person_id == NUMBERS.c.person_id))
            .where(self._is(number))
            .limit(1)
        )
        row = found.first()
        return (row[0], row[1]) if row else None

    async def _row(self, person: UUID, number: Msisdn) -> UUID:
        found = await self.sealed.work.execute(select(NUMBERS.c.id).where(*_hers(person), self._is(number)))
        id: UUID = found.scalar_one()
        return id

    def _is(self, number: Msisdn) -> ColumnElement[bool]:
        is_it: ColumnElement[bool] = NUMBERS.c.msisdn_index.in_(self.sealed.indexes(number.e164, "msisdn"))
        return is_it & (NUMBERS.c.state != Binding.ENDED.value)


def _hers(person: UUID) -> tuple[ColumnElement[bool], ...]:
    return NUMBERS.c.person_id == person, NUMBERS.c.state != Binding.ENDED.value
