"""Whose e-mail address is whose, which codes are awaited, and whether alerts go there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.email_address import EmailAddress
from domain.ids import Ids
from mail.records.outbox import SqlMailOutbox
from mail.tables import ADDRESSES, CODES
from services.email_ports import PURPOSE, AlertsBy, HeldEmail, PendingEmail
from services.records.sealed import Sealed
from services.records.tables import CONSENTS
from services.sign_in_codes import KeptCode
from storage.unit_of_work import UnitOfWork

INDEX = "email"
_CONSENT = exists().where(
    CONSENTS.c.person_id == ADDRESSES.c.person_id, CONSENTS.c.purpose == PURPOSE, CONSENTS.c.withdrawn_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class SqlEmails:
    """`services.email_ports.Emails` in PostgreSQL. `sends`: whether there is a server that takes mail."""

    sealed: Sealed
    clock: Clock
    ids: Ids
    sends: bool = True

    @property
    def open(self) -> bool:
        return self.sends

    async def of(self, person: UUID) -> HeldEmail | None:
        return await self._held(person, ADDRESSES.c.person_id == person)

    async def wanted(self, person: UUID) -> HeldEmail | None:
        """The same, where alerts go there: she chose it and agrees still, and none came back."""
        works = ADDRESSES.c.failed_at.is_(None)
        return await self._held(
            person, ADDRESSES.c.person_id == person, ADDRESSES.c.alerts_by != "sms", works, _CONSENT
        )

    async def ask(
        self,
        request: UUID,
        person: UUID,
        address: EmailAddress,
        kept: KeptCode,
        code: str,
        language: str,
        lives: timedelta,
    ) -> None:
        work = self.sealed.work
        await work.execute(delete(CODES).where(CODES.c.person_id == person))
        await work.execute(
            insert(CODES).values(
                id=request,
                person_id=person,
                address=await self.sealed.seal(person, address.text, CODES.name, "address", request),
                code_mac=kept.mac,
                key_id=kept.key_id,
                tries=0,
                # By the database's clock: gateways' may disagree.
                expires_at=func.now() + lives,
            )
        )
        outbox = SqlMailOutbox(self.sealed, self.clock, self.ids)
        minutes = int(lives.total_seconds() // 60)
        await outbox.put_code(person, address, code, minutes, language, self.clock.now() + lives)

    async def count_try(self, request: UUID, person: UUID, most: int) -> PendingEmail | None:
        mine = (CODES.c.id == request) & (CODES.c.person_id == person)
        counted = await self.sealed.work.execute(
            update(CODES)
            .where(mine, CODES.c.tries < most, CODES.c.expires_at > func.now())
            .values(tries=CODES.c.tries + 1)
            .returning(CODES.c.address, CODES.c.code_mac, CODES.c.key_id)
        )
        row = counted.first()
        await self.sealed.work.checkpoint()
        if row is None:
            return None
        address = await self.sealed.open(person, row.address, CODES.name, "address", request)
        return PendingEmail(EmailAddress(address), KeptCode(row.code_mac, row.key_id))

    async def bind(self, request: UUID, person: UUID) -> bool:
        work = self.sealed.work
        used = await work.execute(
            delete(CODES).where(CODES.c.id == request, CODES.c.person_id == person).returning(CODES.c.address)
        )
        row = used.first()
        if row is None:
            return False
        address = EmailAddress(await self.sealed.open(person, row.address, CODES.name, "address", request))
        before = await self.of(person)
        await work.execute(delete(ADDRESSES).where(ADDRESSES.c.person_id == person))
        id = self.ids.uuid7()
        await work.execute(
            insert(ADDRESSES).values(
                id=id,
                person_id=person,
                address=await self.sealed.seal(person, address.text, ADDRESSES.name, "address", id),
                address_index=self.sealed.index(address.folded, INDEX),
                alerts_by=(before.by if before else AlertsBy.SMS).value,
                since=self.clock.now(),
            )
        )
        return True

    async def choose(self, person: UUID, by: AlertsBy) -> bool:
        chosen = await self.sealed.work.execute(
            update(ADDRESSES).where(ADDRESSES.c.person_id == person).values(alerts_by=by.value)
        )
        return chosen.rowcount > 0

    async def remove(self, person: UUID) -> bool:
        await self.sealed.work.execute(delete(CODES).where(CODES.c.person_id == person))
        gone = await self.sealed.work.execute(delete(ADDRESSES).where(ADDRESSES.c.person_id == person))
        return gone.rowcount > 0

    async def stop(self, address: EmailAddress) -> int:
        """Whoever reads that mailbox wants no more: its persons are told by SMS again; how many."""
        hers = ADDRESSES.c.address_index.in_(self.sealed.indexes(address.folded, INDEX))
        stopped = await self.sealed.work.execute(
            update(ADDRESSES).where(hers, ADDRESSES.c.alerts_by != "sms").values(alerts_by="sms")
        )
        return stopped.rowcount

    async def _held(self, person: UUID, *where: Any) -> HeldEmail | None:
        row = (await self.sealed.work.execute(select(ADDRESSES).where(*where))).first()
        if row is None:
            return None
        address = EmailAddress(await self.sealed.open(person, row.address, ADDRESSES.name, "address", row.id))
        if (newest := self.sealed.index(address.folded, INDEX)) != row.address_index:  # keys were rotated
            await self.sealed.work.execute(
                update(ADDRESSES).where(ADDRESSES.c.id == row.id).values(address_index=newest)
            )
        return HeldEmail(address, AlertsBy(row.alerts_by), row.failed_at is not None)


async def forget_codes(work: UnitOfWork, kept: timedelta) -> int:
    """Codes that have been over for so long."""
    return (await work.execute(delete(CODES).where(CODES.c.expires_at < func.now() - kept))).rowcount
