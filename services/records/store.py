"""Opens records: over the hop's own unit of work, or over one of their own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domain.clock import Clock
from domain.ids import Ids
from domain.reference import ReferenceRule
from services.alerts import Alert
from services.ports import Outbox, Records, SentMessage, SentMessages
from services.records.accounts import SqlAccounts
from services.records.api_sessions import SqlSessions
from services.records.callbacks import SqlCallbacks
from services.records.drafts import SqlDrafts
from services.records.events import SqlEvents
from services.records.guesses import SqlGuesses
from services.records.intents import SqlIntents
from services.records.links import SqlLinks
from services.records.people import SqlPeople
from services.records.sealed import Sealed
from services.records.sign_in import SqlCodeRequests, SqlSendCounters
from services.records.timers import SqlTimers
from services.sign_in_ports import SignInRecords
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

# A day is over at another hour in each country; what was confirmed is looked back at for a month.
_COUNTERS_LIVE = timedelta(days=2)
_INTENTS_LIVE = timedelta(days=30)
# What an event said goes soon after it was told; that it was is kept, so that it is known again when it is doubled.
_EVENT_BODIES_LIVE = timedelta(days=7)
_DEAD_LETTERS_LIVE = timedelta(days=30)
_EVENTS_LIVE = timedelta(days=90)


class NoOutbox:
    """Where nothing can be sent: nothing is put."""

    async def put(self, alert: Alert) -> UUID | None:
        return None


class NoMessages:
    """Where nothing can be sent: nothing was."""

    async def last(self, person: UUID, limit: int) -> Sequence[SentMessage]:
        return ()


@dataclass(frozen=True, slots=True)
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
    # How the pack's references are written: events are found by them.
    references: tuple[ReferenceRule, ...] = ()

    def over(self, work: UnitOfWork) -> Records:
        """Records within a unit of work that a door, the worker or the shell opened."""
        sealed = Sealed(work, self.sealer, self.keys)
        return Records(
            people=SqlPeople(sealed, self.clock, self.ids),
            accounts=SqlAccounts(work, self.clock, self.ids),
            links=SqlLinks(sealed, self.clock, self.ids),
            guesses=SqlGuesses(sealed),
            drafts=SqlDrafts(sealed, self.clock, self.ids),
            intents=SqlIntents(sealed, self.clock, self.ids),
            outbox=self.outbox(sealed),
            events=SqlEvents(sealed, self.clock, self.ids, self.references),
            timers=SqlTimers(sealed, self.clock, self.ids),
            messages=self.messages(sealed),
            settle=work.checkpoint,
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
            requests=SqlCodeRequests(sealed, self.clock),
            counters=SqlSendCounters(sealed, self.clock),
            sessions=SqlSessions(sealed, self.clock),
            settle=work.checkpoint,
        )

    @asynccontextmanager
    async def open_sign_ins(self) -> AsyncIterator[SignInRecords]:
        """The same within a unit of work of its own, committed at the end."""
        async with self.database.unit_of_work() as work:
            yield self.sign_ins(work)

    async def sweep(self) -> None:
        """Forget what has had its time: drafts, counters of days gone by, and what was confirmed long ago."""
        now = self.clock.now()
        async with self.database.unit_of_work() as work:
            sealed = Sealed(work, self.sealer, self.keys)
            await SqlDrafts(sealed, self.clock, self.ids).sweep()
            await SqlGuesses(sealed).sweep((now - _COUNTERS_LIVE).date())
            await SqlIntents(sealed, self.clock, self.ids).sweep(now - _INTENTS_LIVE)
            await SqlEvents(sealed, self.clock, self.ids).sweep(
                now - _EVENT_BODIES_LIVE, now - _DEAD_LETTERS_LIVE, now - _EVENTS_LIVE
            )
            await SqlTimers(sealed, self.clock, self.ids).sweep(now - _INTENTS_LIVE)
            await SqlCallbacks(self.sealer, self.clock, self.ids).sweep(work)
            await SqlCodeRequests(sealed, self.clock).sweep()
            await SqlSendCounters(sealed, self.clock).sweep()
            await SqlSessions(sealed, self.clock).sweep()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Records]:
        """Records within a unit of work of their own, committed at the end (`Desk.open_records`)."""
        async with self.database.unit_of_work() as work:
            yield self.over(work)
