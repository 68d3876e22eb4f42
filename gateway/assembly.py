"""Where the parts are put together: settings and pack in, one working whole out."""

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.clock import Clock, SystemClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, StoreUnavailable
from domain.ids import Ids
from gateway.aggregators import USSD
from gateway.app_api import AppApi, code_limits
from gateway.assistance import assistance_of, beside
from gateway.channels import OutboxOf
from gateway.doors.ussd import Hops
from gateway.housekeeping import housekeeping
from gateway.mailing import chosen_outbox, mail_chores, sends_mail, sent_messages
from gateway.menu_by_sms import menu_by_sms
from gateway.messaging import Ground, Messaging, can_send, messaging
from gateway.metrics import Metrics
from gateway.ops_page.page import OpsPage
from gateway.pack import Pack, PackErrors, load_pack
from gateway.pack_ministries import ministries_of
from gateway.personal_data import ROOMS, held_tables
from gateway.place_copies import RedisPlaceCopies
from gateway.settings import Settings, SettingsError
from gateway.words import menu_sources, translator_for
from gateway.worker import Worker
from mail.records.addresses import SqlEmails
from services.backends.transport import Transport
from services.backends.wire import HttpWire
from services.background import Background
from services.caller import SMS
from services.desk import Desk
from services.fingerprints import Fingerprints
from services.pin_vault import PinVault
from services.places_live import LivePlaces
from services.promises import Promises
from services.records.sealed import Sealed
from services.records.store import RecordStore
from sms.records.outbox import SqlOutbox
from storage.engine import create_engine
from storage.keys import KeyRing, KeyUse
from storage.person_keys import PersonKeys
from storage.redis_client import RedisClient
from storage.sealing import Sealer
from storage.session_sealing import SessionSealer
from storage.unit_of_work import Database, UnitOfWork
from ussd_menus.calls import Calls
from ussd_menus.conversation import Conversation, Rules
from ussd_menus.library import MenuLibrary
from ussd_menus.records.erasing import UssdRoom
from ussd_menus.records.menu_versions import MenuVersions
from ussd_menus.records.session_ends import SessionEnds
from ussd_menus.records.snapshots import PostgresSnapshots, SessionStarts
from ussd_menus.screens import Screens
from ussd_menus.session_store import SessionStore

if TYPE_CHECKING:
    from gateway.tracing import Tracing

# Longer than a provider or a ministry is waited for (12 s) and what came of it is written.
DRAIN_SECONDS = 25.0
DEGRADED_SECONDS = 30.0
"""For so long after Redis was last missed, `guichet_sessions_in_postgresql` says 1."""
# A session's lock outlives the longest hop by so much.
LOCK_SLACK_SECONDS = 1.0

log = logging.getLogger("guichet")


@dataclass(repr=False)
class Assembly:
    """The gateway's parts in one process. `start` and `stop` belong to the event loop that serves."""

    settings: Settings
    pack: Pack
    clock: Clock
    metrics: Metrics
    database: Database
    redis: RedisClient
    library: MenuLibrary
    conversation: Hops
    session_ends: SessionEnds
    worker: Worker
    desk: Desk
    wire: HttpWire
    sms: Messaging
    api: AppApi
    ops: OpsPage
    with_worker: bool = False
    tracing: "Tracing | None" = None
    _working: "asyncio.Task[None] | None" = None
    _warming: "asyncio.Task[None] | None" = None
    _looking: "asyncio.Task[None] | None" = None
    _counting: "asyncio.Task[None] | None" = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Publish the menus in force; begin the worker's rounds where this process does them too."""
        await self._open.enter_async_context(self.wire)
        try:
            await self.library.publish()
        except StoreUnavailable:
            # Menus without stores still serve; the version is published by the next process that can.
            log.warning("PostgreSQL is away: the menus in force are not published")
        self._warming = asyncio.create_task(self._warm())
        self._counting = asyncio.create_task(self.ops.counting.run(self._stopped))
        if isinstance(self.desk.places, LivePlaces):
            self._looking = asyncio.create_task(self.desk.places.run(self._stopped))
        if self.with_worker:
            self._working = asyncio.create_task(self.worker.run(self._stopped))

    async def _warm(self) -> None:
        try:
            await asyncio.to_thread(self.pack.days_off.load)
        except InvalidValue as wrong:
            log.error("pack.yaml: holidays.calendar: %s: no due date can be told", wrong)

    async def stop(self) -> None:
        """Let confirmed writes come to their end, then close what is open."""
        self._stopped.set()
        if self._looking:
            # What a guide was about to tell it tells the next process.
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._working:
            # Its round may be waiting for a slow ministry; what it leaves is kept, and taken up by another worker.
            await asyncio.wait({self._working}, timeout=DRAIN_SECONDS)
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        if self._warming:
            await self._warming
        if self._counting:
            # Seconds that nobody sees on `/ops` any more: not worth waiting for a store.
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        await self.desk.background.drain(DRAIN_SECONDS)
        self.desk.pins.close()
        await self.ops.close()
        await self._open.aclose()
        await self.redis.close()
        await self.database.close()
        if self.tracing:
            await asyncio.to_thread(self.tracing.close)


