"""The audit log: entries written with what they tell, sealed in batches into a hash chain by one sealer.

A row gets its number, without gaps, as the last of its transaction, and its place in the chain after that, by
whichever batch finds it. Between two seals it is protected by its own MAC, which covers the number, and by the head.
"""

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import DateTime, Row, bindparam, func, insert, select, text, update

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.ids import Ids
from storage.audit_head import AuditHead
from storage.keys import KeyRing, KeyUse
from storage.tables import AUDIT_LOG, AUDIT_SEALS
from storage.unit_of_work import UnitOfWork

__all__ = ["Audit", "AuditEntry"]

GENESIS = bytes(32)
FORGOTTEN = "audit.forgotten"
"""The act of an entry that tells up to which batch rows had had their time and were deleted."""
HEAD_LOST = "audit.head_lost"
"""The act of an entry that tells that the head did not stand as we had left it."""
BATCH = 1000
_DIGEST = 32
_COLUMNS = ("id", "at", "actor", "act", "subject", "session", "why", "channel", "mac")
_WRITE = f"""WITH moved AS (UPDATE audit_head SET seq = $1, mac = $2, key_id = $3)
INSERT INTO audit_log (seq, key_id, {", ".join(_COLUMNS)})
VALUES ($1, $3, {", ".join(f"${place}" for place in range(4, 4 + len(_COLUMNS)))})"""  # noqa: S608 - names of ours
_ONE_SEALER = 0x67756963_61756474  # any number that no other advisory lock of ours has


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain as it was made; the newest, kept elsewhere, shows whether the end was cut off."""

    batch: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.batch}:{self.hash.hex()}"


class Audit:
    """Records entries and seals them."""

    def __init__(self, ring: KeyRing, clock: Clock, ids: Ids) -> None:
        self._ring, self._clock, self._ids = ring, clock, ids
        self.head_number = AuditHead(ring)

    async def record(self, work: UnitOfWork, entry: AuditEntry) -> None:
        """One row, in the transaction of what it tells: written as the last of it. Commits nothing."""
        values: dict[str, Any] = {
            "id": self._ids.uuid7(),
            "at": self._clock.now(),
            "actor": entry.actor,
            "act": entry.act,
            "subject": entry.subject,
            "session": entry.session,
            "why": entry.why,
            "channel": entry.channel,
        }
        work.before_commit(partial(self._write, work, values))

    async def _write(self, work: UnitOfWork, values: dict[str, Any]) -> None:
        last, ours = await self.head_number.take(work)
        if not ours and last:
            last = await self._write_as(work, last + 1, self._lost())
        await self._write_as(work, last + 1, values)

    async def _write_as(self, work: UnitOfWork, seq: int, values: dict[str, Any]) -> int:
        """The row, and the head with it: one statement, as others wait meanwhile."""
        key_id = self._ring.newest
        row = {**values, "seq": seq, "key_id": key_id}
        row["mac"] = self.mac(written(row), key_id)
        await work.fetch(_WRITE, seq, self.head_number.mac(seq, key_id), key_id, *(row[name] for name in _COLUMNS))
        return seq

    def _lost(self) -> dict[str, Any]:
        """That the head was removed, changed or put back: it stays in the log, whoever writes next."""
        texts = dict.fromkeys(("subject", "session", "why", "channel"), "")
        return {"id": self._ids.uuid7(), "at": self._clock.now(), "actor": "system", "act": HEAD_LOST, **texts}

    async def seal(self, work: UnitOfWork, limit: int = BATCH) -> int:
        """Seals up to `limit` rows as the next batch; gives how many. 0 too where another sealer is at it."""
        locked = await work.execute(select(func.pg_try_advisory_xact_lock(_ONE_SEALER)))
        if not locked.scalar_one():
            return 0
        found = await work.execute(
            select(AUDIT_LOG).where(text("batch IS NULL")).order_by(AUDIT_LOG.c.seq).limit(limit).with_for_update()
        )
        rows = found.all()
        await self.head_number.renew(work)
        if not rows:
            return 0
        before = await self.head(work)
        seqs, digests = [row.seq for row in rows], b"".join(map(digest, rows))
        batch, now = (before.batch if before else 0) + 1, self._clock.now()
        link = chained(before.hash if before else GENESIS, batch, now, seqs, digests)
        newest = self._ring.newest
        await work.execute(
            insert(AUDIT_SEALS).values(
                batch=batch,
                sealed_at=now,
                seqs=seqs,
                digests=digests,
                hash=link,
                mac=self.mac(link, newest),
                key_id=newest,
            )
        )
        await work.execute(update(AUDIT_LOG).where(AUDIT_LOG.c.seq.in_(seqs)).values(batch=batch))
        return len(rows)

    async def head(self, work: UnitOfWork) -> Seal | None:
        """The newest link of the chain."""
        found = await work.execute(
            select(AUDIT_SEALS.c.batch, AUDIT_SEALS.c.hash).order_by(AUDIT_SEALS.c.batch.desc()).limit(1)
        )
        row = found.first()
        return Seal(row.batch, bytes(row.hash)) if row else None

    async def forget(self, work: UnitOfWork, before: datetime) -> int:
        """Deletes the rows of batches that were sealed before then, through the database's one door for it, and writes
        down how far: without that entry, which takes our key, rows that are missing were removed by somebody else."""
        instant = bindparam("before", before, DateTime(timezone=True))
        gone = func.audit_forget(instant).table_valued("gone", "last")
        rows, last = (await work.execute(select(gone.c.gone, gone.c.last))).one()
        if last is not None:
            await self.record(work, AuditEntry("system", FORGOTTEN, f"batch:{last}"))
        return int(rows or 0)

    def mac(self, octets: bytes, key_id: str) -> bytes:
        """With the key outside the database; `KeyError` where that key is not listed (any more)."""
        return hmac.digest(self._ring.derive(KeyUse.AUDIT, key_id), octets, "sha256")

    def knows(self, key_id: str) -> bool:
        """Whether MACs of that key can be checked."""
        return key_id in self._ring.ids


def written(values: Any) -> bytes:
    """A row's content as the octets that are authenticated: JSON of its fields, instants in UTC."""
    at: datetime = values["at"]
    fields: list[object] = [values["seq"], str(values["id"]), at.astimezone(UTC).isoformat(timespec="microseconds")]
    fields += [values[name] for name in ("actor", "act", "subject", "session", "why", "channel")]
    return json.dumps(fields, ensure_ascii=True).encode()


def digest(row: Row[Any]) -> bytes:
    """SHA-256 of a row with its place and its MAC."""
    return hashlib.sha256(struct.pack(">q", row.seq) + bytes(row.mac) + written(row._mapping)).digest()


def chained(before: bytes, batch: int, at: datetime, seqs: list[int], digests: bytes) -> bytes:
    """SHA-256 of the link before, the batch's number and time, and which rows it holds."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds").encode()
    places = b"".join(struct.pack(">q", seq) for seq in seqs)
    return hashlib.sha256(before + struct.pack(">qq", batch, len(seqs)) + when + places + digests).digest()


def digests_of(joined: bytes) -> list[bytes]:
    """The digests of a seal, one for each of its rows."""
    return [joined[place : place + _DIGEST] for place in range(0, len(joined), _DIGEST)]
