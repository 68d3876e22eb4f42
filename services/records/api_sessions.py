"""Signed-in devices and their tokens, of which only hashes are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.msisdn import Msisdn
from services.ports import Binding, Person
from services.records.people import SILENCE
from services.records.sealed import Sealed
from services.records.sign_in_tables import SESSIONS
from services.records.tables import NUMBERS
from services.sign_in_ports import Device, OnDevice, OpenSession, TokenHashes, Turned

LIVES = timedelta(days=30)
# Nobody has so many devices: more are what was forgotten, or somebody else's.
MOST = 10
_HOLDS = exists().where(
    NUMBERS.c.id == SESSIONS.c.number_id,
    NUMBERS.c.person_id == SESSIONS.c.person_id,
    NUMBERS.c.state != Binding.ENDED.value,
)
# Past SQLAlchemy (`UnitOfWork.read`): asked at every request.
_BY_ACCESS = """
SELECT s.id, s.person_id, s.proven_until, p.language, p.applicant,
       n.id AS number_id, n.msisdn, n.state, n.last_seen, n.former_holder,
       EXISTS (SELECT FROM accounts a WHERE a.person_id = p.id) AS account
FROM api_sessions s
JOIN people p ON p.id = s.person_id
JOIN numbers n ON n.id = s.number_id AND n.person_id = s.person_id AND n.state <> 'ended'
WHERE s.access_hash = $1 AND s.access_until > $2 AND s.expires_at > $2 AND s.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class SqlSessions:
    """`sign_in_ports.Sessions` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def open(
        self, id: UUID, person: UUID, number: Msisdn, device: OnDevice, tokens: TokenHashes, until: datetime
    ) -> bool:
        held = await self.sealed.work.execute(
            select(NUMBERS.c.id).where(
                NUMBERS.c.msisdn_index.in_(self.sealed.indexes(number.e164, "msisdn")),
                NUMBERS.c.person_id == person,
                NUMBERS.c.state != Binding.ENDED.value,
            )
        )
        row, now = held.first(), self.clock.now()
        if row is None:
            return False
        await self._make_room(person, device.hash)
        await self.sealed.work.execute(
            insert(SESSIONS).values(
                id=id,
                person_id=person,
                number_id=row.id,
                access_hash=tokens.access,
                family_hash=tokens.family,
                turn_hash=tokens.turn,
                device=await self.sealed.seal(person, device.name, SESSIONS.name, "device", id),
                device_hash=device.hash,
                access_until=tokens.access_until,
                created_at=now,
                used_at=now,
                expires_at=until,
            )
        )
        return True

    async def _make_room(self, person: UUID, device: bytes) -> None:
        hers = SESSIONS.c.person_id == person
        last_used = (SESSIONS.c.used_at.desc(), SESSIONS.c.id.desc())
        kept = select(SESSIONS.c.id).where(hers, SESSIONS.c.device_hash.is_distinct_from(device), self._open())
        await self._end(hers & SESSIONS.c.id.not_in(kept.order_by(*last_used).limit(MOST - 1)))

    async def by_access(self, access: bytes) -> OpenSession | None:
        now = self.clock.now()
        rows = await self.sealed.work.read(_BY_ACCESS, access, now)
        if not rows:
            return None
        row = rows[0]
        id, silent = row["person_id"], row["last_seen"] < now - SILENCE
        binding = Binding.STALE if silent else Binding(row["state"])
        person = Person(
            id, row["language"], binding, row["account"], row["applicant"], row["last_seen"], row["former_holder"]
        )
        number = await self.sealed.open(id, row["msisdn"], NUMBERS.name, "msisdn", row["number_id"])
        proven = row["proven_until"] is not None and row["proven_until"] > now
        return OpenSession(row["id"], person, Msisdn(number), proven)

    async def turn(self, presented_turn: bytes, tokens: TokenHashes) -> Turned | None:
        turned = await self.sealed.work.execute(
            update(SESSIONS)
            .where(
                SESSIONS.c.family_hash == tokens.family, SESSIONS.c.turn_hash == presented_turn, self._open(), _HOLDS
            )
            .values(
                turn_hash=tokens.turn,
                access_hash=tokens.access,
                access_until=tokens.access_until,
                used_at=self.clock.now(),
            )
            .returning(SESSIONS.c.id, SESSIONS.c.expires_at)
        )
        row = turned.first()
        return Turned(row.id, row.expires_at) if row else None

    async def end_family(self, family: bytes) -> bool:
        ended = await self._end(SESSIONS.c.family_hash == family)
        await self.sealed.work.checkpoint()
        return ended > 0

    async def of(self, person: UUID) -> Sequence[Device]:
        found = await self.sealed.work.execute(
            select(SESSIONS.c.id, SESSIONS.c.device, SESSIONS.c.created_at, SESSIONS.c.used_at)
            .where(SESSIONS.c.person_id == person, self._open(), _HOLDS)
            .order_by(SESSIONS.c.used_at.desc(), SESSIONS.c.id.desc())
        )
        return [
            Device(
                row.id,
                await self.sealed.open(person, row.device, SESSIONS.name, "device", row.id),
                row.created_at,
                row.used_at,
            )
            for row in found.all()
        ]

    async def end(self, person: UUID, session: UUID) -> bool:
        return await self._end((SESSIONS.c.person_id == person) & (SESSIONS.c.id == session)) > 0

    async def end_all(self, person: UUID) -> int:
        return await self._end(SESSIONS.c.person_id == person)

    async def prove(self, session: UUID, until: datetime) -> None:
        await self.sealed.work.execute(
            update(SESSIONS).where(SESSIONS.c.id == session, self._open()).values(proven_until=until)
        )

    async def sweep(self) -> None:
        """Forget sessions that ended long ago."""
        before = self.clock.now() - LIVES
        await self.sealed.work.execute(
            delete(SESSIONS).where(or_(SESSIONS.c.expires_at < before, SESSIONS.c.ended_at < before))
        )

    async def _end(self, whose: ColumnElement[bool]) -> int:
        ended = await self.sealed.work.execute(
            update(SESSIONS).where(whose, self._open()).values(ended_at=self.clock.now()).returning(SESSIONS.c.id)
        )
        return len(ended.all())

    def _open(self) -> ColumnElement[bool]:
        return SESSIONS.c.ended_at.is_(None) & (SESSIONS.c.expires_at > self.clock.now())
