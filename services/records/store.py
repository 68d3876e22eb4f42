"""Opens records: over the hop's own unit of work, or over one of their own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.clock import Clock
from domain.ids import Ids
from domain.reference import ReferenceRule
from services.agent_ports import AgentRecords
from services.agent_values import AgentRules
from services.alerts import Alert
from services.email_ports import Emails, NoEmails
from services.feedback_ports import Feedback
from services.ports import Outbox, Records, SentMessage, SentMessages
from services.records.accounts import SqlAccounts
from services.records.agents import SqlAgents
from services.records.answer_times import SqlAnswerTimes
from services.records.api_sessions import SqlSessions
from services.records.assisted import SqlAssisted
from services.records.assisted_work import SqlAgentFlags, SqlHeld, SqlHelpedPeople, SqlSynced
from services.records.callbacks import SqlCallbacks
from services.records.changes import SqlChanges
from services.records.complaints import SqlComplaints
from services.records.documents import SqlDocuments
from services.records.drafts import SqlDrafts
from services.records.events import SqlEvents
from services.records.guesses import SqlGuesses
from services.records.handed_answers import SqlHandedAnswers
from services.records.handings import SqlHandings
from services.records.intents import SqlIntents
from services.records.known_applications import SqlKnownApplications
from services.records.known_visits import SqlKnownVisits
from services.records.links import SqlLinks
from services.records.numbers import SqlNumbers
from services.records.office import SqlOfficeBook
from services.records.on_demand import Makers, RecordsOnDemand
from services.records.people import SqlPeople
from services.records.personal import HeldTable, RecordsRoom, Room, SqlPersonal
from services.records.sealed import Sealed
from services.records.sign_in import SqlCodeRequests, SqlSendCounters
from services.records.sim_swaps import SqlSwapBook
from services.records.stops import LIVES as STOP_PROMISES_LIVE
from services.records.stops import SqlStopPromises
from services.records.surveys import SqlSurveys
from services.records.timers import SqlTimers
from services.sign_in_ports import SignInRecords
from storage.audit import Audit, AuditEntry
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

# A day is over at another hour in each country; what was confirmed is looked back at for a month.
COUNTERS_LIVE = timedelta(days=2)
INTENTS_LIVE = timedelta(days=30)
# What an event said goes soon after it was told; that it was is kept, so that it is known again when it is doubled.
EVENT_BODIES_LIVE = timedelta(days=7)
DEAD_LETTERS_LIVE = timedelta(days=30)
EVENTS_LIVE = timedelta(days=90)
# Longer than any session in which an agent practises.
PRACTICE_LIVES = timedelta(days=1)
# Limits look back for a week.
ASKED_LIVE = timedelta(days=8)
# As long as a slip is good. After it nobody can come with it any more.
WITNESSED_LIVE = AgentRules().claim
_A_SWEEP = 500
# Longer than any pause between two surveys; than any application is under way.
SURVEYS_LIVE = timedelta(days=400)
ANSWER_CLOCKS_LIVE = timedelta(days=1100)
# Who of staff did what stays in the audit log; the row only lets two of them do it together.
CONFIRMATIONS_LIVE = timedelta(days=1)


class NoOutbox:
    """Where nothing can be sent: nothing is put."""

    async def put(self, alert: Alert) -> UUID | None:
        return None


class NoMessages:
    """Where nothing can be sent: nothing was."""

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        return ()

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        return None


@dataclass(frozen=True, slots=True)
class WorkAudit:
    """`rights_ports.AuditLog` within a unit of work."""

    audit: Audit
    work: UnitOfWork

    async def record(self, entry: AuditEntry) -> None:
        await self.audit.record(self.work, entry)


@dataclass(frozen=True, slots=True, repr=False)
class RecordStore:
    """Made once at start-up."""

    database: Database
    sealer: Sealer
    keys: PersonKeys
    clock: Clock
    ids: Ids
    # How messages are put within a unit of work; the channel that sends them fulfils it.
    outbox: Callable[[Sealed], Outbox] = field(default=lambda sealed: NoOutbox())
    messages: Callable[[Sealed], SentMessages] = field(default=lambda sealed: NoMessages())
    emails: Callable[[Sealed], Emails] = field(default=lambda sealed: NoEmails())
    # How the pack's references are written: events are found by them.
    references: tuple[ReferenceRule, ...] = ()
    # What other rooms hold of persons: to be shown to her, and to be erased.
    rooms: tuple[Room, ...] = ()
    held: tuple[HeldTable, ...] = ()

    @property
    def audit(self) -> Audit:
        """The audit log."""
        return Audit(self.sealer.ring, self.clock, self.ids)

    def personal(self, work: UnitOfWork) -> SqlPersonal:
        """All that is held about a person."""
        sealed = Sealed(work, self.sealer, self.keys)
        return SqlPersonal(sealed, self.clock, (*self.rooms, RecordsRoom(self.references)), self.held)

    def over(self, work: UnitOfWork) -> Records:
        """Records within a unit of work that a door, the worker or the shell opened."""
        sealed = Sealed(work, self.sealer, self.keys)

        def links() -> SqlLinks:
            return SqlLinks(sealed, self.clock, self.ids)

        def changes() -> SqlChanges:
            return SqlChanges(sealed, self.clock, self.ids)

        return RecordsOnDemand.of(
            Makers(
                people=lambda: SqlPeople(sealed, self.clock, self.ids),
                accounts=lambda: SqlAccounts(work, self.clock, self.ids),
                links=links,
                guesses=lambda: SqlGuesses(sealed),
                drafts=lambda: SqlDrafts(sealed, self.clock, self.ids),
                intents=lambda: SqlIntents(sealed, self.clock, self.ids),
                outbox=lambda: self.outbox(sealed),
                events=lambda: SqlEvents(sealed, self.clock, self.ids, self.references),
                timers=lambda: SqlTimers(sealed, self.clock, self.ids),
                messages=lambda: self.messages(sealed),
                known=lambda: SqlKnownApplications(sealed, links(), changes(), self.clock),
                changes=changes,
                documents=lambda: SqlDocuments(sealed, self.clock, self.ids),
                visits=lambda: SqlKnownVisits(sealed, changes(), self.clock, self.ids),
                feedback=lambda: self.feedback(sealed),
                stops=lambda: SqlStopPromises(sealed, self.clock),
                audit=lambda: WorkAudit(self.audit, work),
                numbers=lambda: SqlNumbers(sealed, self.clock, self.ids),
                personal=lambda: self.personal(work),
                settle=lambda: work.checkpoint,
                assisted=lambda: lambda: self.agents(work),
                email=lambda: lambda: self.emails(sealed),
            )
        )

    def feedback(self, sealed: Sealed) -> Feedback:
        """People's opinions, within a unit of work."""
        complaints = SqlComplaints(sealed, self.ids)
        return Feedback(
            SqlSurveys(sealed, self.clock),
            complaints,
            SqlAnswerTimes(sealed, self.clock),
            SqlHandings(complaints, self.clock),
            SqlHandedAnswers(sealed.work),
        )

    def agents(self, work: UnitOfWork) -> AgentRecords:
        """Agents and their sessions with citizens, within a unit of work."""
        sealed = Sealed(work, self.sealer, self.keys)
        return AgentRecords(
            agents=SqlAgents(sealed, self.clock, self.ids),
            sessions=SqlAssisted(sealed, self.clock, self.ids),
            held=SqlHeld(sealed, self.clock),
            flags=SqlAgentFlags(sealed, self.clock, self.ids),
            people=SqlHelpedPeople(sealed, self.clock, self.ids),
            counters=SqlSendCounters(sealed, self.clock),
            synced=SqlSynced(sealed, self.clock),
        )

    def events(self, work: UnitOfWork) -> SqlEvents:
        """Ministries' events alone, for their door."""
        return SqlEvents(Sealed(work, self.sealer, self.keys), self.clock, self.ids, self.references)

    def sign_ins(self, work: UnitOfWork) -> SignInRecords:
        """What signing in and signed-in devices need, within a unit of work."""
        sealed = Sealed(work, self.sealer, self.keys)
        return SignInRecords(
            people=SqlPeople(sealed, self.clock, self.ids),
            outbox=self.outbox(sealed),
            requests=SqlCodeRequests(sealed),
            counters=SqlSendCounters(sealed, self.clock),
            sessions=SqlSessions(sealed, self.clock),
            settle=work.checkpoint,
        )

    def sessions(self, work: UnitOfWork) -> SqlSessions:
        """Signed-in devices alone: asked for at every request."""
        return SqlSessions(Sealed(work, self.sealer, self.keys), self.clock)

    @asynccontextmanager
    async def open_sign_ins(self) -> AsyncIterator[SignInRecords]:
        """The same within a unit of work of its own, committed at the end."""
        async with self.database.unit_of_work() as work:
            yield self.sign_ins(work)

    @asynccontextmanager
    async def open_swaps(self, channel: str = "worker") -> AsyncIterator[SqlSwapBook]:
        """Whom to ask after for a SIM swap, within a unit of work of its own, committed at the end. `channel`: where an
        answer comes from, for the audit log."""
        async with self.database.unit_of_work() as work:
            yield SqlSwapBook(Sealed(work, self.sealer, self.keys), self.audit, self.clock, self.ids, channel)

    @asynccontextmanager
    async def open_office(self) -> AsyncIterator[SqlOfficeBook]:
        """The office's deeds, within a unit of work of its own, committed at the end."""
        async with self.database.unit_of_work() as work:
            yield SqlOfficeBook(Sealed(work, self.sealer, self.keys), self.audit, self.clock, self.ids)

    async def sweep(self) -> None:
        """Forget what has had its time: drafts, counters of days gone by, and what was confirmed long ago."""
        now = self.clock.now()
        async with self.database.unit_of_work() as work:
            sealed = Sealed(work, self.sealer, self.keys)
            await SqlDrafts(sealed, self.clock, self.ids).sweep()
            await SqlGuesses(sealed).sweep((now - COUNTERS_LIVE).date())
            await SqlIntents(sealed, self.clock, self.ids).sweep(now - INTENTS_LIVE)
            await SqlEvents(sealed, self.clock, self.ids).sweep(
                now - EVENT_BODIES_LIVE, now - DEAD_LETTERS_LIVE, now - EVENTS_LIVE
            )
            await SqlTimers(sealed, self.clock, self.ids).sweep(now - INTENTS_LIVE)
            await SqlCallbacks(self.sealer, self.clock, self.ids).sweep(work)
            await SqlCodeRequests(sealed).sweep()
            await SqlSendCounters(sealed, self.clock).sweep()
            await SqlSessions(sealed, self.clock).sweep()
            await (changes := SqlChanges(sealed, self.clock, self.ids)).sweep()
            await SqlKnownVisits(sealed, changes, self.clock, self.ids).sweep()
            await SqlSurveys(sealed, self.clock).sweep(now - SURVEYS_LIVE)
            await SqlStopPromises(sealed, self.clock).sweep(now - STOP_PROMISES_LIVE)
            await SqlOfficeBook(sealed, self.audit, self.clock, self.ids).sweep(now - CONFIRMATIONS_LIVE)
            await self.agents(work).people.forget_practice(now - PRACTICE_LIVES)
            await SqlAssisted(sealed, self.clock, self.ids).forget_asked(now - ASKED_LIVE)
            await self._forget_witnessed(work, now - WITNESSED_LIVE)
            await SqlAnswerTimes(sealed, self.clock).sweep(now - ANSWER_CLOCKS_LIVE)

    async def _forget_witnessed(self, work: UnitOfWork, before: datetime) -> None:
        """Whom a slip would have led back to, and who witnessed it: after that nobody can come with the slip."""
        agents, personal = self.agents(work), self.personal(work)
        for person in await agents.people.unclaimed(before, _A_SWEEP):
            await personal.erase(person)
        await agents.sessions.forget_witnesses(before)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Records]:
        """Records within a unit of work of their own, committed at the end (`Desk.open_records`)."""
        async with self.database.unit_of_work() as work:
            yield self.over(work)
