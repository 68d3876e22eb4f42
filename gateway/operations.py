"""What an operator's command needs: the stores and the books, without doors, menus or ministries."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.clock import SystemClock
from domain.errors import InvalidValue
from domain.ids import Ids
from gateway.pack import Pack, load_pack
from gateway.settings import Settings, SettingsError
from services.records.event_inspection import EventInspection
from sms.records.books import Books, books
from sms.records.inspection import Inspection
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database, UnitOfWork


@dataclass(frozen=True, slots=True)
class Operations:
    """Opened for one command."""

    database: Database
    inspection: Inspection
    events: EventInspection
    books: Callable[[UnitOfWork], Awaitable[Books]]
    pack: Pack


@asynccontextmanager
async def open_operations(settings: Settings) -> AsyncIterator[Operations]:
    """Raises `SettingsError` where the stores or the keys are not set."""
    if not settings.database_url:
        raise SettingsError("GUICHET_DATABASE_URL is not set")
    try:
        ring = KeyRing.parse(settings.encryption_keys)
    except InvalidValue as wrong:
        raise SettingsError(f"GUICHET_ENCRYPTION_KEYS: {wrong}") from None
    clock = SystemClock()
    ids, sealer = Ids(clock), Sealer(ring)
    database = Database(create_engine(settings.database_url, pool_size=1, overflow=1, statement_timeout=60))
    try:
        yield Operations(
            database=database,
            inspection=Inspection(sealer, PersonKeys(ring, clock), clock, ids),
            events=EventInspection(sealer, clock),
            books=books,
            pack=load_pack(settings.country),
        )
    finally:
        await database.close()
