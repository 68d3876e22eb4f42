"""Sessions in which agents help citizens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from domain.position import Position
from services.agent_limits import Before
from services.agent_values import AgentState, Assisted, Ender, Mode, Stage
from services.records.agent_tables import AGENT_SESSIONS, AGENTS, ASKED, ORGANISATIONS
from services.records.agent_tables import ASSISTED_SESSIONS as HELP
from services.records.agents import at_work
from services.records.reindexed_rows import Twin
from services.records.sealed import Sealed
from services.sign_in_codes import KeptCode
from storage.errors import SealBroken

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_OPEN = (Stage.ASKED.value, Stage.ACTIVE.value)
_NUMBER, _CLAIM = "assisted_number", "assisted_claim"
NUMBER_TWIN = Twin(HELP, "number_index", "number", _NUMBER, bound="id")
# In the hands of an agent who is none any more nothing goes on; what is the citizen's stays hers.
_BY_ACTIVE = HELP.c.agent_id.in_(select(AGENTS.c.id).where(AGENTS.c.state == AgentState.ACTIVE.value))


@dataclass(frozen=True, slots=True)
class SqlAssisted:
    """`agent_ports.AssistedSessions` in PostgreSQL. Days are the last 24 hours: no midnight starts them anew."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def before(self, agent: UUID, device: bytes | None, number: Msisdn | None, now: datetime) -> Before:
        day = ASKED.c.asked_at > now - _DAY
        mine = ASKED.c.agent_id == agent
        here = ASKED.c.device_index == device if device else ASKED.c.device_index.is_(None) & mine
        counted = await self.sealed.work.execute(
            select(
                func.count().filter(mine, day).label("agent"),
                func.count().filter(mine, day, ASKED.c.witnessed).label("witnessed"),
                func.count().filter(here, day).label("device"),
                func.count(ASKED.c.agent_id.distinct()).filter(here, day, ~mine).label("device_agents"),
                func.max(ASKED.c.asked_at).filter(mine).label("last"),
            ).where(ASKED.c.asked_at > now - _WEEK, mine | here)
        )
        row = counted.one()
        asked, others = await self._of_number(agent, number, now) if number else (0, 0)
        elsewhere, (place, at) = await self._open_elsewhere(agent, device, now), await self._last_place(agent)
        return Before(
            row.agent, row.witnessed, row.device, row.device_agents, asked, others, row.last, elsewhere, place, at
        )

    async def _open_elsewhere(self, agent: UUID, device: bytes | None, now: datetime) -> int:
        active = (HELP.c.state == Stage.ACTIVE.value) & (HELP.c.active_until > now)
        elsewhere = HELP.c.device_index.is_distinct_from(device)
        found = await self.sealed.work.execute(select(func.count()).where(HELP.c.agent_id == agent, active, elsewhere))
        return int(found.scalar_one())

    async def _last_place(self, agent: UUID) -> tuple[Position | None, datetime | None]:
        found = await self.sealed.work.execute(
            select(ASKED.c.id, ASKED.c.place, ASKED.c.asked_at)
            .where(ASKED.c.agent_id == agent, ASKED.c.place.is_not(None))
            .order_by(ASKED.c.asked_at.desc())
            .limit(1)
        )
        row = found.first()
        if row is None:
            return None, None
        try:
            return Position.parse(self.sealed.sealer.unseal_text(row.place, ASKED.name, "place", row.id)), row.asked_at
        except SealBroken:
            return None, None  # under a key that is gone

    async def _of_number(self, agent: UUID, number: Msisdn, now: datetime) -> tuple[int, int]:
        found = await self.sealed.work.execute(
            select(
                func.count().label("asked"),
                func.count(HELP.c.agent_id.distinct()).filter(HELP.c.agent_id != agent).label("others"),
            ).where(HELP.c.number_index.in_(self.sealed.indexes(number.e164, _NUMBER)), HELP.c.asked_at > now - _WEEK)
        )
        row = found.one()
        return row.asked, row.others

    async def keep(self, session: Assisted, here: Position | None = None) -> None:
        number, code = session.number, session.code
        if session.mode is not Mode.PRACTICE:
            await self._count(session, here)
        await self.sealed.work.execute(
            insert(HELP).values(
                id=session.id,
                agent_id=session.agent,
                organisation_id=session.organisation,
                device_index=session.device,
                person_id=session.person,
                number=self._seal(session, "number", number.e164) if number else None,
                number_index=self.sealed.index(number.e164, _NUMBER) if number else None,
                mode=session.mode.value,
                purpose=session.purpose,
                services=",".join(sorted(session.services)),
                state=session.stage.value,
                code_mac=code.mac if code else None,
                key_id=code.key_id if code else None,
                tries=0,
                witness=self._seal(session, "witness", session.witness) if session.witness else None,
                asked_at=session.asked_at,
                ask_until=session.ask_until,
                code_until=func.now() + (session.ask_until - session.asked_at),
                active_until=session.active_until,
            )
        )

    async def _count(self, session: Assisted, here: Position | None) -> None:
        id = self.ids.uuid7()
        place = self.sealed.sealer.seal(f"{here.lat:.2f},{here.lon:.2f}", ASKED.name, "place", id) if here else None
        await self.sealed.work.execute(
            insert(ASKED).values(
                id=id,
                agent_id=session.agent,
                device_index=session.device,
                witnessed=session.mode is Mode.WITNESS,
                place=place,
                asked_at=session.asked_at,
            )
        )

    async def forget_asked(self, before: datetime) -> None:
        """Forget what bounds nothing any more."""
        await self.sealed.work.execute(delete(ASKED).where(ASKED.c.asked_at < before))

    async def get(self, id: UUID) -> Assisted | None:
        return await self._one(HELP.c.id == id)

    async def of_agent(self, id: UUID, agent: UUID) -> Assisted | None:
        return await self._one(HELP.c.id == id, HELP.c.agent_id == agent, _BY_ACTIVE)

    async def running(self, agent: UUID) -> Assisted | None:
        active = (HELP.c.state == Stage.ACTIVE.value) & (HELP.c.active_until > self.clock.now())
        return await self._one(HELP.c.agent_id == agent, active, _BY_ACTIVE)

    async def count_try(self, id: UUID, agent: UUID, most: int) -> KeptCode | None:
        counted = await self.sealed.work.execute(
            update(HELP)
            .where(
                HELP.c.id == id,
                HELP.c.agent_id == agent,
                HELP.c.state == Stage.ASKED.value,
                HELP.c.ask_until > self.clock.now(),
                func.coalesce(HELP.c.code_until > func.now(), true()),
                HELP.c.code_mac.is_not(None),
                HELP.c.tries < most,
            )
            .values(tries=HELP.c.tries + 1)
            .returning(HELP.c.code_mac, HELP.c.key_id)
        )
        row = counted.first()
        await self.sealed.work.checkpoint()
        return KeptCode(row.code_mac, row.key_id) if row else None

    async def activate(self, id: UUID, person: UUID, until: datetime) -> bool:
        changed = {"state": Stage.ACTIVE.value, "person_id": person, "active_until": until}
        waiting = (HELP.c.state == Stage.ASKED.value) & (HELP.c.ask_until > self.clock.now())
        return await self._change(id, waiting, changed)

    async def give_token(self, id: UUID, token: bytes, agent_session: UUID) -> bool:
        active = (HELP.c.state == Stage.ACTIVE.value) & (HELP.c.active_until > self.clock.now())
        return await self._change(id, active, {"token_hash": token, "agent_session_id": agent_session})

    async def by_token(self, token: bytes) -> Assisted | None:
        given_in = exists().where(
            AGENT_SESSIONS.c.id == HELP.c.agent_session_id,
            AGENTS.c.id == AGENT_SESSIONS.c.agent_id,
            AGENTS.c.id == HELP.c.agent_id,
            at_work(self.clock.now()),
        )
        return await self._one(HELP.c.token_hash == token, given_in)

    async def refuse(self, id: UUID) -> bool:
        refused = {"state": Stage.REFUSED.value, "ended_at": self.clock.now(), "ended_by": Ender.CITIZEN.value}
        return await self._change(id, HELP.c.state == Stage.ASKED.value, refused)

    async def end(self, id: UUID, by: Ender) -> Stage | None:
        found = await self.sealed.work.execute(
            select(HELP.c.state).where(HELP.c.id == id, HELP.c.state.in_(_OPEN)).with_for_update()
        )
        before = found.scalar_one_or_none()
        if before is None:
            return None
        # Who cut its time short ended it, not the clock.
        who = func.coalesce(HELP.c.ended_by, by.value) if by is Ender.CLOCK else by.value
        ended = {"state": Stage.ENDED.value, "ended_at": self.clock.now(), "ended_by": who}
        await self.sealed.work.execute(update(HELP).where(HELP.c.id == id).values(ended))
        return Stage(before)

    async def overdue(self, most: int) -> Sequence[Assisted]:
        found = await self.sealed.work.execute(
            select(HELP)
            .where(HELP.c.state == Stage.ACTIVE.value, HELP.c.active_until <= self.clock.now())
            .order_by(HELP.c.active_until)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return [self._session(row) for row in found.all()]

    async def end_all(self, person: UUID, by: Ender) -> int:
        await self.sealed.work.execute(update(HELP).where(HELP.c.person_id == person).values(claim_index=None))
        ended = await self.sealed.work.execute(
            update(HELP)
            .where(HELP.c.person_id == person, HELP.c.state.in_(_OPEN))
            .values(state=Stage.ENDED.value, ended_at=self.clock.now(), ended_by=by.value)
            .returning(HELP.c.id)
        )
        return len(ended.all())

    async def of_person(self, person: UUID, limit: int) -> Sequence[Assisted]:
        found = await self.sealed.work.execute(
            select(HELP)
            .where(HELP.c.person_id == person)
            .order_by(HELP.c.asked_at.desc(), HELP.c.id.desc())
            .limit(limit)
        )
        return [self._session(row) for row in found.all()]

    async def set_claim(self, id: UUID, code: str) -> bool:
        active = (HELP.c.state == Stage.ACTIVE.value) & (HELP.c.active_until > self.clock.now())
        if not await self._change(id, active, {"claim_index": self.sealed.index(code, _CLAIM)}):
            return False
        # She may have come back: of her slips the last one is good.
        whose = select(HELP.c.person_id).where(HELP.c.id == id).scalar_subquery()
        await self.sealed.work.execute(
            update(HELP).where(HELP.c.person_id == whose, HELP.c.id != id).values(claim_index=None)
        )
        return True

    async def of_claim(self, code: str, agent: UUID, since: datetime) -> Assisted | None:
        return await self._one(
            HELP.c.claim_index.in_(self.sealed.indexes(code, _CLAIM)),
            HELP.c.asked_at > since,
            HELP.c.mode == Mode.WITNESS.value,
            HELP.c.agent_id == agent,
            _BY_ACTIVE,
        )

    async def take_claim(self, code: str, since: datetime) -> Assisted | None:
        taken = await self.sealed.work.execute(
            update(HELP)
            .where(
                HELP.c.claim_index.in_(self.sealed.indexes(code, _CLAIM)),
                HELP.c.asked_at > since,
                HELP.c.mode == Mode.WITNESS.value,
            )
            .values(claim_index=None)
            .returning(*HELP.c)
        )
        row = taken.first()
        return self._session(row) if row else None

    async def give_claim_back(self, id: UUID, code: str) -> None:
        await self._change(id, HELP.c.claim_index.is_(None), {"claim_index": self.sealed.index(code, _CLAIM)})

    async def forget_witnesses(self, before: datetime) -> int:
        old = HELP.c.witness.is_not(None) & (HELP.c.asked_at < before)
        gone = await self.sealed.work.execute(update(HELP).where(old).values(witness=None).returning(HELP.c.id))
        return len(gone.all())

    async def counts(self, organisation: UUID | None, since: datetime) -> Sequence[tuple[str, str, str, int]]:
        asked = HELP.c.asked_at > since
        whose = asked & (HELP.c.organisation_id == organisation) if organisation else asked
        found = await self.sealed.work.execute(
            select(ORGANISATIONS.c.code, HELP.c.mode, HELP.c.state, func.count())
            .join_from(HELP, ORGANISATIONS)
            .where(whose)
            .group_by(ORGANISATIONS.c.code, HELP.c.mode, HELP.c.state)
            .order_by(ORGANISATIONS.c.code, HELP.c.mode, HELP.c.state)
        )
        return [(row[0], row[1], row[2], row[3]) for row in found.all()]

    async def _change(self, id: UUID, still: ColumnElement[bool], values: dict[str, Any]) -> bool:
        changed = await self.sealed.work.execute(
            update(HELP).where(HELP.c.id == id, still).values(values).returning(HELP.c.id)
        )
        return changed.first() is not None

    async def _one(self, *which: ColumnElement[bool]) -> Assisted | None:
        found = await self.sealed.work.execute(select(HELP).where(*which).order_by(HELP.c.asked_at.desc()).limit(1))
        row = found.first()
        return self._session(row).at(self.clock.now()) if row else None

    def _session(self, row: Row[Any]) -> Assisted:
        code = KeptCode(row.code_mac, row.key_id) if row.code_mac and row.key_id else None
        number = self._open(row.id, "number", row.number)
        return Assisted(
            row.id,
            row.agent_id or UUID(int=0),
            row.organisation_id,
            row.person_id,
            Msisdn.parse(number) if number else None,
            Mode(row.mode),
            row.purpose,
            frozenset(filter(None, row.services.split(","))),
            Stage(row.state),
            row.asked_at.astimezone(UTC),
            row.ask_until,
            row.active_until,
            self._open(row.id, "witness", row.witness),
            code,
            row.device_index,
        ).at(self.clock.now())

    def _seal(self, session: Assisted, column: str, value: str) -> bytes:
        return self.sealed.sealer.seal(value, HELP.name, column, session.id)

    def _open(self, id: UUID, column: str, value: bytes | None) -> str:
        return self.sealed.sealer.unseal_text(value, HELP.name, column, id) if value else ""
