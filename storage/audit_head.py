"""How far the audit log has come: numbers without a gap, given out one commit after another.

A row that is removed before it was sealed leaves a hole in the numbers, and one at the end shows against the head,
which carries our MAC. Numbers of a sequence would not do: each transaction that is undone leaves a hole too.
"""

import hmac
import struct
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.keys import KeyRing, KeyUse
from storage.tables import AUDIT_HEAD, AUDIT_LOG, AUDIT_SEALS
from storage.unit_of_work import Record, UnitOfWork

_READ = "SELECT seq, mac, key_id FROM audit_head"
_LOCK = f"{_READ} FOR UPDATE"


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Made once; keeps nothing."""

    ring: KeyRing

    async def take(self, work: UnitOfWork) -> tuple[int, bool]:
        """The last number given out, and whether that is what we wrote. Until the unit of work ends nobody else gives
        out any: to be taken last of all locks, right before the commit."""
        row = await self._locked(work)
        if self.is_ours(row):
            return row["seq"], True
        # With no row at all it is the first beginning: nothing is lost.
        return await self._highest(work), False

    async def move(self, work: UnitOfWork, seq: int) -> None:
        """The last number from now on."""
        key_id = self.ring.newest
        values = {"seq": seq, "mac": self.mac(seq, key_id), "key_id": key_id}
        await work.execute(update(AUDIT_HEAD).values(values))

    async def read(self, work: UnitOfWork) -> Record | None:
        """As it stands, for who checks it."""
        rows = await work.fetch(_READ)
        return rows[0] if rows else None

    async def renew(self, work: UnitOfWork) -> None:
        """Under the newest key, so that an older one may go. The sealer's work; not while somebody else has it."""
        row = await self.read(work)
        if row is None or row["key_id"] == self.ring.newest or not self.is_ours(row):
            return
        last, ours = await self.take(work)
        if ours:
            await self.move(work, last)

    def is_ours(self, row: Record) -> bool:
        """Whether the number carries our MAC; under a key that is not listed nobody can tell, and it counts as not."""
        if row["key_id"] not in self.ring.ids:
            return False
        return hmac.compare_digest(self.mac(row["seq"], row["key_id"]), bytes(row["mac"]))

    async def _locked(self, work: UnitOfWork) -> Record:
        rows = await work.fetch(_LOCK)
        if not rows:
            fresh = insert(AUDIT_HEAD).values(one=True, seq=0, mac=b"", key_id="")
            await work.execute(fresh.on_conflict_do_nothing())
            rows = await work.fetch(_LOCK)
        return rows[0]

    async def _highest(self, work: UnitOfWork) -> int:
        rows = select(func.coalesce(func.max(AUDIT_LOG.c.seq), 0)).scalar_subquery()
        newest = select(AUDIT_SEALS.c.seqs).order_by(AUDIT_SEALS.c.batch.desc()).limit(1)
        found = (await work.execute(select(rows.label("rows"), newest.scalar_subquery().label("sealed")))).one()
        return int(max([found.rows, *(found.sealed or ())]))

    def mac(self, seq: int, key_id: str) -> bytes:
        """Of that number as the last."""
        octets = b"guichet/audit-head/1\0" + struct.pack(">q", seq)
        return hmac.digest(self.ring.derive(KeyUse.AUDIT, key_id), octets, "sha256")
