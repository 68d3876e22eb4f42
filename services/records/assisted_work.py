"""What hangs on sessions with citizens: held work, flags, drafts from devices, and persons without a telephone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.agent_limits import Flag
from services.agent_ports import HelpedPerson
from services.agent_values import Agent, Assisted, HeldListed, HeldWork, Mode
from services.ports import Binding
from services.records.agent_tables import AGENTS, ASSISTED_SESSIONS, FLAGS, HELD, ORGANISATIONS, SYNCED
from services.records.satisfaction_tables import COMPLAINTS
from services.records.sealed import Sealed
from services.records.stop_tables import STOP_PROMISES
from services.records.tables import ACCOUNTS, DRAFTS, INTENTS, LINKS, NUMBERS, PEOPLE
from services.records.visit_tables import KNOWN_VISITS

_WAITING, _HANDED_IN, _REFUSED = "waiting", "handed_in", "refused"


def unclaimed(before: datetime) -> ColumnElement[bool]:
    """Of a row of ASSISTED_SESSIONS: she had no telephone, and nobody came with the slip by then."""
    whose = ASSISTED_SESSIONS.c.person_id
    return (
        (ASSISTED_SESSIONS.c.mode == Mode.WITNESS.value)
        & (ASSISTED_SESSIONS.c.asked_at < before)
        & ~exists().where(NUMBERS.c.person_id == whose)
        & ~exists().where(ACCOUNTS.c.person_id == whose)
    )


@dataclass(frozen=True, slots=True)
class SqlHeld:
    """`agent_ports.HeldWorks` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def keep(self, id: UUID, session: Assisted, service: str, form: str, answers: Mapping[str, object]) -> None:
        kept = {"form": form, "answers": dict(answers)}
        statement = insert(HELD).values(
            id=id,
            assisted_id=session.id,
            person_id=session.person,
            agent_id=session.agent,
            service=service,
            answers=await self.sealed.seal_map(session.person, kept, HELD.name, "answers", id),
            state=_WAITING,
            held_at=self.clock.now(),
        )
        await self.sealed.work.execute(statement.on_conflict_do_nothing())

    async def waiting(self, organisation: UUID, asker: UUID) -> Sequence[HeldListed]:
        found = await self.sealed.work.execute(
            select(HELD.c.id, HELD.c.service, HELD.c.held_at)
            .join_from(HELD, ASSISTED_SESSIONS, ASSISTED_SESSIONS.c.id == HELD.c.assisted_id)
            .where(
                ASSISTED_SESSIONS.c.organisation_id == organisation, HELD.c.state == _WAITING, HELD.c.agent_id != asker
            )
            .order_by(HELD.c.held_at, HELD.c.id)
            .limit(100)
        )
        return [HeldListed(row.id, row.service, row.held_at) for row in found.all()]

    async def of_session(self, assisted: UUID) -> Sequence[UUID]:
        found = await self.sealed.work.execute(
            select(HELD.c.id).where(HELD.c.assisted_id == assisted, HELD.c.state == _WAITING).order_by(HELD.c.held_at)
        )
        return list(found.scalars())

    async def get(self, id: UUID) -> HeldWork | None:
        found = await self.sealed.work.execute(select(HELD).where(HELD.c.id == id, HELD.c.state == _WAITING))
        row = found.first()
        return await self._work(row) if row else None

    async def decided_between(self, preparer: UUID, decider: UUID, since: datetime) -> int:
        found = await self.sealed.work.execute(
            select(func.count()).where(
                HELD.c.agent_id == preparer, HELD.c.decided_by == decider, HELD.c.decided_at > since
            )
        )
        return int(found.scalar_one())

    async def decide(self, id: UUID, by: UUID, handed_in: bool) -> bool:
        decided = await self.sealed.work.execute(
            update(HELD)
            .where(HELD.c.id == id, HELD.c.state == _WAITING)
            .values(
                state=_HANDED_IN if handed_in else _REFUSED, decided_by=by, decided_at=self.clock.now(), answers=None
            )
            .returning(HELD.c.id)
        )
        return decided.first() is not None

    async def _work(self, row: Row[Any]) -> HeldWork:
        kept = await self.sealed.open_map(row.person_id, row.answers, HELD.name, "answers", row.id)
        return HeldWork(
            row.id,
            row.assisted_id,
            row.person_id,
            row.agent_id,
            row.service,
            str(kept.get("form", "")),
            dict(kept.get("answers") or {}),
            row.held_at,
        )


