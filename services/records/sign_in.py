"""Requests for one-time codes, and the counters that bound what is sent for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.msisdn import Msisdn
from services.records.sealed import Sealed
from services.records.sign_in_tables import COUNTERS, REQUESTS
from services.sign_in_codes import KeptCode
from services.sign_in_limits import Charge, Limit, Used, is_reached
from services.sign_in_ports import CodeRequest

# Old codes answer nothing to anybody; no window is longer than a day.
REQUESTS_LIVE = timedelta(days=1)
SEND_COUNTERS_LIVE = timedelta(days=2)

# Whoever pumps codes makes these two run most of all. A code lives by the database's clock: gateways' may disagree.
_KEEP = """
INSERT INTO sign_in_requests (id, number, code_mac, key_id, tries, expires_at)
VALUES ($1, $2, $3, $4, 0, now() + $5::interval)
"""
_USED = """
SELECT c.kind, c.subject_index, c.begun_at, c.used
FROM sign_in_counters c JOIN unnest($1::text[], $2::bytea[]) AS k(kind, subject_index) USING (kind, subject_index)
"""


@dataclass(frozen=True, slots=True)
class SqlCodeRequests:
    """`sign_in_ports.CodeRequests` in PostgreSQL, and by its clock alone."""

    sealed: Sealed

    async def keep(self, id: UUID, number: Msisdn, code: KeptCode, lives: timedelta) -> None:
        sealed = self.sealed.sealer.seal(number.e164, REQUESTS.name, "number", id)
        await self.sealed.work.fetch(_KEEP, id, sealed, code.mac, code.key_id, lives)

    async def count_try(self, id: UUID, most: int) -> CodeRequest | None:
        counted = await self.sealed.work.execute(
            update(REQUESTS)
            .where(
                REQUESTS.c.id == id,
                REQUESTS.c.tries < most,
                REQUESTS.c.used_at.is_(None),
                REQUESTS.c.expires_at > func.now(),
            )
            .values(tries=REQUESTS.c.tries + 1)
            .returning(REQUESTS.c.number, REQUESTS.c.code_mac, REQUESTS.c.key_id)
        )
        row = counted.first()
        await self.sealed.work.checkpoint()
        if row is None:
            return None
        number = self.sealed.sealer.unseal_text(row.number, REQUESTS.name, "number", id)
        return CodeRequest(id, Msisdn.parse(number), KeptCode(row.code_mac, row.key_id))

    async def use(self, id: UUID) -> bool:
        used = await self.sealed.work.execute(
            update(REQUESTS)
            .where(REQUESTS.c.id == id, REQUESTS.c.used_at.is_(None))
            .values(used_at=func.now())
            .returning(REQUESTS.c.id)
        )
        return used.first() is not None

    async def sweep(self) -> None:
        """Forget codes that were over a day ago."""
        await self.sealed.work.execute(delete(REQUESTS).where(REQUESTS.c.expires_at < func.now() - REQUESTS_LIVE))


@dataclass(frozen=True, slots=True)
class SqlSendCounters:
    """`sign_in_ports.SendCounters` in PostgreSQL: one row for each limit and whom it is of."""

    sealed: Sealed
    clock: Clock

    async def reached(self, charges: Sequence[Charge]) -> Limit | None:
        keys = {(charge.limit.name, self._subject(charge)): charge for charge in charges}
        rows = await self.sealed.work.fetch(_USED, *zip(*keys, strict=True)) if keys else ()
        used = {keys[row["kind"], row["subject_index"]]: Used(row["begun_at"], row["used"]) for row in rows}
        now = self.clock.now()
        return next((charge.limit for charge in charges if is_reached(charge, used.get(charge), now)), None)

    async def take(self, charge: Charge) -> bool:
        limit, now = charge.limit, self.clock.now()
        if charge.amount > limit.most:
            return False
        over = COUNTERS.c.begun_at <= now - limit.window
        statement = insert(COUNTERS).values(
            kind=limit.name,
            subject_index=self._subject(charge),
            begun_at=now,
            used=charge.amount,
        )
        taken = await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[COUNTERS.c.kind, COUNTERS.c.subject_index],
                set_={
                    "begun_at": case((over, now), else_=COUNTERS.c.begun_at),
                    "used": case((over, charge.amount), else_=COUNTERS.c.used + charge.amount),
                },
                where=or_(over, COUNTERS.c.used + charge.amount <= limit.most),
            ).returning(COUNTERS.c.used)
        )
        return taken.first() is not None

    async def forget(self, charge: Charge) -> None:
        """Its window is as if it had not begun."""
        mine = (COUNTERS.c.kind == charge.limit.name) & (COUNTERS.c.subject_index == self._subject(charge))
        await self.sealed.work.execute(delete(COUNTERS).where(mine))

    def _subject(self, charge: Charge) -> bytes:
        return self.sealed.index(charge.subject, f"sign_in:{charge.limit.name}")

    async def sweep(self) -> None:
        """Forget windows that were over long ago."""
        before = self.clock.now() - SEND_COUNTERS_LIVE
        await self.sealed.work.execute(delete(COUNTERS).where(COUNTERS.c.begun_at < before))
