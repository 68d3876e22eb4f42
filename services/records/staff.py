"""Staff and their sessions in PostgreSQL: passwords as hashes, keys of second factors sealed, tokens as hashes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.ids import Ids
from services.records.sealed import Sealed
from services.records.sign_in import SqlSendCounters
from services.records.staff_tables import STAFF, STAFF_SESSIONS
from services.sign_in_limits import Charge, Limit, places_of
from services.staff_ports import StaffMember, StaffSeen, StaffSession
from services.staff_sign_in import (
    BROWSER_LIVES,
    BROWSER_OCTETS,
    FROM_ONE_ADDRESS,
    FROM_ONE_NETWORK,
    IDLE,
    LIVES,
    LOCKED,
    TRIES,
    WITHIN,
)
from storage.audit import Audit
from storage.errors import SealBroken
from storage.sealing import header

ADDRESS = Limit("staff_address", FROM_ONE_ADDRESS, WITHIN)
NETWORK = Limit("staff_network", FROM_ONE_NETWORK, WITHIN)
BROWSER = Limit("staff_browser", TRIES, LOCKED)
_UNTIL_OCTETS = 8
_ANYBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Browser:
    """What a browser brings along from the last time: its name, and whose it is."""

    id: str
    of: bytes


@dataclass(frozen=True, slots=True)
class SqlStaff:
    """`staff_ports.StaffRecords` and `StaffBook`."""

    sealed: Sealed
    audit: Audit
    clock: Clock
    ids: Ids

    async def allow(self, address: str) -> bool:
        host, network = places_of(address)
        return await self._counters.take(Charge(ADDRESS, host)) and await self._counters.take(Charge(NETWORK, network))

    async def known(self, name: str, browser: bytes) -> StaffMember | None:
        opened = self._opened(browser)
        if opened is None:
            return None
        found = await self.sealed.work.execute(select(STAFF).where(STAFF.c.name == name, STAFF.c.state == "active"))
        row = found.first()
        key = self._key(row.id, row.totp) if row else b""
        if row is None or not key or opened.of != _of(row.id, key):
            return None
        counted = await self._counters.take(Charge(BROWSER, opened.id))
        await self.sealed.work.checkpoint()
        if not counted:
            return None
        return StaffMember(row.id, row.name, row.password, key, row.totp_step, browser=opened.id)

    async def begin_try(self, name: str) -> StaffMember | None:
        now = self.clock.now()
        tries = case((STAFF.c.locked_until.is_not(None), 1), else_=STAFF.c.tries + 1)
        counted = await self.sealed.work.execute(
            update(STAFF)
            .where(
                STAFF.c.name == name,
                STAFF.c.state == "active",
                or_(STAFF.c.locked_until.is_(None), STAFF.c.locked_until <= now),
            )
            .values(tries=tries, locked_until=case((tries >= TRIES, now + LOCKED), else_=None))
            .returning(STAFF)
        )
        row = counted.first()
        # Of an unknown name the address was counted: it is committed, and takes as long.
        await self.sealed.work.checkpoint()
        if row is None:
            return None
        return StaffMember(
            row.id, row.name, row.password, self._key(row.id, row.totp), row.totp_step, row.tries >= TRIES
        )

    async def why_not(self, name: str) -> str:
        found = await self.sealed.work.execute(select(STAFF.c.state).where(STAFF.c.name == name))
        state = found.scalar_one_or_none()
        return "unknown" if state is None else "locked" if state == "active" else "suspended"

    async def proved(self, member: StaffMember, step: int, password: str | None) -> bool:
        anew = {"password": password} if password else {}
        # Strangers stay locked out while she comes and goes by a browser of hers.
        unlocked = {} if member.browser else {"tries": 0, "locked_until": None}
        used = await self.sealed.work.execute(
            update(STAFF)
            .where(STAFF.c.id == member.id, STAFF.c.state == "active", STAFF.c.totp_step < step)
            .values(totp_step=step, **anew, **unlocked)
            .returning(STAFF.c.id)
        )
        if used.first() is None:
            return False
        if member.browser:
            await self._counters.forget(Charge(BROWSER, member.browser))
        return True

    def remembered(self, member: StaffMember, browser: bytes) -> bytes:
        id = bytes.fromhex(member.browser) or browser
        until = int((self.clock.now() + BROWSER_LIVES).timestamp()).to_bytes(_UNTIL_OCTETS)
        return self.sealed.sealer.seal(id + until + _of(member.id, member.key), STAFF.name, "browser", _ANYBODY)

    async def open_session(self, member: StaffMember, token: bytes) -> StaffSession:
        now, id = self.clock.now(), self.ids.uuid7()
        await self.sealed.work.execute(
            insert(STAFF_SESSIONS).values(
                id=id,
                token_hash=_hash(token),
                staff_id=member.id,
                created_at=now,
                used_at=now,
                expires_at=now + LIVES,
            )
        )
        return StaffSession(id, member.name, now + LIVES)

    async def session(self, token: bytes, touched: bool) -> StaffSession | None:
        now = self.clock.now()
        found = await self.sealed.work.execute(
            select(STAFF_SESSIONS.c.id, STAFF.c.name, STAFF_SESSIONS.c.expires_at)
            .join_from(STAFF_SESSIONS, STAFF)
            .where(
                STAFF_SESSIONS.c.token_hash == _hash(token),
                STAFF_SESSIONS.c.expires_at > now,
                STAFF_SESSIONS.c.used_at > now - IDLE,
                STAFF.c.state == "active",
            )
        )
        row = found.first()
        if row is None:
            return None
        if touched:
            await self.sealed.work.execute(
                update(STAFF_SESSIONS).where(STAFF_SESSIONS.c.id == row.id).values(used_at=now)
            )
        return StaffSession(row.id, row.name, row.expires_at)

    async def end_session(self, token: bytes) -> StaffSession | None:
        ended = await self.sealed.work.execute(
            delete(STAFF_SESSIONS)
            .where(STAFF_SESSIONS.c.token_hash == _hash(token), STAFF.c.id == STAFF_SESSIONS.c.staff_id)
            .returning(STAFF_SESSIONS.c.id, STAFF.c.name, STAFF_SESSIONS.c.expires_at)
        )
        row = ended.first()
        return StaffSession(row.id, row.name, row.expires_at) if row else None

    async def record(self, entry: AuditEntry) -> None:
        await self.audit.record(self.sealed.work, entry)

    async def add(self, name: str, password: str, key: bytes) -> bool:
        id = self.ids.uuid7()
        values = {"totp": self._totp(id, key), "totp_step": 0, "tries": 0, "state": "active"}
        added = await self.sealed.work.execute(
            insert(STAFF)
            .values(id=id, name=name, password=password, created_at=self.clock.now(), **values)
            .on_conflict_do_nothing(index_elements=[STAFF.c.name])
            .returning(STAFF.c.id)
        )
        return added.first() is not None

    async def reset(self, name: str, password: str, key: bytes) -> bool:
        found = await self.sealed.work.execute(select(STAFF.c.id).where(STAFF.c.name == name).with_for_update())
        id = found.scalar_one_or_none()
        if id is None:
            return False
        totp = self._totp(id, key)
        await self.sealed.work.execute(
            update(STAFF)
            .where(STAFF.c.id == id)
            .values(password=password, totp=totp, totp_step=0, tries=0, locked_until=None)
        )
        await self._end_all(id)
        return True

    async def put(self, name: str, state: str) -> bool:
        changed = await self.sealed.work.execute(
            update(STAFF).where(STAFF.c.name == name).values(state=state).returning(STAFF.c.id)
        )
        id = changed.scalar_one_or_none()
        if id is not None and state != "active":
            await self._end_all(id)
        return id is not None

    async def remove(self, name: str) -> bool:
        gone = await self.sealed.work.execute(delete(STAFF).where(STAFF.c.name == name).returning(STAFF.c.id))
        return gone.first() is not None

    async def all(self) -> Sequence[StaffSeen]:
        found = await self.sealed.work.execute(select(STAFF).order_by(STAFF.c.name))
        return [StaffSeen(row.name, row.state, row.created_at, row.locked_until) for row in found.all()]

    async def sweep(self) -> None:
        """Forget sessions that are over."""
        await self.sealed.work.execute(
            delete(STAFF_SESSIONS).where(
                or_(
                    STAFF_SESSIONS.c.expires_at <= self.clock.now(), STAFF_SESSIONS.c.used_at <= self.clock.now() - IDLE
                )
            )
        )

    async def reseal(self) -> int:
        """Keys of second factors under the newest key; gives how many went over."""
        rows = (await self.sealed.work.execute(select(STAFF.c.id, STAFF.c.totp).with_for_update())).all()
        newest = header(self.sealed.sealer.ring.newest)
        old = [
            (row.id, key) for row in rows if not row.totp.startswith(newest) and (key := self._key(row.id, row.totp))
        ]
        for id, key in old:
            await self.sealed.work.execute(update(STAFF).where(STAFF.c.id == id).values(totp=self._totp(id, key)))
        return len(old)

    @property
    def _counters(self) -> SqlSendCounters:
        return SqlSendCounters(self.sealed, self.clock)

    def _opened(self, token: bytes) -> "_Browser | None":
        """None for a token that is not ours, or too old. No name is looked at: it takes as long for any."""
        try:
            opened = self.sealed.sealer.unseal(token, STAFF.name, "browser", _ANYBODY)
        except SealBroken:
            return None
        id, rest = opened[:BROWSER_OCTETS], opened[BROWSER_OCTETS:]
        until = int.from_bytes(rest[:_UNTIL_OCTETS])
        return _Browser(id.hex(), rest[_UNTIL_OCTETS:]) if until > self.clock.now().timestamp() else None

    async def _end_all(self, staff: UUID) -> None:
        await self.sealed.work.execute(delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.staff_id == staff))

    def _key(self, id: UUID, sealed: bytes) -> bytes:
        """None (no octets) where the key that sealed it is not listed any more: an operator makes a new one."""
        try:
            return self.sealed.sealer.unseal(sealed, STAFF.name, "totp", id)
        except SealBroken:
            return b""

    def _totp(self, id: UUID, key: bytes) -> bytes:
        return self.sealed.sealer.seal(key, STAFF.name, "totp", id)


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _of(staff: UUID, key: bytes) -> bytes:
    """Hers, and of this second factor: with a new one every browser is a stranger again."""
    return _hash(staff.bytes + key)
