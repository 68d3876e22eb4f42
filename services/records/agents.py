"""Organisations, their agents, and the agents' own sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.agent_ports import AgentSession
from services.agent_values import Agent, AgentState, Ender, Organisation, OrganisationKind, Stage
from services.ports import Binding
from services.records.agent_tables import AGENT_SESSIONS, AGENTS, ASKED, ASSISTED_SESSIONS, ORGANISATIONS
from services.records.sealed import Sealed
from services.records.sign_in_tables import SESSIONS
from services.records.tables import NUMBERS

_DEVICE = "agent_device"
_SIGNED_IN = exists().where(
    SESSIONS.c.id == AGENT_SESSIONS.c.api_session_id,
    SESSIONS.c.ended_at.is_(None),
    NUMBERS.c.id == SESSIONS.c.number_id,
    NUMBERS.c.person_id == AGENTS.c.person_id,
    NUMBERS.c.state == Binding.ACTIVE.value,
)


def at_work(now: datetime) -> ColumnElement[bool]:
    """Of a row of AGENT_SESSIONS and AGENTS: the day is not over, on a device that is signed in, and she is active."""
    return and_(
        AGENT_SESSIONS.c.ended_at.is_(None),
        AGENT_SESSIONS.c.expires_at > now,
        AGENTS.c.state == AgentState.ACTIVE.value,
        _SIGNED_IN,
    )


def _agents() -> Select[Any]:
    return select(
        AGENTS,
        ORGANISATIONS.c.code,
        ORGANISATIONS.c.name.label("organisation"),
        ORGANISATIONS.c.kind,
    ).join_from(AGENTS, ORGANISATIONS)


@dataclass(frozen=True, slots=True)
class SqlAgents:
    """`agent_ports.Agents` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def organisation(self, code: str, name: str, kind: OrganisationKind) -> Organisation:
        statement = insert(ORGANISATIONS).values(
            id=self.ids.uuid7(), code=code, name=name, kind=kind.value, created_at=self.clock.now()
        )
        made = await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[ORGANISATIONS.c.code], set_={"name": name, "kind": kind.value}
            ).returning(ORGANISATIONS.c.id)
        )
        return Organisation(made.scalar_one(), code, name, kind)

    async def enrol(self, organisation: UUID, person: UUID, name: str, badge: str, practice: bool) -> UUID | None:
        taken = await self.sealed.work.execute(select(AGENTS.c.id, AGENTS.c.person_id).where(AGENTS.c.badge == badge))
        held = taken.first()
        if held is not None and held.person_id != person:
            return None
        found = await self.sealed.work.execute(select(AGENTS.c.id).where(AGENTS.c.person_id == person))
        id = found.scalar_one_or_none() or self.ids.uuid7()
        values = {
            "organisation_id": organisation,
            "badge": badge,
            "name": await self.sealed.seal(person, name, AGENTS.name, "name", id),
            "practice": practice,
        }
        statement = insert(AGENTS).values(
            id=id, person_id=person, state=AgentState.ACTIVE.value, created_at=self.clock.now(), **values
        )
        await self.sealed.work.execute(
            statement.on_conflict_do_update(index_elements=[AGENTS.c.person_id], set_=values)
        )
        return id

    async def of_person(self, person: UUID) -> Agent | None:
        found = await self.sealed.work.execute(_agents().where(AGENTS.c.person_id == person))
        return await self._agent(found.first())

    async def get(self, id: UUID) -> Agent | None:
        found = await self.sealed.work.execute(_agents().where(AGENTS.c.id == id))
        return await self._agent(found.first())

    async def is_active(self, id: UUID) -> bool:
        active = (AGENTS.c.id == id) & (AGENTS.c.state == AgentState.ACTIVE.value)
        return bool((await self.sealed.work.execute(select(exists().where(active)))).scalar_one())

    async def lock(self, id: UUID, device: bytes | None) -> None:
        await self.sealed.work.execute(select(AGENTS.c.id).where(AGENTS.c.id == id).with_for_update())
        if device is not None:
            # No row is a device's own: 63 bits of its index stand for it. Always after the agent's row.
            place = int.from_bytes(device[:8], "big") >> 1
            await self.sealed.work.execute(select(func.pg_advisory_xact_lock(place)))

    async def all(self) -> Sequence[Agent]:
        found = await self.sealed.work.execute(_agents().order_by(ORGANISATIONS.c.code, AGENTS.c.badge))
        return [agent for row in found.all() if (agent := await self._agent(row))]

    async def suspend(self, badge: str, state: str) -> UUID | None:
        changed = await self.sealed.work.execute(
            update(AGENTS).where(AGENTS.c.badge == badge).values(state=state).returning(AGENTS.c.id)
        )
        id: UUID | None = changed.scalar_one_or_none()
        if id is None or state == AgentState.ACTIVE.value:
            return id
        now, work = self.clock.now(), self.sealed.work
        await work.execute(
            update(AGENT_SESSIONS)
            .where(AGENT_SESSIONS.c.agent_id == id, AGENT_SESSIONS.c.ended_at.is_(None))
            .values(ended_at=now)
        )
        whose, by = ASSISTED_SESSIONS.c.agent_id == id, Ender.OPERATOR.value
        await work.execute(
            update(ASSISTED_SESSIONS)
            .where(whose, ASSISTED_SESSIONS.c.state == Stage.ASKED.value)
            .values(state=Stage.ENDED.value, ended_at=now, ended_by=by)
        )
        # Over from now on; the chore that ends what had its time sends the receipts.
        await work.execute(
            update(ASSISTED_SESSIONS)
            .where(whose, ASSISTED_SESSIONS.c.state == Stage.ACTIVE.value, ASSISTED_SESSIONS.c.active_until > now)
            .values(active_until=now, ended_by=by)
        )
        return id

    async def open_session(
        self, id: UUID, agent: UUID, api_session: UUID, token: bytes, device: str, until: datetime
    ) -> None:
        newest, *older = self.sealed.indexes(device, _DEVICE)
        if older:
            # Only the device knows what it calls itself: what was done on it before goes over as it signs in.
            for table in (AGENT_SESSIONS, ASKED, ASSISTED_SESSIONS):
                there = table.c.device_index.in_(older)
                await self.sealed.work.execute(update(table).where(there).values(device_index=newest))
        # Signed in once, it is one device, whatever it calls itself the next time.
        first = await self.sealed.work.execute(
            select(AGENT_SESSIONS.c.device_index).where(AGENT_SESSIONS.c.api_session_id == api_session).limit(1)
        )
        await self.sealed.work.execute(
            insert(AGENT_SESSIONS).values(
                id=id,
                agent_id=agent,
                api_session_id=api_session,
                token_hash=token,
                device_index=first.scalar_one_or_none() or newest,
                created_at=self.clock.now(),
                expires_at=until,
            )
        )

    async def by_token(self, token: bytes) -> AgentSession | None:
        found = await self.sealed.work.execute(
            _agents()
            .add_columns(AGENT_SESSIONS.c.id.label("session_id"), AGENT_SESSIONS.c.device_index)
            .join(AGENT_SESSIONS, AGENT_SESSIONS.c.agent_id == AGENTS.c.id)
            .where(AGENT_SESSIONS.c.token_hash == token, at_work(self.clock.now()))
        )
        row = found.first()
        agent = await self._agent(row)
        return AgentSession(row.session_id, agent, row.device_index) if row and agent else None

    async def end_session(self, id: UUID) -> None:
        await self.sealed.work.execute(
            update(AGENT_SESSIONS).where(AGENT_SESSIONS.c.id == id).values(ended_at=self.clock.now())
        )

    async def shared_device(self, one: UUID, other: UUID, since: datetime) -> bool:
        theirs = AGENT_SESSIONS.alias()
        both = exists().where(
            AGENT_SESSIONS.c.agent_id == one,
            AGENT_SESSIONS.c.created_at > since,
            theirs.c.agent_id == other,
            theirs.c.created_at > since,
            theirs.c.device_index == AGENT_SESSIONS.c.device_index,
        )
        return bool((await self.sealed.work.execute(select(both))).scalar_one())

    def device_index(self, device: str) -> bytes:
        return self.sealed.index(device, _DEVICE)

    async def _agent(self, row: Row[Any] | None) -> Agent | None:
        if row is None:
            return None
        name = await self.sealed.open(row.person_id, row.name, AGENTS.name, "name", row.id)
        kind = OrganisationKind(row.kind)
        organisation = Organisation(row.organisation_id, row.code, row.organisation, kind)
        return Agent(row.id, organisation, row.person_id, name, row.badge, AgentState(row.state), row.practice)
