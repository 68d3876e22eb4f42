"""The office's deeds in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.office_ports import Deed, Holder, Waiting
from services.ports import Binding
from services.records.links import SqlLinks
from services.records.office_tables import CONFIRMATIONS
from services.records.sealed import Sealed
from services.records.sign_in_tables import SESSIONS
from services.records.tables import ACCOUNTS, NUMBERS
from storage.audit import Audit
from storage.errors import KeyMissing

_TABLE = CONFIRMATIONS.name
_stands = NUMBERS.c.state != Binding.ENDED.value
_account = exists().where(ACCOUNTS.c.person_id == NUMBERS.c.person_id).label("account")


@dataclass(frozen=True, slots=True)
class SqlOfficeBook:
    """`office_ports.OfficeBook`."""

    sealed: Sealed
    audit: Audit
    clock: Clock
    ids: Ids

    async def holder(self, number: Msisdn) -> Holder | None:
        found = await self.sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.person_id, _account).where(
                NUMBERS.c.msisdn_index.in_(self.sealed.indexes(number.e164, "msisdn")), _stands
            )
        )
        row = found.first()
        return Holder(*row) if row else None

    async def references(self, person: UUID) -> frozenset[str]:
        links = await SqlLinks(self.sealed, self.clock, self.ids).of(person)
        return frozenset(link.reference for link in links)

    async def deed(self, holder: Holder, *, locked: bool = False) -> Deed | None:
        wanted = select(CONFIRMATIONS).where(
            CONFIRMATIONS.c.number_id == holder.number, CONFIRMATIONS.c.person_id == holder.person
        )
        found = await self.sealed.work.execute(wanted.with_for_update() if locked else wanted)
        row = found.first()
        return await self._deed(row, holder) if row else None

    async def ask(self, deed: Deed, lapsed: datetime) -> bool:
        id, holder = self.ids.uuid7(), deed.holder
        values: dict[str, Any] = {
            "id": id,
            "person_id": holder.person,
            "new_pin": deed.new_pin,
            "why": await self.sealed.seal(holder.person, deed.why, _TABLE, "why", id),
            "asked_by": deed.asked_by,
            "asked_at": deed.asked_at,
            "approved_by": None,
            "approved_at": None,
        }
        # Of two who ask at once one finds the other's, and is told so.
        kept = await self.sealed.work.execute(
            insert(CONFIRMATIONS)
            .values(number_id=holder.number, **values)
            .on_conflict_do_update(
                index_elements=[CONFIRMATIONS.c.number_id],
                set_=values,
                where=or_(
                    CONFIRMATIONS.c.approved_at.is_not(None),
                    CONFIRMATIONS.c.asked_at <= lapsed,
                    CONFIRMATIONS.c.asked_by == deed.asked_by,
                ),
            )
            .returning(CONFIRMATIONS.c.id)
        )
        return kept.first() is not None

    async def confirm(self, deed: Deed, reset_due: datetime | None) -> bool:
        work, now, person, number = self.sealed.work, deed.approved_at, deed.holder.person, deed.holder.number
        # The account before the number, as whoever types a PIN: two that wait for each other would fail a hop.
        await work.execute(select(ACCOUNTS.c.person_id).where(ACCOUNTS.c.person_id == person).with_for_update())
        confirmed = await work.execute(
            update(NUMBERS)
            .where(NUMBERS.c.id == number, NUMBERS.c.person_id == person, _stands)
            .values(state=Binding.ACTIVE.value, last_seen=now, proven_at=now)
            .returning(NUMBERS.c.id)
        )
        if confirmed.first() is None:
            return False
        await work.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person).values(reset_due=reset_due))
        await work.execute(
            update(SESSIONS)
            .where(SESSIONS.c.person_id == person, SESSIONS.c.number_id == number, SESSIONS.c.ended_at.is_(None))
            .values(ended_at=now)
        )
        await work.execute(
            update(CONFIRMATIONS)
            .where(CONFIRMATIONS.c.number_id == number)
            .values(approved_by=deed.approved_by, approved_at=now)
        )
        return True

    async def waiting(self, since: datetime) -> Sequence[Waiting]:
        found = await self.sealed.work.execute(
            select(CONFIRMATIONS, NUMBERS.c.msisdn, _account)
            .join(NUMBERS, NUMBERS.c.id == CONFIRMATIONS.c.number_id)
            .where(CONFIRMATIONS.c.approved_at.is_(None), CONFIRMATIONS.c.asked_at > since, _stands)
            .order_by(CONFIRMATIONS.c.asked_at, CONFIRMATIONS.c.id)
        )
        opened = [await self._waiting(row) for row in found.all()]
        return [each for each in opened if each]

    async def record(self, entry: AuditEntry) -> None:
        await self.audit.record(self.sealed.work, entry)

    async def sweep(self, before: datetime) -> None:
        """Forget those that were asked for before then."""
        await self.sealed.work.execute(delete(CONFIRMATIONS).where(CONFIRMATIONS.c.asked_at < before))

    async def _waiting(self, row: Row[Any]) -> Waiting | None:
        try:
            number = await self.sealed.open(row.person_id, row.msisdn, NUMBERS.name, "msisdn", row.number_id)
            return Waiting(
                Msisdn.parse(number), await self._deed(row, Holder(row.number_id, row.person_id, row.account))
            )
        except KeyMissing:
            return None  # its person was forgotten in this very moment: the row goes too

    async def _deed(self, row: Row[Any], holder: Holder) -> Deed:
        why = await self.sealed.open(row.person_id, row.why, _TABLE, "why", row.id)
        return Deed(holder, row.new_pin, why, row.asked_by, row.asked_at, row.approved_by or "", row.approved_at)