def assemble(
    settings: Settings,
    environment: Mapping[str, str] | None = None,
    *,
    with_worker: bool = False,
    clock: Clock | None = None,
) -> Assembly:
    """Build everything and connect nothing yet.

    Raises `SettingsError`, `PackErrors`, `CatalogErrors` or `MenuErrors`: what is wrong is known before serving.
    """
    clock, environment = clock or SystemClock(), os.environ if environment is None else environment
    pack = load_pack(settings.country)
    metrics = Metrics()
    ids = Ids(clock)
    ring = _ring(settings)
    database = Database(
        create_engine(settings.database_url, pool_size=settings.database_pool, pgbouncer=settings.pgbouncer)
    )
    redis = RedisClient(settings.redis_url, timeout=settings.redis_deadline)
    wire = HttpWire()
    keys, background = PersonKeys(ring, clock), Background()

    def by_sms(sealed: Sealed) -> SqlOutbox:
        return SqlOutbox(sealed, clock, ids, pack.sms.sender.two_way)

    ussd = UssdRoom(redis, SessionSealer(ring), (*USSD, SMS), background)
    keeper = _keeper(settings, pack, clock, ids, ring, database, keys, by_sms, ussd)
    tracing = _tracing(settings)
    desk = _desk(
        settings, environment, pack, clock, ids, ring, database, keeper, wire, metrics, background, redis, tracing
    )
    desk = replace(desk, assistance=assistance_of(pack, ring, code_limits(pack)))
    unit = database.unit_of_work
    sealer = SessionSealer(ring)
    library = MenuLibrary(menu_sources(pack), MenuVersions(unit))
    metrics.know_screens(frozenset(screen.name for screen in library.current.screens()))
    snapshots, starts, ends = PostgresSnapshots(unit), SessionStarts(unit), SessionEnds(unit, sealer, clock)
    lock_seconds = settings.hop_deadline + LOCK_SLACK_SECONDS
    store = SessionStore(redis, snapshots, sealer, clock, settings.session_ttl, lock_seconds)
    metrics.watch_connections(database.in_use)
    metrics.watch_sessions(lambda: clock.now().timestamp() - store.outage_at < DEGRADED_SECONDS)

    def desk_for(work: UnitOfWork, deadline: Deadline) -> Desk:
        return desk.at(keeper.over(work), deadline)

    translator, rules = translator_for(pack), _rules(settings, pack)
    screens = Screens(translator, pack.languages, pack.networks)
    calls = Calls(unit, desk_for)
    if tracing:
        calls = tracing.calls(calls)
    ground = Ground(
        settings, environment, pack, clock, ids, database, keeper.sealer, keys, keeper, wire, metrics, translator
    )
    side = beside(pack, ground, library, redis, snapshots, starts, unit, desk_for, sealer, rules)
    conversation = Conversation(library, screens, store, starts, calls, sealer, clock, ids, rules, side.phones)
    turns = menu_by_sms(
        library,
        translator,
        pack.languages,
        redis,
        snapshots,
        starts,
        calls,
        sealer,
        clock,
        ids,
        rules,
        pack.service_code,
    )
    sms = messaging(ground, desk, turns)
    api = AppApi(ground, desk, ring, desk_for, side.pages)
    ops = OpsPage(ground, ring, library, desk.ministries)

    chores = (
        *housekeeping(desk, keeper, snapshots, starts, ends),
        *sms.chores,
        *mail_chores(ground, by_sms),
        *api.chores,
        *ops.chores,
    )
    worker = Worker(chores, clock.monotonic, (sms.send,) if sms.providers else (), metrics.chore)
    return Assembly(
        settings,
        pack,
        clock,
        metrics,
        database,
        redis,
        library,
        tracing.conversation(conversation) if tracing else conversation,
        ends,
        worker,
        desk,
        wire,
        sms,
        api,
        ops,
        with_worker,
        tracing,
    )


