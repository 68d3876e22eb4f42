"""Everything held about a person: shown to her table by table, and erased in every room."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Row, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.msisdn import Msisdn
from domain.reference import ReferenceRule, spellings
from services.ports import Binding
from services.records.answer_times import nameless
from services.records.callbacks import TYPE as UNDELIVERED
from services.records.events import SUBJECT
from services.records.people import FORMER_TWIN
from services.records.reindexed_rows import twin
from services.records.sealed import Sealed
from services.records.sign_in_tables import REQUESTS
from services.records.tables import CALLBACKS, EVENTS, FORMER_NUMBERS, LINKS, NUMBERS, PEOPLE, SUBJECTS
from services.rights_ports import Rows, Subject
from storage.errors import KeyMissing, SealBroken
from storage.tables import ERASED_PEOPLE

ERASED = "erased"
"""What stands where something would have told of a person who was erased."""


class Room(Protocol):
    """A room with tables whose rows do not simply hang on the person's."""

    async def erase(self, sealed: Sealed, subject: Subject) -> None:
        """Delete or empty what it holds of her; her key still opens. Commits nothing."""
        ...


@dataclass(frozen=True, slots=True)
class HeldTable:
    """A table with rows about persons. `by`: the column that finds them; `purpose`: of its blind index of a number,
    "" where it is the person's id. `shown`: columns as they are; `opened`: sealed ones, True where the person's key
    sealed them; `bound`: the column whose id they are bound to. `codes`: kinds of rows that hold a code; while it lives
    (`expires_at`) only that it was sent is shown, for it may have gone to another number than the one in the hand.
    `hers`: which rows are a person's, where that is not asked of `by` itself."""

    table: Table
    by: str
    purpose: str
    shown: tuple[str, ...]
    opened: Mapping[str, bool]
    bound: str = "id"
    codes: frozenset[str] = frozenset()
    hers: Callable[[UUID], ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True)
class SqlPersonal:
    """`rights_ports.PersonalData` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    rooms: tuple[Room, ...] = ()
    held: tuple[HeldTable, ...] = ()

    async def export(self, person: UUID) -> Mapping[str, Rows]:
        subject = await self._subject(person)
        found = {str(held.table.name): await self._rows(held, subject) for held in self.held}
        return {name: rows for name, rows in found.items() if rows}

    async def erase(self, person: UUID) -> bool:
        work = self.sealed.work
        there = await work.execute(select(PEOPLE.c.id).where(PEOPLE.c.id == person).with_for_update())
        if there.first() is None:
            return False
        subject = await self._subject(person)
        for room in self.rooms:
            await room.erase(self.sealed, subject)
        await work.execute(delete(PEOPLE).where(PEOPLE.c.id == person))
        await self.sealed.keys.destroy(work, person)
        await work.execute(
            insert(ERASED_PEOPLE).values(person_id=person, erased_at=self.clock.now()).on_conflict_do_nothing()
        )
        return True

    async def _subject(self, person: UUID) -> Subject:
        """Numbers that were ended may be another's now: their rows are not hers any more."""
        numbers = await self.sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.msisdn).where(
                NUMBERS.c.person_id == person, NUMBERS.c.state != Binding.ENDED.value
            )
        )
        links = await self.sealed.work.execute(select(LINKS.c.id, LINKS.c.reference).where(LINKS.c.person_id == person))
        opened = [await self._open(person, row.msisdn, NUMBERS.name, "msisdn", row.id) for row in numbers.all()]
        references = [await self._open(person, row.reference, LINKS.name, "reference", row.id) for row in links.all()]
        return Subject(
            person,
            tuple(Msisdn.parse(number) for number in opened if number),
            tuple(reference for reference in references if reference),
        )

    async def _open(self, person: UUID, sealed: bytes, table: str, column: str, id: UUID) -> str:
        """Empty where it does not open: what is broken must not keep her from being erased."""
        try:
            return await self.sealed.open(person, sealed, table, column, id)
        except (SealBroken, KeyMissing):
            return ""

    async def _rows(self, held: HeldTable, subject: Subject) -> Rows:
        bound = (held.bound,) if held.opened else ()
        alive = ("kind", "expires_at") if held.codes else ()
        columns = [held.table.c[name] for name in dict.fromkeys((*bound, *alive, *held.shown, *held.opened))]
        column = held.table.c[held.by]
        if held.purpose:
            indexes = [index for number in subject.numbers for index in self.sealed.indexes(number.e164, held.purpose)]
            whose: ColumnElement[bool] = column.in_(indexes)
        else:
            whose = held.hers(subject.person) if held.hers else column == subject.person
        found = await self.sealed.work.execute(select(*columns).where(whose).order_by(columns[0]))
        return [await self._row(held, subject.person, row) for row in found.all()]

    async def _row(self, held: HeldTable, person: UUID, row: Row[Any]) -> Mapping[str, object]:
        values = row._mapping
        shown: dict[str, object] = {name: values[name] for name in held.shown}
        if held.codes and values["kind"] in held.codes and values["expires_at"] > self.clock.now():
            return shown
        for column, under_hers in held.opened.items():
            octets = values[column]
            if octets is None:
                continue
            place = held.table.name, column, values[held.bound]
            try:
                text = (
                    await self.sealed.open(person, octets, *place)
                    if under_hers
                    else self.sealed.sealer.unseal_text(octets, *place)
                )
            except (SealBroken, UnicodeDecodeError):
                continue  # sealed under a key that is gone: nobody can read it, she neither
            shown[column] = _readable(text)
        return shown


