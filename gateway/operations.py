"""What an operator's command needs: the stores and the books, without doors, menus or ministries."""

import getpass
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.clock import SystemClock
from domain.errors import InvalidValue
from domain.ids import Ids
from gateway.pack import Pack, load_pack
from gateway.personal_data import ROOMS, held_tables
from gateway.settings import Settings, SettingsError
from mail.records.inspection import TELLINGS, LetterInspection
from services.records.event_inspection import EventInspection
from services.records.store import RecordStore
from sms.records.books import Books, books
from sms.records.inspection import Inspection
from storage.audit import Audit, AuditEntry
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.@-]")


@dataclass(frozen=True, slots=True)
class Operations:
    """Opened for one command."""

    database: Database
    inspection: Inspection
    letters: LetterInspection
    events: EventInspection
    books: Callable[[UnitOfWork], Awaitable[Books]]
    pack: Pack
    audit: Audit
    # Records over a unit of work; nothing can be sent from here.
    store: RecordStore
    # Who types, as the audit log names her.
    operator: str

    async def record(self, act: str, subject: str = "", why: str = "") -> None:
        """In the audit log before anything is shown or done."""
        async with self.database.unit_of_work() as work:
            await self.audit.record(work, AuditEntry(self.operator, act, subject, why=why, channel="command"))


def operator_of(settings: Settings) -> str:
    """`operator:<name>`: as set, else the system's user; letters that a pseudonym has not are left out."""
    try:
        name = settings.operator or getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return f"operator:{_NOT_IN_NAMES.sub('', name)[:80] or 'unknown'}"


@asynccontextmanager
async def open_operations(settings: Settings) -> AsyncIterator[Operations]:
    """Raises `SettingsError` where the stores or the keys are not set."""
    if not settings.database_url:
        raise SettingsError("GUICHET_DATABASE_URL is not set (for the demonstration on this machine say --demo)")
    try:
        ring = KeyRing.parse(settings.encryption_keys)
    except InvalidValue as wrong:
        raise SettingsError(f"GUICHET_ENCRYPTION_KEYS: {wrong}") from None
    clock, pack = SystemClock(), load_pack(settings.country)
    ids, sealer, keys = Ids(clock), Sealer(ring), PersonKeys(ring, clock)
    database = Database(
        create_engine(settings.database_url, pool_size=2, statement_timeout=60, pgbouncer=settings.pgbouncer)
    )
    try:
        yield Operations(
            database=database,
            inspection=Inspection(sealer, keys, clock, ids),
            letters=LetterInspection(sealer, keys, clock, ids),
            events=EventInspection(sealer, clock),
            books=lambda work: books(work, TELLINGS),
            pack=pack,
            audit=Audit(ring, clock, ids),
            store=RecordStore(
                database, sealer, keys, clock, ids, references=pack.services.references, rooms=ROOMS, held=held_tables()
            ),
            operator=operator_of(settings),
        )
    finally:
        await database.close()