def _keeper(
    settings: Settings,
    pack: Pack,
    clock: Clock,
    ids: Ids,
    ring: KeyRing,
    database: Database,
    keys: PersonKeys,
    by_sms: OutboxOf,
    ussd: UssdRoom,
) -> RecordStore:
    """What is remembered of everybody, and through which channels they are told."""
    mail_rules = sends_mail(settings, pack)
    return RecordStore(
        database,
        Sealer(ring),
        keys,
        clock,
        ids,
        outbox=chosen_outbox(by_sms, mail_rules, clock, ids),
        emails=lambda sealed: SqlEmails(sealed, clock, ids, sends=mail_rules is not None),
        messages=sent_messages(pack.service_code),
        references=pack.services.references,
        rooms=(*ROOMS, ussd),
        held=held_tables(),
    )


def _rules(settings: Settings, pack: Pack) -> Rules:
    return Rules(
        service_codes=frozenset({pack.service_code}),
        default_language=pack.default_language,
        hop_seconds=settings.hop_deadline,
        resume_seconds=settings.resume_window,
        starts_per_hour=settings.starts_per_hour,
    )


def _ring(settings: Settings) -> KeyRing:
    try:
        return KeyRing.parse(settings.encryption_keys)
    except InvalidValue as wrong:
        raise SettingsError(f"GUICHET_ENCRYPTION_KEYS: {wrong}") from None


def _tracing(settings: Settings) -> "Tracing | None":
    """Where it is off, as it is by default, its library is not even imported."""
    if not settings.traces_url:
        return None
    try:
        from gateway.tracing import Tracing, sent_to
    except ImportError:
        raise SettingsError("GUICHET_TRACES_URL: OpenTelemetry is missing: pip install 'guichet[otel]'") from None
    return Tracing(sent_to(settings.traces_url), settings.country, settings.traces_share)


def _desk(
    settings: Settings,
    environment: Mapping[str, str],
    pack: Pack,
    clock: Clock,
    ids: Ids,
    ring: KeyRing,
    database: Database,
    keeper: RecordStore,
    wire: HttpWire,
    metrics: Metrics,
    background: Background,
    redis: RedisClient,
    tracing: "Tracing | None",
) -> Desk:
    transport = tracing.transport if tracing else Transport
    try:
        ministries = ministries_of(pack, pack.ministries_for(environment), wire, clock, metrics, transport)
    except PackErrors as wrong:
        raise SettingsError(str(wrong)) from None
    return Desk(
        ministries=ministries,
        records=keeper.over(database.unit_of_work()),
        open_records=keeper.open,
        clock=clock,
        ids=ids,
        deadline=Deadline.after(settings.hop_deadline, clock),
        places=LivePlaces(
            pack.places,
            ministries.guides_by_name,
            clock,
            RedisPlaceCopies(redis, pack.name),
            {name: ministry.address.limits.cache for name, ministry in pack.ministries.items()},
        ),
        services=replace(pack.services, ministry_seconds=settings.ministry_deadline),
        pins=PinVault({key_id: ring.derive(KeyUse.PIN_PEPPER, key_id) for key_id in ring.ids}),
        fingerprints=Fingerprints(*(ring.derive(KeyUse.MAC, key_id) for key_id in ring.ids)),
        notices=Promises(
            pack.services,
            channel_open=lambda: can_send(settings, pack.sms),
            ministries=pack.routes,
        ),
        background=background,
    )