@dataclass(frozen=True, slots=True)
class RecordsRoom:
    """What services' own tables hold of her without hanging on her row. `references`: as the pack writes them."""

    references: tuple[ReferenceRule, ...]

    async def erase(self, sealed: Sealed, subject: Subject) -> None:
        await self._numbers(sealed, subject.person)
        await self._events(sealed, subject)
        await self._clocks(sealed, subject.person)
        await self._code_requests(sealed, subject)

    async def _numbers(self, sealed: Sealed, person: UUID) -> None:
        """Those that she ended too: a ministry may have any of them still, and whoever has it now is not her."""
        found = await sealed.work.execute(select(NUMBERS.c.id, NUMBERS.c.msisdn).where(NUMBERS.c.person_id == person))
        for row in found.all():
            try:
                number = await sealed.open(person, row.msisdn, NUMBERS.name, "msisdn", row.id)
            except (SealBroken, KeyMissing):
                continue  # what is broken must not keep her from being erased
            index, kept = twin(sealed.sealer, FORMER_TWIN, number)
            values = {"number_index": index, "number": kept}
            await sealed.work.execute(insert(FORMER_NUMBERS).values(values).on_conflict_do_nothing())

    async def _events(self, sealed: Sealed, subject: Subject) -> None:
        """What ministries told of applications that are linked to nobody else."""
        indexes = [
            index for reference in subject.references for index in await self._only_hers(sealed, subject, reference)
        ]
        if not indexes:
            return
        emptied = await sealed.work.execute(
            select(EVENTS.c.id).where(EVENTS.c.subject_index.in_(indexes)).with_for_update()
        )
        await empty_events(sealed, list(emptied.scalars()))
        await sealed.work.execute(delete(SUBJECTS).where(SUBJECTS.c.subject_index.in_(indexes)))

    async def _clocks(self, sealed: Sealed, person: UUID) -> None:
        """That an application took so many days is counted; which it was is not kept."""
        links = await sealed.work.execute(
            select(LINKS.c.id, LINKS.c.service, LINKS.c.reference).where(LINKS.c.person_id == person)
        )
        for row in links.all():
            try:
                reference = await sealed.open(person, row.reference, LINKS.name, "reference", row.id)
            except (SealBroken, KeyMissing):
                continue  # what is broken must not keep her from being erased
            await nameless(sealed, row.service, reference)

    async def _only_hers(self, sealed: Sealed, subject: Subject, reference: str) -> Sequence[bytes]:
        others = await sealed.work.execute(
            select(LINKS.c.id)
            .where(
                LINKS.c.reference_index.in_(sealed.indexes(reference, "reference")),
                LINKS.c.person_id != subject.person,
            )
            .limit(1)
        )
        if others.first() is not None:
            return ()
        written = spellings(reference, self.references)
        return [index for spelling in written for index in sealed.indexes(spelling, SUBJECT)]

    async def _code_requests(self, sealed: Sealed, subject: Subject) -> None:
        """Codes that were asked for with her number within the last day: few, and found by opening them."""
        numbers = {number.e164 for number in subject.numbers}
        found = await sealed.work.execute(select(REQUESTS.c.id, REQUESTS.c.number))
        hers = []
        for row in found.all():
            try:
                number = sealed.sealer.unseal_text(row.number, REQUESTS.name, "number", row.id)
            except SealBroken:
                continue
            if number in numbers:
                hers.append(row.id)
        if hers:
            await sealed.work.execute(delete(REQUESTS).where(REQUESTS.c.id.in_(hers)))


async def empty_events(sealed: Sealed, events: Sequence[UUID]) -> None:
    """Nothing is left of what they said, or of what their ministry is to be told about them; that they came stays,
    so that the same event coming again is known."""
    if not events:
        return
    await sealed.work.execute(
        update(EVENTS)
        .where(EVENTS.c.id.in_(events))
        .values(body=None, subject_index=None, claim_token=None, lease_until=None, due_at=None)
    )
    await sealed.work.execute(
        update(EVENTS)
        .where(EVENTS.c.id.in_(events), EVENTS.c.state.in_(("received", "parked")))
        .values(state="dead", outcome=ERASED, ended_at=EVENTS.c.received_at)
    )
    await sealed.work.execute(delete(CALLBACKS).where(CALLBACKS.c.id.in_([uuid5(id, UNDELIVERED) for id in events])))


def _readable(text: str) -> object:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, (dict, list)) else text
