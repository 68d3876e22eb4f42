"""Persons and their numbers."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.ports import Binding, Contact, Person
from services.records.reindexed_rows import Twin
from services.records.sealed import Sealed
from services.records.tables import FORMER_NUMBERS, NUMBERS, PEOPLE

# A number that was silent so long may be another's by now.
SILENCE = timedelta(days=90)
FORMER = "former_number"
"""Purpose of the blind index of an erased person's numbers: none of hers is found by it."""
FORMER_TWIN = Twin(FORMER_NUMBERS, "number_index", "number", FORMER)

# Past SQLAlchemy (`UnitOfWork.read`): who calls is asked at every hop that does something for her.
_BY_NUMBER = """
SELECT p.id, p.language, p.language_chosen, p.applicant, n.state, n.former_holder, n.last_seen,
       EXISTS (SELECT FROM accounts a WHERE a.person_id = p.id) AS account
FROM numbers n JOIN people p ON p.id = n.person_id
WHERE n.msisdn_index = ANY($1) AND n.state <> 'ended'
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class SqlPeople:
    """`ports.People` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def by_number(self, number: Msisdn) -> Person | None:
        rows = await self.sealed.work.read(_BY_NUMBER, list(self._indexes(number)))
        if not rows:
            return None
        row = rows[0]
        silent = row["last_seen"] < self.clock.now() - SILENCE
        binding = Binding.STALE if silent else Binding(row["state"])
        return Person(
            row["id"],
            row["language"],
            binding,
            row["account"],
            row["applicant"],
            row["last_seen"],
            row["former_holder"],
            row["language_chosen"],
        )

    async def hold(self, number: Msisdn) -> Person | None:
        await self.sealed.work.execute(select(NUMBERS.c.id).where(self._held(number)).with_for_update())
        # Read after it is held: another may have come to doubt it while we waited.
        return await self.by_number(number)

    async def meet(self, number: Msisdn, language: str) -> Person:
        return await self.by_number(number) or await self._meet(number, language)

    async def by_applicant(self, applicant: str) -> UUID | None:
        found = await self.sealed.work.execute(select(PEOPLE.c.id).where(PEOPLE.c.applicant == applicant))
        return found.scalar_one_or_none()

    async def greet(self, number: Msisdn, language: str, *, attested: bool = True, chosen: bool = True) -> Person:
        person = await self.by_number(number)
        if person is None:
            person = await self._meet(number, language)
        # The index goes over to the newest key as people call: before the old key is dropped.
        seen: dict[str, object] = {"msisdn_index": self.sealed.index(number.e164, "msisdn")}
        if person.binding is Binding.STALE:
            # Never the other way: another may have come to doubt it since it was read.
            seen |= {"state": Binding.STALE.value}
        elif attested:
            seen |= {"last_seen": self.clock.now()}
        await self.sealed.work.execute(update(NUMBERS).where(self._held(number)).values(seen))
        if not chosen or (person.language == language and person.language_chosen):
            return person
        hers = {"language": language, "language_chosen": True}
        await self.sealed.work.execute(update(PEOPLE).where(PEOPLE.c.id == person.id).values(hers))
        return replace(person, language=language, language_chosen=True)

    async def confirm_number(self, number: Msisdn, person: UUID, *, by_fact: bool = False) -> None:
        now = self.clock.now()
        proven = {"proven_at": now} if by_fact else {}
        await self.sealed.work.execute(
            update(NUMBERS)
            .where(self._held(number), NUMBERS.c.person_id == person)
            .values(state=Binding.ACTIVE.value, last_seen=now, **proven)
        )

    async def doubt_number(self, number: Msisdn) -> None:
        await self.sealed.work.execute(update(NUMBERS).where(self._held(number)).values(state=Binding.STALE.value))

    async def end_number(self, number: Msisdn, person: UUID) -> None:
        await self.sealed.work.execute(
            update(NUMBERS).where(self._held(number), NUMBERS.c.person_id == person).values(state=Binding.ENDED.value)
        )

    async def had_holder(self, number: Msisdn) -> bool:
        ended = exists().where(
            NUMBERS.c.msisdn_index.in_(self._indexes(number)), NUMBERS.c.state == Binding.ENDED.value
        )
        erased = exists().where(FORMER_NUMBERS.c.number_index.in_(self.sealed.indexes(number.e164, FORMER)))
        return bool((await self.sealed.work.execute(select(or_(ended, erased)))).scalar_one())

    async def contact(self, person: UUID) -> Contact | None:
        found = await self.sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.msisdn, NUMBERS.c.state, NUMBERS.c.last_seen, PEOPLE.c.language)
            .join_from(NUMBERS, PEOPLE)
            .where(NUMBERS.c.person_id == person, NUMBERS.c.state != Binding.ENDED.value)
            .order_by(NUMBERS.c.preferred.desc(), NUMBERS.c.last_seen.desc())
            .limit(1)
        )
        row = found.first()
        if row is None:
            return None
        number = Msisdn.parse(await self.sealed.open(person, row.msisdn, "numbers", "msisdn", row.id))
        silent = row.last_seen < self.clock.now() - SILENCE
        return Contact(number, row.language, Binding.STALE if silent else Binding(row.state))

    async def choose_language(self, person: UUID, language: str) -> None:
        hers = {"language": language, "language_chosen": True}
        await self.sealed.work.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(hers))

    async def forget(self, person: UUID) -> None:
        await self.sealed.work.execute(delete(PEOPLE).where(PEOPLE.c.id == person))
        await self.sealed.keys.destroy(self.sealed.work, person)

    async def _meet(self, number: Msisdn, language: str) -> Person:
        """A new person; if another contact of the same number was faster, that one's."""
        work, now, id, row = self.sealed.work, self.clock.now(), self.ids.uuid7(), self.ids.uuid7()
        former = await self.had_holder(number)
        applicant = self.ids.token()
        # Not hers until she is greeted.
        known = {"id": id, "language": language, "language_chosen": False, "applicant": applicant, "created_at": now}
        await work.execute(insert(PEOPLE).values(known))
        key = await self.sealed.keys.create(work, id)
        made = await work.execute(
            insert(NUMBERS)
            .values(
                id=row,
                person_id=id,
                msisdn=self.sealed.sealer.seal(number.e164, "numbers", "msisdn", row, key),
                msisdn_index=self.sealed.index(number.e164, "msisdn"),
                state=Binding.ACTIVE.value,
                former_holder=former,
                last_seen=now,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(NUMBERS.c.id)
        )
        if made.first() is None:
            await self.forget(id)
            met = await self.by_number(number)
            if met is None:  # the other one was closed in this very moment
                return await self._meet(number, language)
            return met
        return Person(id, language, Binding.ACTIVE, False, applicant, now, former, language_chosen=False)

    def _held(self, number: Msisdn) -> ColumnElement[bool]:
        ours: ColumnElement[bool] = NUMBERS.c.msisdn_index.in_(self._indexes(number))
        return ours & (NUMBERS.c.state != Binding.ENDED.value)

    def _indexes(self, number: Msisdn) -> tuple[bytes, ...]:
        return self.sealed.indexes(number.e164, "msisdn")
