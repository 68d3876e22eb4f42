"""Writes that were asked for, each under its key, with the answer it had (fulfils `mobile_api.idempotency`)."""

from base64 import b64decode, b64encode
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from mobile_api.idempotency import LEASE, Begun, StoredAnswer, Write
from mobile_api.problems import Problem
from mobile_api.tables import IDEMPOTENCY
from services.records.sealed import Sealed
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

_TABLE, _COLUMN = "api_idempotency", "sealed"
_KEY, _REQUEST = "api_idempotency.key", "api_idempotency.request"
_RUNNING, _DONE = "running", "done"
_RETRY_SECONDS = 1


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A stored answer as it is sealed. Octets as base64: sealing takes text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


class SqlIdempotency:
    """Rows of `api_idempotency`."""

    def __init__(self, sealer: Sealer, keys: PersonKeys, clock: Clock, ids: Ids) -> None:
        self._sealer, self._keys, self._clock, self._ids = sealer, keys, clock, ids

    async def begin(self, work: UnitOfWork, write: Write) -> Begun | StoredAnswer:
        """Ours to do, or the answer it had (see the Protocol)."""
        digests = self._digests(write)
        # While keys are rotated a row may stand under an older one.
        found = await self._found(work, digests[1:]) if len(digests) > 1 else None
        if found is None:
            token = self._ids.uuid7()
            if await self._taken(work, write, digests[0], token):
                await work.checkpoint()
                return Begun(token)
            found = await self._found(work, digests)
        if found is None:  # it ended and was released in this very moment
            raise Problem("still_running", after_seconds=_RETRY_SECONDS)
        if found.fingerprint not in self._sealer.blind_indexes(write.fingerprint, _REQUEST):
            raise Problem("key_reused")
        if found.state == _RUNNING:
            raise Problem("still_running", after_seconds=_RETRY_SECONDS)
        answer = await self._opened(work, write, found)
        await work.checkpoint()
        return answer

    async def _taken(self, work: UnitOfWork, write: Write, digest: bytes, token: object) -> bool:
        """One statement decides: a new row, one that has had its time, or one whose attempt died."""
        now = self._clock.now()
        values = {
            "token": token,
            "person_id": write.person,
            "operation": write.operation,
            "fingerprint": self._sealer.blind_index(write.fingerprint, _REQUEST),
            "state": _RUNNING,
            "lease_until": now + LEASE,
            "sealed": None,
            "expires_at": now + write.keep,
        }
        dead = and_(
            IDEMPOTENCY.c.state == _RUNNING,
            IDEMPOTENCY.c.lease_until < now,
            IDEMPOTENCY.c.fingerprint.in_(self._sealer.blind_indexes(write.fingerprint, _REQUEST)),
        )
        taken = await work.execute(
            insert(IDEMPOTENCY)
            .values(key_digest=digest, **values)
            .on_conflict_do_update(
                index_elements=[IDEMPOTENCY.c.key_digest],
                set_=values,
                where=or_(IDEMPOTENCY.c.expires_at < now, dead),
            )
            .returning(IDEMPOTENCY.c.token)
        )
        return taken.first() is not None

    async def finish(self, work: UnitOfWork, write: Write, begun: Begun, answer: StoredAnswer) -> None:
        """Keep the answer, in the transaction of the write itself."""
        mine = IDEMPOTENCY.c.token == begun.token
        digests = IDEMPOTENCY.c.key_digest.in_(self._digests(write))
        row = (await work.execute(select(IDEMPOTENCY.c.token).where(digests).with_for_update())).first()
        if row is None:  # she had herself erased: what she was answered is not kept
            return
        if row.token != begun.token:
            raise Problem("still_running", after_seconds=_RETRY_SECONDS)
        sealed = await self._sealed(work, write, begun, answer)
        await work.execute(update(IDEMPOTENCY).where(digests, mine).values(state=_DONE, sealed=sealed))

    async def release(self, work: UnitOfWork, write: Write, begun: Begun) -> None:
        """Nothing came of it: the same key may be used again."""
        await work.execute(
            delete(IDEMPOTENCY).where(
                IDEMPOTENCY.c.key_digest.in_(self._digests(write)),
                IDEMPOTENCY.c.token == begun.token,
                IDEMPOTENCY.c.state == _RUNNING,
            )
        )

    async def sweep(self, work: UnitOfWork) -> None:
        """Forget those that have had their time: the worker's work."""
        await work.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.expires_at < self._clock.now()))

    def _digests(self, write: Write) -> tuple[bytes, ...]:
        return self._sealer.blind_indexes(f"{write.scope}\0{write.operation}\0{write.key}", _KEY)

    async def _found(self, work: UnitOfWork, digests: tuple[bytes, ...]) -> Row[Any] | None:
        statement = select(IDEMPOTENCY).where(
            IDEMPOTENCY.c.key_digest.in_(digests), IDEMPOTENCY.c.expires_at >= self._clock.now()
        )
        return (await work.execute(statement)).first()

    async def _sealed(self, work: UnitOfWork, write: Write, begun: Begun, answer: StoredAnswer) -> bytes:
        kept = _Kept(
            answer.status,
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers),
            b64encode(answer.body).decode("ascii"),
        )
        text = msgspec.json.encode(kept).decode()
        if write.person is None:
            return self._sealer.seal(text, _TABLE, _COLUMN, begun.token)
        return await Sealed(work, self._sealer, self._keys).seal(write.person, text, _TABLE, _COLUMN, begun.token)

    async def _opened(self, work: UnitOfWork, write: Write, row: Row[Any]) -> StoredAnswer:
        if row.person_id is None:
            text = self._sealer.unseal_text(row.sealed, _TABLE, _COLUMN, row.token)
        else:
            sealed = Sealed(work, self._sealer, self._keys)
            text = await sealed.open(row.person_id, row.sealed, _TABLE, _COLUMN, row.token)
        kept = msgspec.json.decode(text, type=_Kept)
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in kept.headers)
        return StoredAnswer(kept.status, b64decode(kept.body), headers)