@dataclass(frozen=True, slots=True)
class SqlAgentFlags:
    """`agent_ports.AgentFlags` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def raise_(self, agent: Agent, flags: Sequence[Flag]) -> None:
        if not flags:
            return
        about = {"agent_id": agent.id, "organisation_id": agent.organisation.id, "raised_at": self.clock.now()}
        rows = [{"id": self.ids.uuid7(), "kind": flag.value, **about} for flag in flags]
        await self.sealed.work.execute(insert(FLAGS).values(rows))

    async def counts(self, organisation: UUID | None, since: datetime) -> Sequence[tuple[str, str, int]]:
        raised = FLAGS.c.raised_at > since
        whose = raised & (FLAGS.c.organisation_id == organisation) if organisation else raised
        found = await self.sealed.work.execute(
            select(ORGANISATIONS.c.code, FLAGS.c.kind, func.count())
            .join_from(FLAGS, ORGANISATIONS)
            .where(whose)
            .group_by(ORGANISATIONS.c.code, FLAGS.c.kind)
            .order_by(ORGANISATIONS.c.code, FLAGS.c.kind)
        )
        return [(row[0], row[1], row[2]) for row in found.all()]


@dataclass(frozen=True, slots=True)
class SqlHelpedPeople:
    """`agent_ports.HelpedPeople` in PostgreSQL."""

    sealed: Sealed
    clock: Clock
    ids: Ids

    async def without_number(self, language: str) -> UUID:
        id = self.ids.uuid7()
        await self.sealed.work.execute(
            insert(PEOPLE).values(
                id=id,
                language=language,
                language_chosen=False,
                applicant=self.ids.token(),
                created_at=self.clock.now(),
            )
        )
        await self.sealed.keys.create(self.sealed.work, id)
        return id

    async def get(self, person: UUID) -> HelpedPerson | None:
        account = exists().where(ACCOUNTS.c.person_id == PEOPLE.c.id).label("account")
        number = exists().where(NUMBERS.c.person_id == PEOPLE.c.id).label("number")
        found = await self.sealed.work.execute(select(PEOPLE, account, number).where(PEOPLE.c.id == person))
        row = found.first()
        if row is None:
            return None
        return HelpedPerson(row.id, row.language, row.applicant, row.account, row.number, self.clock.now())

    async def something_waits(self, person: UUID) -> bool:
        held = exists().where(HELD.c.person_id == person, HELD.c.state == _WAITING)
        on_its_way = exists().where(INTENTS.c.person_id == person, INTENTS.c.ended_at.is_(None))
        row = (await self.sealed.work.execute(select(held.label("held"), on_its_way.label("on_its_way")))).one()
        return bool(row.held or row.on_its_way)

    async def unclaimed(self, before: datetime, most: int) -> Sequence[UUID]:
        found = await self.sealed.work.execute(
            select(ASSISTED_SESSIONS.c.person_id).where(unclaimed(before)).limit(most)
        )
        return list(found.scalars())

    async def take_number(self, person: UUID, number: Msisdn, language: str) -> None:
        id, now = self.ids.uuid7(), self.clock.now()
        await self.sealed.work.execute(
            insert(NUMBERS).values(
                id=id,
                person_id=person,
                msisdn=await self.sealed.seal(person, number.e164, NUMBERS.name, "msisdn", id),
                msisdn_index=self.sealed.index(number.e164, "msisdn"),
                state=Binding.ACTIVE.value,
                # Nothing that a ministry registered for this number before is hers by that alone.
                former_holder=True,
                last_seen=now,
                created_at=now,
            )
        )
        hers = {"language": language, "language_chosen": True}
        await self.sealed.work.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(hers))

    async def draft_kept_at(self, person: UUID, service: str, lives: timedelta) -> datetime | None:
        found = await self.sealed.work.execute(
            select(DRAFTS.c.keep_until).where(
                DRAFTS.c.person_id == person, DRAFTS.c.service == service, DRAFTS.c.keep_until > self.clock.now()
            )
        )
        until: datetime | None = found.scalar_one_or_none()
        return until - lives if until else None

    async def forget_practice(self, before: datetime) -> int:
        trainees = select(ASSISTED_SESSIONS.c.person_id).where(
            ASSISTED_SESSIONS.c.mode == Mode.PRACTICE.value, ASSISTED_SESSIONS.c.asked_at < before
        )
        gone = await self.sealed.work.execute(delete(PEOPLE).where(PEOPLE.c.id.in_(trainees)).returning(PEOPLE.c.id))
        persons = [row.id for row in gone.all()]
        for person in persons:
            await self.sealed.keys.destroy(self.sealed.work, person)
        return len(persons)

    async def is_blank(self, person: UUID) -> bool:
        known = [
            select(exists().where(table.c.person_id == person)).scalar_subquery()
            for table in (ACCOUNTS, LINKS, DRAFTS, INTENTS, AGENTS, COMPLAINTS, KNOWN_VISITS, STOP_PROMISES)
        ]
        row = (await self.sealed.work.execute(select(*known))).one()
        return not any(row)


@dataclass(frozen=True, slots=True)
class SqlSynced:
    """`agent_ports.Synced` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def find(self, agent: UUID, client_id: str) -> UUID | None:
        found = await self.sealed.work.execute(
            select(SYNCED.c.assisted_id).where(SYNCED.c.agent_id == agent, SYNCED.c.client_id == client_id)
        )
        return found.scalar_one_or_none()

    async def keep(self, agent: UUID, client_id: str, assisted: UUID) -> None:
        await self.sealed.work.execute(
            insert(SYNCED)
            .values(agent_id=agent, client_id=client_id, assisted_id=assisted, synced_at=self.clock.now())
            .on_conflict_do_nothing()
        )
